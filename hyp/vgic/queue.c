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

uint32_t queue_first_enabled(struct vgic_vcpu *c, const struct vgic_queue *q,
                             uint64_t vmcr)
{
	uint32_t off1 = vmcr & ICH_VMCR_VENG1 ? 0 : ~0u;
	uint32_t off0 = vmcr & ICH_VMCR_VENG0 ? 0 : ~0u;

	if ((off0 | off1) == 0) {
		return queue_first(q);
	}
	for (uint32_t l = queue_level(q); l < VGIC_LEVELS; l++) {
		for (uint32_t at = q->banks[l]; at != 0; at &= at - 1) {
			uint32_t n = (uint32_t)__builtin_ctz(at);
			uint32_t group1 = bank_of(c->vgic, c, n * 32)->group;
			uint32_t bits = q->bits[n][l] & ~(group1 & off1) &
			                ~(~group1 & off0);

			if (bits != 0) {
				return n * 32 + (uint32_t)__builtin_ctz(bits);
			}
		}
	}
	return GIC_INTID_NONE;
}
