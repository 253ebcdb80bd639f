/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs out of the snapshot: where each is, its interrupts and timers, and
 * what the trace says of it last. VMs: triage_vm.c. */
#include "triage_hyp.h"

#include <stdlib.h>
#include <string.h>

#define TIMER_ENABLE  1u
#define TIMER_IMASK   2u
#define TIMER_ISTATUS 4u
#define FRAMES        8

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

/* When a compare value is met, by the counter that does not lag. */
static uint64_t due_at(uint64_t cval, uint64_t offset)
{
	return cval + offset < cval ? TRIAGE_NEVER : cval + offset;
}

/* While the vCPU is loaded, also asleep, the hardware has its timers. */
static void read_loaded_timers(const struct snap_cpu *c, uint64_t cntvoff,
                               struct tri_vcpu *to)
{
	const uint64_t ctl[TRIAGE_TIMERS] = { c->cntv_ctl, c->cntp_ctl };
	const uint64_t due[TRIAGE_TIMERS] = { due_at(c->cntv_cval, cntvoff),
		                              c->cntp_cval };

	for (unsigned i = 0; i < TRIAGE_TIMERS; i++) {
		to->timer[i] = (struct tri_timer){
			.is_enabled = (ctl[i] & TIMER_ENABLE) != 0,
			.is_masked = (ctl[i] & TIMER_IMASK) != 0,
			.has_fired = (ctl[i] & TIMER_ISTATUS) != 0,
			.due = due[i],
		};
	}
	to->is_watched = true;
}

/* While it is not, its context has them, and a soft timer of EL2 watches. */
static void read_saved_timers(struct ival v, uint64_t cntvoff,
                              struct tri_vcpu *to)
{
	int64_t soft = (int64_t)ival_get(v, ".vtimer->soft.cpu", (uint64_t)-1);

	for (unsigned i = 0; i < TRIAGE_TIMERS; i++) {
		struct ival of;
		char path[32];
		uint64_t ctl;

		snprintf(path, sizeof(path), ".vtimer->of[%u]", i);
		if (!ival_step(v, path, &of)) {
			continue;
		}
		ctl = ival_get(of, ".ctl", 0);
		to->timer[i] = (struct tri_timer){
			.is_enabled = (ctl & TIMER_ENABLE) != 0,
			.is_masked = (ctl & TIMER_IMASK) != 0,
			.has_fired = ival_get(of, ".was_due", 0) != 0,
			.due = due_at(ival_get(of, ".cval", 0),
			              i == TRIAGE_VIRTUAL ? cntvoff : 0),
		};
	}
	to->is_watched = soft >= 0;
}

static void read_timers(const struct snapshot *s, struct ival v,
                        struct tri_vcpu *to)
{
	static const unsigned ppi[TRIAGE_TIMERS] = { 27, 30 };
	uint64_t cntvoff = ival_get(v, ".vm->cntvoff", 0);
	uint64_t enabled = ival_get(v, ".vgic->bank.enabled", UINT64_MAX);

	to->has_timer =
		ival_get(v, ".vtimer->of[0].ctl", UINT64_MAX) != UINT64_MAX;
	if (to->loaded_on >= 0 && (size_t)to->loaded_on < s->cpus) {
		read_loaded_timers(&s->cpu[to->loaded_on], cntvoff, to);
	} else if (to->has_timer) {
		read_saved_timers(v, cntvoff, to);
	}
	for (unsigned i = 0; i < TRIAGE_TIMERS; i++) {
		to->timer[i].is_deaf = (enabled >> ppi[i] & 1) == 0;
	}
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
	to->is_proxied = ival_get(v, ".is_proxied", 0) != 0;
	to->has_runner = ival_get(v, ".proxy", 0) != 0;
	to->sleep_type = (uint32_t)ival_get(v, ".sleep_type", 0);
	to->picked = ival_get(v, ".started_ticks", 0);
	read_timers(s, v, to);
	read_place(s, v, to);
}

void triage_read_vcpus(const struct snapshot *s, struct tri_hyp *hyp)
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

void triage_read_last(struct tri_hyp *hyp)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		struct tri_vcpu *v = &hyp->vcpu[i];

		for (size_t n = hyp->log.count; n > 0; n--) {
			const struct trace_record *r = &hyp->log.record[n - 1];

			if (r->vmid != v->vmid || r->vcpu != v->index) {
				continue;
			}
			if (v->since == 0) {
				v->since = r->ticks;
				trace_describe(&hyp->log, r, v->last,
				               sizeof(v->last));
			}
			if (r->id == TRACE_VCPU_BLOCK) {
				v->blocked = r->ticks;
				break;
			}
		}
	}
}
