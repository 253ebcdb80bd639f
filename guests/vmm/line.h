/* SPDX-License-Identifier: BSD-2-Clause */
/* A line as it is typed: bytes in, text out. */
#ifndef VMM_LINE_H
#define VMM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX 128 /* with the NUL */

/* Where the byte before has left us in an escape sequence. */
enum line_escape {
	LINE_TEXT,
	LINE_ESC,   /* behind ESC */
	LINE_CSI,   /* behind ESC [: up to a byte from @ to ~ */
	LINE_SHIFT, /* behind ESC O: one more byte */
};

enum line_event {
	LINE_MORE,
	LINE_DONE,
	LINE_TOO_LONG, /* something was typed that had no room: do nothing */
};

/* All 0 is an empty line. */
struct line {
	char text[LINE_MAX]; /* ends with NUL when the line is done */
	size_t len;
	bool is_long;
	bool was_cr; /* an LF now belongs to the CR before */
	enum line_escape escape;
};

/**
 * One byte more.
 *
 * CR, LF and CR LF end a line; backspace and DEL take one character, Ctrl-U
 * and Ctrl-C all of them.  Escape sequences, other control characters and
 * bytes above 0x7e are no text and leave none behind.
 *
 * @return what the line has come to; after an end the next byte begins anew.
 * Context: any; nothing is shared.
 */
enum line_event line_take(struct line *line, uint8_t byte);

#endif
