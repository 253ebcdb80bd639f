/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs, vCPUs and trace rings, out of the snapshot. VMs: triage_vm.c. */
#include "triage_hyp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TIMER_ENABLE 1u
#define TIMER_IMASK  2u
#define FRAMES       8

/* Interrupts 0 to 31 of one vCPU that it should take. */
static void read_interrupts(struct ival v, struct tri_vcpu *to)
{
	uint64_t latch = ival_get(v, ".vgic->bank.latch", 0);
	uint64_t line = ival_get(v, ".vgic->bank.line", 0);
	uint64_t edge = ival_get(v, ".vgic->bank.edge", 0);
	uint64_t hw = ival_get(v, ".vgic->bank.hw", 0);
	uint64_t enabled = ival_get(v, ".vgic->bank.enabled", 0);
	uint64_t listed = ival_get(v, ".vgic->bank.listed", 0);
	uint64_t sure = latch | (line & (~edge | hw));

	to->pending = (uint32_t)((sure | listed) & enabled);
	to->listed = (uint32_t)(listed & ~sure);
	to->active = (uint32_t)ival_get(v, ".vgic->bank.active", 0);
}

/* While it is loaded the hardware has the timer, and sees it. */
static void read_timer(struct ival v, struct tri_vcpu *to)
{
	uint64_t ctl = ival_get(v, ".vtimer->of[0].ctl", UINT64_MAX);
	int64_t soft = (int64_t)ival_get(v, ".vtimer->soft.cpu", (uint64_t)-1);

	to->has_timer = ctl != UINT64_MAX;
	if (!to->has_timer || to->loaded_on >= 0) {
		return;
	}
	to->is_armed = (ctl & (TIMER_ENABLE | TIMER_IMASK)) == TIMER_ENABLE &&
	               ival_get(v, ".vtimer->of[0].was_due", 0) == 0;
	to->is_watched = soft >= 0;
	to->deadline = ival_get(v, ".vtimer->of[0].cval", 0) +
	               ival_get(v, ".vm->cntvoff", 0);
}

static void read_regime(const struct snapshot *s, struct ival v, int loaded_on,
                        struct snap_regime *r)
{
	r->vttbr = ival_get(v, ".vm->s2.vttbr", 0);
	for (size_t i = 0; i < s->cpus; i++) {
		r->vtcr =
			s->cpu[i].vtcr_el2 != 0 ? s->cpu[i].vtcr_el2 : r->vtcr;
	}
	if (loaded_on >= 0 && (size_t)loaded_on < s->cpus) {
		const struct snap_cpu *c = &s->cpu[loaded_on];

		r->sctlr = c->sctlr_el1;
		r->ttbr0 = c->ttbr0_el1;
		r->ttbr1 = c->ttbr1_el1;
		r->tcr = c->tcr_el1;
		return;
	}
	r->sctlr = ival_get(v, ".el1.sctlr", 0);
	r->ttbr0 = ival_get(v, ".el1.ttbr0", 0);
	r->ttbr1 = ival_get(v, ".el1.ttbr1", 0);
	r->tcr = ival_get(v, ".el1.tcr", 0);
}

/* Functions that only pass a call on: who called them is what is meant. */
static bool is_stub(struct inspect *in, uint64_t pc)
{
	static const char *const stubs[] = { "smccc_hvc",   "smccc_smc",
		                             "smccc",       "psci",
		                             "hvc_native",  "hv_call",
		                             "native_stubs" };
	uint64_t distance;
	const char *name =
		in == NULL ? NULL : inspect_symbol(in, pc, &distance);

	for (size_t i = 0; name != NULL && i < sizeof(stubs) / sizeof(stubs[0]);
	     i++) {
		if (strcmp(name, stubs[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Where the guest is, seen from above what all guests link. */
static void guest_place(const struct snapshot *s, const struct snap_regime *r,
                        uint16_t vmid, const uint64_t pc_lr_fp[3], char *buf)
{
	struct inspect *in = snapshot_image(s, 1, vmid);
	uint64_t pc = pc_lr_fp[0], fp = pc_lr_fp[2];

	if (is_stub(in, pc) && pc_lr_fp[1] != 0) {
		pc = pc_lr_fp[1] - 4;
	}
	for (unsigned n = 0; n < FRAMES && is_stub(in, pc); n++) {
		uint64_t pair[2];

		if (fp == 0 || fp % 8 != 0 ||
		    !snapshot_read_guest(s, r, fp, pair, sizeof(pair)) ||
		    pair[1] == 0 || pair[0] <= fp) {
			break;
		}
		pc = pair[1] - 4;
		fp = pair[0];
	}
	snapshot_place(in, pc, buf, TRIAGE_PLACE);
}

static void read_place(const struct snapshot *s, struct ival v,
                       struct tri_vcpu *to)
{
	struct snap_regime regime = { 0 };
	uint64_t at[3] = { to->pc, ival_get(v, ".regs.x[30]", 0),
		           ival_get(v, ".regs.x[29]", 0) };

	read_regime(s, v, to->loaded_on, &regime);
	if (to->loaded_on >= 0 && (size_t)to->loaded_on < s->cpus &&
	    strcmp(to->state, "VCPU_RUNNING") == 0 &&
	    s->cpu[to->loaded_on].el < 2) {
		const struct snap_cpu *c = &s->cpu[to->loaded_on];

		at[0] = c->pc;
		at[1] = c->lr;
		at[2] = c->fp;
	}
	guest_place(s, &regime, to->vmid, at, to->place);
}

static void read_vcpu(const struct snapshot *s, struct ival v, uint16_t vmid,
                      unsigned index, struct tri_vcpu *to)
{
	struct ival state;

	to->vmid = vmid;
	to->index = index;
	to->state = ival_step(v, ".state", &state) ? ival_enum(state) : NULL;
	to->state = to->state == NULL ? "?" : to->state;
	to->is_on = ival_get(v, ".is_on", 0) != 0;
	to->loaded_on = (int)ival_get(v, ".loaded_on", UINT64_MAX);
	to->cpu = (unsigned)ival_get(v, ".cpu", 0);
	to->pc = ival_get(v, ".regs.pc", 0);
	to->pstate = ival_get(v, ".regs.pstate", 0);
	to->request = ival_get(v, ".request", 0);
	read_interrupts(v, to);
	read_timer(v, to);
	read_place(s, v, to);
}

static void read_vcpus(const struct snapshot *s, struct tri_hyp *hyp)
{
	struct inspect *in = s->hyp;
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
				read_vcpu(s, v, (uint16_t)i, n,
				          &hyp->vcpu[hyp->vcpus++]);
			}
		}
	}
}

/* What everybody has: registers and names. */
static void read_plain_cpus(const struct snapshot *s,
                            const struct tri_before *before,
                            struct tri_hyp *hyp)
{
	hyp->cpus = s->cpus;
	for (size_t i = 0; i < s->cpus; i++) {
		const struct snap_cpu *from = &s->cpu[i];
		struct tri_cpu *c = &hyp->cpu[i];
		struct inspect *in = snapshot_image(s, from->el, from->vmid);
		uint64_t frame[FRAMES], distance;
		size_t n = snapshot_frames(s, i, frame, FRAMES), up = 0;
		const char *name =
			in == NULL ? NULL
				   : inspect_symbol(in, from->pc, &distance);

		c->el = from->el;
		c->was_el = before->cpu[i].el;
		c->irqs_masked = from->irqs_masked;
		c->vmid = from->vmid;
		c->holder = -1;
		snprintf(c->function, sizeof(c->function), "%s",
		         name == NULL ? "" : name);
		snapshot_place(in, from->pc, c->place, sizeof(c->place));
		snprintf(c->caller, sizeof(c->caller), "%s", c->place);
		while (name != NULL && up < n &&
		       (strncmp(name, "spin_", 5) == 0 ||
		        strncmp(name, "panic", 5) == 0 ||
		        strncmp(name, "hyp_fault", 9) == 0)) {
			snapshot_place(in, frame[up], c->caller,
			               sizeof(c->caller));
			name = inspect_symbol(in, frame[up++], &distance);
		}
	}
}

/* The locks that everybody meets, by the VM they belong to. */
static void name_lock(const struct snapshot *s, uint64_t lock, char *buf,
                      size_t size)
{
	static const struct {
		const char *path, *name;
	} known[] = { { "->lock", "the lock" },
		      { "->s2.lock", "the stage-2 lock" },
		      { "->vgic->lock", "the GIC lock" } };
	const char *name;
	uint64_t distance = 0;
	struct ival vms, at;

	for (size_t i = 0;
	     inspect_find(s->hyp, "vms", &vms) && i < ival_count(vms); i++) {
		for (size_t k = 0; k < 3; k++) {
			char path[48];

			snprintf(path, sizeof(path), "[%zu]%s", i,
			         known[k].path);
			if (ival_step(vms, path, &at) && at.addr == lock) {
				snprintf(buf, size, "%s of vm %zu",
				         known[k].name, i);
				return;
			}
		}
	}
	name = inspect_symbol(s->hyp, lock, &distance);
	if (name == NULL || distance > 1u << 16) {
		snprintf(buf, size, "the lock at %#" PRIx64, lock);
	} else {
		snprintf(buf, size, "the lock %s+%#" PRIx64, name, distance);
	}
}

static int holder_of(const struct snapshot *s, uint64_t address)
{
	struct ival lock;
	uint64_t holder;

	if (!inspect_cast(s->hyp, "struct spinlock", address, &lock)) {
		return -1;
	}
	holder = ival_get(lock, ".holder", 0);
	return holder == 0 ? -1 : (int)holder - 1;
}

static void read_cpus(const struct snapshot *s, struct tri_hyp *hyp)
{
	struct ival table;

	if (!inspect_find(s->hyp, "percpu_table", &table)) {
		return;
	}
	for (size_t i = 0; i < s->cpus; i++) {
		struct tri_cpu *c = &hyp->cpu[i];
		uint64_t lock;
		struct ival at;
		char index[32];

		snprintf(index, sizeof(index), "[%zu]", i);
		if (!ival_step(table, index, &at)) {
			continue;
		}
		c->is_online = ival_get(at, ".is_online", 0) != 0;
		c->is_idle = c->el == 2 && ival_get(at, ".vcpu", 0) == 0 &&
		             strcmp(c->function, "sched_next") == 0;
		lock = ival_get(at, ".waits_for", 0);
		if (lock != 0) {
			c->waits = true;
			c->holder = holder_of(s, lock);
			name_lock(s, lock, c->lock, sizeof(c->lock));
		}
	}
}

/* Head of ring @i and where it lies. @return false: not readable now */
static bool read_ring(const struct snapshot *s, size_t i, uint64_t *va,
                      struct trace_ring *head)
{
	struct ival rings, ring;
	char index[32];

	snprintf(index, sizeof(index), "[%zu]", i);
	if (s->hyp == NULL ||
	    !inspect_find(s->hyp, TRACE_TABLE_SYMBOL, &rings) ||
	    !ival_step(rings, index, &ring) || !ival_u64(ring, va) ||
	    *va == 0) {
		return false;
	}
	for (size_t cpu = 0; cpu < s->cpus; cpu++) {
		if (snapshot_read(s, cpu, 2, *va, head, sizeof(*head))) {
			return head->magic == TRACE_MAGIC &&
			       head->count <= 1u << 20;
		}
	}
	return false;
}

void triage_read_heads(const struct snapshot *s, uint64_t *head)
{
	for (size_t i = 0; i < SNAPSHOT_CPUS; i++) {
		struct trace_ring ring;
		uint64_t va;

		head[i] = i < s->cpus && read_ring(s, i, &va, &ring)
		                  ? ring.head
		                  : UINT64_MAX;
	}
}

static void read_rings(const struct snapshot *s,
                       const struct tri_before *before, struct tri_hyp *hyp)
{
	for (size_t i = 0; i < s->cpus; i++) {
		struct trace_ring head;
		uint64_t va;
		void *copy;
		size_t len;

		if (!read_ring(s, i, &va, &head)) {
			continue;
		}
		hyp->cpu[i].has_moved = before->head[i] != UINT64_MAX &&
		                        before->head[i] != head.head;
		len = sizeof(head) +
		      (size_t)head.count * sizeof(struct trace_record);
		copy = malloc(len);
		for (size_t cpu = 0; copy != NULL && cpu < s->cpus; cpu++) {
			if (snapshot_read(s, cpu, 2, va, copy, len)) {
				trace_log_add(&hyp->log, copy, len);
				break;
			}
		}
		free(copy);
	}
	trace_log_sort(&hyp->log);
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

bool triage_hyp_read(const struct snapshot *s, const struct tri_before *before,
                     struct tri_hyp *hyp)
{
	struct ival probe;

	memset(hyp, 0, sizeof(*hyp));
	read_plain_cpus(s, before, hyp);
	if (s->hyp == NULL || s->core == NULL ||
	    !inspect_find(s->hyp, "percpu_table", &probe)) {
		return false;
	}
	hyp->is_ours = true;
	triage_read_panic(s, hyp);
	read_cpus(s, hyp);
	read_vcpus(s, hyp);
	triage_read_vms(s, hyp);
	read_rings(s, before, hyp);
	find_last_records(hyp);
	return true;
}

void triage_hyp_fini(struct tri_hyp *hyp)
{
	trace_log_free(&hyp->log);
}
