/* SPDX-License-Identifier: BSD-2-Clause */
/* Priority, trigger, route, and the registers there is one of. */
#include "lib/mutant.h"
#include "vgic/regs.h"
#include "vgic/state.h"

void vtimer_compose(struct vgic_vcpu *c)
{
	const struct vgic_bank *b = &c->bank;
	uint32_t mask = 1u << VTIMER_VIRT_PPI;

	c->vtimer_lr = 0;
	if (b->enabled & b->group & b->hw & c->vgic->group_on[1] & mask) {
		c->vtimer_lr =
			VTIMER_VIRT_PPI | ICH_LR_PENDING | ICH_LR_GROUP1 |
			ICH_LR_HW |
			field_put(ICH_LR_PINTID,
		                  physical_of(c->vgic, VTIMER_VIRT_PPI)) |
			field_put(ICH_LR_PRIO, b->level[VTIMER_VIRT_PPI] * 8u);
	}
}

uint32_t vgic_read_priority(struct vgic_vm *g, struct vgic_vcpu *own,
                            uint32_t intid, uint32_t size)
{
	struct vgic_bank *b;
	uint32_t value = 0;

	if (intid / 32 >= g->bank_count) {
		return 0;
	}
	b = bank_of(g, own, intid);
	for (uint32_t i = 0; i < size; i++) {
		value |= (uint32_t)b->level[intid % 32 + i] << (8 * i + 3);
	}
	return value;
}

void vgic_write_priority(struct vgic_vm *g, struct vgic_vcpu *own,
                         uint32_t intid, uint32_t size, uint32_t value)
{
	struct vgic_bank *b;
	uint32_t changed = 0;

	if (intid / 32 >= g->bank_count) {
		return;
	}
	b = bank_of(g, own, intid);
	vgic_lock(g);
	for (uint32_t i = 0; i < size && intid + i < GIC_SPI_END; i++) {
		uint8_t level = (uint8_t)(value >> (8 * i)) >> 3;

		if (b->level[intid % 32 + i] != level) {
			changed |= 1u << (intid % 32 + i);
		}
	}
	/* Queues are ordered by it: out, change, in again. */
	bank_pull(g, own, intid / 32, changed);
	for (uint32_t i = 0;
	     !mutant(priority_ignored) && i < size && intid + i < GIC_SPI_END;
	     i++) {
		b->level[intid % 32 + i] = (uint8_t)(value >> (8 * i)) >> 3;
	}
	if (intid < GIC_PRIVATE_COUNT) {
		vtimer_compose(own);
	}
	bank_settle(g, own, intid / 32,
	            changed & (bank_pending(b) | b->active));
	vgic_unlock(g);
}

uint32_t vgic_read_config(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n)
{
	uint32_t value = 0;
	uint32_t edge;

	if (n / 2 >= g->bank_count) {
		return 0;
	}
	edge = bank_of(g, own, n * 16)->edge >> (n % 2 * 16);
	for (uint32_t i = 0; i < 16; i++) {
		value |= ((edge >> i) & 1u) << (2 * i + 1);
	}
	return value;
}

void vgic_write_config(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                       uint32_t value)
{
	struct vgic_bank *b;
	uint32_t shift = n % 2 * 16;
	uint32_t edge = 0;
	uint32_t changed;

	if (n == 0 || n / 2 >= g->bank_count) {
		return; /* SGIs are edge-triggered for good */
	}
	b = bank_of(g, own, n * 16);
	for (uint32_t i = 0; i < 16; i++) {
		edge |= ((value >> (2 * i + 1)) & 1u) << i;
	}
	vgic_lock(g);
	changed = ((b->edge >> shift) ^ edge) & 0xffffu;
	changed = (changed << shift) & ~(n == 1 ? b->hw : 0u);
	bank_pull(g, own, n / 2, changed);
	b->edge ^= changed;
	bank_settle(g, own, n / 2, changed & (bank_pending(b) | b->active));
	vgic_unlock(g);
}

uint64_t vgic_read_route(struct vgic_vm *g, uint32_t intid)
{
	struct vgic_spis *s;

	if (intid < GIC_PRIVATE_COUNT || intid / 32 >= g->bank_count) {
		return 0;
	}
	s = g->spis[intid / 32];
	return s->affinity[intid % 32] |
	       (s->any & (1u << (intid % 32)) ? GICD_IROUTER_ANY : 0);
}

/* Where interrupts with @affinity go; aff0 + 16 * aff1 is a good guess. */
static uint8_t route_index(struct vgic_vm *g, uint64_t affinity)
{
	uint32_t guess = (uint32_t)((affinity & 0xff) | (affinity >> 4 & 0xf0));
	struct vgic_vcpu *c = vcpu_with_affinity(g, affinity, guess);

	return (uint8_t)(c != NULL ? c->index : VGIC_NOWHERE);
}

void vgic_write_route(struct vgic_vm *g, uint32_t intid, uint64_t value)
{
	struct vgic_spis *s;
	uint32_t n = intid % 32;

	if (intid < GIC_PRIVATE_COUNT || intid >= GIC_SPI_END ||
	    intid / 32 >= g->bank_count) {
		return;
	}
	s = g->spis[intid / 32];
	vgic_lock(g);
	bank_pull(g, NULL, intid / 32, 1u << n);
	s->affinity[n] = value & GICD_IROUTER_AFF;
	s->any &= ~(1u << n);
	if (value & GICD_IROUTER_ANY) {
		s->any |= 1u << n;
		g->has_any = true;
	}
	s->route[n] = route_index(g, s->affinity[n]);
	/* If it is active it stays where it was taken; else it moves now. */
	virq_settle(g, NULL, intid);
	vgic_unlock(g);
}

void vgic_routes_changed(struct vgic_vm *g)
{
	for (uint32_t n = 1; n < g->bank_count; n++) {
		struct vgic_spis *s = g->spis[n];

		for (uint32_t i = 0; i < 32; i++) {
			s->route[i] = route_index(g, s->affinity[i]);
		}
		bank_settle(g, NULL, n,
		            bank_pending(&s->bank) & ~s->bank.queued);
	}
}

uint32_t vgic_read_ctlr(struct vgic_vm *g)
{
	return (uint32_t)(GICD_CTLR_DS | GICD_CTLR_ARE |
	                  (g->group_on[0] & GICD_CTLR_GRP0) |
	                  (g->group_on[1] & GICD_CTLR_GRP1));
}

/* Everything of a bank anew: pulled, then judged again. */
static void bank_again(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);

	bank_pull(g, own, n, ~0u);
	bank_settle(g, own, n, bank_pending(b) | b->active);
}

void vgic_write_ctlr(struct vgic_vm *g, uint32_t value)
{
	uint32_t on0 = value & GICD_CTLR_GRP0 ? ~0u : 0;
	uint32_t on1 = value & GICD_CTLR_GRP1 ? ~0u : 0;

	vgic_lock(g);
	if (on0 != g->group_on[0] || on1 != g->group_on[1]) {
		g->group_on[0] = on0;
		g->group_on[1] = on1;
		for (uint32_t i = 0; i < g->vcpu_count; i++) {
			/* It may be hidden while bank_again waits. */
			struct vgic_vcpu *c = g->vcpu[i];

			if (c != NULL) {
				bank_again(g, c, 0);
				vtimer_compose(c);
			}
		}
		for (uint32_t n = 1; n < g->bank_count; n++) {
			bank_again(g, NULL, n);
		}
	}
	vgic_unlock(g);
}

uint64_t vgic_read_typer(struct vgic_vm *g)
{
	/* 10 bits of INTID, affinity 3 valid, 1-of-N SPIs supported */
	return field_put(GICD_TYPER_LINES, g->bank_count - 1) |
	       field_put(GICD_TYPER_IDBITS, 9) | GICD_TYPER_A3V;
}

uint64_t vgic_read_gicr_typer(struct vgic_vcpu *c)
{
	uint64_t aff = c->affinity;
	bool last = vgic_frame(c->vgic, c->index + 1) == NULL;

	aff = (aff >> 8 & 0xff000000) | (aff & 0xffffff);
	return field_put(GICR_TYPER_AFF, aff) |
	       field_put(GICR_TYPER_NUMBER, c->index) |
	       (last ? GICR_TYPER_LAST : 0);
}

struct vgic_vcpu *vgic_frame(struct vgic_vm *g, uint32_t n)
{
	/* Relaxed: what is read through it depends on it. */
	return n < g->vcpu_count
	               ? __atomic_load_n(&g->vcpu[n], __ATOMIC_RELAXED)
	               : NULL;
}

uint32_t vgic_read_waker(struct vgic_vcpu *c)
{
	return c->is_asleep ? GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP : 0;
}

/* 1-of-N SPIs in the queue of a vCPU that has gone off since. */
static void settle_stranded(struct vgic_vm *g, uint32_t n)
{
	struct vgic_spis *s = g->spis[n];
	uint32_t left = s->any & s->bank.queued & ~s->bank.active;

	for (; left != 0; left &= left - 1) {
		uint32_t bit = (uint32_t)__builtin_ctz(left);

		if (!vgic_is_on(g->vcpu[s->holder[bit]])) {
			virq_settle(g, NULL, n * 32 + bit);
		}
	}
}

void spis_place_waiting(struct vgic_vm *g)
{
	for (uint32_t n = 1; n < g->bank_count; n++) {
		struct vgic_bank *b = &g->spis[n]->bank;
		uint32_t any = g->spis[n]->any & ~b->queued & ~b->listed;

		bank_settle(g, NULL, n, any & bank_pending(b));
		settle_stranded(g, n);
	}
}

void spis_leave(struct vgic_vm *g, const struct vgic_vcpu *c)
{
	for (uint32_t n = 1; n < g->bank_count; n++) {
		struct vgic_spis *s = g->spis[n];
		uint32_t left = s->any & s->bank.queued & ~s->bank.active;

		for (; left != 0; left &= left - 1) {
			uint32_t bit = (uint32_t)__builtin_ctz(left);

			if (s->holder[bit] == c->index) {
				virq_settle(g, NULL, n * 32 + bit);
			}
		}
	}
}

void vgic_write_waker(struct vgic_vcpu *c, uint32_t value)
{
	vgic_lock(c->vgic);
	c->is_asleep = (value & GICR_WAKER_SLEEP) != 0;
	spis_place_waiting(c->vgic);
	vgic_unlock(c->vgic);
}
