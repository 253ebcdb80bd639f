/* SPDX-License-Identifier: BSD-2-Clause */
#include "triage_hyp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TIMER_ENABLE 1u
#define TIMER_IMASK  2u
#define TRACE_SHOWN  200

/* Interrupts 0 to 31 of one vCPU that it should take. */
static void read_interrupts(struct ival v, struct tri_vcpu *to)
{
	uint64_t latch = ival_get(v, ".vgic->bank.latch", 0);
	uint64_t line = ival_get(v, ".vgic->bank.line", 0);
	uint64_t edge = ival_get(v, ".vgic->bank.edge", 0);
	uint64_t hw = ival_get(v, ".vgic->bank.hw", 0);
	uint64_t enabled = ival_get(v, ".vgic->bank.enabled", 0);
	uint64_t listed = ival_get(v, ".vgic->bank.listed", 0);

	to->pending =
		(uint32_t)((latch | (line & (~edge | hw)) | listed) & enabled);
	to->active = (uint32_t)ival_get(v, ".vgic->bank.active", 0);
}

static void read_timer(struct ival v, struct tri_vcpu *to)
{
	uint64_t ctl = ival_get(v, ".vtimer->of[0].ctl", UINT64_MAX);

	to->has_timer = ctl != UINT64_MAX;
	if (to->has_timer) {
		to->is_armed =
			(ctl & (TIMER_ENABLE | TIMER_IMASK)) == TIMER_ENABLE;
		to->deadline = ival_get(v, ".vtimer->of[0].cval", 0) +
		               ival_get(v, ".vm->cntvoff", 0);
	}
}

static void read_vcpu(struct ival v, uint16_t vmid, unsigned index,
                      struct tri_vcpu *to)
{
	struct ival state;

	to->vmid = vmid;
	to->index = index;
	to->state = ival_step(v, ".state", &state) ? ival_enum(state) : NULL;
	to->state = to->state == NULL ? "?" : to->state;
	to->loaded_on = (int)ival_get(v, ".loaded_on", UINT64_MAX);
	to->cpu = (unsigned)ival_get(v, ".cpu", 0);
	to->pc = ival_get(v, ".regs.pc", 0);
	to->pstate = ival_get(v, ".regs.pstate", 0);
	to->request = ival_get(v, ".request", 0);
	read_interrupts(v, to);
	read_timer(v, to);
}

static void read_vms(struct inspect *in, struct tri_hyp *hyp)
{
	struct ival vms;
	size_t most;

	if (!inspect_find(in, "vms", &vms)) {
		return;
	}
	most = ival_count(vms);
	for (size_t i = 0; i < most; i++) {
		char at[48];
		uint64_t count;
		struct ival vm;

		snprintf(at, sizeof(at), "[%zu]->vcpu_count", i);
		count = ival_get(vms, at, 0);
		snprintf(at, sizeof(at), "[%zu]->vcpu", i);
		if (count == 0 || !ival_step(vms, at, &vm)) {
			continue;
		}
		for (unsigned n = 0; n < count && hyp->vcpus < TRIAGE_VCPUS;
		     n++) {
			struct ival v;

			/* The array holds pointers: follow, then look. */
			snprintf(at, sizeof(at), "[%u]->regs", n);
			if (ival_step(vm, at, &v) &&
			    inspect_cast(in, "struct vcpu", v.addr, &v)) {
				read_vcpu(v, (uint16_t)i, n,
				          &hyp->vcpu[hyp->vcpus++]);
			}
		}
	}
}

static void read_cpus(const struct snapshot *s, struct tri_hyp *hyp)
{
	struct ival table;

	if (!inspect_find(s->hyp, "percpu_table", &table)) {
		return;
	}
	for (size_t i = 0; i < s->cpus; i++) {
		struct tri_cpu *c = &hyp->cpu[i];
		struct ival at;
		char index[32];

		snprintf(index, sizeof(index), "[%zu]", i);
		if (ival_step(table, index, &at)) {
			c->is_online = ival_get(at, ".is_online", 0) != 0;
			c->is_panicking = ival_get(at, ".is_panicking", 0) != 0;
			c->vcpu = ival_get(at, ".vcpu", 0);
			c->waits_for = ival_get(at, ".waits_for", 0);
		}
	}
}

static void read_rings(const struct snapshot *s, struct trace_log *log)
{
	struct ival rings;

	if (!inspect_find(s->hyp, TRACE_TABLE_SYMBOL, &rings)) {
		return;
	}
	for (size_t i = 0; i < ival_count(rings); i++) {
		struct trace_ring head;
		struct ival ring;
		char index[32];
		uint64_t va;
		void *copy;
		size_t len;

		snprintf(index, sizeof(index), "[%zu]", i);
		if (!ival_step(rings, index, &ring) || !ival_u64(ring, &va) ||
		    !snapshot_read(s, 0, 2, va, &head, sizeof(head)) ||
		    head.magic != TRACE_MAGIC || head.count > 1u << 20) {
			continue;
		}
		len = sizeof(head) +
		      (size_t)head.count * sizeof(struct trace_record);
		copy = malloc(len);
		if (copy != NULL && snapshot_read(s, 0, 2, va, copy, len)) {
			trace_log_add(log, copy, len);
		}
		free(copy);
	}
	trace_log_sort(log);
}

static void find_last_records(struct tri_hyp *hyp)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		struct tri_vcpu *v = &hyp->vcpu[i];

		for (size_t n = hyp->log.count; n > 0; n--) {
			const struct trace_record *r = &hyp->log.record[n - 1];

			if (r->vmid == v->vmid && r->vcpu == v->index) {
				v->since = r->ticks;
				trace_describe(&hyp->log, r, v->last,
				               sizeof(v->last));
				break;
			}
		}
	}
}

bool triage_hyp_read(const struct snapshot *s, struct tri_hyp *hyp)
{
	struct ival probe;

	memset(hyp, 0, sizeof(*hyp));
	if (s->hyp == NULL || s->core == NULL ||
	    !inspect_find(s->hyp, "percpu_table", &probe)) {
		return false;
	}
	read_cpus(s, hyp);
	read_vms(s->hyp, hyp);
	read_rings(s, &hyp->log);
	find_last_records(hyp);
	return true;
}

void triage_hyp_fini(struct tri_hyp *hyp)
{
	trace_log_free(&hyp->log);
}

int triage_lock_holder(const struct snapshot *s, uint64_t address)
{
	struct ival lock;
	uint64_t holder;

	if (address == 0 ||
	    !inspect_cast(s->hyp, "struct spinlock", address, &lock)) {
		return -1;
	}
	holder = ival_get(lock, ".holder", 0);
	return holder == 0 ? -1 : (int)holder - 1;
}

static void print_bits(FILE *out, const char *label, uint32_t bits)
{
	fprintf(out, "    %s:", label);
	for (unsigned i = 0; i < 32; i++) {
		if (bits >> i & 1u) {
			fprintf(out, " %u", i);
		}
	}
	fprintf(out, "%s\n", bits == 0 ? " none" : "");
}

static void print_vcpu(const struct snapshot *s, const struct tri_hyp *hyp,
                       const struct tri_vcpu *v, FILE *out)
{
	char place[256];
	uint64_t now = hyp->log.count == 0
	                       ? 0
	                       : hyp->log.record[hyp->log.count - 1].ticks;

	fprintf(out, "  vm %u vcpu %u: %s, queue of cpu %u, ", v->vmid,
	        v->index, v->state, v->cpu);
	if (v->loaded_on >= 0) {
		fprintf(out, "registers in cpu %d", v->loaded_on);
	} else {
		fprintf(out, "loaded nowhere");
	}
	fprintf(out, ", asked %#" PRIx64 "\n", v->request);
	fprintf(out, "    at its last exit: %s, pstate %#" PRIx64 "\n",
	        snapshot_place(snapshot_image(s, 1, v->vmid), v->pc, place,
	                       sizeof(place)),
	        v->pstate);
	print_bits(out, "private interrupts pending and enabled", v->pending);
	print_bits(out, "private interrupts active", v->active);
	if (v->has_timer) {
		fprintf(out, "    timer: %s",
		        v->is_armed ? "armed" : "not armed");
		if (v->is_armed) {
			fprintf(out, ", %s",
			        v->deadline <= now ? "due already"
			                           : "still to come");
		}
		fputc('\n', out);
	}
	if (v->last[0] != '\0') {
		fprintf(out, "    last trace: %s\n", v->last);
	}
}

void triage_hyp_print(const struct snapshot *s, const struct tri_hyp *hyp,
                      FILE *out)
{
	fprintf(out, "virtual CPUs\n");
	for (size_t i = 0; i < hyp->vcpus; i++) {
		print_vcpu(s, hyp, &hyp->vcpu[i], out);
	}
	fprintf(out, "\nlocks\n");
	for (size_t i = 0; i < s->cpus; i++) {
		uint64_t lock = hyp->cpu[i].waits_for, distance = 0;
		const char *name;

		if (lock == 0) {
			continue;
		}
		name = inspect_symbol(s->hyp, lock, &distance);
		fprintf(out,
		        "  cpu %zu waits for %s+%#" PRIx64 " (%#" PRIx64
		        "), held by cpu %d\n",
		        i, name == NULL ? "a lock" : name, distance, lock,
		        triage_lock_holder(s, lock));
	}
	fprintf(out, "\ntrace, all CPUs, the last %d records of %zu\n",
	        TRACE_SHOWN, hyp->log.count);
	trace_log_print(&hyp->log, out, TRACE_SHOWN);
	fprintf(out, "\ntrace, records by kind\n");
	trace_log_counts(&hyp->log, out);
}
