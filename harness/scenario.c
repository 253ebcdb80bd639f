/* SPDX-License-Identifier: BSD-2-Clause */
/* The root node of a scenario. VMs and steps: scenario_vms.c, _steps.c. */
#include "scenario.h"

#include <libfdt.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPATIBLE "touchstone,scenario"

/* The root node as it stands; words become enums afterwards. */
struct words {
	struct strv lanes, modes;
	char *end, *verdict;
};

struct root {
	struct scenario sc;
	struct words words;
};

#define SC(field)   offsetof(struct root, sc.field)
#define WORD(field) offsetof(struct root, words.field)

/* clang-format off */
static const struct prop_rule root_rules[] = {
	{ "compatible", PROP_FOREIGN, 0,               true,  0, 0 },
	{ "proves",     PROP_STRING,  SC(proves),      true,  0, 0 },
	{ "tags",       PROP_STRINGS, SC(tags),        false, 0, 0 },
	{ "lanes",      PROP_STRINGS, WORD(lanes),     false, 0, 0 },
	{ "boards",     PROP_STRINGS, SC(boards),      false, 0, 0 },
	{ "cases",      PROP_CELLS,   SC(cases),       false, 0, 0 },
	{ "modes",      PROP_STRINGS, WORD(modes),     false, 0, 0 },
	{ "cpus",       PROP_CELL,    SC(cpus),        false, 1, SCENARIO_CPUS },
	{ "memory-mib", PROP_CELL,    SC(memory_mib),  false, 64, 65536 },
	{ "cpu-model",  PROP_STRING,  SC(cpu_model),   false, 0, 0 },
	{ "timeout-ms", PROP_CELL,    SC(timeout_ms),  false, 1, 86400000 },
	{ "silence-ms", PROP_CELL,    SC(silence_ms),  false, 1, 86400000 },
	{ "end",        PROP_STRING,  WORD(end),       false, 0, 0 },
	{ "verdict",    PROP_STRING,  WORD(verdict),   false, 0, 0 },
	{ "xfail",      PROP_STRING,  SC(xfail),       false, 0, 0 },
	{ "skip",       PROP_STRING,  SC(skip),        false, 0, 0 },
	{ "mutant",     PROP_STRING,  SC(mutant),      false, 0, 0 },
	{ "mutants",    PROP_STRINGS, SC(mutants),     false, 0, 0 },
	{ "cause",      PROP_STRING,  SC(cause),       false, 0, 0 },
	{ "images",     PROP_STRINGS, SC(images),      false, 0, 0 },
	{ "hyp-args",   PROP_STRING,  SC(hyp_args),    false, 0, 0 },
	{ "seed",       PROP_CELL,    SC(seed),        false, 0, UINT32_MAX },
	{ "report",     PROP_FLAG,    SC(report),      false, 0, 0 },
	{ "hyp-memory-mib", PROP_CELL, SC(hyp_memory_mib), false, 2, 1024 },
};
/* clang-format on */

static const char *const lane_names[] = {
	[LANE_TOUCHSTONE] = "touchstone",
	[LANE_REF] = "ref",
};

const char *lane_name(enum lane lane)
{
	return lane_names[lane];
}

enum lane lane_parse(const char *name)
{
	unsigned i = 0;

	while (i < LANE_COUNT && strcmp(lane_names[i], name) != 0) {
		i++;
	}
	return (enum lane)i;
}

bool mode_parse(const char *text, int *mode)
{
	char *end;
	unsigned long n;

	if (strcmp(text, "mttcg") == 0) {
		*mode = MODE_MTTCG;
		return true;
	}
	if (strncmp(text, "icount=", 7) != 0 || text[7] < '0' ||
	    text[7] > '9') {
		return false;
	}
	n = strtoul(text + 7, &end, 10);
	*mode = (int)n;
	return *end == '\0' && n <= ICOUNT_MAX;
}

char *mode_format(int mode)
{
	return mode == MODE_MTTCG ? xstrdup("mttcg")
	                          : xasprintf("icount=%d", mode);
}

static bool read_lanes(struct scenario *sc, const struct strv *lanes)
{
	for (size_t i = 0; i < lanes->count; i++) {
		enum lane lane = lane_parse(lanes->v[i]);

		if (lane == LANE_COUNT) {
			return tree_fault(&sc->tree, 0, "lanes",
			                  "no lane is called \"%s\"",
			                  lanes->v[i]);
		}
		sc->lanes[lane] = true;
	}
	if (lanes->count == 0) {
		sc->lanes[LANE_TOUCHSTONE] = true;
	}
	return true;
}

static bool read_modes(struct scenario *sc, const struct strv *modes)
{
	sc->mode_count = modes->count != 0 ? modes->count : 1;
	sc->modes = xcalloc(sc->mode_count, sizeof(*sc->modes));
	sc->modes[0] = MODE_MTTCG;
	for (size_t i = 0; i < modes->count; i++) {
		if (!mode_parse(modes->v[i], &sc->modes[i])) {
			return tree_fault(&sc->tree, 0, "modes",
			                  "\"%s\" is neither \"mttcg\" nor "
			                  "\"icount=0\" to \"icount=%d\"",
			                  modes->v[i], ICOUNT_MAX);
		}
	}
	return true;
}

/* "end" has a default that depends on the VMs, so they were read before. */
static bool read_end(struct scenario *sc, const char *end)
{
	sc->end = sc->report ? END_OFF : END_KILL;
	for (size_t i = 0; i < sc->vm_count; i++) {
		if (sc->vms[i].report) {
			sc->end = END_OFF;
		}
	}
	if (end == NULL) {
		return true;
	}
	if (strcmp(end, "off") == 0) {
		sc->end = END_OFF;
	} else if (strcmp(end, "kill") == 0) {
		sc->end = END_KILL;
	} else {
		return tree_fault(&sc->tree, 0, "end",
		                  "must be \"off\" or \"kill\"");
	}
	return true;
}

static bool read_verdict(struct scenario *sc, const char *word)
{
	sc->verdict = word == NULL ? VERDICT_PASS : verdict_parse(word);
	switch (sc->verdict) {
	case VERDICT_PASS:
	case VERDICT_FAIL:
	case VERDICT_CRASH:
	case VERDICT_HANG:
	case VERDICT_TIMEOUT:
		return true;
	case VERDICT_SKIP:
	case VERDICT_XFAIL:
	case VERDICT_XPASS:
	case VERDICT_FLAKY:
	case VERDICT_INFRA:
	case VERDICT_COUNT:
		break;
	}
	return tree_fault(&sc->tree, 0, "verdict",
	                  "must be PASS, FAIL, CRASH, HANG or TIMEOUT");
}

static bool read_children(struct scenario *sc)
{
	int steps = -1, budget = -1;
	int node;

	fdt_for_each_subnode(node, sc->tree.fdt, 0)
	{
		const char *name = tree_name(&sc->tree, node);

		if (strcmp(name, "steps") == 0) {
			steps = node;
		} else if (strcmp(name, "budget") == 0) {
			budget = node;
		} else if (strcmp(name, "bundle") == 0) {
			if (!scenario_read_bundle(sc, node)) {
				return false;
			}
		} else if (strncmp(name, "vm-", 3) != 0) {
			return tree_fault(&sc->tree, node, NULL,
			                  "unknown node: want vm-NAME, steps, "
			                  "budget or bundle");
		}
	}
	return scenario_read_vms(sc) &&
	       (steps < 0 || scenario_read_steps(sc, steps)) &&
	       (budget < 0 || scenario_read_budgets(sc, budget));
}

/* With end = "kill" something must tell the harness that all is seen. */
static bool has_an_end(const struct scenario *sc)
{
	bool waits =
		sc->end == END_OFF || sc->report || sc->verdict != VERDICT_PASS;

	for (size_t i = 0; i < sc->step_count; i++) {
		waits = waits || sc->steps[i].expect.text != NULL;
	}
	for (size_t i = 0; i < sc->vm_count; i++) {
		waits = waits || sc->vms[i].report;
	}
	return waits;
}

static bool check_cause(const struct scenario *sc)
{
	regex_t regex;
	int rc;

	if (sc->cause == NULL) {
		return true;
	}
	rc = regcomp(&regex, sc->cause, REG_EXTENDED | REG_NOSUB);
	if (rc != 0) {
		char why[128];

		regerror(rc, &regex, why, sizeof(why));
		return tree_fault(&sc->tree, 0, "cause", "%s", why);
	}
	regfree(&regex);
	return true;
}

static bool check_whole(struct scenario *sc)
{
	if (*sc->proves == '\0') {
		return tree_fault(&sc->tree, 0, "proves", "is empty");
	}
	if (sc->vm_count == 0 && !sc->no_bundle) {
		return tree_fault(&sc->tree, 0, NULL, "has no VM");
	}
	if (sc->hyp_memory_mib % 2 != 0) {
		return tree_fault(&sc->tree, 0, "hyp-memory-mib",
		                  "must be even, is %u", sc->hyp_memory_mib);
	}
	if (!has_an_end(sc)) {
		return tree_fault(&sc->tree, 0, NULL,
		                  "waits for nothing: no report, no expect, "
		                  "and end is \"kill\"");
	}
	if (sc->lanes[LANE_REF] && sc->vm_count != 1) {
		return tree_fault(&sc->tree, 0, "lanes",
		                  "lane \"ref\" needs exactly one VM, "
		                  "there are %zu",
		                  sc->vm_count);
	}
	if (sc->lanes[LANE_REF] && sc->mutant != NULL) {
		return tree_fault(&sc->tree, 0, "mutant",
		                  "lane \"ref\" has no hypervisor to mutate");
	}
	if (sc->lanes[LANE_REF] && sc->budget_count > 0) {
		return tree_fault(
			&sc->tree, 0, "lanes",
			"lane \"ref\" has no hypervisor to count exits");
	}
	return check_cause(sc);
}

static bool read_root(struct scenario *sc)
{
	struct root root = { .sc = *sc };
	bool ok = tree_is(&sc->tree, COMPATIBLE) &&
	          tree_read(&sc->tree, 0, root_rules, ARRAY_COUNT(root_rules),
	                    &root);

	*sc = root.sc;
	sc->has_seed = fdt_getprop(sc->tree.fdt, 0, "seed", NULL) != NULL;
	ok = ok && read_lanes(sc, &root.words.lanes) &&
	     read_modes(sc, &root.words.modes) && read_children(sc) &&
	     read_end(sc, root.words.end) &&
	     read_verdict(sc, root.words.verdict) && check_whole(sc);
	strv_fini(&root.words.lanes);
	strv_fini(&root.words.modes);
	free(root.words.end);
	free(root.words.verdict);
	return ok;
}

static struct scenario *new_scenario(const char *dts)
{
	struct scenario *sc = xcalloc(1, sizeof(*sc));
	const char *base = strrchr(dts, '/');

	sc->name = xstrdup(base != NULL ? base + 1 : dts);
	if (strrchr(sc->name, '.') != NULL) {
		*strrchr(sc->name, '.') = '\0';
	}
	sc->cpus = 1;
	sc->memory_mib = 512;
	sc->hyp_memory_mib = 16;
	sc->timeout_ms = 30000;
	sc->silence_ms = 10000;
	sc->seed = 1;
	sc->hyp_args = xstrdup("");
	return sc;
}

struct scenario *scenario_load(const char *dts, const char *dtb)
{
	struct scenario *sc = new_scenario(dts);

	if (!tree_compile(&sc->tree, dts, dtb) || !read_root(sc)) {
		scenario_free(sc);
		return NULL;
	}
	return sc;
}

struct scenario *scenario_parse(const char *dtb, const char *dts)
{
	struct scenario *sc = new_scenario(dts);

	if (!tree_load(&sc->tree, dtb, dts) || !read_root(sc)) {
		scenario_free(sc);
		return NULL;
	}
	return sc;
}
