/* SPDX-License-Identifier: BSD-2-Clause */
/* What each VM sees where: its stage-2 tables, walked in the core. */
#include <inttypes.h>

#include "triage_hyp.h"

#define RUNS_SHOWN 64 /* of one VM */

/* As in the descriptor: S2AP, XN and MemAttr. */
#define DESC_READ  (1ull << 6)
#define DESC_WRITE (1ull << 7)
#define DESC_XN    (3ull << 53)
#define DESC_ATTR  (15ull << 2)
#define DESC_ALIKE (DESC_READ | DESC_WRITE | DESC_XN | DESC_ATTR)

/* Leaves that follow each other on both sides, and are alike. */
struct run {
	FILE *out;
	uint64_t ipa, pa, size, desc;
	size_t shown;
};

static const char *memory_name(uint64_t desc)
{
	switch ((desc & DESC_ATTR) >> 2) {
	case 0xf:
		return "normal";
	case 0x5:
		return "uncached";
	case 0x0:
		return "device nGnRnE";
	default:
		return "other memory";
	}
}

static void print_run(struct run *run)
{
	static const char *const execute[] = { "X", "x at EL0", "-",
		                               "x at EL1" };

	if (run->size == 0) {
		return;
	}
	if (run->shown++ < RUNS_SHOWN) {
		fprintf(run->out,
		        "    %#" PRIx64 " to %#" PRIx64 " is PA %#" PRIx64
		        ", %s%s%s, %s\n",
		        run->ipa, run->ipa + run->size - 1, run->pa,
		        run->desc & DESC_READ ? "R" : "-",
		        run->desc & DESC_WRITE ? "W" : "-",
		        execute[(run->desc & DESC_XN) >> 53],
		        memory_name(run->desc));
	}
	run->size = 0;
}

static void add_leaf(void *ctx, uint64_t ipa, const struct walk_leaf *leaf)
{
	struct run *run = ctx;

	if (run->size != 0 && run->ipa + run->size == ipa &&
	    run->pa + run->size == leaf->pa &&
	    ((run->desc ^ leaf->desc) & DESC_ALIKE) == 0) {
		run->size += leaf->size;
		return;
	}
	print_run(run);
	run->ipa = ipa;
	run->pa = leaf->pa;
	run->size = leaf->size;
	run->desc = leaf->desc;
}

void triage_maps_print(const struct snapshot *s, FILE *out)
{
	uint64_t vtcr = 0;
	struct ival vms;

	for (size_t i = 0; i < s->cpus; i++) {
		vtcr = s->cpu[i].vtcr_el2 != 0 ? s->cpu[i].vtcr_el2 : vtcr;
	}
	if (vtcr == 0 || !inspect_find(s->hyp, "vms", &vms)) {
		return;
	}
	fprintf(out, "\nstage 2: what each VM sees at which IPA\n");
	for (size_t i = 0; i < ival_count(vms); i++) {
		struct run run = { .out = out };
		struct walk walk;
		char path[48];
		uint64_t vttbr;

		snprintf(path, sizeof(path), "[%zu]->s2.vttbr", i);
		vttbr = ival_get(vms, path, 0);
		if (vttbr == 0) {
			continue;
		}
		fprintf(out, "  vm %zu\n", i);
		walk = walk_stage2(vttbr, vtcr);
		walk_all(s->core, &walk, add_leaf, &run);
		print_run(&run);
		if (run.shown > RUNS_SHOWN) {
			fprintf(out, "    and %zu more\n",
			        run.shown - RUNS_SHOWN);
		}
	}
}
