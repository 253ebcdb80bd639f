/* SPDX-License-Identifier: BSD-2-Clause */
/* From lines that ran to functions of the source that were reached. */
#ifndef COVERAGE_REACH_H
#define COVERAGE_REACH_H

#include <jansson.h>

#include "coverage.h"

struct reached; /* the sources, read once */

struct reached *reached_new(void);
void reached_free(struct reached *them);

/** Before the first reached_add(): which functions have instructions at all. */
void reached_know(struct reached *them, const struct coverage *cov);

/** Add the functions of @cov that @scenario reached. */
void reached_add(struct reached *them, const struct coverage *cov,
                 const char *scenario);

/**
 * Also count functions that may have been reached without an instruction of
 * their own: those that are inlined somewhere by @cov, or have no code because
 * the compiler found another one to be the same, when the text of a reached
 * function of the same file names them.  Who may name a function without code
 * that other files know is not looked for: it counts as reached.
 */
void reached_close(struct reached *them, const struct coverage *cov);

/** {PATH: [FUNCTION, ...]}, and forget them; the caller has the reference. */
json_t *reached_take(struct reached *them);

#endif
