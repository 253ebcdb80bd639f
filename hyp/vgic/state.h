/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a virtual GICv3, for the files of this folder only.
 *
 * Each interrupt is one bit in the words of a bank; a bank has 32 of them, as
 * the registers do. Where an interrupt is, decides who may touch it:
 *
 *     idle     neither queued nor listed: the bank says everything
 *     queued   in pend or act of its holder: the bank says everything
 *     listed   in a list register of its holder, which is loaded on a CPU:
 *              its pending and active state are there; the bank has the rest,
 *              and what was raised meanwhile
 *
 * An interrupt is in one of these places only, and has one holder. So a list
 * register never has to be searched for on another CPU, and a vCPU that is
 * not loaded holds nothing in hardware.
 *
 * Everything is under vgic_vm.lock. The list registers themselves belong to
 * the CPU; another CPU that needs their content asks for it (resync).
 */
#ifndef VGIC_STATE_H
#define VGIC_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/ich.h"
#include "arch/percpu.h"
#include "arch/spinlock.h"
#include "arch/trace.h"
#include "vgic/vgic.h"
#include "vgic/vtimer.h"
#include "vm/vcpu.h"

#define VGIC_LEVELS  32u /* five bits of priority, as on most hardware */
#define VGIC_NOWHERE 0xffu
#define VGIC_APRS    4u

/* The first six in this order: the short way reads them in pairs. */
struct vgic_bank {
	uint32_t latch; /* pending by an edge, an SGI or ISPENDR */
	uint32_t line;  /* level of the input; hw: fired, not yet listed */
	uint32_t active;
	uint32_t hold;   /* must not be queued: somebody wants it unlisted */
	uint32_t queued; /* in its holder's pend or act */
	uint32_t listed; /* in a list register of its holder */

	/* What the guest configured */
	uint32_t enabled;
	uint32_t group; /* 1: group 1 */
	uint32_t edge;  /* 0: level-sensitive */

	uint32_t soft;      /* active by ISACTIVER: no acknowledge, no EOI */
	uint32_t hw;        /* linked with a physical interrupt */
	uint32_t hw_active; /* that is active now, for the guest to end */

	uint8_t level[32]; /* priority, upper five bits; 0 highest */
	uint8_t lr[32];    /* listed: in which list register */
};

struct vgic_spis {
	struct vgic_bank bank;
	uint32_t any;          /* GICD_IROUTER.Interrupt_Routing_Mode */
	uint8_t route[32];     /* vCPU of GICD_IROUTER, or VGIC_NOWHERE */
	uint8_t holder[32];    /* while queued, listed or active */
	uint64_t affinity[32]; /* GICD_IROUTER as written */
	uint16_t physical[32]; /* hw: INTID of the physical SPI */
};

/*
 * A set of interrupts, ordered by priority, then by INTID. All operations take
 * the same time whatever it holds and however many SPIs there are.
 */
struct vgic_queue {
	uint32_t levels;               /* bit l: banks[l] is not 0 */
	uint32_t banks[VGIC_LEVELS];   /* bit b: bits[b][l] is not 0 */
	uint32_t (*bits)[VGIC_LEVELS]; /* [bank][level] */
};

struct vgic_vcpu {
	struct vgic_vm *vgic;
	struct vcpu *vcpu;
	uint32_t index;
	uint64_t affinity; /* as MPIDR_EL1 has it */
	uint8_t order;     /* of its pages: there may be more banks by now */

	bool is_loaded; /* its state is in the ICH registers of `cpu` */
	bool is_asleep; /* GICR_WAKER.ProcessorSleep */
	bool resync;    /* its CPU must fold its list registers */
	bool dirty;     /* loaded here: queues changed since the last fill */
	bool owes_end;  /* EOIcount may count an interrupt that is held */
	uint32_t cpu;
	uint64_t vtimer_lr; /* list register of the virtual timer, see fast.h */
	uint32_t end_ppis;  /* physical PPIs that `cpu` must deactivate */

	struct vgic_bank bank;
	struct vgic_queue pend; /* to be listed: pending, enabled, not active */
	struct vgic_queue act;  /* active, in no list register */

	uint32_t used;    /* list registers in use */
	uint32_t latched; /* those whose pending state came from latch */
	uint32_t hcr;     /* ICH_HCR_EL2 as written last, while loaded */
	bool is_lazy;     /* IAR traps: vgic_look_again */
	uint16_t lr_intid[ICH_LR_MAX];

	/* While not loaded */
	uint64_t vmcr;
	uint64_t apr[2][VGIC_APRS];
};

struct vgic_vm {
	struct spinlock lock;
	uint32_t group_on[2]; /* GICD_CTLR.EnableGrp<n>: 0 or all ones */
	uint32_t bank_count;  /* with the private one */
	uint32_t vcpu_count;  /* highest index attached, plus one */
	bool has_any;         /* some SPI was ever 1-of-N */
	uint32_t turn;        /* where the next 1-of-N search begins */
	bool todo;            /* vgic_unlock has more to do than to release */
	uint64_t kicks;       /* vCPUs to kick once the lock is released */
	uint32_t pokes;       /* CPUs to poke then */
	struct vgic_vcpu *vcpu[VGIC_VCPUS_MAX];
	struct vgic_spis *spis[VGIC_BANKS_MAX]; /* [0] unused */
};

/* Facts about this machine's virtual CPU interface, set once. */
extern struct vgic_machine {
	uint32_t lr_count;
	uint32_t lr_mask;
	uint32_t apr_count;
	uint8_t ppi[GIC_PRIVATE_COUNT]; /* physical PPI of a linked one */
} vgic_machine;

/* Registers of active priorities for each group. */
static inline uint32_t apr_count(void)
{
	return vgic_machine.apr_count < VGIC_APRS ? vgic_machine.apr_count
	                                          : VGIC_APRS;
}

/* Whose state is in the ICH registers of each CPU. */
extern struct vgic_vcpu *vgic_here[CPUS_MAX];

static inline struct vgic_bank *bank_of(struct vgic_vm *g,
                                        struct vgic_vcpu *own, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT ? &own->bank
	                                 : &g->spis[intid / 32]->bank;
}

static inline bool is_here(const struct vgic_vcpu *c)
{
	return vgic_here[cpu_index()] == c;
}

/* Bits of @b that are pending, listed ones aside. */
static inline uint32_t bank_pending(const struct vgic_bank *b)
{
	return b->latch | (b->line & (~b->edge | b->hw));
}

/* Bits of @b that may be signalled. */
static inline uint32_t bank_ready(const struct vgic_vm *g,
                                  const struct vgic_bank *b)
{
	uint32_t on =
		(b->group & g->group_on[1]) | (~b->group & g->group_on[0]);

	return bank_pending(b) & b->enabled & on;
}

static inline void vgic_lock(struct vgic_vm *g)
{
	spin_lock(&g->lock);
}

/** What to be done before and behind the release: see vgic_unlock. */
void vgic_unlock_todo(struct vgic_vm *g);

/** Fill this CPU's list registers if need be, release, kick who waits. */
static inline void vgic_unlock(struct vgic_vm *g)
{
	if (__builtin_expect(g->todo, 0)) {
		vgic_unlock_todo(g);
	} else {
		spin_unlock(&g->lock);
	}
}

/* One record about an interrupt of @c. */
static inline void trace_virq(enum trace_id id, const struct vgic_vcpu *c,
                              uint32_t intid, uint64_t a)
{
	trace(id, c->vcpu->trace_who, intid, a, 0);
}

/* The queues of @c, or what ICH_HCR_EL2 must ask for, have changed. */
static inline void mark_dirty(struct vgic_vcpu *c)
{
	c->dirty = true;
	c->vgic->todo = true;
}

static inline void ask_kick(struct vgic_vcpu *c)
{
	c->vgic->kicks |= 1ull << c->index;
	c->vgic->todo = true;
}

/* Ask the CPU of @c to fold its list registers. */
static inline void ask_resync(struct vgic_vcpu *c)
{
	c->resync = true;
	c->vgic->pokes |= 1u << c->cpu;
	c->vgic->todo = true;
}

/* queue.c */
void queue_add(struct vgic_queue *q, uint32_t intid, uint32_t level);
void queue_remove(struct vgic_queue *q, uint32_t intid, uint32_t level);
/** The first INTID; @q is not empty. */
uint32_t queue_first(const struct vgic_queue *q);

/** The first one of @q that the guest has acknowledged, or 1023. */
uint32_t queue_first_acked(struct vgic_vcpu *c, const struct vgic_queue *q);
/** The first one whose group @vmcr (ICH_VMCR_EL2) enables, or 1023. */
uint32_t queue_first_enabled(struct vgic_vcpu *c, const struct vgic_queue *q,
                             uint64_t vmcr);

static inline bool queue_is_empty(const struct vgic_queue *q)
{
	return q->levels == 0;
}

/* Level of the first one; VGIC_LEVELS when there is none. */
static inline uint32_t queue_level(const struct vgic_queue *q)
{
	return q->levels == 0 ? VGIC_LEVELS
	                      : (uint32_t)__builtin_ctz(q->levels);
}

/* The physical interrupt that is linked with @intid. */
static inline uint32_t physical_of(const struct vgic_vm *g, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT
	               ? vgic_machine.ppi[intid]
	               : g->spis[intid / 32]->physical[intid % 32];
}

/*
 * A free list register for @intid; there is one. The virtual timer gets the
 * first, all others one from the end, so that it finds the first free.
 */
static inline uint32_t free_register(const struct vgic_vcpu *c, uint32_t intid)
{
	uint32_t unused = vgic_machine.lr_mask & ~c->used;

	return (uint32_t)(intid == VTIMER_VIRT_PPI
	                          ? __builtin_ctz(unused)
	                          : 31 - __builtin_clz(unused));
}

/* deliver.c: all under the lock */

/**
 * Put @intid where its state says it belongs, after any change to it.
 *
 * Out of its holder's list register or queue, and into the right one.
 * @own  its vCPU when it is private, else ignored
 */
void virq_settle(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid);

/** Out of its queue, if it is in one; settle must follow. */
void virq_unqueue(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid);

/** virq_settle for each bit of @mask in bank @n. */
void bank_settle(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                 uint32_t mask);

/**
 * Get the bits of @mask out of list registers, wherever they are loaded.
 *
 * May release and take the lock again, so nothing read before holds behind.
 * Afterwards they are in no queue either, the bank knows all about them and
 * may be changed in any way; then bank_settle() must follow for all of @mask.
 */
void bank_pull(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
               uint32_t mask);

/** vCPU an SPI goes to now, or NULL. */
struct vgic_vcpu *spi_target(struct vgic_vm *g, uint32_t intid);

/** The vCPU with @affinity, or NULL; @guess is looked at first. */
struct vgic_vcpu *vcpu_with_affinity(struct vgic_vm *g, uint64_t affinity,
                                     uint32_t guess);

/* lists.c: the list registers of @c, which is loaded here */
void lists_fill(struct vgic_vcpu *c);
void lists_fold(struct vgic_vcpu *c, uint32_t n);
void lists_fold_all(struct vgic_vcpu *c);
void lists_retire(struct vgic_vcpu *c);
/** Account for the ends of unlisted active interrupts. */
void lists_count_ends(struct vgic_vcpu *c);
/** @intid, unlisted and active, ends. */
void virq_deactivate(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t intid);
/** End the physical interrupt behind @intid, if one is active. */
void virq_end_physical(struct vgic_vm *g, struct vgic_vcpu *own,
                       uint32_t intid);

/* config.c: what the virtual timer's list register would be; bank 0 changed */
void vtimer_compose(struct vgic_vcpu *c);

/* config.c: vCPUs or their affinities have changed; under the lock */
void vgic_routes_changed(struct vgic_vm *g);
/** A vCPU is up that was not: 1-of-N SPIs that waited for one go there. */
void spis_place_waiting(struct vgic_vm *g);
/** @c is not loaded any more: 1-of-N SPIs it holds go to others, if any. */
void spis_leave(struct vgic_vm *g, const struct vgic_vcpu *c);

/* input.c: a linked PPI of @c, which is not loaded, is due, or is not */
void vgic_ppi_due(struct vgic_vcpu *c, uint32_t intid);
void vgic_ppi_over(struct vgic_vcpu *c, uint32_t intid);

/* vgic.c: the part's hooks */
enum err vgic_vcpu_init(struct vcpu *v);
void vgic_vcpu_fini(struct vcpu *v);
/** Others may find it from now on; no more. */
void vgic_vcpu_show(struct vcpu *v);
void vgic_vcpu_hide(struct vcpu *v);

/* switch.c */

/**
 * Drop what is pending for a linked private input that is low by now.
 *
 * Context: @c is loaded on this CPU; under the lock.
 */
void vgic_refresh(struct vgic_vcpu *c);

/* What knows vCPUs and CPUs: part.c and vtimer.c, or a host test. */
void vgic_kick(struct vgic_vcpu *c);
void vgic_poke(uint32_t cpu);
void vgic_relax(void);
bool vgic_masks_irqs(const struct vgic_vcpu *c);
bool vgic_is_on(const struct vgic_vcpu *c);
/** Linked private inputs that are high now. @c is loaded here. */
uint32_t vgic_inputs(const struct vgic_vcpu *c);
/** Which private inputs are linked: the timers'. */
uint32_t vgic_linked_ppis(void);

#endif
