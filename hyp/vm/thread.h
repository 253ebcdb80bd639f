/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: the objects behind vCPUs.
 *
 * While INIT, a thread only collects what it will be: its address space,
 * capability space, interrupt controller, scheduling parameters, registers.
 * Activation makes the vCPU.  A thread whose last reference goes while its
 * vCPU is on is stopped first and destroyed when it has left its CPU.
 *
 * Context of all functions: configuration lock held, unless said otherwise.
 */
#ifndef VM_THREAD_H
#define VM_THREAD_H

#include "obj/cspace.h"
#include "vm/part.h"

#define THREAD_CPU_ANY (-1)

/* Bytes that a vCPU with its parts costs its partition. */
#define THREAD_VCPU_COST (8 * 0x1000)

/* "vCPUOptionFlags" */
#define THREAD_OPTION_DEBUG 0x1u
#define THREAD_OPTION_HLOS  0x2u

struct addrspace;
struct cspace;
struct thread;
struct vcpu;

/* Upper floors attach a vCPU to objects of theirs. */
enum attach_kind { ATTACH_VIC, ATTACH_VPM, ATTACH_WATCHDOG, ATTACH_COUNT };

/* Both may be NULL. */
struct attach_ops {
	/* The thread is being activated, and has its address space. */
	enum err (*activate)(struct thread *t, struct object *obj,
	                     uint32_t index);
	/* The thread is being destroyed, or attached to another: forget it. */
	void (*detach)(struct thread *t, struct object *obj, uint32_t index);
};

struct attachment {
	struct object *obj; /* a reference; NULL: not attached */
	uint32_t index;
	const struct attach_ops *ops;
};

struct run_wakeup; /* call/run.c: who runs it by vcpu_run */

struct thread {
	struct object obj;
	struct vcpu *vcpu;    /* from activation on */
	struct addrspace *as; /* references, or NULL */
	struct cspace *cspace;
	struct cspace_user user; /* of cspace */
	struct attachment at[ATTACH_COUNT];
	struct run_wakeup *wakeup;
	void (*wakeup_free)(struct thread *t);

	uint32_t options;
	int affinity; /* CPU, or THREAD_CPU_ANY */
	uint8_t priority;
	uint32_t slice_us;
	bool is_killed;
	bool is_hidden;  /* dead; it is destroyed behind this ticket */
	uint64_t ticket; /* of drv/grace.h */

	/* What the next power-on starts with. */
	uint64_t x[31];
	uint64_t pc;
	uint64_t sp[2]; /* EL0, EL1 */
};

extern const struct obj_ops thread_ops;

/* Puts thread.x and thread.sp into a vCPU that is powered on. */
extern const struct vm_part thread_part;

/** Make an ACTIVE thread of a vCPU that exists already. Context: boot. */
void thread_adopt(struct thread *t, struct vcpu *v, struct addrspace *as,
                  struct cspace *cs);

/**
 * Attach a thread that is still INIT.
 *
 * @return  ERR_STATE  it is ACTIVE
 */
MUST_USE enum err thread_attach_space(struct thread *t, struct addrspace *as);
MUST_USE enum err thread_attach_cspace(struct thread *t, struct cspace *cs);
MUST_USE enum err thread_attach(struct thread *t, enum attach_kind kind,
                                struct object *obj, uint32_t index,
                                const struct attach_ops *ops);

/** @return ERR_STATE, ERR_INVAL (unknown bits) */
MUST_USE enum err thread_configure(struct thread *t, uint64_t options);

/**
 * Where, how urgently and how long it runs at a time.
 *
 * @cpu       index, or THREAD_CPU_ANY as 64 bits
 * @slice_ns  1 ms to 100 ms
 * @return  ERR_INVAL
 *          ERR_STATE  priority and slice: it is ACTIVE
 */
MUST_USE enum err thread_set_affinity(struct thread *t, uint64_t cpu);
MUST_USE enum err thread_set_priority(struct thread *t, uint64_t priority);
MUST_USE enum err thread_set_slice(struct thread *t, uint64_t slice_ns);

/**
 * Set a register for the next power-on.
 *
 * @set  0: X0 to X30, 1: PC, 2: SP_EL0 and SP_EL1
 * @return  ERR_BUSY   it is on
 *          ERR_INVAL  no such register; PC not 4-byte aligned
 */
MUST_USE enum err thread_write_register(struct thread *t, uint64_t set,
                                        uint64_t index, uint64_t value);

/**
 * @flags  bit 0: keep the PC, bit 1: keep X0, as written before
 * @return  ERR_INVAL  unknown flags
 *          ERR_BUSY   it is on
 *          ERR_STATE  killed, or its VM has ended
 */
MUST_USE enum err thread_power_on(struct thread *t, uint64_t entry,
                                  uint64_t context, uint64_t flags);

/** Never to run again. @return ERR_STATE: not ACTIVE, or killed already */
MUST_USE enum err thread_kill(struct thread *t);

#endif
