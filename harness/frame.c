/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define CRC_DIGITS 8

static const char *const kinds[] = {
	[KIND_SUITE] = FRAME_SUITE, [KIND_PLAN] = FRAME_PLAN,
	[KIND_BEGIN] = FRAME_BEGIN, [KIND_PASS] = FRAME_PASS,
	[KIND_FAIL] = FRAME_FAIL,   [KIND_SKIP] = FRAME_SKIP,
	[KIND_BENCH] = FRAME_BENCH, [KIND_NOTE] = FRAME_NOTE,
	[KIND_END] = FRAME_END,
};
_Static_assert(ARRAY_COUNT(kinds) == KIND_COUNT, "one row a kind");

const char *frame_kind_name(enum frame_kind kind)
{
	return kinds[kind];
}

uint32_t frame_crc(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t crc = 0xffffffffu;

	for (; len > 0; p++, len--) {
		crc ^= *p;
		for (unsigned bit = 0; bit < 8; bit++) {
			crc = (crc >> 1) ^ (FRAME_CRC_POLY & -(crc & 1));
		}
	}
	return ~crc;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return -1;
}

/* Exactly @digits lower-case hex digits at @p. */
static bool read_hex(const char *p, unsigned digits, uint32_t *out)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < digits; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0) {
			return false;
		}
		value = value << 4 | (uint32_t)digit;
	}
	*out = value;
	return true;
}

/* "SRC SEQ KIND TEXT", between the mark and the checksum. */
static const char *read_body(char *body, struct frame *frame)
{
	char *p = body;
	char *end;
	uint32_t src;
	unsigned kind = 0;

	if (strlen(p) < 3 || !read_hex(p, 2, &src) || p[2] != ' ') {
		return "no source";
	}
	frame->src = src;
	p += 3;
	if (*p < '0' || *p > '9') {
		return "no sequence number";
	}
	frame->seq = strtoul(p, &end, 10);
	if (*end != ' ' || end - p > 10) {
		return "no sequence number";
	}
	p = end + 1;
	end = strchr(p, ' ');
	if (end == NULL) {
		return "no text";
	}
	*end = '\0';
	while (kind < KIND_COUNT && strcmp(kinds[kind], p) != 0) {
		kind++;
	}
	if (kind == KIND_COUNT) {
		return "unknown kind";
	}
	frame->kind = (enum frame_kind)kind;
	strcpy(frame->text, end + 1);
	return NULL;
}

enum frame_status frame_parse(const char *line, size_t len, struct frame *frame,
                              const char **why)
{
	const size_t mark = strlen(FRAME_MARK);
	const size_t tail = strlen(" ~") + CRC_DIGITS;
	char body[FRAME_MAX];
	uint32_t crc;
	size_t text_end;

	if (len < mark || memcmp(line, FRAME_MARK, mark) != 0 ||
	    len >= FRAME_MAX) {
		return FRAME_NOT;
	}
	*why = "no checksum";
	if (len < mark + tail) {
		return FRAME_BROKEN;
	}
	text_end = len - tail;
	if (memcmp(line + text_end, " ~", 2) != 0 ||
	    !read_hex(line + text_end + 2, CRC_DIGITS, &crc)) {
		return FRAME_BROKEN;
	}
	for (size_t i = 0; i < len; i++) {
		if (line[i] < ' ' || line[i] > '~') {
			*why = "not printable";
			return FRAME_BROKEN;
		}
	}
	if (frame_crc(line, text_end) != crc) {
		*why = "wrong checksum";
		return FRAME_BROKEN;
	}
	memcpy(body, line + mark, text_end - mark);
	body[text_end - mark] = '\0';
	*why = read_body(body, frame);
	return *why == NULL ? FRAME_OK : FRAME_BROKEN;
}

void frame_unescape(char *text)
{
	char *out = text;

	while (*text != '\0') {
		uint32_t byte;

		if (text[0] == '\\' && text[1] == 'x' && text[2] != '\0' &&
		    read_hex(text + 2, 2, &byte) && byte >= ' ' &&
		    byte <= '~') {
			*out++ = (char)byte;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}
