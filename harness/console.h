/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console wire of <abi/console.h>: one line taken apart into streams, and
 * input put together again.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <abi/console.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/** Called with bytes of one stream, in order. */
typedef void console_sink_fn(void *ctx, unsigned stream, const uint8_t *data,
                             size_t len);

struct console {
	bool is_marked; /* false on lane ref: all is one stream */
	unsigned focus; /* stream the wire carries now */
	uint8_t held[CONSOLE_MARK_MAX]; /* a mark begun but not yet ended */
	size_t held_len;
	unsigned long bad_marks; /* ESC sequences that are no mark */
	unsigned input_focus;    /* where what we send goes */
};

/** @stream is the one in focus at the start, and the only one if !@is_marked.
 */
void console_init(struct console *con, bool is_marked, unsigned stream);

/**
 * Take bytes off the wire.  What looks like a mark but is none goes to the
 * stream in focus as it came: nothing is lost, whoever wrote it.
 */
void console_feed(struct console *con, const uint8_t *data, size_t len,
                  console_sink_fn *sink, void *ctx);

/** The wire ended: hand out what may have been the beginning of a mark. */
void console_flush(struct console *con, console_sink_fn *sink, void *ctx);

/** Append to @out what must be sent so that @stream reads @data. */
void console_encode(struct console *con, unsigned stream, const void *data,
                    size_t len, struct bytes *out);

#endif
