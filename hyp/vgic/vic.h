/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual interrupt controllers as objects, and what can be bound to them.
 *
 * A VIC stands for the vGIC of one VM: that of the address space it was
 * attached to, or of its first vCPU.  Sources may be bound before; what they
 * signal meanwhile is delivered then.
 *
 * A source is embedded in whatever raises the interrupt (a doorbell, one end
 * of a message queue).  It does not keep the VIC: a VIC that dies unbinds all
 * its sources.  The owner's lock guards the source; who signals holds it.
 */
#ifndef VGIC_VIC_H
#define VGIC_VIC_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/spinlock.h"
#include "lib/list.h"
#include "obj/object.h"
#include "vm/vm.h"

#define VIC_VCPUS_MAX  64u
#define VIC_SHARED_MAX 988u /* INTIDs 32 to 1019 */

/* Where every VM finds its GIC: the platform page's promise. */
#define VIC_GICD_IPA 0x08000000ull
#define VIC_GICR_IPA 0x080a0000ull

struct addrspace;
struct thread;

struct vic {
	struct object obj;
	struct addrspace *as; /* a reference, once attached */
	struct vm *vm;        /* the same's; atomic, read by who signals */
	struct list sources;  /* virq_source.in_vic; configuration lock */
	uint32_t vcpus_max;   /* 0: not configured */
	uint32_t shared_max;
	bool has_map; /* vic_set_mpidr_map was called */
	struct mpidr_map map;
	uint64_t spis_bound[16];             /* one bit per INTID */
	uint16_t ppis_bound[VIC_VCPUS_MAX];  /* one bit per PPI, from 16 */
	struct thread *vcpus[VIC_VCPUS_MAX]; /* who has which index */
};

struct virq_source {
	struct spinlock *lock; /* the owner's; guards the rest */
	/*
	 * For sources that have more to do than to signal: the binding has
	 * reached @vm, or (NULL) is about to leave it.  Configuration lock
	 * held, the owner's not.  May be NULL itself.
	 */
	void (*reach)(struct virq_source *source, struct vm *vm);
	/* Must @vm wait until it may be reached? May be NULL. The same locks. */
	bool (*must_wait)(const struct virq_source *source,
	                  const struct vm *vm);
	/* Its lock is not held while it signals: virq_pulse_unlocked only. */
	bool is_unlocked;
	struct vic *vic; /* NULL: not bound */
	struct list in_vic;
	uint32_t intid;
	uint32_t vcpu;   /* index, for a PPI */
	bool is_high;    /* of a source with a level */
	bool is_latched; /* signalled before the VIC had a VM */
};

extern const struct obj_ops vic_ops;

/** Prepare a source that @lock guards. */
void virq_source_init(struct virq_source *source, struct spinlock *lock);

/**
 * Bind @source to the interrupt that @virq (VIRQ info) names.
 *
 * @return  ERR_VIRQ_BOUND  the source is bound already
 *          ERR_BUSY        the interrupt has another source
 *          ERR_INVAL       no such interrupt
 * Context: configuration lock held, the owner's lock not.
 */
MUST_USE enum err vic_bind(struct vic *vic, struct virq_source *source,
                           uint64_t virq);

/** Undo vic_bind; nothing to do when it is not bound. Context: as vic_bind. */
void vic_unbind(struct virq_source *source);

/**
 * A condition that lasts.
 *
 * A level-sensitive interrupt follows @is_high; an edge-triggered one becomes
 * pending whenever it is called with @is_event.
 * Context: the owner's lock held.
 */
void virq_set(struct virq_source *source, bool is_high, bool is_event);

/**
 * Something happened: pending once. Context: the owner's lock held; not for a
 * source that is_unlocked.
 */
void virq_pulse(struct virq_source *source);

/**
 * The same for a source that is_unlocked: signalled below another one's lock,
 * or one of its own kind's.  Context: the owner's lock not held; taken and
 * released.
 */
void virq_pulse_unlocked(struct virq_source *source);

/**
 * Set sizes while INIT.
 *
 * @return  ERR_STATE, ERR_INVAL. Context: configuration lock held.
 */
MUST_USE enum err vic_configure(struct vic *vic, uint64_t vcpus_max,
                                uint64_t shared_max);

/**
 * Set which index has which affinity, while INIT and configured.
 *
 * @return  ERR_STATE   it is ACTIVE
 *          ERR_CONFIG  not configured: for how many vCPUs?
 *          ERR_INVAL   bits beside the affinity fields, a shift above 31, or
 *                      two vCPUs that would have the same
 * Context: configuration lock held.
 */
MUST_USE enum err vic_set_mpidr_map(struct vic *vic,
                                    const struct mpidr_map *map);

/**
 * From now on @vic is the vGIC of @as.
 *
 * @return  ERR_BUSY   it is another's already
 *          ERR_RETRY  a source cannot reach it yet; nothing has changed
 *          or what vgic_vm_init said
 * Context: configuration lock held.
 */
MUST_USE enum err vic_attach_space(struct vic *vic, struct addrspace *as);

/**
 * @t gets interrupts of @vic as number @index.
 *
 * @return  ERR_INVAL  @index is not below vcpus_max
 *          ERR_BUSY   it is taken; or @vic is another VM's
 *          ERR_STATE  @t is ACTIVE
 * Context: configuration lock held.
 */
MUST_USE enum err vic_attach_thread(struct vic *vic, struct thread *t,
                                    uint64_t index);

/** The VIC of a VM that exists already, with all its vCPUs. Context: boot. */
void vic_adopt(struct vic *vic, struct addrspace *as, uint32_t vcpus);

/** Bound sources of all VICs. */
uint32_t vic_bound_count(void);

#endif
