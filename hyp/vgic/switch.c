/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU goes into a CPU's hardware and out of it, and what its CPU does for
 * it or for others meanwhile.
 *
 * Private interrupts that are linked (the timers' PPIs) need care: the
 * physical PPI is one per CPU, and each vCPU that comes here wants it. So a
 * vCPU that leaves hands it back deactivated, and one that comes back inside
 * its handler makes it active again, so that the line stays quiet until the
 * guest's EOI. What was only pending is dropped on return: the input is a
 * level, and fires anew if it is still high.
 */
#include "vgic/fast.h"
#include "vgic/state.h"

#include "drv/gic.h"
#include "lib/mutant.h"

void vgic_init_cpu(void)
{
	uint64_t vtr = ich_read_vtr();

	vgic_machine.lr_count = (uint32_t)field_get(ICH_VTR_LISTREGS, vtr) + 1;
	vgic_machine.lr_mask = (1u << vgic_machine.lr_count) - 1;
	/* PREbits 4 to 6: 5 to 7 bits of preemption, 32 of them a register */
	vgic_machine.apr_count = 1u << (field_get(ICH_VTR_PREBITS, vtr) - 4);

	for (uint32_t n = 0; n < GIC_PRIVATE_COUNT; n++) {
		vgic_machine.ppi[n] = (uint8_t)n;
	}

	ich_write_hcr(0);
	for (uint32_t n = 0; n < vgic_machine.lr_count; n++) {
		ich_write_lr(n, 0);
	}
}

/* Fold every list register and send each interrupt where it belongs. */
static void unlist_all(struct vgic_vcpu *c)
{
	for (uint32_t left = c->used; left != 0; left &= left - 1) {
		uint32_t n = (uint32_t)__builtin_ctz(left);

		lists_fold(c, n);
		virq_settle(c->vgic, c, c->lr_intid[n]);
	}
}

static void end_asked_ppis(struct vgic_vcpu *c)
{
	for (; c->end_ppis != 0; c->end_ppis &= c->end_ppis - 1) {
		gic_deactivate(physical_of(
			c->vgic, (uint32_t)__builtin_ctz(c->end_ppis)));
	}
}

/* One register for each group, nearly always: no loop then. */
static void load_priorities(const struct vgic_vcpu *c)
{
	ich_write_apr(0, 0, c->apr[0][0]);
	ich_write_apr(1, 0, c->apr[1][0]);
	for (uint32_t i = 1; i < apr_count(); i++) {
		ich_write_apr(0, i, c->apr[0][i]);
		ich_write_apr(1, i, c->apr[1][i]);
	}
}

static void save_priorities(struct vgic_vcpu *c)
{
	c->apr[0][0] = ich_read_apr(0, 0);
	c->apr[1][0] = ich_read_apr(1, 0);
	for (uint32_t i = 1; i < apr_count(); i++) {
		c->apr[0][i] = ich_read_apr(0, i);
		c->apr[1][i] = ich_read_apr(1, i);
	}
}

/* Take the linked PPIs of this CPU over: see above. */
static void link_ppis(struct vgic_vcpu *c)
{
	struct vgic_bank *b = &c->bank;
	uint32_t again = b->line & b->hw;

	b->line &= ~again;
	for (uint32_t left = b->active & b->hw; left != 0; left &= left - 1) {
		gic_set_active(
			physical_of(c->vgic, (uint32_t)__builtin_ctz(left)),
			true);
	}
	b->hw_active |= b->active & b->hw;
	bank_settle(c->vgic, c, 0, again);
}

static void unlink_ppis(struct vgic_vcpu *c)
{
	struct vgic_bank *b = &c->bank;

	if (mutant(vgic_ppi_kept)) {
		b->hw_active = 0;
	}
	for (; b->hw_active != 0; b->hw_active &= b->hw_active - 1) {
		gic_deactivate(physical_of(
			c->vgic, (uint32_t)__builtin_ctz(b->hw_active)));
	}
}

void vgic_load(struct vgic_vcpu *c)
{
	struct vgic_vm *g = c->vgic;
	struct vgic_bank *b = &c->bank;

	vgic_lock(g);
	c->cpu = cpu_index();
	c->is_loaded = true;
	vgic_here[c->cpu] = c;
	c->hcr = 0; /* as vgic_save left the register */

	if (!mutant(vgic_vmcr_kept) || c->vmcr != 0) {
		ich_write_vmcr(c->vmcr);
	}
	load_priorities(c);
	if ((b->line | b->active) & b->hw) {
		link_ppis(c);
	}
	if (queue_is_empty(&c->pend) && queue_is_empty(&c->act) &&
	    !(c->vmcr & ICH_VMCR_VEOIM)) {
		c->hcr = ICH_HCR_EN; /* what lists_fill would come to */
		c->dirty = false;
		ich_write_hcr(ICH_HCR_EN);
	} else {
		lists_fill(c);
	}
	vgic_unlock(g);
}

/* What is rarely there to be saved. */
static __attribute__((noinline)) void save_lists(struct vgic_vcpu *c)
{
	/* Ends that the hardware only counted are still to be accounted. */
	lists_count_ends(c);
	unlist_all(c);
	if (!queue_is_empty(&c->pend)) {
		/*
		 * One was sent again while it was still listed: only now it
		 * shows, and its vCPU may have gone to sleep.
		 */
		ask_kick(c);
	}
	end_asked_ppis(c);
	unlink_ppis(c);
	c->is_lazy = false;
	c->dirty = false;
}

void vgic_save(struct vgic_vcpu *c)
{
	struct vgic_vm *g = c->vgic;

	vgic_lock(g);
	if ((c->used | c->end_ppis | c->bank.hw_active |
	     (c->hcr ^ ICH_HCR_EN)) != 0 ||
	    c->owes_end) {
		save_lists(c);
	}
	ich_write_hcr(0);
	c->vmcr = ich_read_vmcr();
	save_priorities(c);

	c->resync = false;
	c->is_loaded = false;
	vgic_here[c->cpu] = NULL;
	if (g->has_any) {
		/* It may be for good; who is loaded can take them at once. */
		spis_leave(g, c);
	}
	vgic_unlock(g);
}

void vgic_refresh(struct vgic_vcpu *c)
{
	struct vgic_bank *b = &c->bank;
	uint32_t gone = b->hw_active & ~vgic_inputs(c);

	if (mutant(vgic_ghost_timer)) {
		return;
	}

	for (; gone != 0; gone &= gone - 1) {
		uint32_t intid = (uint32_t)__builtin_ctz(gone);
		uint32_t mask = 1u << intid;

		if (b->listed & mask) {
			lists_fold(c, b->lr[intid]);
		}
		virq_unqueue(c->vgic, c, intid);
		if (!(b->active & mask)) {
			/* The guest took the cause away before it looked. */
			b->line &= ~mask;
			virq_end_physical(c->vgic, c, intid);
		}
		virq_settle(c->vgic, c, intid);
	}
}

void vgic_answer(void)
{
	struct vgic_vcpu *c = vgic_here[cpu_index()];

	/* Whoever asked has released the lock before it poked us. */
	if (c == NULL || !__atomic_load_n(&c->resync, __ATOMIC_ACQUIRE)) {
		return;
	}
	vgic_lock(c->vgic);
	c->resync = false;
	end_asked_ppis(c);
	vgic_refresh(c);
	unlist_all(c);
	vgic_unlock(c->vgic);
}

void vgic_maintenance(void)
{
	struct vgic_vcpu *c = vgic_here[cpu_index()];

	if (c == NULL) {
		return;
	}
	trace_virq(TRACE_MAINTENANCE, c, 0, ich_read_misr());
	vgic_lock(c->vgic);
	mark_dirty(c);
	vgic_unlock(c->vgic);
}

void vgic_sync(struct vgic_vcpu *c)
{
	vgic_answer();
	vgic_lock(c->vgic);
	if (c->dirty) {
		lists_fill(c);
	}
	vgic_unlock(c->vgic);
}

void vgic_ppi_fired(struct vgic_vcpu *c, uint32_t intid)
{
	struct vgic_bank *b = &c->bank;
	uint32_t mask = 1u << intid;

	vgic_lock(c->vgic);
	b->hw_active |= mask;
	b->line |= mask;
	if (vgic_masks_irqs(c) || !(b->group & mask) ||
	    !taken_at_once(b->level[intid])) {
		c->is_lazy = true;
		mark_dirty(c);
	}
	virq_settle(c->vgic, c, intid);
	vgic_unlock(c->vgic);
}

void vgic_look_again(struct vgic_vcpu *c)
{
	vgic_lock(c->vgic);
	c->is_lazy = false;
	mark_dirty(c);
	vgic_refresh(c);
	vgic_unlock(c->vgic);
}

void vgic_reset_cpu(struct vgic_vcpu *c)
{
	vgic_lock(c->vgic);
	c->vmcr = 0;
	for (uint32_t i = 0; i < VGIC_APRS; i++) {
		c->apr[0][i] = 0;
		c->apr[1][i] = 0;
	}
	/* It is on again: what waited for anybody may come here. */
	if (c->vgic->has_any) {
		spis_place_waiting(c->vgic);
	}
	vgic_unlock(c->vgic);
}
