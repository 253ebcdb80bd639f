/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Soft timers: per CPU a list in order of deadlines, the hardware compares
 * with the first one.  Lists are short (a slice, a few virtual timers), so
 * that walking them costs less than a heap would.
 */
#include "drv/timer.h"

#include <stddef.h>

#include "arch/percpu.h"
#include "arch/spinlock.h"
#include "arch/sysreg.h"
#include "drv/gic.h"
#include "drv/irq.h"

#define CTL_ENABLE 1u

static struct {
	struct spinlock lock;
	struct list armed;
	struct timer *firing;
} wheels[CPUS_MAX];

static uint64_t hz;

uint64_t timer_hz(void)
{
	return hz;
}

uint64_t timer_now(void)
{
	isb(); /* the counter is not read before what stands before */
	return sysreg_read(CNTPCT_EL0);
}

uint64_t timer_us_to_ticks(uint64_t us)
{
	return us * (hz / 1000) / 1000;
}

/* The hardware follows the head of this CPU's list. */
static void program(unsigned cpu)
{
	if (list_empty(&wheels[cpu].armed)) {
		sysreg_write(CNTHP_CTL_EL2, 0);
	} else {
		struct timer *first = container_of(wheels[cpu].armed.next,
		                                   struct timer, node);

		sysreg_write(CNTHP_CVAL_EL2, first->deadline_ticks);
		sysreg_write(CNTHP_CTL_EL2, CTL_ENABLE);
	}
	isb(); /* a level that fell has fallen before the next look */
}

static bool on_interrupt(uint32_t intid, void *arg)
{
	(void)intid;
	(void)arg;
	timer_interrupt();
	return true;
}

void timer_init_cpu(uint32_t hyp_ppi)
{
	unsigned cpu = cpu_index();

	hz = sysreg_read(CNTFRQ_EL0);
	list_init(&wheels[cpu].armed);
	sysreg_write(CNTHP_CTL_EL2, 0);
	irq_handle(hyp_ppi, on_interrupt, NULL);
	gic_enable(hyp_ppi);
}

void timer_setup(struct timer *t, void (*fire)(struct timer *t))
{
	list_init(&t->node);
	t->fire = fire;
	t->cpu = -1;
}

void timer_start(struct timer *t, uint64_t deadline_ticks)
{
	unsigned cpu = cpu_index();
	struct list *at;

	timer_stop(t);
	spin_lock(&wheels[cpu].lock);
	t->deadline_ticks = deadline_ticks;
	t->cpu = (int)cpu;
	for (at = wheels[cpu].armed.next; at != &wheels[cpu].armed;
	     at = at->next) {
		if (container_of(at, struct timer, node)->deadline_ticks >
		    deadline_ticks) {
			break;
		}
	}
	list_add_before(at, &t->node);
	if (wheels[cpu].armed.next == &t->node) {
		program(cpu);
	}
	spin_unlock(&wheels[cpu].lock);
}

unsigned timer_armed_count(void)
{
	unsigned count = 0;

	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		spin_lock(&wheels[cpu].lock);
		list_for_each (node, &wheels[cpu].armed) {
			count++;
		}
		spin_unlock(&wheels[cpu].lock);
	}
	return count;
}

void timer_stop(struct timer *t)
{
	int cpu = t->cpu;

	if (cpu < 0) {
		return;
	}
	spin_lock(&wheels[cpu].lock);
	if (t->cpu == cpu) {
		list_del(&t->node);
		t->cpu = -1;
		if ((unsigned)cpu == cpu_index()) {
			program((unsigned)cpu);
		}
	}
	spin_unlock(&wheels[cpu].lock);
	/* Elsewhere: wait until that CPU is out of the fire function. */
	while ((unsigned)cpu != cpu_index() &&
	       __atomic_load_n(&wheels[cpu].firing, __ATOMIC_ACQUIRE) == t) {
		__asm__ volatile("yield");
	}
}

/* Is another CPU inside @t's fire function? */
static bool is_firing(const struct timer *t)
{
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu != cpu_index() &&
		    __atomic_load_n(&wheels[cpu].firing, __ATOMIC_ACQUIRE) ==
		            t) {
			return true;
		}
	}
	return false;
}

void timer_quiesce(struct timer *t)
{
	/* One that has just fired is no longer armed, but may arm itself. */
	do {
		timer_stop(t);
		while (is_firing(t)) {
			__asm__ volatile("yield");
		}
	} while (timer_is_armed(t));
}

void timer_interrupt(void)
{
	unsigned cpu = cpu_index();

	for (;;) {
		struct timer *t;

		spin_lock(&wheels[cpu].lock);
		t = container_of(wheels[cpu].armed.next, struct timer, node);
		if (list_empty(&wheels[cpu].armed) ||
		    t->deadline_ticks > timer_now()) {
			program(cpu);
			spin_unlock(&wheels[cpu].lock);
			return;
		}
		list_del(&t->node);
		t->cpu = -1;
		wheels[cpu].firing = t;
		spin_unlock(&wheels[cpu].lock);
		t->fire(t);
		__atomic_store_n(&wheels[cpu].firing, NULL, __ATOMIC_RELEASE);
	}
}
