/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small things every file needs.  Memory never runs out here: the x*
 * functions end the program (EXIT_INFRA) instead of returning NULL.
 */
#ifndef UTIL_H
#define UTIL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a)   __attribute__((format(printf, f, a)))

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);
char *xvasprintf(const char *fmt, va_list args) PRINTF(1, 0);

/** A list of strings that owns them. */
struct strv {
	char **v; /* NULL-ended when not empty, so it can be an argv */
	size_t count;
};

void strv_add(struct strv *list, const char *s);
void strv_addf(struct strv *list, const char *fmt, ...) PRINTF(2, 3);
int strv_has(const struct strv *list, const char *s);
void strv_fini(struct strv *list);

/** Bytes that grow. */
struct bytes {
	uint8_t *data;
	size_t len, room;
};

void bytes_add(struct bytes *b, const void *data, size_t len);
void bytes_drop(struct bytes *b, size_t len); /* from the front */
void bytes_fini(struct bytes *b);

/** Read a whole file. @return 0, or -1 with errno set. */
int file_read(const char *path, struct bytes *out);

/** Write a whole file, replacing what was there only when all is written.
 * @return 0, or -1 with errno set. */
int file_write(const char *path, const void *data, size_t len);

/** mkdir -p. @return 0, or -1 with errno set. */
int make_dirs(const char *path);

/** Milliseconds of CLOCK_MONOTONIC. */
int64_t now_ms(void);

/** Seconds of CLOCK_MONOTONIC. */
double now_seconds(void);

/** Say "touchstone: MESSAGE" on standard error, on a line of its own. */
void complain(const char *fmt, ...) PRINTF(1, 2);

#endif
