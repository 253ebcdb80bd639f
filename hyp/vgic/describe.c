/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a virtual interrupt controller in words, for a person who asks
 * why something does not arrive. Reads without the lock: it is for the dead.
 */
#include "lib/print.h"
#include "vgic/state.h"
#include "vm/vm.h"

static void describe_bank(const struct vgic_bank *b, uint32_t n)
{
	uint32_t any = b->latch | b->line | b->active | b->queued | b->listed |
	               b->hw_active;

	for (; any != 0; any &= any - 1) {
		uint32_t bit = (uint32_t)__builtin_ctz(any);
		uint32_t mask = 1u << bit;

		print("  intid %u:%s%s%s%s%s%s%s group %u priority 0x%x\n",
		      n * 32 + bit,
		      b->enabled & mask ? " enabled" : " disabled",
		      b->latch & mask ? " latched" : "",
		      b->line & mask ? " high" : "",
		      b->active & mask ? " active" : "",
		      b->queued & mask ? " queued" : "",
		      b->listed & mask ? " listed" : "",
		      b->hw_active & mask ? " held-in-hardware" : "",
		      b->group & mask ? 1u : 0u, b->level[bit] * 8u);
	}
}

void vgic_describe(struct vm *vm)
{
	struct vgic_vm *g = vm->vgic;

	if (g == NULL) {
		return;
	}
	print("vgic of vm %u: groups%s%s\n", vm->vmid,
	      g->group_on[0] ? " 0" : "", g->group_on[1] ? " 1" : "");
	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		struct vgic_vcpu *c = g->vcpu[i];

		if (c == NULL) {
			continue;
		}
		print(" vcpu %u: %s cpu %u, %s, list registers 0x%x, "
		      "ICH_HCR 0x%x\n",
		      i, c->is_loaded ? "loaded on" : "last on", c->cpu,
		      c->is_asleep ? "asleep" : "awake", c->used, c->hcr);
		describe_bank(&c->bank, 0);
	}
	for (uint32_t n = 1; n < g->bank_count; n++) {
		describe_bank(&g->spis[n]->bank, n);
	}
}
