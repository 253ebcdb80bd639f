/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of a run that are not scenarios: lint, unit, self-test, debug, sweep,
 * sentences, fresh.
 *
 * Each is a program of its own, testsuite/PART/run, started from the
 * project's root.  It prints TAP (version 14) on standard output, one test
 * point per thing counted:
 *
 *     ok 1 - clang-format
 *     not ok 2 - floors
 *       ---
 *       message: "hyp/mem/page.c:3: goes up: mem -> vm"
 *       ...
 *     ok 3 - shellcheck # SKIP not installed
 *     1..3
 *
 * Standard error is shown as it is.  Environment: TOUCHSTONE is the path of
 * this program; TOUCHSTONE_VERBOSE=1 under --verbose; TOUCHSTONE_PATTERNS the
 * PATTERNs of the command line, one a line (may be unset); TOUCHSTONE_RESULTS
 * the folder with the results of all scenarios (unset when they did not run).
 */
#ifndef PARTS_H
#define PARTS_H

#include <stdbool.h>
#include <stddef.h>

struct options;
struct run_list;

/**
 * Run @count parts, --jobs of them side by side, and append their points to
 * @list as runs with lane "host", part by part in the order of @names.
 *
 * A part that does not exist, dies, or prints fewer points than its plan is
 * one failed run named after the part: it never looks green.  An interrupt ends
 * those that run and begins no other.
 *
 * @names    all different; part_exists() of each
 * @results  the folder where this run's scenarios have left theirs; NULL: there
 *           are none, or not all
 * @return   false: a pattern of the command line fits no point of a part; that
 *           has been told, and is a usage error
 */
bool parts_run(const char *const *names, size_t count, const char *results,
               const struct options *opt, struct run_list *list);

/** @return whether @name is a part. */
bool part_exists(const char *name);

#endif
