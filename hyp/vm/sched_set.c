/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a vCPU runs, how urgently, how long. */
#include "drv/timer.h"
#include "vm/runq.h"
#include "vm/sched.h"

enum err sched_set_affinity(struct vcpu *v, int cpu)
{
	struct runq *q;
	unsigned old;
	bool moves;

	if (cpu != VCPU_CPU_ANY && (cpu < 0 || (unsigned)cpu >= cpu_count())) {
		return ERR_INVAL;
	}
	q = runq_lock_of(v);
	v->affinity = cpu;
	old = v->cpu;
	moves = cpu != VCPU_CPU_ANY && (unsigned)cpu != old;
	if (moves && v->state == VCPU_READY && !v->is_proxied &&
	    v->loaded_on < 0) {
		/* As if it had just been woken: that looks for its place. */
		runq_take(q, v);
		v->state = VCPU_BLOCKED;
		spin_unlock(&q->lock);
		sched_wake(v);
		return ERR_OK;
	}
	spin_unlock(&q->lock);
	if (moves && v->state == VCPU_RUNNING) {
		sched_make_due(old);
	}
	return ERR_OK;
}

enum err sched_set_priority(struct vcpu *v, unsigned priority)
{
	if (priority > VCPU_PRIORITY_MAX) {
		return ERR_INVAL;
	}
	v->priority = (uint8_t)priority;
	return ERR_OK;
}

enum err sched_set_slice(struct vcpu *v, uint32_t slice_us)
{
	if (slice_us < 1000 || slice_us > 100000) {
		return ERR_INVAL;
	}
	v->slice_ticks = timer_us_to_ticks(slice_us);
	return ERR_OK;
}
