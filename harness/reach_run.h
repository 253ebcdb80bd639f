/* SPDX-License-Identifier: BSD-2-Clause */
/* The map of --coverage and --changed, where it lies and what it is about. */
#ifndef REACH_RUN_H
#define REACH_RUN_H

#include <jansson.h>

#include "plan.h"

/** Where the map of @board is kept. The caller frees. */
char *reach_path(const char *board);

/** What stands for @inst in the map: file and mode. The caller frees. */
char *reach_key(const struct instance *inst);

/**
 * Stamps of all files that decide what a scenario reaches: those that git
 * knows, but for the harness, documents and host tests.
 * @return NULL after one complaint; the caller has the reference
 */
json_t *reach_stamps(void);

/** Is it one of those? */
bool reach_counts(const char *path);

#endif
