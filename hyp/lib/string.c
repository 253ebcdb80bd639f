/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and string functions.
 *
 * Words where both sides allow it, bytes otherwise: EL2 is built for strict
 * alignment.  Only fill and copy are written for speed; big zeroing goes by
 * arch/cache.h.
 */
#include "lib/string.h"

#include <stdint.h>

#define WORD sizeof(uint64_t)

static bool is_word_aligned(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & (WORD - 1)) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	char *t = to;
	const char *f = from;

	if (is_word_aligned(t, f)) {
		for (; len >= WORD; len -= WORD, t += WORD, f += WORD) {
			*(uint64_t *)t = *(const uint64_t *)f;
		}
	}
	while (len-- > 0) {
		*t++ = *f++;
	}
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	char *t = to;
	const char *f = from;

	if (t <= f || t >= f + len) {
		return memcpy(to, from, len);
	}
	while (len-- > 0) {
		t[len] = f[len];
	}
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	char *t = to;
	uint64_t word = (unsigned char)byte * 0x0101010101010101ull;

	if (is_word_aligned(t, t)) {
		for (; len >= WORD; len -= WORD, t += WORD) {
			*(uint64_t *)t = word;
		}
	}
	while (len-- > 0) {
		*t++ = (char)byte;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *x = a, *y = b;

	for (; len > 0; len--, x++, y++) {
		if (*x != *y) {
			return *x - *y;
		}
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t len = 0;

	while (s[len] != '\0') {
		len++;
	}
	return len;
}

int strncmp(const char *a, const char *b, size_t len)
{
	for (; len > 0; len--, a++, b++) {
		if (*a != *b || *a == '\0') {
			return (unsigned char)*a - (unsigned char)*b;
		}
	}
	return 0;
}

const char *arg_find(const char *args, const char *key, size_t *len)
{
	size_t key_len = strlen(key);

	while (*args != '\0') {
		const char *word = args;

		while (*args != '\0' && *args != ' ') {
			args++;
		}
		if ((size_t)(args - word) > key_len &&
		    strncmp(word, key, key_len) == 0 && word[key_len] == '=') {
			*len = (size_t)(args - word) - key_len - 1;
			return word + key_len + 1;
		}
		while (*args == ' ') {
			args++;
		}
	}
	return NULL;
}
