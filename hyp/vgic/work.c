/* SPDX-License-Identifier: BSD-2-Clause */
/* Would the CPU interface signal an interrupt: may WFI sleep? */
#include "vgic/state.h"

/* What the CPU interface lets pass. */
struct gate {
	uint32_t groups;   /* VENG0, VENG1 */
	uint32_t priority; /* those below this number pass */
};

/*
 * Priority of the most urgent active interrupt, from the active priorities
 * registers: bit n of them is priority n in units of the smallest step.
 */
static uint32_t running_priority(const uint64_t apr[2][VGIC_APRS])
{
	uint32_t step = 8 / vgic_machine.apr_count;

	for (uint32_t i = 0; i < apr_count(); i++) {
		uint32_t bits = (uint32_t)(apr[0][i] | apr[1][i]);

		if (bits != 0) {
			return (i * 32 + (uint32_t)__builtin_ctz(bits)) * step;
		}
	}
	return 0x100;
}

static bool passes(const struct gate *gate, uint32_t group, uint32_t priority)
{
	return (gate->groups & (1u << group)) && priority < gate->priority;
}

static bool queue_passes(struct vgic_vcpu *c, const struct gate *gate)
{
	uint32_t intid;

	if (queue_is_empty(&c->pend)) {
		return false;
	}
	intid = queue_first_enabled(c, &c->pend, gate->groups);
	return intid != GIC_INTID_NONE &&
	       bank_of(c->vgic, c, intid)->level[intid % 32] * 8u <
	               gate->priority;
}

static bool lists_pass(const struct vgic_vcpu *c, const struct gate *gate)
{
	for (uint32_t left = c->used; left != 0; left &= left - 1) {
		uint64_t lr = ich_read_lr((uint32_t)__builtin_ctz(left));

		if ((lr & ICH_LR_PENDING) && !(lr & ICH_LR_ACTIVE) &&
		    passes(gate, lr & ICH_LR_GROUP1 ? 1 : 0,
		           (uint32_t)field_get(ICH_LR_PRIO, lr))) {
			return true;
		}
	}
	return false;
}

bool vgic_has_work(struct vgic_vcpu *c)
{
	bool here = is_here(c);
	uint64_t apr[2][VGIC_APRS];
	uint64_t vmcr;
	struct gate gate;
	bool work;

	vgic_lock(c->vgic);
	if (c->is_loaded && !here) {
		/* Its state is in another CPU: rather awake than lost. */
		vgic_unlock(c->vgic);
		return true;
	}
	if (here) {
		vgic_refresh(c);
	}
	vmcr = here ? ich_read_vmcr() : c->vmcr;
	for (uint32_t i = 0; i < apr_count(); i++) {
		apr[0][i] = here ? ich_read_apr(0, i) : c->apr[0][i];
		apr[1][i] = here ? ich_read_apr(1, i) : c->apr[1][i];
	}
	gate.groups = (uint32_t)vmcr & (ICH_VMCR_VENG0 | ICH_VMCR_VENG1);
	gate.priority = (uint32_t)field_get(ICH_VMCR_VPMR, vmcr);
	if (running_priority(apr) < gate.priority) {
		gate.priority = running_priority(apr);
	}
	work = queue_passes(c, &gate) || (here && lists_pass(c, &gate));
	vgic_unlock(c->vgic);
	return work;
}
