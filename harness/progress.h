/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the user sees while it runs: on a terminal one live line, else (CI)
 * one line per run; failures in full in either case.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "result.h"

struct options;

void progress_begin(const struct options *opt, size_t total);

/** Print nothing for now: runs that only measure. */
void progress_quiet(bool is_quiet);

/** @what is being worked on now (live line only). */
void progress_now(const char *what);

/** One more run is done; prints it. */
void progress_done(const struct run_result *run);

/** Everything that failed or was skipped once more, then the last line. */
void progress_end(const struct run_list *list);

/** Escape sequence or "", as the terminal and options want it. */
const char *progress_color(enum verdict verdict);
const char *progress_plain(void);

#endif
