/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

#include <stdio.h>
#include <string.h>

enum mark { MARK_NONE, MARK_MAYBE, MARK_TO, MARK_ESC };

void console_init(struct console *con, bool is_marked, unsigned stream)
{
	*con = (struct console){ .is_marked = is_marked, .focus = stream };
}

/* Lower case only: the ABI says so, and one spelling cannot be confused. */
static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return -1;
}

/* What do the held bytes, at least one, amount to? */
static enum mark classify(const uint8_t *held, size_t len, unsigned *stream)
{
	static const uint8_t esc[] = { CONSOLE_ESC, CONSOLE_APC,
		                       CONSOLE_MARK_ESC, CONSOLE_ESC,
		                       CONSOLE_ST };
	static const uint8_t to[] = { CONSOLE_ESC, CONSOLE_APC, CONSOLE_MARK_TO,
		                      'h',         'h',         CONSOLE_ESC,
		                      CONSOLE_ST };
	bool may_be_esc = len <= sizeof(esc) && memcmp(held, esc, len) == 0;
	bool may_be_to = len <= sizeof(to);

	for (size_t i = 0; may_be_to && i < len; i++) {
		may_be_to = to[i] == 'h' ? hex_digit(held[i]) >= 0
		                         : held[i] == to[i];
	}
	if (may_be_esc && len == sizeof(esc)) {
		return MARK_ESC;
	}
	if (may_be_to && len == sizeof(to)) {
		*stream = (unsigned)(hex_digit(held[3]) * 16 +
		                     hex_digit(held[4]));
		return MARK_TO;
	}
	return may_be_esc || may_be_to ? MARK_MAYBE : MARK_NONE;
}

/* The held bytes are no mark: the first goes out, the rest is tried again. */
static void release_first(struct console *con, console_sink_fn *sink, void *ctx)
{
	sink(ctx, con->focus, con->held, 1);
	con->bad_marks++;
	con->held_len--;
	memmove(con->held, con->held + 1, con->held_len);
}

static void hold(struct console *con, uint8_t byte, console_sink_fn *sink,
                 void *ctx)
{
	unsigned stream;

	con->held[con->held_len++] = byte;
	while (con->held_len > 0) {
		if (con->held[0] != CONSOLE_ESC) {
			sink(ctx, con->focus, con->held, 1);
			con->held_len--;
			memmove(con->held, con->held + 1, con->held_len);
			continue;
		}
		switch (classify(con->held, con->held_len, &stream)) {
		case MARK_MAYBE:
			return;
		case MARK_NONE:
			release_first(con, sink, ctx);
			break;
		case MARK_TO:
			con->focus = stream;
			con->held_len = 0;
			break;
		case MARK_ESC:
			sink(ctx, con->focus, con->held, 1);
			con->held_len = 0;
			break;
		}
	}
}

void console_feed(struct console *con, const uint8_t *data, size_t len,
                  console_sink_fn *sink, void *ctx)
{
	if (!con->is_marked) {
		sink(ctx, con->focus, data, len);
		return;
	}
	while (len > 0) {
		const uint8_t *esc = memchr(data, CONSOLE_ESC, len);
		size_t plain = esc != NULL ? (size_t)(esc - data) : len;

		if (con->held_len > 0) {
			hold(con, *data, sink, ctx);
			plain = 1;
		} else if (plain > 0) {
			sink(ctx, con->focus, data, plain);
		} else {
			hold(con, CONSOLE_ESC, sink, ctx);
			plain = 1;
		}
		data += plain;
		len -= plain;
	}
}

void console_flush(struct console *con, console_sink_fn *sink, void *ctx)
{
	if (con->held_len > 0) {
		con->bad_marks++;
		sink(ctx, con->focus, con->held, con->held_len);
		con->held_len = 0;
	}
}

void console_encode(struct console *con, unsigned stream, const void *data,
                    size_t len, struct bytes *out)
{
	const uint8_t *p = data;
	char mark[CONSOLE_MARK_MAX + 1];

	if (con->is_marked && stream != con->input_focus) {
		snprintf(mark, sizeof(mark), "\033_T%02x\033\\", stream & 0xff);
		bytes_add(out, mark, CONSOLE_MARK_MAX);
		con->input_focus = stream;
	}
	for (; len > 0; p++, len--) {
		if (con->is_marked && *p == CONSOLE_ESC) {
			bytes_add(out, "\033_E\033\\", 5);
		} else {
			bytes_add(out, p, 1);
		}
	}
}
