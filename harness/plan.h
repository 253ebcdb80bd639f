/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What will be run: scenarios times lanes times modes, filtered.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>

#include "board.h"
#include "options.h"
#include "qemu.h"
#include "scenario.h"

struct instance {
	struct scenario *sc;
	const struct board *board;
	enum lane lane;
	int mode;
	unsigned repeat; /* from 0 */
	uint32_t seed;
	bool tell_seed;      /* the guests shall know it */
	const char *mutant;  /* NULL: none */
	bool must_fail;      /* the mutant must be caught */
	const char *catches; /* the fault that is counted; NULL: none */
	bool is_test_build;  /* boot the hypervisor that has the mutants */
	bool is_control;     /* its own fault left out: must pass */
	char *id;            /* unique; names its folder */
	char *images;        /* folder of a --replay; NULL: build/BOARD */
	/* Log the blocks that QEMU translates there; none: do not. */
	struct block_range blocks[BLOCK_RANGES];
	size_t block_count;
	char *chosen; /* why --changed has it run; NULL: it was not asked */
};

struct plan {
	struct board *board;
	struct scenario **scenarios;
	size_t scenario_count;
	struct instance *instances;
	size_t count;
};

/** Read the board and all scenarios that the options choose. Nothing is
 * started.  @return false after a complaint for each fault. */
bool plan_read(struct plan *plan, const struct options *opt);

/** Are all images and programs there?  @return false after complaints. */
bool plan_check(const struct plan *plan);

/** --list: NAME, tab, tags, tab, the sentence; with --changed, tab, why. */
void plan_list(const struct plan *plan);

void plan_fini(struct plan *plan);

/* For who makes instances of his own: mutants.c, sweep.c. */
struct instance *plan_add(struct plan *plan, struct scenario *sc,
                          enum lane lane, int mode, const struct options *opt);
void plan_cut_shard(struct plan *plan, const struct options *opt);

/** The files one instance boots. */
struct boot_files {
	char *kernel;
	char *hyp;            /* NULL on lane ref */
	struct strv payloads; /* names, as in the bundle */
	struct strv paths;    /* their files */
};

void boot_files_of(const struct instance *inst, struct boot_files *files);
void boot_files_fini(struct boot_files *files);

#endif
