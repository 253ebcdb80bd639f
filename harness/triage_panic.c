/* SPDX-License-Identifier: BSD-2-Clause */
/* What EL2 noted when it died: struct panic_note of trap/panic.c. */
#include <inttypes.h>
#include <string.h>

#include "triage_hyp.h"

#define FRAMES  24
#define CALLERS 3 /* that the sentence names */

static const char *class_name(uint64_t esr)
{
	switch (esr >> 26 & 0x3f) {
	case 0x00:
		return "unknown instruction";
	case 0x21:
		return "instruction abort";
	case 0x22:
		return "misaligned PC";
	case 0x25:
		return "data abort";
	case 0x26:
		return "misaligned SP";
	case 0x2f:
		return "SError";
	case 0x3c:
		return "BRK";
	default:
		return "exception";
	}
}

/* Return addresses from the noted frame outwards. */
static size_t walk(const struct snapshot *s, uint64_t fp, uint64_t *pc)
{
	size_t count = 0;

	while (count < FRAMES && fp != 0 && fp % 8 == 0) {
		uint64_t pair[2];
		bool ok = false;

		for (size_t cpu = 0; cpu < s->cpus && !ok; cpu++) {
			ok = s->cpu[cpu].ttbr0_el2 != 0 &&
			     snapshot_read(s, cpu, 2, fp, pair, sizeof(pair));
		}
		if (!ok || pair[1] == 0) {
			break;
		}
		pc[count++] = pair[1] - 4;
		if (pair[0] <= fp) {
			break;
		}
		fp = pair[0];
	}
	return count;
}

static void name_callers(const struct snapshot *s, uint64_t fp,
                         struct tri_panic *to)
{
	uint64_t pc[FRAMES], distance;
	size_t count = walk(s, fp, pc), at = 0;

	for (size_t i = 0; i < count && i < CALLERS; i++) {
		const char *name = inspect_symbol(s->hyp, pc[i], &distance);
		int n = snprintf(to->callers + at, sizeof(to->callers) - at,
		                 "%s%s", i > 0 ? ", by " : "",
		                 name == NULL ? "?" : name);

		if (n < 0 || at + (size_t)n >= sizeof(to->callers)) {
			return;
		}
		at += (size_t)n;
	}
}

static void name_guest(const struct snapshot *s, struct tri_panic *to)
{
	struct ival table, here;
	char path[32];

	snprintf(path, sizeof(path), "[%u]", to->cpu);
	if (inspect_find(s->hyp, "percpu_table", &table) &&
	    ival_step(table, path, &here)) {
		to->vmid = (uint16_t)ival_get(here, ".vcpu->vm->vmid", 0);
		to->vcpu = (unsigned)ival_get(here, ".vcpu->index", 0);
	}
}

void triage_read_panic(const struct snapshot *s, struct tri_hyp *hyp)
{
	struct tri_panic *to = &hyp->panic;
	struct ival note, what;
	char text[100] = "?";

	if (!inspect_find(s->hyp, "panic_note", &note) ||
	    ival_get(note, ".what", 0) == 0) {
		return;
	}
	to->is_there = true;
	to->cpu = (unsigned)ival_get(note, ".cpu", 0);
	if (ival_step(note, ".what", &what)) {
		ival_text(what, text, sizeof(text));
	}
	if (ival_get(note, ".is_exception", 0) != 0) {
		uint64_t esr = ival_get(note, ".esr", 0);

		snprintf(to->what, sizeof(to->what),
		         "%s (%s, ESR %#" PRIx64 ", FAR %#" PRIx64 ")", text,
		         class_name(esr), esr, ival_get(note, ".far", 0));
	} else {
		snprintf(to->what, sizeof(to->what), "%s", text);
	}
	snapshot_place(s->hyp, ival_get(note, ".pc", 0), to->place,
	               sizeof(to->place));
	name_callers(s, ival_get(note, ".fp", 0), to);
	name_guest(s, to);
}

void triage_panic_print(const struct snapshot *s, const struct tri_hyp *hyp,
                        FILE *out)
{
	uint64_t pc[FRAMES];
	struct ival note;
	size_t count;
	char place[TRIAGE_PLACE];

	if (!hyp->panic.is_there ||
	    !inspect_find(s->hyp, "panic_note", &note)) {
		return;
	}
	fprintf(out, "\npanic of cpu %u: %s\n    %s\n", hyp->panic.cpu,
	        hyp->panic.what, hyp->panic.place);
	count = walk(s, ival_get(note, ".fp", 0), pc);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "    %#" PRIx64 "  %s\n", pc[i],
		        snapshot_place(s->hyp, pc[i], place, sizeof(place)));
	}
}
