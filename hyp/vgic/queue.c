/* SPDX-License-Identifier: BSD-2-Clause */
/* The ordered sets of interrupts: three levels of bitmaps. */
#include "vgic/state.h"

void queue_add(struct vgic_queue *q, uint32_t intid, uint32_t level)
{
	uint32_t bank = intid / 32;

	q->bits[bank][level] |= 1u << (intid % 32);
	q->banks[level] |= 1u << bank;
	q->levels |= 1u << level;
}

void queue_remove(struct vgic_queue *q, uint32_t intid, uint32_t level)
{
	uint32_t bank = intid / 32;

	q->bits[bank][level] &= ~(1u << (intid % 32));
	if (q->bits[bank][level] != 0) {
		return;
	}
	q->banks[level] &= ~(1u << bank);
	if (q->banks[level] == 0) {
		q->levels &= ~(1u << level);
	}
}

uint32_t queue_first(const struct vgic_queue *q)
{
	uint32_t level = (uint32_t)__builtin_ctz(q->levels);
	uint32_t bank = (uint32_t)__builtin_ctz(q->banks[level]);

	return bank * 32 + (uint32_t)__builtin_ctz(q->bits[bank][level]);
}

/* The first of @q among the bits that @keep leaves of each bank, or 1023. */
static uint32_t first_of(struct vgic_vcpu *c, const struct vgic_queue *q,
                         uint32_t (*keep)(const struct vgic_bank *b,
                                          uint64_t arg),
                         uint64_t arg)
{
	for (uint32_t l = queue_level(q); l < VGIC_LEVELS; l++) {
		for (uint32_t at = q->banks[l]; at != 0; at &= at - 1) {
			uint32_t n = (uint32_t)__builtin_ctz(at);
			uint32_t bits = q->bits[n][l];

			bits &= keep(bank_of(c->vgic, c, n * 32), arg);
			if (bits != 0) {
				return n * 32 + (uint32_t)__builtin_ctz(bits);
			}
		}
	}
	return GIC_INTID_NONE;
}

static uint32_t keep_enabled(const struct vgic_bank *b, uint64_t vmcr)
{
	return (vmcr & ICH_VMCR_VENG1 ? b->group : 0) |
	       (vmcr & ICH_VMCR_VENG0 ? ~b->group : 0);
}

uint32_t queue_first_enabled(struct vgic_vcpu *c, const struct vgic_queue *q,
                             uint64_t vmcr)
{
	return first_of(c, q, keep_enabled, vmcr);
}

static uint32_t keep_acked(const struct vgic_bank *b, uint64_t arg)
{
	(void)arg;
	return ~b->soft;
}

uint32_t queue_first_acked(struct vgic_vcpu *c, const struct vgic_queue *q)
{
	return first_of(c, q, keep_acked, 0);
}
