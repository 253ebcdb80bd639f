/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and unmaking virtual interrupt controllers. */
#include "vgic/vgic.h"

#include "drv/gic.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "vgic/state.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

_Static_assert(sizeof(struct vgic_spis) <= SLAB_SIZE_MAX, "from the slab");

static void free_vgic(struct vgic_vm *g)
{
	if (g == NULL) {
		return;
	}
	for (uint32_t n = 1; n < VGIC_BANKS_MAX; n++) {
		slab_free(g->spis[n], sizeof(struct vgic_spis));
	}
	page_free_order(g, page_order(sizeof(*g)), PAGE_VGIC);
}

static struct vgic_vm *make_vgic(uint32_t banks)
{
	struct vgic_vm *g = page_alloc_order(page_order(sizeof(*g)), PAGE_VGIC);

	if (g == NULL) {
		return NULL;
	}
	g->bank_count = banks;
	for (uint32_t n = 1; n < banks; n++) {
		g->spis[n] = slab_alloc(sizeof(struct vgic_spis));
		if (g->spis[n] == NULL) {
			free_vgic(g);
			return NULL;
		}
	}
	return g;
}

/*
 * More banks for the same controller: whoever found it, such as the VM's bus
 * or a source that is bound, finds it where it was.
 */
static enum err grow(struct vgic_vm *g, uint32_t banks)
{
	struct vgic_spis *made[VGIC_BANKS_MAX] = { NULL };

	for (uint32_t n = g->bank_count; n < banks; n++) {
		made[n] = slab_alloc(sizeof(struct vgic_spis));
		if (made[n] == NULL) {
			while (n-- > g->bank_count) {
				slab_free(made[n], sizeof(struct vgic_spis));
			}
			return ERR_NOMEM;
		}
	}
	for (uint32_t n = g->bank_count; n < banks; n++) {
		g->spis[n] = made[n];
	}
	if (g->bank_count < banks) {
		/* Release: a source may count the banks without the lock. */
		__atomic_store_n(&g->bank_count, banks, __ATOMIC_RELEASE);
	}
	return ERR_OK;
}

enum err vgic_vm_init(struct vm *vm, uint32_t spi_count)
{
	uint32_t banks = 1 + (spi_count + 31) / 32;

	if (spi_count > VGIC_SPIS_MAX) {
		return ERR_INVAL;
	}
	if (vm->vgic != NULL) {
		return vm->vgic->vcpu_count != 0 ? ERR_BUSY
		                                 : grow(vm->vgic, banks);
	}
	vm->vgic = make_vgic(banks);
	return vm->vgic != NULL ? ERR_OK : ERR_NOMEM;
}

void vgic_vm_fini(struct vm *vm)
{
	struct vgic_vm *g = vm->vgic;

	for (uint32_t n = 1; n < g->bank_count; n++) {
		struct vgic_spis *s = g->spis[n];

		while (s->bank.hw_active != 0) {
			uint32_t bit =
				(uint32_t)__builtin_ctz(s->bank.hw_active);

			virq_end_physical(g, NULL, n * 32 + bit);
		}
	}
	free_vgic(g);
	vm->vgic = NULL;
}

static size_t bits_size(const struct vgic_vm *g)
{
	return 2 * g->bank_count * VGIC_LEVELS * sizeof(uint32_t);
}

enum err vgic_vcpu_init(struct vcpu *v)
{
	struct vgic_vm *g = v->vm->vgic;
	unsigned order = page_order(sizeof(struct vgic_vcpu) + bits_size(g));
	struct vgic_vcpu *c = page_alloc_order(order, PAGE_VGIC);
	uint32_t(*bits)[VGIC_LEVELS];

	if (c == NULL) {
		return ERR_NOMEM;
	}
	bits = (uint32_t(*)[VGIC_LEVELS])(c + 1);
	c->pend.bits = bits;
	c->act.bits = bits + g->bank_count;
	c->vgic = g;
	c->vcpu = v;
	c->index = v->index;
	c->order = (uint8_t)order;
	c->affinity = v->vmpidr & GICD_IROUTER_AFF;
	c->is_asleep = true;
	c->bank.edge = 0xffff;
	c->bank.hw = vgic_linked_ppis();
	v->vgic = c;
	return ERR_OK;
}

void vgic_vcpu_show(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;
	struct vgic_vm *g = c->vgic;

	vgic_lock(g);
	/* Release: a frame's owner is looked up without the lock. */
	__atomic_store_n(&g->vcpu[c->index], c, __ATOMIC_RELEASE);
	if (g->vcpu_count <= c->index) {
		g->vcpu_count = c->index + 1;
	}
	vgic_routes_changed(g);
	vgic_unlock(g);
}

/* SPIs of bank @n that @c holds: active ones end, others go elsewhere. */
static void drop_held(struct vgic_vm *g, uint32_t n, const struct vgic_vcpu *c)
{
	struct vgic_spis *s = g->spis[n];
	uint32_t held = s->bank.queued | s->bank.active;

	for (; held != 0; held &= held - 1) {
		uint32_t bit = (uint32_t)__builtin_ctz(held);
		uint32_t intid = n * 32 + bit;

		if (s->holder[bit] != c->index) {
			continue;
		}
		virq_unqueue(g, NULL, intid);
		if (s->bank.active & (1u << bit)) {
			s->bank.active &= ~(1u << bit);
			s->bank.soft &= ~(1u << bit);
			virq_end_physical(g, NULL, intid);
		}
	}
}

void vgic_vcpu_fini(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;

	v->vgic = NULL;
	page_free_order(c, c->order, PAGE_VGIC);
}

void vgic_vcpu_hide(struct vcpu *v)
{
	struct vgic_vcpu *c = v->vgic;
	struct vgic_vm *g = c->vgic;

	/*
	 * Somebody may be in the middle of bank_pull with it: that is nothing
	 * to wait for.  It is freed only when his CPU has left EL2.
	 */
	vgic_lock(g);
	for (uint32_t n = 1; n < g->bank_count; n++) {
		drop_held(g, n, c);
	}
	__atomic_store_n(&g->vcpu[c->index], NULL, __ATOMIC_RELAXED);
	while (g->vcpu_count != 0 && g->vcpu[g->vcpu_count - 1] == NULL) {
		g->vcpu_count--;
	}
	vgic_routes_changed(g);
	vgic_unlock(g);
}

void vgic_set_affinity(struct vgic_vcpu *c, uint64_t affinity)
{
	vgic_lock(c->vgic);
	c->affinity = affinity & GICD_IROUTER_AFF;
	vgic_routes_changed(c->vgic);
	vgic_unlock(c->vgic);
}

uint32_t vgic_spi_count(const struct vgic_vm *g)
{
	uint32_t intids = g->bank_count * 32;

	return (intids > GIC_SPI_END ? GIC_SPI_END : intids) -
	       GIC_PRIVATE_COUNT;
}
