/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

/* Tags that only run when asked for, by tag or by name. */
static const char *const apart[] = { "long", "bench" };

/* @fits  by pattern: set for each that does */
static bool name_is_wanted(const struct options *opt, const char *name,
                           bool *fits)
{
	bool wanted = opt->patterns.count == 0;

	for (size_t i = 0; i < opt->patterns.count; i++) {
		if (fnmatch(opt->patterns.v[i], name, 0) == 0) {
			wanted = fits[i] = true;
		}
	}
	return wanted;
}

/* A name that is misspelt must not hide behind the others, which pass. */
static bool check_patterns(const struct options *opt, const bool *fits)
{
	size_t count = 0;

	for (size_t i = 0; i < opt->patterns.count; i++) {
		count += fits[i];
	}
	if (count == 0 || count == opt->patterns.count) {
		return true; /* none at all: nothing runs, and that is told */
	}
	for (size_t i = 0; i < opt->patterns.count; i++) {
		if (!fits[i]) {
			complain("%s: no scenario fits", opt->patterns.v[i]);
		}
	}
	return false;
}

static bool tags_are_wanted(const struct options *opt,
                            const struct scenario *sc)
{
	if (opt->tags.count > 0) {
		for (size_t i = 0; i < opt->tags.count; i++) {
			if (strv_has(&sc->tags, opt->tags.v[i])) {
				return true;
			}
		}
		return false;
	}
	if (opt->patterns.count > 0 || opt->list) {
		return true;
	}
	for (size_t i = 0; i < ARRAY_COUNT(apart); i++) {
		if (strv_has(&sc->tags, apart[i])) {
			return false;
		}
	}
	return true;
}

static int is_dts(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".dts") == 0;
}

static void keep_scenario(struct plan *plan, struct scenario *sc)
{
	plan->scenarios =
		xrealloc(plan->scenarios, (plan->scenario_count + 1) *
	                                          sizeof(struct scenario *));
	plan->scenarios[plan->scenario_count++] = sc;
}

static bool read_one(struct plan *plan, const struct options *opt,
                     const char *file)
{
	char *dts = xasprintf("%s/%s", opt->scenarios, file);
	char *dtb = path_of_tree(dts);
	struct scenario *sc = scenario_load(dts, dtb);

	if (sc != NULL && tags_are_wanted(opt, sc)) {
		keep_scenario(plan, sc);
	} else {
		scenario_free(sc);
	}
	free(dts);
	free(dtb);
	return sc != NULL;
}

static bool read_folder(struct plan *plan, const struct options *opt)
{
	struct dirent **entries;
	int count = scandir(opt->scenarios, &entries, is_dts, alphasort);
	bool *fits = xcalloc(opt->patterns.count + 1, sizeof(*fits));
	bool ok = true;

	if (count < 0) {
		complain("%s: cannot read: %s", opt->scenarios,
		         strerror(errno));
		free(fits);
		return false;
	}
	for (int i = 0; i < count; i++) {
		char *name =
			xasprintf("%.*s", (int)strlen(entries[i]->d_name) - 4,
		                  entries[i]->d_name);

		/* All faults are told, not only the first file's. */
		if (name_is_wanted(opt, name, fits) &&
		    !read_one(plan, opt, entries[i]->d_name)) {
			ok = false;
		}
		free(name);
		free(entries[i]);
	}
	free(entries);
	if (count == 0) {
		complain("%s: no scenario is in there", opt->scenarios);
	}
	ok = check_patterns(opt, fits) && ok;
	free(fits);
	return ok && count > 0;
}

static bool check_board(const struct plan *plan, const struct scenario *sc)
{
	for (size_t i = 0; i < sc->boards.count; i++) {
		char *dts =
			xasprintf(PATH_BOARDS "/%s/board.dts", sc->boards.v[i]);
		bool there = access(dts, R_OK) == 0;

		free(dts);
		if (!there) {
			return tree_fault(&sc->tree, 0, "boards",
			                  "no board is called \"%s\"",
			                  sc->boards.v[i]);
		}
	}
	if (sc->cpus > plan->board->cpus_max) {
		return tree_fault(&sc->tree, 0, "cpus",
		                  "board %s has at most %u", plan->board->name,
		                  plan->board->cpus_max);
	}
	return true;
}

struct instance *plan_add(struct plan *plan, struct scenario *sc,
                          enum lane lane, int mode, const struct options *opt)
{
	struct instance *inst;

	plan->instances = xrealloc(
		plan->instances, (plan->count + 1) * sizeof(*plan->instances));
	inst = &plan->instances[plan->count++];
	*inst = (struct instance){
		.sc = sc,
		.board = plan->board,
		.lane = lane,
		.mode = mode,
		.seed = opt->has_seed ? opt->seed : sc->seed,
		.tell_seed = opt->has_seed || sc->has_seed,
		.mutant = sc->mutant,
		.is_test_build = sc->mutant != NULL,
	};
	return inst;
}

static void name_instance(struct instance *inst, const struct options *opt)
{
	char *mode = mode_format(inst->mode);

	inst->id = xasprintf("%s.%s.%s", inst->sc->name, lane_name(inst->lane),
	                     mode);
	if (opt->repeat > 1) {
		char *id = xasprintf("%s.%u", inst->id, inst->repeat + 1);

		free(inst->id);
		inst->id = id;
	}
	free(mode);
}

/*
 * Interleavings: each speed of virtual time is one, and so is each seed, which
 * guests may start from; the last of each round runs with real concurrency.
 */
static void add_sweep(struct plan *plan, struct scenario *sc, enum lane lane,
                      const struct options *opt)
{
	for (unsigned i = 0; i < opt->sweep; i++) {
		unsigned round = i / (ICOUNT_MAX + 2);
		unsigned at = i % (ICOUNT_MAX + 2);
		struct instance *inst =
			plan_add(plan, sc, lane,
		                 at <= ICOUNT_MAX ? (int)at : MODE_MTTCG, opt);
		char *mode = mode_format(inst->mode);

		inst->seed += round;
		inst->tell_seed = true;
		inst->id = xasprintf("%s.%s.%s.seed%u", sc->name,
		                     lane_name(lane), mode, inst->seed);
		free(mode);
	}
}

static void add_modes(struct plan *plan, struct scenario *sc, enum lane lane,
                      const struct options *opt)
{
	size_t count = opt->has_mode ? 1 : sc->mode_count;

	for (size_t m = 0; m < count; m++) {
		for (unsigned r = 0; r < opt->repeat; r++) {
			struct instance *inst = plan_add(
				plan, sc, lane,
				opt->has_mode ? opt->mode : sc->modes[m], opt);

			inst->repeat = r;
			name_instance(inst, opt);
		}
	}
}

static void multiply(struct plan *plan, struct scenario *sc,
                     const struct options *opt)
{
	if (sc->boards.count > 0 && !strv_has(&sc->boards, plan->board->name)) {
		return;
	}
	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		if (sc->lanes[lane] && plan->board->lanes[lane].present &&
		    (opt->lane == LANE_COUNT || opt->lane == lane)) {
			if (opt->sweep > 0) {
				add_sweep(plan, sc, (enum lane)lane, opt);
			} else {
				add_modes(plan, sc, (enum lane)lane, opt);
			}
		}
	}
}

/* Shard I of N gets every Nth, so that neighbours, alike in length, part. */
void plan_cut_shard(struct plan *plan, const struct options *opt)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (i % opt->shards == opt->shard - 1) {
			plan->instances[kept++] = plan->instances[i];
		} else {
			free(plan->instances[i].id);
		}
	}
	plan->count = kept;
}

static bool read_replay(struct plan *plan, const struct options *opt)
{
	struct scenario *sc = scenario_parse(opt->replay, opt->replay);

	if (sc == NULL) {
		return false;
	}
	keep_scenario(plan, sc);
	return true;
}

bool plan_read(struct plan *plan, const struct options *opt)
{
	bool ok;

	*plan = (struct plan){ .board = board_load(opt->board) };
	ok = plan->board != NULL;
	if (ok) {
		ok = opt->replay != NULL ? read_replay(plan, opt)
		                         : read_folder(plan, opt);
	}
	for (size_t i = 0; ok && i < plan->scenario_count; i++) {
		ok = check_board(plan, plan->scenarios[i]);
		multiply(plan, plan->scenarios[i], opt);
	}
	for (size_t i = 0; opt->replay != NULL && i < plan->count; i++) {
		char *copy = xstrdup(opt->replay);

		plan->instances[i].images = xstrdup(dirname(copy));
		free(copy);
	}
	if (ok) {
		plan_cut_shard(plan, opt);
	}
	return ok;
}

static const struct instance *first_instance(const struct plan *plan,
                                             const struct scenario *sc)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->instances[i].sc == sc) {
			return &plan->instances[i];
		}
	}
	return NULL;
}

void plan_list(const struct plan *plan)
{
	for (size_t i = 0; i < plan->scenario_count; i++) {
		const struct scenario *sc = plan->scenarios[i];
		const struct instance *first = first_instance(plan, sc);

		if (first == NULL) {
			continue; /* of another lane, board or shard */
		}
		printf("%s\t", sc->name);
		for (size_t t = 0; t < sc->tags.count; t++) {
			printf("%s%s", t > 0 ? "," : "", sc->tags.v[t]);
		}
		printf("\t%s", sc->proves);
		if (first->chosen != NULL) {
			printf("\t%s", first->chosen);
		}
		putchar('\n');
	}
}

void plan_fini(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->instances[i].id);
		free(plan->instances[i].images);
		free(plan->instances[i].chosen);
	}
	free(plan->instances);
	for (size_t i = 0; i < plan->scenario_count; i++) {
		scenario_free(plan->scenarios[i]);
	}
	free(plan->scenarios);
	if (plan->board != NULL) {
		board_free(plan->board);
	}
	*plan = (struct plan){ 0 };
}
