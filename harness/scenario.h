/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scenario: what to boot, what to expect (docs/scenarios.md).
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "exits.h"
#include "result.h"
#include "tree.h"

#define VMID_ROOT     255
#define VMID_PRIMARY  3
#define SCENARIO_VMS  63
#define SCENARIO_CPUS 8
#define ICOUNT_MAX    10
#define MODE_MTTCG    (-1)
#define ROOT_VM_NAME  "rm"  /* the root VM when the scenario names none */
#define HYP_STREAM    "hyp" /* stream 0 in steps */

enum lane { LANE_TOUCHSTONE, LANE_REF, LANE_COUNT };

struct vm {
	char *name;
	char *image;
	bool root, primary, report;
	uint32_t vmid;
	uint32_t vcpus;
	uint32_t memory_mib;
	char *bootargs;
};

/** VM and text of a step's property; text NULL: the step has none. */
struct step_text {
	char *text;
	uint32_t stream;                 /* VMID, 0 for hyp */
	struct pcre2_real_code_8 *regex; /* NULL for send */
};

struct step {
	char *name;
	struct step_text send, expect, never;
	uint32_t timeout_ms; /* 0: none of its own */
};

enum damage {
	DAMAGE_NONE,
	DAMAGE_DATA,
	DAMAGE_HASH,
	DAMAGE_NO_HASH,
	DAMAGE_MISSING,
	DAMAGE_MAGIC,
	DAMAGE_TRUNCATED,
};

enum machine_end { END_OFF, END_KILL };

struct scenario {
	struct tree tree;
	char *name;

	char *proves;
	struct strv tags;
	bool lanes[LANE_COUNT];
	struct strv boards; /* empty: all */
	struct cells cases;
	int *modes; /* MODE_MTTCG or N of icount=N */
	size_t mode_count;
	uint32_t cpus;
	uint32_t memory_mib;
	uint32_t hyp_memory_mib; /* the firmware reads it; here only checked */
	char *cpu_model;         /* NULL: the board's */
	uint32_t timeout_ms;
	uint32_t silence_ms;
	enum machine_end end;
	enum verdict verdict;
	char *xfail;  /* NULL: not expected to fail */
	char *skip;   /* NULL: to be run */
	char *mutant; /* NULL: none */
	struct strv mutants;
	char *cause; /* regex: what the triage must say; NULL: anything */
	struct strv images; /* in the bundle, beside those of the VMs */
	char *hyp_args;     /* "" when absent */
	uint32_t seed;
	bool has_seed;
	bool report;        /* the firmware itself must deliver one */
	bool greatest_text; /* report = "greatest" on some VM */

	struct vm *vms;
	size_t vm_count;

	bool no_bundle;
	enum damage damage;
	char *damage_image;

	struct step *steps;
	size_t step_count;

	struct exit_budget *budgets;
	size_t budget_count;
};

/**
 * Read a scenario file.  @dtb is where the compiled tree is kept.
 * @return NULL after one complaint.
 */
struct scenario *scenario_load(const char *dts, const char *dtb);

/** The same from a compiled tree; @dts only names it. */
struct scenario *scenario_parse(const char *dtb, const char *dts);

void scenario_free(struct scenario *sc);

/** The VM with that VMID, or NULL. */
const struct vm *scenario_vm(const struct scenario *sc, uint32_t vmid);

/** The VM booted as root, or NULL when that is the resource manager. */
const struct vm *scenario_root(const struct scenario *sc);

/** The name in scenarios and on the command line. */
const char *lane_name(enum lane lane);

/** @return the lane, or LANE_COUNT. */
enum lane lane_parse(const char *name);

/** "mttcg" or "icount=N" -> mode; @return whether it is one. */
bool mode_parse(const char *text, int *mode);

/** The reverse of mode_parse(). The caller frees. */
char *mode_format(int mode);

/* Between scenario.c and its parts. */
bool scenario_read_vms(struct scenario *sc);
bool scenario_read_steps(struct scenario *sc, int node);
bool scenario_read_bundle(struct scenario *sc, int node);
bool scenario_read_budgets(struct scenario *sc, int node);
void scenario_free_budgets(struct scenario *sc);

#endif
