/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boots side by side, --jobs at a time, on one thread and one poll().
 */
#ifndef POOL_H
#define POOL_H

#include "options.h"
#include "plan.h"
#include "result.h"

/**
 * Run every instance of @plan and append one run each to @list, in the plan's
 * order.  Stops early when interrupted; instances that did not finish are
 * then left out, and no child is left behind.
 */
void pool_run(const struct plan *plan, const struct options *opt,
              struct run_list *list);

#endif
