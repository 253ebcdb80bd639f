/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include <abi/console.h>
#include <abi/crc32.h>
#include <abi/frame.h>

#include "print.h"
#include "uart.h"

#define TEXT_MAX 200

/* " ~", the checksum, the end of the line, NUL. */
#define TAIL_MAX 12

static unsigned next_seq;

static size_t escape(char *to, const char *text)
{
	char *at = to;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c <= 0x7e && c != '\\') {
			*at++ = *text;
		} else {
			at += format_text(at, 5, "\\x%02x", c);
		}
	}
	*at = '\0';
	return (size_t)(at - to);
}

void frame_put(const char *kind, const char *format, ...)
{
	char text[TEXT_MAX];
	/* Every byte of the text may become four. */
	char line[64 + 4 * TEXT_MAX + TAIL_MAX];
	va_list args;
	size_t len;

	_Static_assert(sizeof(line) <= FRAME_MAX, "longer is not a frame");
	va_start(args, format);
	format_text_v(text, sizeof(text), format, args);
	va_end(args);

	len = format_text(line, 64, FRAME_MARK "%02x %u %s ",
	                  CONSOLE_STREAM_HYP, next_seq++, kind);
	len += escape(line + len, text);
	format_text(line + len, TAIL_MAX, " ~%08x\n", abi_crc32(0, line, len));
	uart_write(line);
}
