/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues of ready vCPUs; see the header for who may touch what. */
#include "vm/runq.h"

#include <stddef.h>

#include "arch/sysreg.h"
#include "lib/assert.h"
#include "lib/mutant.h"

struct runq runqs[CPUS_MAX];

struct runq *runq_lock_of(struct vcpu *v)
{
	for (;;) {
		unsigned cpu = v->cpu;

		spin_lock(&runqs[cpu].lock);
		if (v->cpu == cpu) {
			return &runqs[cpu];
		}
		spin_unlock(&runqs[cpu].lock);
	}
}

void runq_put(struct runq *q, struct vcpu *v, bool first)
{
	if (first) {
		list_add_head(&q->ready[v->priority], &v->ready);
	} else {
		list_add_tail(&q->ready[v->priority], &v->ready);
		v->slice_left = v->slice_ticks;
	}
	q->levels |= 1ull << v->priority;
	q->count++;
	v->state = VCPU_READY;
}

void runq_take(struct runq *q, struct vcpu *v)
{
	/* Whoever looks for its queue by its CPU must find this one. */
	ASSERT(!TEST_BUILD || &runqs[v->cpu] == q);
	list_del(&v->ready);
	if (list_empty(&q->ready[v->priority])) {
		q->levels &= ~(1ull << v->priority);
	}
	q->count--;
}

void runq_put_back(struct runq *q, struct vcpu *v)
{
	uint64_t ran = sysreg_read(CNTPCT_EL0) - v->started_ticks;

	v->slice_left = ran < v->slice_left ? v->slice_left - ran : 0;
	runq_put(q, v, v->slice_left != 0);
}

struct vcpu *runq_rotate(struct runq *q, struct vcpu *v)
{
	struct list *head = &q->ready[v->priority];
	struct list *first = head->next;

	if (q->levels >> v->priority != 1 ||
	    sysreg_read(CNTPCT_EL0) - v->started_ticks < v->slice_left) {
		return NULL;
	}
	/* One leaves, one comes: count and levels stay. */
	list_del(first);
	list_add_tail(head, &v->ready);
	v->slice_left = v->slice_ticks;
	v->state = VCPU_READY;
	return container_of(first, struct vcpu, ready);
}

struct vcpu *runq_pick(struct runq *q)
{
	unsigned level;
	struct vcpu *v;

	if (q->levels == 0) {
		return NULL;
	}
	level = 63 - (unsigned)__builtin_clzll(q->levels);
	v = container_of(q->ready[level].next, struct vcpu, ready);
	runq_take(q, v);
	return v;
}

/* A vCPU of another queue that may run here. @return NULL: none */
static struct vcpu *steal_from(unsigned cpu)
{
	struct runq *q = &runqs[cpu];
	uint64_t levels;
	struct vcpu *found = NULL;

	spin_lock(&q->lock);
	for (levels = q->levels; levels != 0 && found == NULL;) {
		unsigned level = 63 - (unsigned)__builtin_clzll(levels);

		list_for_each (node, &q->ready[level]) {
			struct vcpu *v = container_of(node, struct vcpu, ready);

			/* Acquire: its registers are all in memory. */
			if (v->affinity == VCPU_CPU_ANY &&
			    __atomic_load_n(&v->loaded_on, __ATOMIC_ACQUIRE) <
			            0) {
				found = v;
				break;
			}
		}
		levels &= ~(1ull << level);
	}
	if (found != NULL) {
		runq_take(q, found);
		found->state = VCPU_RUNNING;
		found->cpu = cpu_index();
	}
	spin_unlock(&q->lock);
	return found;
}

struct vcpu *runq_steal(void)
{
	unsigned cpu;

	for (cpu = 0; cpu < cpu_count(); cpu++) {
		struct vcpu *v;

		/* The count is a hint; the lock is taken only for something. */
		if (cpu == cpu_index() || runqs[cpu].count == 0) {
			continue;
		}
		v = steal_from(cpu);
		if (v != NULL) {
			return v;
		}
	}
	return NULL;
}
