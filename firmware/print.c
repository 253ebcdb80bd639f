/* SPDX-License-Identifier: BSD-2-Clause */
/* A small printf.  Nothing here needs more than the stack. */
#include "print.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 20 /* 2^64 in decimal */

struct out {
	char *buf;
	size_t len, size;
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size) {
		out->buf[out->len++] = c;
	}
}

static void put_number(struct out *out, uint64_t value, unsigned base,
                       unsigned width, char fill)
{
	char digit[DIGITS_MAX];
	unsigned count = 0;

	do {
		digit[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);

	for (; width > count; width--) {
		put(out, fill);
	}
	while (count > 0) {
		put(out, digit[--count]);
	}
}

static void put_string(struct out *out, const char *s)
{
	while (*s != '\0') {
		put(out, *s++);
	}
}

size_t format_text_v(char *buf, size_t size, const char *f, va_list args)
{
	struct out out = { .buf = buf, .len = 0, .size = size };

	for (; *f != '\0'; f++) {
		char fill = ' ';
		unsigned width = 0;
		bool is_long = false;
		int64_t number;

		if (*f != '%') {
			put(&out, *f);
			continue;
		}
		if (*++f == '0') {
			fill = *f++;
		}
		while (*f >= '0' && *f <= '9') {
			width = width * 10 + (unsigned)(*f++ - '0');
		}
		while (*f == 'l') {
			is_long = true;
			f++;
		}
		switch (*f) {
		case 's':
			put_string(&out, va_arg(args, const char *));
			break;
		case 'c':
			put(&out, (char)va_arg(args, int));
			break;
		case 'd':
			number = is_long ? va_arg(args, long)
			                 : va_arg(args, int);
			if (number < 0) {
				put(&out, '-');
				number = -number;
			}
			put_number(&out, (uint64_t)number, 10, width, fill);
			break;
		case 'u':
		case 'x':
			put_number(&out,
			           is_long ? va_arg(args, unsigned long)
			                   : va_arg(args, unsigned),
			           *f == 'x' ? 16 : 10, width, fill);
			break;
		default:
			put(&out, *f);
			break;
		}
	}
	out.buf[out.len] = '\0';
	return out.len;
}

size_t format_text(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	len = format_text_v(buf, size, format, args);
	va_end(args);
	return len;
}
