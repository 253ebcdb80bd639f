/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One VM's test report, followed line by line and held to its own promises:
 * no gap in the sequence, no second report, as many results as planned, and
 * a count at the end that agrees.  Anything else is a fault, and the first
 * fault is kept.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>

#include "frame.h"
#include "result.h"

struct tally {
	unsigned stream; /* the source its frames must name */
	bool is_begun, is_ended;
	unsigned long next_seq;
	unsigned passed, failed, skipped;
	char *suite;
	bool has_plan, plan_due;
	unsigned long plan, plan_done;
	char *running; /* test begun and not finished; or NULL */
	char *values;  /* of an assertion, before its FAIL, in greatest text */
	char *fault;   /* NULL while all adds up */
	struct run_result found; /* its cases and figures */
};

void tally_init(struct tally *tally, unsigned stream);
void tally_fini(struct tally *tally);

/** Follow one frame that came by this tally's stream. */
void tally_frame(struct tally *tally, const struct frame *frame);

/** A line that begins like a frame and is none. */
void tally_broken(struct tally *tally, const char *why);

/**
 * Follow one line of greatest's own text report instead:
 * "FAIL NAME: MESSAGE (FILE:LINE)" and the totals at its end.
 */
void tally_greatest_line(struct tally *tally, const char *line);

/** No more will come: what is missing becomes the fault. */
void tally_finish(struct tally *tally);

#endif
