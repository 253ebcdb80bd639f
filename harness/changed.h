/* SPDX-License-Identifier: BSD-2-Clause */
/* --changed REF: of a plan only what can come out differently since REF. */
#ifndef CHANGED_H
#define CHANGED_H

#include <stdbool.h>

#include "plan.h"

/**
 * Take out of @plan what no change since @opt->changed concerns, tell each of
 * the others why it stays (struct instance, chosen), and say it all in a few
 * lines: on standard error when standard output is a list.
 *
 * @left_out receives the names of scenarios that are left out altogether
 * @return   false after one complaint: REF is none, or git fails
 */
bool changed_choose(struct plan *plan, const struct options *opt,
                    struct strv *left_out);

#endif
