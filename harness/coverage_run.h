/* SPDX-License-Identifier: BSD-2-Clause */
/* --coverage: the block logs of one run, gathered into one report. */
#ifndef COVERAGE_RUN_H
#define COVERAGE_RUN_H

#include "options.h"
#include "plan.h"

#define COVERAGE_LOG "blocks.log" /* in a scenario's folder, until read */

/**
 * Have every instance of @plan that boots the hypervisor write a block log;
 * the test image counts as its release twin's lines, the resource manager when
 * it is the root VM.  Nothing happens without --coverage, or when the image
 * cannot be read (one complaint).
 */
void coverage_run_begin(struct plan *plan, const struct options *opt);

/** Take the log out of @folder, when @inst wrote one. What did not end well
 * counts for the lines, but not for the map. */
void coverage_run_take(const struct instance *inst, const char *folder,
                       bool is_good);

/** Write the reports below the output folder and print their last lines; keep
 * what reached what in the map (reach.h) for --changed. */
void coverage_run_end(const struct options *opt);

#endif
