/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's memory and string functions, as far as EL2 uses them. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t len);

/**
 * Find "key=value" among space-separated words.
 *
 * @len  gets the length of the value
 * @return  the value, not NUL-terminated, or NULL
 */
const char *arg_find(const char *args, const char *key, size_t *len);

#endif
