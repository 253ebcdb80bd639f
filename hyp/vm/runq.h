/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run queues, for the scheduler's own files.
 *
 * A vCPU belongs to the queue of CPU v->cpu; its lock protects v->state and
 * v->ready.  v->cpu itself changes only with that lock held, so whoever has
 * taken the lock looks again whether it was the right one.  A vCPU whose
 * registers are still in a CPU's hardware (loaded_on) is never moved away.
 */
#ifndef VM_RUNQ_H
#define VM_RUNQ_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/percpu.h"
#include "arch/spinlock.h"
#include "drv/timer.h"
#include "lib/list.h"
#include "vm/vcpu.h"

#define RUNQ_LEVELS (VCPU_PRIORITY_MAX + 1)

struct runq {
	struct spinlock lock;
	unsigned count;       /* READY vCPUs */
	uint64_t levels;      /* bit n: ready[n] is not empty */
	struct vcpu *running; /* NULL: idle */
	struct list ready[RUNQ_LEVELS];
	struct timer slice;
};

extern struct runq runqs[CPUS_MAX];

/** Lock the queue that @v belongs to. */
struct runq *runq_lock_of(struct vcpu *v);

/**
 * @v is READY in @q: at the head of its priority, or behind its equals with a
 * full slice. Context: all below: @q's lock held.
 */
void runq_put(struct runq *q, struct vcpu *v, bool first);

/** @v, READY in @q, leaves it; its state is the caller's business. */
void runq_take(struct runq *q, struct vcpu *v);

/** @v, which ran: to the head with the rest of its slice, or to the tail. */
void runq_put_back(struct runq *q, struct vcpu *v);

/**
 * The commonest of all: @v has used up its slice, and the next of its priority,
 * which is the highest, has its turn.
 *
 * @return  that one; NULL: it is not so simple, and nothing has changed
 */
struct vcpu *runq_rotate(struct runq *q, struct vcpu *v);

/** Take the first of the highest priority; NULL: none. */
struct vcpu *runq_pick(struct runq *q);

/**
 * Take a vCPU of another CPU that may run here; it is RUNNING then.
 * Context: no lock held.
 */
struct vcpu *runq_steal(void);

#endif
