/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking for patterns in text that is still growing.
 *
 * A pattern is tried with PCRE2's hard partial matching: a match that more
 * text could change or lengthen is not taken yet.  So "^alive$" waits for the
 * newline (or for a pause, see judge.c), and a pattern cut in two by the wire is found all the same.
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

#include "scenario.h"
#include "util.h"

#define WATCH_KEEP (1u << 20) /* bytes of a stream that can be searched */

struct watch_text {
	struct bytes kept;
	uint64_t base;  /* position of kept.data[0] in the stream */
	uint64_t after; /* search goes on here: behind the last match */
	uint64_t tried; /* no match of the present pattern begins before */
};

struct watch_never {
	const struct step *step;
	unsigned stream;
	uint64_t from;
};

void watch_add(struct watch_text *text, const uint8_t *data, size_t len);

/** Throw away what neither @floor nor the next search needs. */
void watch_trim(struct watch_text *text, uint64_t floor);

/**
 * Look for @regex from @from on.
 * @is_final  no more text will come, or none for now: the end of the text
 *            then counts as the end of a line
 * @from      moved forward to where a later search may start; behind the
 *            match, if there is one
 */
bool watch_find(const struct watch_text *text, struct step_text *regex,
                bool is_final, uint64_t *from);

/** Position of the stream's end. */
uint64_t watch_end(const struct watch_text *text);

void watch_fini(struct watch_text *text);

#endif
