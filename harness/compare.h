/* SPDX-License-Identifier: BSD-2-Clause */
/* --compare: what is different between two folders of results. */
#ifndef COMPARE_H
#define COMPARE_H

#include "options.h"

/**
 * Compare opt->compare[0] (before) with opt->compare[1] (after), by the
 * result.json of each run: verdicts, exits by VM and reason, figures, and under
 * icount the machine's virtual time.  Prints a line for each difference, or
 * writes them with --json; opt->patterns choose among the runs.
 *
 * @return EXIT_PASSED  nothing is different
 *         EXIT_FAILED  something is
 *         EXIT_CONFIG  a folder cannot be read, or has no results
 */
int compare_run(const struct options *opt);

#endif
