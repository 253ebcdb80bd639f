/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text, one piece at a time, to whatever sink there is. */
#include "lib/print.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

#define PIECE_MAX 256

struct out {
	char *to;
	size_t size, len; /* len counts what did not fit, too */
};

static print_sink_fn *print_sink;

void print_to(print_sink_fn *sink)
{
	print_sink = sink;
}

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size) {
		out->to[out->len] = c;
	}
	out->len++;
}

static void put_text(struct out *out, const char *text, size_t width)
{
	size_t len = strlen(text);

	for (; width > len; width--) {
		put(out, ' ');
	}
	while (*text != '\0') {
		put(out, *text++);
	}
}

static void put_number(struct out *out, uint64_t value, unsigned base,
                       size_t width, char pad)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	for (; width > count; width--) {
		put(out, pad);
	}
	while (count > 0) {
		put(out, digits[--count]);
	}
}

static void put_signed(struct out *out, int64_t value, size_t width, char pad)
{
	uint64_t size = (uint64_t)value;

	if (value < 0) {
		put(out, '-');
		size = -size;
		width = width > 0 ? width - 1 : 0;
	}
	put_number(out, size, 10, width, pad);
}

/* One conversion; @f stands behind the '%'. @return what follows it. */
static const char *convert(struct out *out, const char *f, va_list *args)
{
	char pad = ' ';
	size_t width = 0;
	bool is_long = false;

	if (*f == '0') {
		pad = *f++;
	}
	for (; *f >= '0' && *f <= '9'; f++) {
		width = width * 10 + (size_t)(*f - '0');
	}
	for (; *f == 'l' || *f == 'z'; f++) {
		is_long = true;
	}
	switch (*f) {
	case 'c':
		put(out, (char)va_arg(*args, int));
		break;
	case 's':
		put_text(out, va_arg(*args, const char *), width);
		break;
	case 'd':
		put_signed(out,
		           is_long ? va_arg(*args, long) : va_arg(*args, int),
		           width, pad);
		break;
	case 'u':
	case 'x':
		put_number(out,
		           is_long ? va_arg(*args, unsigned long)
		                   : va_arg(*args, unsigned),
		           *f == 'x' ? 16 : 10, width, pad);
		break;
	case 'p':
		put_number(out, (uint64_t)va_arg(*args, void *), 16, 16, '0');
		break;
	case '\0':
		return f;
	default:
		put(out, *f);
		break;
	}
	return f + 1;
}

size_t format_text(char *to, size_t size, const char *format, va_list args)
{
	struct out out = { to, size, 0 };
	va_list rest;

	va_copy(rest, args);
	while (*format != '\0') {
		if (*format == '%') {
			format = convert(&out, format + 1, &rest);
		} else {
			put(&out, *format++);
		}
	}
	va_end(rest);
	if (size > 0) {
		to[out.len < size ? out.len : size - 1] = '\0';
	}
	return out.len < size ? out.len : size - 1;
}

void print(const char *format, ...)
{
	char piece[PIECE_MAX];
	va_list args;
	size_t len;

	if (print_sink == NULL) {
		return;
	}
	va_start(args, format);
	len = format_text(piece, sizeof(piece), format, args);
	va_end(args);
	print_sink(piece, len);
}
