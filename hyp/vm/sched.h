/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: one run queue per physical CPU, 64 priorities, round robin
 * with a time slice inside a priority.
 */
#ifndef VM_SCHED_H
#define VM_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/vcpu.h"

/** Once, at boot. */
void sched_init(void);

/**
 * The vCPU to enter next on this CPU; sleeps while there is none.
 *
 * The current one, if it is still RUNNING, competes with the others. Requests
 * of the one returned have been served.
 */
struct vcpu *sched_next(void);

/** Should this CPU ask sched_next() before it enters a guest again? */
static inline bool sched_is_due(void)
{
	return this_cpu()->resched != 0;
}

/**
 * @v, which runs here, sleeps until it is kicked or woken; not at all if that
 * happened already, or if it has work. The scheduler is due then.
 *
 * @sleep_type  0: WFI; else the power_state of PSCI's CPU_SUSPEND
 */
void sched_block(struct vcpu *v, uint32_t sleep_type);

/** Make @v, if it is BLOCKED, ready on some CPU. Context: any CPU. */
void sched_wake(struct vcpu *v);

/** @v's request word has changed: wake it, or make its CPU exit. */
void sched_nudge(struct vcpu *v);

/** Make @v, which is OFF, ready: its registers are in memory and new. */
void sched_start(struct vcpu *v);

/** @v, which runs here and is not loaded any more, is OFF. */
void sched_stop(struct vcpu *v);

/** Let others of its priority go first. The scheduler is due then. */
void sched_yield(struct vcpu *v);

/** Make CPU @cpu ask its queue before it enters a guest again. */
void sched_make_due(unsigned cpu);

/** Make CPU @cpu exit its guest and look at its requests. */
void sched_poke(unsigned cpu);

/**
 * Set where, how urgently, how long.
 *
 * The CPU may change at any time, the others while @v is off.
 * @return  ERR_INVAL  no such CPU, priority or slice
 */
MUST_USE enum err sched_set_affinity(struct vcpu *v, int cpu);
MUST_USE enum err sched_set_priority(struct vcpu *v, unsigned priority);
MUST_USE enum err sched_set_slice(struct vcpu *v, uint32_t slice_us);

#endif
