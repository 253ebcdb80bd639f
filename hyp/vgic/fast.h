/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way into a list register, for what happens most often: an SGI or a
 * timer that is not pending yet, for a vCPU that is loaded here and has nothing
 * else waiting. It ends in the same state as virq_settle() and lists_fill().
 */
#ifndef VGIC_FAST_H
#define VGIC_FAST_H

#include "vgic/state.h"

/*
 * A list register for @intid: the one it had, if the guest has ended it, or
 * else a free one. @return ICH_LR_MAX: neither
 */
static inline uint32_t pick_register(struct vgic_vcpu *c, struct vgic_bank *b,
                                     uint32_t intid, uint32_t mask)
{
	uint32_t n;

	if (b->listed & mask) {
		n = b->lr[intid % 32];
		return ich_read_lr(n) & (ICH_LR_PENDING | ICH_LR_ACTIVE)
		               ? ICH_LR_MAX
		               : n;
	}
	if (c->used == vgic_machine.lr_mask) {
		return ICH_LR_MAX;
	}
	n = free_register(c, intid);
	c->used |= 1u << n;
	c->lr_intid[n] = (uint16_t)intid;
	b->lr[intid % 32] = (uint8_t)n;
	b->listed |= mask;
	return n;
}

/**
 * List @intid, an SGI or SPI that has just been raised, if it is simple.
 *
 * @c   loaded on this CPU; for an SPI the vCPU it is routed to
 * @return  false: it is not, and nothing has changed
 * Context: under the lock.
 */
static inline bool list_at_once(struct vgic_vcpu *c, struct vgic_bank *b,
                                uint32_t intid)
{
	uint32_t mask = 1u << intid % 32;
	bool group1 = (b->group & mask) != 0;
	uint64_t lr =
		intid | ICH_LR_PENDING | (uint64_t)b->level[intid % 32] << 51;
	uint32_t n;

	if (((b->latch | b->line | b->active | b->hold | b->queued | b->hw) &
	     mask) != 0 ||
	    !(b->enabled & mask) || c->vgic->group_on[group1] == 0 ||
	    !queue_is_empty(&c->pend)) {
		return false;
	}
	n = pick_register(c, b, intid, mask);
	if (n == ICH_LR_MAX) {
		return false;
	}
	c->latched |= 1u << n;
	ich_write_lr(n, group1 ? lr | ICH_LR_GROUP1 : lr);
	return true;
}

/*
 * May the guest take an interrupt of group 1 and @level at once? If it may
 * not, it may also take the cause away first, and no register says so to us.
 * So we look again when it reads its interrupt acknowledge register: that
 * traps, once.
 */
static inline bool taken_at_once(uint64_t level)
{
	uint64_t vmcr = ich_read_vmcr();

	return (vmcr & ICH_VMCR_VENG1) && level < vmcr >> 27 &&
	       (ich_read_apr(0, 0) | ich_read_apr(1, 0)) == 0;
}

/**
 * The short way of vgic_ppi_fired for the virtual timer.
 *
 * Everything that the guest configured is in vtimer_lr, which is 0 when the
 * timer cannot be signalled, or is in group 0.
 *
 * @masks_irqs  PSTATE.I of the guest
 * @return  false: go the long way; nothing has changed
 */
static inline bool vtimer_at_once(struct vgic_vcpu *c, bool masks_irqs)
{
	const uint32_t mask = 1u << VTIMER_VIRT_PPI;
	struct vgic_vm *g = c->vgic;
	struct vgic_bank *b = &c->bank;
	uint64_t lr;

	if (masks_irqs) {
		return false;
	}
	spin_lock(&g->lock);
	lr = c->vtimer_lr;
	if (lr == 0 || !taken_at_once(field_get(ICH_LR_PRIO, lr) >> 3) ||
	    ((b->latch | b->line | b->active | b->hold | b->queued) & mask) ||
	    !queue_is_empty(&c->pend)) {
		goto no;
	}
	if (!(b->listed & mask)) {
		if (c->used & 1) {
			goto no;
		}
		c->used |= 1;
		c->lr_intid[0] = VTIMER_VIRT_PPI;
		b->lr[VTIMER_VIRT_PPI] = 0;
		b->listed |= mask;
	} else if (b->lr[VTIMER_VIRT_PPI] != 0 ||
	           (ich_read_lr(0) & (ICH_LR_PENDING | ICH_LR_ACTIVE))) {
		goto no;
	}
	c->latched &= ~1u;
	b->hw_active |= mask;
	ich_write_lr(0, lr);
	spin_unlock(&g->lock);
	return true;
no:
	spin_unlock(&g->lock);
	return false;
}

#endif
