/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a part of a run says: TAP (version 14), line by line, into results.
 * parts.h has the dialect.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"
#include "util.h"

struct tap {
	const char *part;
	struct run_list runs; /* its points so far */
	struct bytes in;      /* the start of a line */
	bool is_pending;      /* the last point may still get its message */
	bool has_plan;
	unsigned long plan, points;
	double last; /* now_seconds() of the last point */
};

/** @part, a name that outlives @tap, begins now. */
void tap_init(struct tap *tap, const char *part);

/** It has said @len more bytes; each point that is complete is shown. */
void tap_feed(struct tap *tap, const void *data, size_t len);

/** It says no more; @tap->runs is the caller's to free. */
void tap_finish(struct tap *tap);

/**
 * tap_finish(), and its wait status was @status: one failed run named after the
 * part when it died, or failed without saying of what, or its plan does not
 * fit.
 */
void tap_end(struct tap *tap, int status);

/** One failed run named after the part, because of @why. */
void tap_fail(struct tap *tap, const char *why);

#endif
