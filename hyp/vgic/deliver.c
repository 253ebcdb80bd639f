/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From "its state changed" to "it is where it belongs": in a vCPU's queue, on
 * its way into a list register, or nowhere.
 */
#include "lib/mutant.h"
#include "vgic/state.h"

struct vgic_vcpu *vgic_here[CPUS_MAX];

void vgic_unlock_todo(struct vgic_vm *g)
{
	struct vgic_vcpu *here = vgic_here[cpu_index()];
	uint64_t kicks;
	uint32_t pokes;

	if (here != NULL && here->dirty && here->vgic == g) {
		lists_fill(here);
	}
	kicks = g->kicks;
	pokes = g->pokes;
	g->kicks = 0;
	g->pokes = 0;
	g->todo = false;
	spin_unlock(&g->lock);

	/* Behind the lock: to kick takes the scheduler's, which is above. */
	while (kicks != 0) {
		/* Hidden meanwhile or not, it is there until we leave EL2. */
		struct vgic_vcpu *c = __atomic_load_n(
			&g->vcpu[__builtin_ctzll(kicks)], __ATOMIC_RELAXED);

		if (c != NULL) {
			vgic_kick(c);
		}
		kicks &= kicks - 1;
	}
	while (pokes != 0) {
		vgic_poke((uint32_t)__builtin_ctz(pokes));
		pokes &= pokes - 1;
	}
}

static inline struct vgic_vcpu *holder_of(struct vgic_vm *g,
                                          struct vgic_vcpu *own, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT
	               ? own
	               : g->vcpu[g->spis[intid / 32]->holder[intid % 32]];
}

struct vgic_vcpu *vcpu_with_affinity(struct vgic_vm *g, uint64_t affinity,
                                     uint32_t guess)
{
	if (guess < g->vcpu_count && g->vcpu[guess] != NULL &&
	    g->vcpu[guess]->affinity == affinity) {
		return g->vcpu[guess];
	}
	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		if (g->vcpu[i] != NULL && g->vcpu[i]->affinity == affinity) {
			return g->vcpu[i];
		}
	}
	return NULL;
}

static bool may_take(const struct vgic_vcpu *c)
{
	return !c->is_asleep && vgic_is_on(c);
}

/*
 * A vCPU for a 1-of-N SPI: the one that runs here, else one that is in the
 * hardware, else any that is awake, in turn.
 */
static struct vgic_vcpu *choose_any(struct vgic_vm *g)
{
	struct vgic_vcpu *here = vgic_here[cpu_index()];
	struct vgic_vcpu *found = NULL;

	if (here != NULL && here->vgic == g && may_take(here)) {
		return here;
	}
	for (uint32_t i = 0; i < g->vcpu_count; i++) {
		uint32_t at = (g->turn + i) % g->vcpu_count;
		struct vgic_vcpu *c = g->vcpu[at];

		if (c == NULL || !may_take(c)) {
			continue;
		}
		if (c->is_loaded) {
			found = c;
			break;
		}
		if (found == NULL) {
			found = c;
		}
	}
	if (found != NULL) {
		g->turn = found->index + 1;
	}
	return found;
}

struct vgic_vcpu *spi_target(struct vgic_vm *g, uint32_t intid)
{
	struct vgic_spis *s = g->spis[intid / 32];
	uint32_t n = intid % 32;

	if (s->any & (1u << n)) {
		return choose_any(g);
	}
	if (mutant(spi_to_first_cpu)) {
		return g->vcpu[0];
	}
	return s->route[n] == VGIC_NOWHERE ? NULL : g->vcpu[s->route[n]];
}

void virq_unqueue(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid)
{
	struct vgic_bank *b = bank_of(g, own, intid);
	uint32_t mask = 1u << (intid % 32);
	struct vgic_vcpu *c;

	if (!(b->queued & mask)) {
		return;
	}
	c = holder_of(g, own, intid);
	b->queued &= ~mask;
	queue_remove(b->active & mask ? &c->act : &c->pend, intid,
	             b->level[intid % 32]);
	mark_dirty(c);
}

/* Out of the list register, if this is its CPU. @return it is out */
static bool unlist(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid)
{
	struct vgic_vcpu *c = holder_of(g, own, intid);

	if (!is_here(c)) {
		ask_resync(c);
		return false;
	}
	lists_fold(c, bank_of(g, own, intid)->lr[intid % 32]);
	return true;
}

void virq_settle(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid)
{
	struct vgic_bank *b = bank_of(g, own, intid);
	uint32_t n = intid % 32;
	uint32_t mask = 1u << n;
	struct vgic_vcpu *c;

	if ((b->listed & mask) && !unlist(g, own, intid)) {
		return; /* its CPU settles it */
	}
	virq_unqueue(g, own, intid);

	if (b->hold & mask) {
		if (b->active & mask) {
			c = holder_of(g, own, intid);
			c->owes_end = true;
			mark_dirty(c);
		}
		return;
	}
	if (b->active & mask) {
		c = holder_of(g, own, intid);
		queue_add(&c->act, intid, b->level[n]);
	} else if (bank_ready(g, b) & mask) {
		c = intid < GIC_PRIVATE_COUNT ? own : spi_target(g, intid);
		if (c == NULL) {
			return; /* routed to nobody: stays pending */
		}
		queue_add(&c->pend, intid, b->level[n]);
	} else {
		return;
	}

	b->queued |= mask;
	if (intid >= GIC_PRIVATE_COUNT) {
		g->spis[intid / 32]->holder[n] = (uint8_t)c->index;
	}
	mark_dirty(c);
	if (!is_here(c) || this_cpu()->vcpu != c->vcpu) {
		ask_kick(c); /* elsewhere, or asleep here */
	}
}

void bank_settle(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                 uint32_t mask)
{
	while (mask != 0) {
		virq_settle(g, own, n * 32 + (uint32_t)__builtin_ctz(mask));
		mask &= mask - 1;
	}
}

/* One pass of bank_pull. @return bits still listed elsewhere */
static uint32_t pull_once(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                          uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);

	for (uint32_t left = mask & b->listed; left != 0; left &= left - 1) {
		uint32_t intid = n * 32 + (uint32_t)__builtin_ctz(left);

		if (unlist(g, own, intid) &&
		    (b->active & (1u << (intid % 32)))) {
			/* Active and unlisted: its end must find it. */
			virq_settle(g, own, intid);
		}
	}
	return mask & b->listed;
}

void bank_pull(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
               uint32_t mask)
{
	struct vgic_bank *b = bank_of(g, own, n * 32);

	/*
	 * The other CPU may wait for ours in the same way; so while this one
	 * waits, it answers. It holds no lock of this VM then, so @own may be
	 * hidden meanwhile; but it is there until this CPU leaves EL2.
	 */
	while (pull_once(g, own, n, mask) != 0) {
		b->hold |= mask;
		vgic_unlock(g);
		vgic_relax();
		vgic_answer();
		vgic_lock(g);
	}
	b->hold &= ~mask;
	for (uint32_t left = mask & b->queued; left != 0; left &= left - 1) {
		virq_unqueue(g, own, n * 32 + (uint32_t)__builtin_ctz(left));
	}
}
