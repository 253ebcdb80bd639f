/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "arch/percpu.h"
#include "arch/spinlock.h"
#include "arch/trace.h"
#include "drv/timer.h"
#include "lib/assert.h"

struct percpu percpu_table[CPUS_MAX];
unsigned fake_cpu;
struct fake_trace fake_trace;

static uint64_t now;
static struct list armed = { &armed, &armed };

noreturn void hyp_panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: hyp: PANIC: %s\n", file, line, what);
	abort();
}

void fake_lock_fault(const char *what)
{
	hyp_panic("a lock", 0, what);
}

void fake_reset(void)
{
	for (unsigned i = 0; i < CPUS_MAX; i++) {
		percpu_table[i] = (struct percpu){ .index = i };
	}
	fake_cpu = 0;
	fake_trace = (struct fake_trace){ 0 };
	now = 0;
	list_init(&armed);
}

uint64_t timer_hz(void)
{
	return MACHINE_HZ;
}

uint64_t timer_now(void)
{
	return now;
}

uint64_t timer_us_to_ticks(uint64_t us)
{
	return us * MACHINE_HZ / 1000000;
}

void timer_setup(struct timer *t, void (*fire)(struct timer *t))
{
	list_init(&t->node);
	t->fire = fire;
	t->cpu = -1;
}

void timer_start(struct timer *t, uint64_t deadline_ticks)
{
	/* The rule of drv/timer.h that a host test can check. */
	ASSERT(t->cpu == -1 || t->cpu == (int)fake_cpu);
	list_del(&t->node);
	list_add_tail(&armed, &t->node);
	t->deadline_ticks = deadline_ticks;
	t->cpu = (int)fake_cpu;
}

void timer_stop(struct timer *t)
{
	list_del(&t->node);
	t->cpu = -1;
}

void timer_quiesce(struct timer *t)
{
	timer_stop(t);
}

/* The armed timer that is due first, up to @limit; or NULL. */
static struct timer *first_due(uint64_t limit)
{
	struct timer *first = NULL;

	list_for_each (node, &armed) {
		struct timer *t = container_of(node, struct timer, node);

		if (t->deadline_ticks <= limit &&
		    (first == NULL ||
		     t->deadline_ticks < first->deadline_ticks)) {
			first = t;
		}
	}
	return first;
}

void fake_pass(uint64_t ticks)
{
	uint64_t end = now + ticks;
	struct timer *t;

	while ((t = first_due(end)) != NULL) {
		if (t->deadline_ticks > now) {
			now = t->deadline_ticks;
		}
		timer_stop(t);
		t->fire(t);
	}
	now = end;
}
