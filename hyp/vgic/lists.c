/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list registers of the vCPU that is loaded on this CPU.
 *
 * Two rules keep any number of interrupts moving through a few registers:
 *
 *  - If something deliverable is not listed, then something pending is, and
 *    all listed pending ones come before it. When the guest has acknowledged
 *    the last of them, NPIE brings us back. So there is no maintenance
 *    interrupt that we could not end by listing something, and no storm, not
 *    even when all registers are full of active interrupts.
 *  - An active interrupt may have to leave for that. Its end is then not seen
 *    by the hardware, which counts it in EOIcount (LRENPIE), or traps (TDIR).
 *
 * Spec: IHI 0069, "Virtual Interrupt Handling and Prioritization", and the
 * descriptions of ICH_LR<n>_EL2, ICH_HCR_EL2 and ICH_ELRSR_EL2.
 */
#include "vgic/state.h"

#include "drv/gic.h"
#include "lib/bits.h"
#include "lib/mutant.h"

struct vgic_machine vgic_machine;

void virq_end_physical(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid)
{
	struct vgic_bank *b = bank_of(g, own, intid);
	uint32_t n = intid % 32;

	if (!(b->hw_active & (1u << n))) {
		return;
	}
	b->hw_active &= ~(1u << n);
	if (intid >= GIC_PRIVATE_COUNT || is_here(own)) {
		gic_deactivate(physical_of(g, intid));
	} else {
		/* A PPI is active on the CPU that took it. */
		own->end_ppis |= 1u << n;
		ask_resync(own);
	}
}

/* List register @n of @c, found in state @lr, is used no more. */
static void unuse(struct vgic_vcpu *c, uint32_t n, uint64_t lr)
{
	struct vgic_vm *g = c->vgic;
	uint32_t intid = c->lr_intid[n];
	uint32_t mask = 1u << (intid % 32);
	struct vgic_bank *b = bank_of(g, c, intid);

	b->listed &= ~mask;
	b->active &= ~mask;
	c->used &= ~(1u << n);

	if (lr & ICH_LR_ACTIVE) {
		b->active |= mask;
	} else {
		b->soft &= ~mask;
	}
	if (lr & ICH_LR_PENDING) {
		if (lr & ICH_LR_HW) {
			b->line |= mask & b->hw;
		} else if (c->latched & (1u << n)) {
			b->latch |= mask;
		}
	}
	if (!(lr & (ICH_LR_ACTIVE | ICH_LR_PENDING))) {
		trace_virq(TRACE_VIRQ_DONE, c, intid, n);
	}
	if (!(lr & (ICH_LR_ACTIVE | ICH_LR_PENDING)) && !(b->line & mask)) {
		/*
		 * With HW set the guest's deactivation has reached it. When
		 * the line is set it has fired again since.
		 */
		if (lr & ICH_LR_HW) {
			b->hw_active &= ~mask;
		} else {
			virq_end_physical(g, c, intid);
		}
	}
	if (b->hw_active & ~b->hw & mask) {
		virq_end_physical(g, c, intid); /* unlinked meanwhile */
	}
}

void lists_fold(struct vgic_vcpu *c, uint32_t n)
{
	uint64_t lr = ich_read_lr(n);

	ich_write_lr(n, 0);
	unuse(c, n, lr);
}

void lists_fold_all(struct vgic_vcpu *c)
{
	for (uint32_t left = c->used; left != 0; left &= left - 1) {
		lists_fold(c, (uint32_t)__builtin_ctz(left));
	}
}

/*
 * Take back the registers whose interrupt the guest has ended. A level that
 * is still high, or a new edge, queues it again.
 */
void lists_retire(struct vgic_vcpu *c)
{
	uint32_t done =
		c->used & (uint32_t)(ich_read_elrsr() | ich_read_eisr());

	while (done != 0) {
		uint32_t n = (uint32_t)__builtin_ctz(done);

		lists_fold(c, n);
		virq_settle(c->vgic, c, c->lr_intid[n]);
		done &= done - 1;
	}
}

/* The content of a list register for @intid, which it takes from its bank. */
static uint64_t compose(struct vgic_vcpu *c, uint32_t n, uint32_t intid)
{
	struct vgic_vm *g = c->vgic;
	struct vgic_bank *b = bank_of(g, c, intid);
	uint32_t bit = intid % 32;
	uint32_t mask = 1u << bit;
	bool is_ready = (bank_ready(g, b) & mask) != 0;
	bool is_linked = (b->hw_active & mask) != 0;
	uint64_t lr = intid | field_put(ICH_LR_PRIO, b->level[bit] * 8u);

	lr |= b->group & mask ? ICH_LR_GROUP1 : 0;
	c->latched &= ~(1u << n);

	if ((b->active & mask) && is_ready) {
		/*
		 * Where it goes when this one ends is decided then: it must
		 * not become pending in its register by itself, before what
		 * is more urgent and not listed. (So never pending and active.)
		 */
		return lr | ICH_LR_ACTIVE | ICH_LR_EOI;
	}
	lr |= b->active & mask ? ICH_LR_ACTIVE : ICH_LR_PENDING;

	if (is_linked) {
		lr |= ICH_LR_HW |
		      field_put(ICH_LR_PINTID, physical_of(g, intid));
		if (lr & ICH_LR_PENDING) {
			b->line &= ~mask;
			b->latch &= ~mask;
		}
		return lr;
	}
	if ((lr & ICH_LR_PENDING) && (b->latch & mask)) {
		b->latch &= ~mask;
		c->latched |= 1u << n;
	}
	if ((b->line & ~b->edge & mask) && !mutant(vgic_level_once)) {
		lr |= ICH_LR_EOI;
	}
	return lr;
}

/* @intid, from queue @q, into a list register; one is free. */
static void list_virq(struct vgic_vcpu *c, struct vgic_queue *q, uint32_t intid)
{
	uint32_t n = free_register(c, intid);
	struct vgic_bank *b = bank_of(c->vgic, c, intid);

	queue_remove(q, intid, b->level[intid % 32]);
	b->queued &= ~(1u << (intid % 32));
	b->listed |= 1u << (intid % 32);
	c->used |= 1u << n;
	c->lr_intid[n] = (uint16_t)intid;
	b->lr[intid % 32] = (uint8_t)n;
	ich_write_lr(n, compose(c, n, intid));
	trace_virq(TRACE_VIRQ_LIST, c, intid, n);
}

/* What all the list registers hold, by kind: how many, the least urgent. */
enum kind { PENDING, PENDING_OFF, ACTIVE, KINDS };

struct survey {
	uint32_t worst[KINDS]; /* priority + 1; 0: there is none */
	uint32_t at[KINDS];
};

static void survey_lists(const struct vgic_vcpu *c, uint64_t vmcr,
                         struct survey *found)
{
	for (uint32_t left = c->used; left != 0; left &= left - 1) {
		uint32_t n = (uint32_t)__builtin_ctz(left);
		uint64_t lr = ich_read_lr(n);
		uint64_t group =
			lr & ICH_LR_GROUP1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0;
		uint32_t prio = (uint32_t)field_get(ICH_LR_PRIO, lr) + 1;
		enum kind kind = lr & ICH_LR_ACTIVE ? ACTIVE
		                 : vmcr & group     ? PENDING
		                                    : PENDING_OFF;

		if (prio > found->worst[kind]) {
			found->worst[kind] = prio;
			found->at[kind] = n;
		}
	}
}

/*
 * All registers are used, and something pending is not listed. Free the one
 * that matters least, if that is right, and list the other in its place.
 * @return it was
 */
static bool replace_one(struct vgic_vcpu *c)
{
	uint64_t vmcr = ich_read_vmcr();
	uint32_t intid = queue_first_enabled(c, &c->pend, vmcr);
	bool is_off = intid == GIC_INTID_NONE;
	struct survey found = { 0 };
	enum kind victim;

	survey_lists(c, vmcr, &found);
	if (!is_off && found.worst[PENDING_OFF] != 0) {
		victim = PENDING_OFF;
	} else if (found.worst[PENDING] == 0 && found.worst[PENDING_OFF] == 0) {
		victim = ACTIVE;
	} else if (!is_off &&
	           found.worst[PENDING] >
	                   bank_of(c->vgic, c, intid)->level[intid % 32] * 8u +
	                           1) {
		victim = PENDING;
	} else {
		return false;
	}
	if (is_off) {
		intid = queue_first(&c->pend);
	}
	lists_fold(c, found.at[victim]);
	virq_settle(c->vgic, c, c->lr_intid[found.at[victim]]);
	list_virq(c, &c->pend, intid);
	return true;
}

/*
 * The guest ended as many unlisted active interrupts as EOIcount says. It
 * ends them in the order of priority, so it was the first of act each time.
 */
void lists_count_ends(struct vgic_vcpu *c)
{
	uint64_t count;

	if (!(c->hcr & ICH_HCR_LRENPIE) && !c->owes_end) {
		return; /* nothing it could count was active */
	}
	count = field_get(ICH_HCR_EOICOUNT, ich_read_hcr());
	c->owes_end = false;
	if (count == 0 || mutant(vgic_end_lost)) {
		return;
	}
	c->hcr = ~0u; /* rewrite it, with a count of 0 */
	if (ich_read_vmcr() & ICH_VMCR_VEOIM) {
		/*
		 * Ends are writes to DIR then, and those trap while there is
		 * one that could count. (QEMU counts priority drops, too.)
		 */
		return;
	}
	while (count-- != 0) {
		uint32_t intid = queue_first_acked(c, &c->act);

		if (intid == GIC_INTID_NONE) {
			break; /* the end of one that was not active */
		}
		virq_deactivate(c->vgic, c, intid);
	}
}

void virq_deactivate(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid)
{
	struct vgic_bank *b = bank_of(g, own, intid);

	virq_unqueue(g, own, intid);
	b->active &= ~(1u << (intid % 32));
	b->soft &= ~(1u << (intid % 32));
	virq_end_physical(g, own, intid);
	virq_settle(g, own, intid);
}

/* What must bring us back. */
static void write_hcr(struct vgic_vcpu *c)
{
	uint32_t hcr = (uint32_t)ICH_HCR_EN;

	if (!queue_is_empty(&c->pend)) {
		uint64_t vmcr = ich_read_vmcr();

		/* ... and when the choice depends on a group's enable. */
		hcr |= mutant(vgic_no_refill) ? 0 : ICH_HCR_NPIE;
		hcr |= vmcr & ICH_VMCR_VENG0 ? ICH_HCR_VGRP0DIE
		                             : ICH_HCR_VGRP0EIE;
		hcr |= vmcr & ICH_VMCR_VENG1 ? ICH_HCR_VGRP1DIE
		                             : ICH_HCR_VGRP1EIE;
	}
	if (!queue_is_empty(&c->act) || c->owes_end) {
		hcr |= ICH_HCR_LRENPIE | ICH_HCR_TDIR;
	}
	if (c->is_lazy) {
		hcr |= ICH_HCR_TALL0 | ICH_HCR_TALL1;
	}
	/* An SPI may be deactivated on another vCPU than took it. */
	if (c->vgic->vcpu_count > 1 && (ich_read_vmcr() & ICH_VMCR_VEOIM)) {
		hcr |= ICH_HCR_TDIR;
	}
	if (hcr != c->hcr) {
		c->hcr = hcr;
		ich_write_hcr(hcr);
	}
}

static inline uint32_t free_count(const struct vgic_vcpu *c)
{
	return bits_count(vgic_machine.lr_mask & ~c->used);
}

static __attribute__((noinline)) void refill(struct vgic_vcpu *c)
{
	lists_count_ends(c);
	if (c->used != 0) {
		lists_retire(c);
	}
	while (!queue_is_empty(&c->act) &&
	       free_count(c) > (queue_is_empty(&c->pend) ? 0u : 1u)) {
		list_virq(c, &c->act, queue_first(&c->act));
	}
	while (!queue_is_empty(&c->pend)) {
		if (c->used != vgic_machine.lr_mask) {
			list_virq(c, &c->pend, queue_first(&c->pend));
		} else if (!replace_one(c)) {
			break;
		}
	}
}

void lists_fill(struct vgic_vcpu *c)
{
	/* With nothing to list, nothing listed can be in the way either. */
	if ((c->act.levels | c->pend.levels | c->used) != 0 || c->owes_end) {
		refill(c);
	}
	write_hcr(c);
	c->dirty = false;
}
