/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C library of the firmware: what libfdt links against, no more.
 * memcpy and memset are in memcpy.S.  Built without the compiler's own idea
 * of these functions, or it would turn each loop into a call of itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Debian compiles libfdt with stack protection. */
extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);
_Noreturn void fatal(const char *format, ...);

/* A fixed value: the firmware runs before there is any entropy. */
uintptr_t __stack_chk_guard = 0x5afe57ac00c0ffee;

_Noreturn void __stack_chk_fail(void)
{
	fatal("stack of libfdt overwritten");
}

void *memmove(void *to, const void *from, size_t len)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if ((uintptr_t)t - (uintptr_t)f >= len) {
		return memcpy(to, from, len); /* it copies upwards */
	}
	while (len-- > 0) {
		t[len] = f[len];
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *p = a, *q = b;

	for (; len > 0; len--, p++, q++) {
		if (*p != *q) {
			return *p - *q;
		}
	}
	return 0;
}

void *memchr(const void *from, int byte, size_t len)
{
	const unsigned char *p = from;

	for (; len > 0; len--, p++) {
		if (*p == (unsigned char)byte) {
			return (void *)p;
		}
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end != '\0') {
		end++;
	}
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len] != '\0') {
		len++;
	}
	return len;
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max > 0; max--, a++, b++) {
		if (*a != *b || *a == '\0') {
			return (unsigned char)*a - (unsigned char)*b;
		}
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *s, int c)
{
	return memchr(s, c, strlen(s) + 1);
}

char *strrchr(const char *s, int c)
{
	for (size_t left = strlen(s) + 1; left-- > 0;) {
		if (s[left] == (char)c) {
			return (char *)s + left;
		}
	}
	return NULL;
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9') {
		return (unsigned)(c - '0');
	}
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 99;
}

/* As libfdt uses it: no blanks, no sign, and overflow wraps. */
unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long value = 0;

	while (digit_value(*s) < (unsigned)base) {
		value = value * (unsigned)base + digit_value(*s++);
	}
	if (end != NULL) {
		*end = (char *)s;
	}
	return value;
}
