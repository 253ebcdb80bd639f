/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All streams on one terminal, line by line, each with its VM's name and
 * colour; frames are turned into words.
 */
#ifndef LIVE_VIEW_H
#define LIVE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "options.h"

#define LIVE_VIEW_STREAMS 256

struct live_view {
	bool has_color;
	struct live_line *lines[LIVE_VIEW_STREAMS]; /* being collected */
	unsigned colors_used;
};

void live_view_init(struct live_view *view, const struct options *opt);

/** struct boot's watch hook; ctx is the view. */
void live_view_bytes(void *ctx, unsigned stream, const char *name,
                     const uint8_t *data, size_t len);

/** Show what has no newline yet, and forget all. */
void live_view_fini(struct live_view *view);

#endif
