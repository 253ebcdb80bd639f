/* SPDX-License-Identifier: BSD-2-Clause */
#include "mutants.h"

#include "bench.h"
#include "paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CATALOGUE "hyp/lib/mutants.def"
#define NAME_MAX  64

static struct instance *add(struct plan *plan, struct scenario *sc,
                            const char *mutant, const struct options *opt)
{
	struct instance *inst =
		plan_add(plan, sc, LANE_TOUCHSTONE,
	                 opt->has_mode ? opt->mode : sc->modes[0], opt);

	inst->is_test_build = true;
	inst->mutant = mutant;
	inst->id = xasprintf("%s.mutant.%s", sc->name,
	                     mutant == NULL ? "none" : mutant);
	return inst;
}

static void add_scenario(struct plan *plan, struct scenario *sc,
                         const struct options *opt)
{
	/* A fault that a scenario passes with is a tool of its test. */
	const char *tool = sc->verdict == VERDICT_PASS ? sc->mutant : NULL;

	/* A test that fails anyway has caught nothing. Who waits for a death in its
	 * steps would wait in vain. */
	if (sc->mutants.count > 0 || sc->verdict != VERDICT_CRASH) {
		add(plan, sc, tool, opt)->is_control = true;
	}
	if (sc->mutant != NULL && sc->verdict != VERDICT_PASS) {
		/* It says itself what the fault must come to. */
		add(plan, sc, sc->mutant, opt)->catches = sc->mutant;
	}
	for (size_t m = 0; m < sc->mutants.count; m++) {
		struct instance *inst = add(plan, sc, sc->mutants.v[m], opt);

		inst->must_fail = true;
		inst->catches = sc->mutants.v[m];
	}
}

void mutants_plan(struct plan *plan, const struct options *opt)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->instances[i].id);
	}
	plan->count = 0;
	for (size_t i = 0; i < plan->scenario_count; i++) {
		struct scenario *sc = plan->scenarios[i];

		if (sc->lanes[LANE_TOUCHSTONE] && sc->skip == NULL &&
		    (sc->mutants.count > 0 || sc->verdict != VERDICT_PASS) &&
		    (sc->mutants.count > 0 || sc->mutant != NULL)) {
			add_scenario(plan, sc, opt);
		}
	}
	plan_cut_shard(plan, opt);
}

/* One line of the catalogue: MUTANT(name) and what it breaks. */
struct entry {
	char name[NAME_MAX]; /* with '-', as scenarios write it */
	char what[160];
};

/* @return false: the line is no entry */
static bool parse_entry(const char *line, struct entry *e)
{
	char comment[200] = "";
	char *end;

	if (sscanf(line, "MUTANT(%63[a-z0-9_]) /* %199[^\n]", e->name,
	           comment) < 1) {
		return false;
	}
	for (char *c = e->name; *c != '\0'; c++) {
		*c = *c == '_' ? '-' : *c;
	}
	end = strstr(comment, "*/");
	if (end != NULL) {
		*end = '\0';
	}
	snprintf(e->what, sizeof(e->what), "%s", comment);
	return true;
}

struct tally_of {
	unsigned caught, missed;
};

/* The row of one fault: who was to catch it, and what came. */
static struct tally_of write_row(FILE *out, const struct entry *e,
                                 const struct run_list *list)
{
	struct tally_of tally = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		const struct run_result *run = &list->runs[i];
		bool caught = run->verdict == VERDICT_PASS;
		char name[NAME_MAX];

		if (strcmp(run->mutant, e->name) != 0) {
			continue;
		}
		tally.caught += caught;
		tally.missed += !caught;
		snprintf(name, sizeof(name), "%.*s",
		         (int)strcspn(run->name, " "), run->name);
		if (out != NULL) {
			fprintf(out, "| `%s` | %s | %s | %s |\n", e->name,
			        e->what, name,
			        caught ? "killed" : "**survived**");
		}
	}
	return tally;
}

static bool is_complete(const struct options *opt)
{
	return opt->patterns.count == 0 && opt->tags.count == 0 &&
	       opt->shard == 1 && opt->shards == 1;
}

/* The whole matrix has a limit of its own, in the table of limits. */
static bool is_in_time(const struct run_list *list)
{
	struct bench bench = { 0 };
	struct bench_row *row;
	bool ok = bench_read(&bench, PATH_BENCH);

	if (ok) {
		row = bench_row(&bench, "mutants-seconds");
		ok = !row->has_limit || list->seconds <= row->limit;
		printf("mutants-seconds: %.0f, at most %.0f\n", list->seconds,
		       row->limit);
	}
	bench_fini(&bench);
	if (!ok) {
		complain("mutants: not in time");
	}
	return ok;
}

unsigned mutants_report(const struct options *opt, const struct run_list *list)
{
	char *path = xasprintf("%s/mutants.md", opt->output);
	FILE *defs = fopen(CATALOGUE, "re");
	FILE *out = fopen(path, "we");
	unsigned killed = 0, survived = 0;
	bool is_late;
	char line[512];

	if (out != NULL) {
		fprintf(out, "<!-- SPDX-License-Identifier: BSD-2-Clause -->\n"
		             "# Seeded faults and who catches them\n\n"
		             "Written by `./run-tests.sh mutants`.\n\n"
		             "| fault | what it breaks | scenario | |\n"
		             "|---|---|---|---|\n");
	}
	while (defs != NULL && fgets(line, sizeof(line), defs) != NULL) {
		struct tally_of tally;
		struct entry e;

		if (!parse_entry(line, &e) ||
		    strstr(e.what, "no fault") != NULL) {
			continue;
		}
		tally = write_row(out, &e, list);
		if (tally.caught + tally.missed == 0 && is_complete(opt)) {
			complain("%s: no scenario is to catch it", e.name);
			survived++;
		} else if (tally.caught + tally.missed > 0) {
			killed += tally.missed == 0;
			survived += tally.missed != 0;
		}
	}
	if (defs != NULL) {
		fclose(defs);
	}
	if (out != NULL && fclose(out) == 0) {
		printf("matrix: %s\n", path);
	}
	is_late = is_complete(opt) && !is_in_time(list);
	printf("%u killed, %u survived\n", killed, survived);
	free(path);
	return survived + is_late;
}
