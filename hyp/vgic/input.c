/* SPDX-License-Identifier: BSD-2-Clause */
/* The inputs of the virtual interrupt controller: who raises what. */
#include "vgic/fast.h"
#include "vgic/state.h"

#include "drv/gic.h"
#include "lib/mutant.h"
#include "vm/vm.h"

/* Is @intid one of this VM's? @own: its vCPU when private. */
static __attribute__((noinline)) bool find_input(struct vgic_vm *g,
                                                 uint32_t vcpu_index,
                                                 uint32_t intid,
                                                 struct vgic_vcpu **own)
{
	*own = NULL;
	if (g == NULL) {
		return false;
	}
	if (intid < GIC_PRIVATE_COUNT) {
		if (vcpu_index >= VGIC_VCPUS_MAX) {
			return false;
		}
		*own = g->vcpu[vcpu_index];
		return *own != NULL;
	}
	return intid < GIC_SPI_END && intid / 32 < g->bank_count;
}

static void trace_input(const struct vm *vm, const struct vgic_vcpu *own,
                        uint32_t intid, uint64_t level)
{
	trace(TRACE_VIRQ_RAISE,
	      TRACE_WHO(vm->vmid, own != NULL ? own->index : 0xff), intid,
	      level, 0);
}

/* The rising edge, or what stands for one. Under the lock. */
static __attribute__((noinline)) void
latch_locked(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid)
{
	struct vgic_bank *b = bank_of(g, own, intid);
	uint32_t mask = 1u << (intid % 32);

	b->latch |= mask;
	if (!(b->queued & mask)) {
		virq_settle(g, own, intid);
	}
}

enum err vgic_raise(struct vm *vm, uint32_t vcpu_index, uint32_t intid)
{
	struct vgic_vm *g = vm->vgic;
	struct vgic_vcpu *own;

	if (!find_input(g, vcpu_index, intid, &own)) {
		return ERR_INVAL;
	}
	trace_input(vm, own, intid, 1);
	vgic_lock(g);
	latch_locked(g, own, intid);
	vgic_unlock(g);
	return ERR_OK;
}

enum err vgic_set_level(struct vm *vm, uint32_t vcpu_index, uint32_t intid,
                        bool is_high)
{
	struct vgic_vm *g = vm->vgic;
	struct vgic_vcpu *own;
	struct vgic_bank *b;
	uint32_t mask = 1u << (intid % 32);

	if (!find_input(g, vcpu_index, intid, &own)) {
		return ERR_INVAL;
	}
	b = bank_of(g, own, intid);
	trace_input(vm, own, intid, is_high);
	vgic_lock(g);
	if (((b->line & mask) != 0) == is_high || (b->hw & mask)) {
		/* No change; a linked input has no line but the hardware's. */
	} else if (is_high) {
		b->line |= mask;
		if (b->edge & mask) {
			latch_locked(g, own, intid);
		} else {
			virq_settle(g, own, intid);
		}
	} else if (!mutant(level_stuck)) {
		b->line &= ~mask;
		if (!(b->edge & mask)) {
			virq_settle(g, own, intid);
		}
	}
	vgic_unlock(g);
	return ERR_OK;
}

enum err vgic_notify(struct vm *vm, uint32_t vcpu_index, uint32_t intid,
                     bool is_high, bool is_event)
{
	struct vgic_vm *g = vm->vgic;
	uint32_t mask = 1u << (intid % 32);
	struct vgic_vcpu *own;
	struct vgic_bank *b;

	if (!find_input(g, vcpu_index, intid, &own)) {
		return ERR_INVAL;
	}
	b = bank_of(g, own, intid);
	trace_input(vm, own, intid, is_high);
	vgic_lock(g);
	if (!(b->hw & mask)) {
		bool was_high = (b->line & mask) != 0;

		if (mutant(level_stuck)) {
			is_high |= was_high;
		}
		b->line = is_high ? b->line | mask : b->line & ~mask;
		if (!(b->edge & mask)) {
			if (was_high != is_high) {
				virq_settle(g, own, intid);
			}
		} else if (is_event) {
			latch_locked(g, own, intid);
		}
	}
	vgic_unlock(g);
	return ERR_OK;
}

/*
 * Forwarding by the group of the SGI at its target: with one security state
 * SGI1R reaches those in group 1, SGI0R and ASGI1R those in group 0.
 * Spec: IHI 0069, "Generation of SGIs", forwarding to a target PE.
 */
static __attribute__((noinline)) void
send_one(struct vgic_vm *g, struct vgic_vcpu *to, uint32_t intid, bool group1)
{
	if (((to->bank.group >> intid) & 1) == group1 && !mutant(sgi_lost)) {
		if (!is_here(to) || !list_at_once(to, &to->bank, intid)) {
			latch_locked(g, to, intid);
		}
	}
}

void vgic_send_sgi(struct vgic_vcpu *from, uint64_t value, bool group1)
{
	struct vgic_vm *g = from->vgic;
	uint32_t intid = (uint32_t)field_get(SGIR_INTID, value);
	uint64_t affinity = field_get(SGIR_AFF3, value) << 32 |
	                    field_get(SGIR_AFF2, value) << 16 |
	                    field_get(SGIR_AFF1, value) << 8 |
	                    field_get(SGIR_RS, value) << 4;

	vgic_lock(g);
	if (value & SGIR_ALL) {
		for (uint32_t i = 0; i < g->vcpu_count; i++) {
			if (g->vcpu[i] != NULL &&
			    (g->vcpu[i] != from || mutant(sgi_to_sender))) {
				send_one(g, g->vcpu[i], intid, group1);
			}
		}
	} else {
		uint32_t left = (uint32_t)field_get(SGIR_TARGETS, value);

		for (; left != 0; left &= left - 1) {
			uint64_t at = affinity + (uint64_t)__builtin_ctz(left);
			struct vgic_vcpu *to =
				vcpu_with_affinity(g, at, (uint32_t)at);

			if (to != NULL) {
				send_one(g, to, intid, group1);
			}
		}
	}
	vgic_unlock(g);
}

enum err vgic_link_hw(struct vm *vm, uint32_t intid, uint32_t physical)
{
	struct vgic_vm *g = vm->vgic;
	struct vgic_vcpu *own;
	struct vgic_spis *s;
	enum err err = ERR_OK;

	if (intid < GIC_PRIVATE_COUNT || !find_input(g, 0, intid, &own)) {
		return ERR_INVAL;
	}
	s = g->spis[intid / 32];
	vgic_lock(g);
	if (s->bank.hw & (1u << (intid % 32))) {
		err = ERR_VIRQ_BOUND;
	} else {
		s->bank.hw |= 1u << (intid % 32);
		s->bank.line &= ~(1u << (intid % 32));
		s->physical[intid % 32] = (uint16_t)physical;
	}
	vgic_unlock(g);
	return err;
}

void vgic_unlink_hw(struct vm *vm, uint32_t intid)
{
	struct vgic_vm *g = vm->vgic;
	struct vgic_bank *b = bank_of(g, NULL, intid);
	uint32_t mask = 1u << (intid % 32);

	vgic_lock(g);
	b->hw &= ~mask;
	b->line &= ~mask;
	if (mutant(hwirq_stale_list)) {
		virq_end_physical(g, NULL, intid);
		vgic_unlock(g);
		return;
	}
	if (!(b->listed & mask) && !mutant(hwirq_kept_active)) {
		virq_end_physical(g, NULL, intid);
	}
	/* In a list register elsewhere, it ends when that CPU looks: unuse. */
	virq_settle(g, NULL, intid);
	vgic_unlock(g);
}

bool vgic_hw_lingers(const struct vm *vm, uint32_t intid)
{
	struct vgic_vm *g = vm->vgic;
	struct vgic_vcpu *own;
	const struct vgic_bank *b;
	bool lingers;

	if (intid < GIC_PRIVATE_COUNT || !find_input(g, 0, intid, &own)) {
		return false;
	}
	b = bank_of(g, NULL, intid);
	vgic_lock(g);
	lingers = (b->hw_active & ~b->hw & (1u << (intid % 32))) != 0;
	vgic_unlock(g);
	return lingers;
}

void vgic_hw_fired(struct vm *vm, uint32_t intid)
{
	struct vgic_vm *g = vm->vgic;
	struct vgic_bank *b = bank_of(g, NULL, intid);
	uint32_t mask = 1u << (intid % 32);

	vgic_lock(g);
	if (b->hw & mask) {
		b->hw_active |= mask;
		b->line |= mask;
		virq_settle(g, NULL, intid);
	}
	vgic_unlock(g);
}

void vgic_write_dir(struct vgic_vcpu *c, uint64_t value)
{
	struct vgic_vm *g = c->vgic;
	uint32_t intid = (uint32_t)value & 0xffffff;
	struct vgic_vcpu *own;

	if (!find_input(g, c->index, intid, &own)) {
		return;
	}
	vgic_lock(g);
	bank_pull(g, own, intid / 32, 1u << (intid % 32));
	if (bank_of(g, own, intid)->active & (1u << (intid % 32))) {
		virq_deactivate(g, own, intid);
	} else {
		virq_settle(g, own, intid);
	}
	vgic_unlock(g);
}

void vgic_ppi_due(struct vgic_vcpu *c, uint32_t intid)
{
	vgic_lock(c->vgic);
	if (!c->is_loaded) { /* else the hardware says so itself */
		c->bank.line |= 1u << intid;
		virq_settle(c->vgic, c, intid);
	}
	vgic_unlock(c->vgic);
}

void vgic_ppi_over(struct vgic_vcpu *c, uint32_t intid)
{
	vgic_lock(c->vgic);
	c->bank.line &= ~(1u << intid);
	virq_settle(c->vgic, c, intid);
	vgic_unlock(c->vgic);
}
