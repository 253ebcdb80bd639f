/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One frame of <abi/frame.h>.
 */
#ifndef FRAME_H
#define FRAME_H

#include <abi/frame.h>
#include <stddef.h>
#include <stdint.h>

enum frame_kind {
	KIND_SUITE,
	KIND_PLAN,
	KIND_BEGIN,
	KIND_PASS,
	KIND_FAIL,
	KIND_SKIP,
	KIND_BENCH,
	KIND_NOTE,
	KIND_END,
	KIND_COUNT
};

struct frame {
	unsigned src;
	unsigned long seq;
	enum frame_kind kind;
	char text[FRAME_MAX]; /* NUL-ended; escapes still in place */
};

enum frame_status {
	FRAME_OK,
	FRAME_NOT,    /* some other line */
	FRAME_BROKEN, /* begins like a frame */
};

/**
 * Read one line, without its newline.
 * @why  set to the reason when FRAME_BROKEN; a constant string
 */
enum frame_status frame_parse(const char *line, size_t len, struct frame *frame,
                              const char **why);

const char *frame_kind_name(enum frame_kind kind);

/** Undo the \xhh escapes of a message, in place; bytes that are not
 * printable ASCII stay escaped, so that the result is safe to print. */
void frame_unescape(char *text);

/** CRC-32 as the ABI has it. */
uint32_t frame_crc(const void *data, size_t len);

#endif
