/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Soft timers on the EL2 physical timer (CNTHP), a list per CPU.
 *
 * A timer fires once, on the CPU that started it.
 */
#ifndef DRV_TIMER_H
#define DRV_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"

struct timer {
	struct list node;
	uint64_t deadline_ticks; /* CNTPCT_EL0 */
	void (*fire)(struct timer *t);
	int cpu; /* where it is armed, -1: nowhere */
};

/** Ticks per second of CNTPCT_EL0. */
uint64_t timer_hz(void);

/** CNTPCT_EL0, not read early. */
uint64_t timer_now(void);

/** Time to ticks, rounded down. */
uint64_t timer_us_to_ticks(uint64_t us);

/** This CPU's timer, disarmed. @hyp_ppi  its INTID */
void timer_init_cpu(uint32_t hyp_ppi);

/** Prepare a timer once. */
void timer_setup(struct timer *t, void (*fire)(struct timer *t));

/**
 * Fire at @deadline_ticks on this CPU; a past one fires at once (at the next
 * look at interrupts). An armed timer is moved.
 * Context: the CPU on which it is armed, if it is; IRQs masked.
 */
void timer_start(struct timer *t, uint64_t deadline_ticks);

/**
 * Do not fire. If it is armed on another CPU, waits until that CPU is not
 * inside its fire function; the caller holds no lock fire takes.
 */
void timer_stop(struct timer *t);

/**
 * As timer_stop; afterwards no other CPU is inside @t's fire function, even if
 * it had fired before. Needed before @t's memory goes.
 * Context: the caller holds no lock that fire takes, and is not fire itself.
 */
void timer_quiesce(struct timer *t);

static inline bool timer_is_armed(const struct timer *t)
{
	return t->cpu >= 0;
}

/** Timers armed now, on all CPUs. */
unsigned timer_armed_count(void);

/** The interrupt of CNTHP: fires what is due. Context: the exit it caused. */
void timer_interrupt(void);

#endif
