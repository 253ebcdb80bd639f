// SPDX-License-Identifier: BSD-2-Clause
/* A line as it is typed. */
#include "vmm/line.h"

#define KEY_DROP      0x03 /* Ctrl-C */
#define KEY_BACKSPACE 0x08
#define KEY_CLEAR     0x15 /* Ctrl-U */
#define KEY_ESC       0x1b
#define KEY_DEL       0x7f

/* A control character cuts a sequence off and is itself again. */
static bool is_of_escape(struct line *line, uint8_t byte)
{
	enum line_escape before = line->escape;

	line->escape = LINE_TEXT;
	if (byte == KEY_ESC) {
		line->escape = LINE_ESC;
		return true;
	}
	if (before == LINE_TEXT || byte < ' ' || byte == KEY_DEL) {
		return false;
	}
	if (before == LINE_ESC && byte == '[') {
		line->escape = LINE_CSI;
	} else if (before == LINE_ESC && byte == 'O') {
		line->escape = LINE_SHIFT;
	} else if (before == LINE_CSI && byte < '@') {
		line->escape = LINE_CSI;
	}
	return true;
}

static void clear(struct line *line)
{
	line->len = 0;
	line->is_long = false;
}

static enum line_event end(struct line *line)
{
	bool is_long = line->is_long;

	line->text[line->len] = '\0';
	clear(line);
	return is_long ? LINE_TOO_LONG : LINE_DONE;
}

enum line_event line_take(struct line *line, uint8_t byte)
{
	bool was_cr = line->was_cr;

	line->was_cr = byte == '\r';
	if (is_of_escape(line, byte) || (was_cr && byte == '\n')) {
		return LINE_MORE;
	}
	if (byte == '\r' || byte == '\n') {
		return end(line);
	}
	if (byte == KEY_BACKSPACE || byte == KEY_DEL) {
		line->len -= line->len > 0;
	} else if (byte == KEY_CLEAR || byte == KEY_DROP) {
		clear(line);
	} else if (byte == '\t' || (byte >= ' ' && byte < KEY_DEL)) {
		line->is_long |= line->len + 1 == sizeof(line->text);
		line->text[line->len] = (char)byte;
		line->len += line->len + 1 < sizeof(line->text);
	}
	return LINE_MORE;
}
