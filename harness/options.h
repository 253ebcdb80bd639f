/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, understood. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include "scenario.h"
#include "util.h"

#define DEFAULT_BOARD "qemu-virt"
#define DEFAULT_JOBS  2

struct options {
	const char *command; /* "lint", "bench" ...; NULL: the default run */
	struct strv patterns;
	struct strv tags;
	enum lane lane; /* LANE_COUNT: all */
	const char *board;
	bool has_mode;
	int mode;
	unsigned jobs, repeat, retries;
	bool has_seed;
	uint32_t seed;
	unsigned shard, shards; /* 1-based; 1 of 1 */
	double timeout_scale;
	bool fail_on_flaky;
	char *output; /* absolute, or below the project's root */
	char *junit, *tap, *json;
	bool list, dry_run, verbose, gdb, no_color, greatest_text, triage;
	bool coverage;
	const char *changed; /* a commit; NULL: whatever has changed */
	bool timeline;       /* of every run, not only of a hang */
	char *compare[2];    /* folders of results; NULL: nothing to compare */
	unsigned sweep;      /* interleavings of each scenario; 0: its modes */
	bool console;
	const char *console_vm; /* NULL: the first */
	char *scenarios;        /* folder of the scenario files */
	char *replay; /* compiled scenario beside its images; or NULL */
};

/**
 * Understand @argv.
 * @return false after one complaint (EXIT_CONFIG); or when all that was asked
 *         for is printed already (--help), with *@status set to EXIT_PASSED
 */
bool options_parse(struct options *opt, int argc, char **argv, int *status);

void options_fini(struct options *opt);

#endif
