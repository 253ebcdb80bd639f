/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What reads and writes of the registers with one bit per interrupt mean.
 *
 * Every write that takes something away from an interrupt first pulls it out
 * of the list registers, so that each rule is stated once, on the bank.
 */
#include "vgic/regs.h"

#include "drv/gic.h"
#include "lib/mutant.h"
#include "vgic/state.h"

static bool has_bank(const struct vgic_vm *g, uint32_t n)
{
	return n < g->bank_count;
}

/* Changes to the bits of @mask are over: queue what is to be delivered. */
static void settle_changed(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                           uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);

	bank_settle(g, own, n, mask & (bank_pending(b) | b->active));
}

/* Timers that are loaded here say themselves what their line is. */
static void look_at_inputs(struct vgic_vcpu *own, uint32_t n, uint32_t mask)
{
	if (n == 0 && (own->bank.hw & mask) && is_here(own)) {
		vgic_refresh(own);
	}
}

/* ISPENDR and ISACTIVER need what is in list registers, wherever that is. */
static uint32_t read_listed(struct vgic_vm *g, struct vgic_vcpu *own,
                            enum vgic_word reg, uint32_t n)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);
	uint32_t pulled = 0;
	uint32_t value;

	vgic_lock(g);
	look_at_inputs(own, n, ~0u);
	if (b->listed != 0 && !mutant(vgic_stale_read)) {
		/* All: what is queued now may be listed while we wait. */
		pulled = ~0u;
		bank_pull(g, own, n, pulled);
	}
	if (reg == VGIC_ISPENDR) {
		value = bank_pending(b);
		if (n == 0 && is_here(own)) {
			/* Active and high again: only the input knows. */
			value |= vgic_inputs(own) & b->hw;
		}
	} else {
		value = b->active;
	}
	bank_settle(g, own, n, pulled & (bank_pending(b) | b->active));
	vgic_unlock(g);
	return value;
}

uint32_t vgic_read_word(struct vgic_vm *g, struct vgic_vcpu *own,
                        enum vgic_word reg, uint32_t n)
{
	if (!has_bank(g, n)) {
		return 0;
	}
	switch (reg) {
	case VGIC_IGROUPR:
		return bank_of(g, own, n * 32)->group;
	case VGIC_ISENABLER:
	case VGIC_ICENABLER:
		return bank_of(g, own, n * 32)->enabled;
	case VGIC_ISPENDR:
	case VGIC_ICPENDR:
		return read_listed(g, own, VGIC_ISPENDR, n);
	case VGIC_ISACTIVER:
	case VGIC_ICACTIVER:
		return read_listed(g, own, VGIC_ISACTIVER, n);
	}
	return 0;
}

static void write_group(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                        uint32_t value)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);
	uint32_t changed = b->group ^ value;

	bank_pull(g, own, n, changed);
	b->group = (b->group & ~changed) | (value & changed);
	settle_changed(g, own, n, changed);
}

static void set_enable(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                       uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);
	uint32_t changed = mask & ~b->enabled;

	b->enabled |= changed;
	look_at_inputs(own, n, changed);
	bank_settle(g, own, n, changed & bank_pending(b));
}

static void clear_enable(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                         uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);
	uint32_t changed = mask & b->enabled;

	bank_pull(g, own, n, changed);
	b->enabled &= mutant(disable_ignored) ? ~0u : ~changed;
	settle_changed(g, own, n, changed);
}

static void set_pending(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                        uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);

	b->latch |= mask;
	bank_settle(g, own, n, mask);
}

/* A level-sensitive interrupt whose line is high stays pending. */
static void clear_pending(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                          uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);
	uint32_t linked;

	bank_pull(g, own, n, mask);
	b->latch &= mutant(clear_pending_ignored) ? ~0u : ~mask;
	/* A linked level comes again at once, if it is still high. */
	linked = mask & b->hw & b->line & ~b->active;
	b->line &= ~linked;
	for (; linked != 0; linked &= linked - 1) {
		virq_end_physical(g, own,
		                  n * 32 + (uint32_t)__builtin_ctz(linked));
	}
	settle_changed(g, own, n, mask);
}

/* Who holds @intid if it is active now: its target, else the first there is. */
static struct vgic_vcpu *holder_for(struct vgic_vm *g, uint32_t intid)
{
	struct vgic_vcpu *c = spi_target(g, intid);

	for (uint32_t i = 0; c == NULL && i < g->vcpu_count; i++) {
		c = g->vcpu[i];
	}
	return c;
}

static void set_active(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                       uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);
	uint32_t changed;

	bank_pull(g, own, n, mask);
	changed = mask & ~b->active;
	b->active |= changed;
	b->soft |= changed;
	for (uint32_t left = changed; left != 0; left &= left - 1) {
		uint32_t bit = (uint32_t)__builtin_ctz(left);
		struct vgic_vcpu *to;

		if (n != 0) {
			to = holder_for(g, n * 32 + bit);
			if (to == NULL) {
				/* No vCPU, no handler it could be in. */
				b->active &= ~(1u << bit);
				b->soft &= ~(1u << bit);
				continue;
			}
			g->spis[n]->holder[bit] = (uint8_t)to->index;
		} else if ((b->hw & (1u << bit)) && is_here(own)) {
			gic_set_active(physical_of(g, bit), true);
			b->hw_active |= 1u << bit;
		}
	}
	settle_changed(g, own, n, mask);
}

static void clear_active(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                         uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);
	uint32_t ended;

	bank_pull(g, own, n, mask);
	ended = mask & b->active;
	b->active &= ~mask;
	b->soft &= ~mask;
	for (; ended != 0; ended &= ended - 1) {
		virq_end_physical(g, own,
		                  n * 32 + (uint32_t)__builtin_ctz(ended));
	}
	settle_changed(g, own, n, mask);
}

typedef void write_fn(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                      uint32_t value);

static write_fn *const writers[] = {
	[VGIC_IGROUPR] = write_group,    [VGIC_ISENABLER] = set_enable,
	[VGIC_ICENABLER] = clear_enable, [VGIC_ISPENDR] = set_pending,
	[VGIC_ICPENDR] = clear_pending,  [VGIC_ISACTIVER] = set_active,
	[VGIC_ICACTIVER] = clear_active,
};

/* INTIDs 1020 to 1023 mean something else; no interrupt has them. */
static uint32_t real_bits(uint32_t n)
{
	return n == VGIC_BANKS_MAX - 1 ? 0x0fffffffu : ~0u;
}

void vgic_write_word(struct vgic_vm *g, struct vgic_vcpu *own,
                     enum vgic_word reg, uint32_t n, uint32_t value)
{
	if (!has_bank(g, n)) {
		return;
	}
	vgic_lock(g);
	writers[reg](g, own, n, value & real_bits(n));
	if (n == 0) {
		vtimer_compose(own);
	}
	vgic_unlock(g);
}
