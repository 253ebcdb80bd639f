/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: who becomes ready where, and who runs next.  The queues
 * themselves are in runq.c.
 */
#include "vm/sched.h"

#include <stddef.h>

#include "arch/sysreg.h"
#include "drv/gic.h"
#include "drv/irq.h"
#include "drv/timer.h"
#include "lib/mutant.h"
#include "obj/object.h"
#include "vm/part.h"
#include "vm/proxy.h"
#include "vm/runq.h"

/* When a busy CPU comes back to bury what is left of the dead. */
#define BURY_US 1000

static volatile uint32_t idle_cpus; /* bits; atomic; a hint */

/* When each CPU may bury a piece again, if it is busy: its own. */
static uint64_t bury_ticks[CPUS_MAX];

static void slice_over(struct timer *t)
{
	uint32_t idle = __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED);

	(void)t;
	this_cpu()->resched = 1;
	if (idle != 0) {
		/* Somebody waits for this CPU, and that one has nothing to do:
		 * it was not there yet when they were put here. */
		sched_poke((unsigned)__builtin_ctz(idle));
	}
}

void sched_init(void)
{
	unsigned cpu, level;

	for (cpu = 0; cpu < CPUS_MAX; cpu++) {
		for (level = 0; level < RUNQ_LEVELS; level++) {
			list_init(&runqs[cpu].ready[level]);
		}
		timer_setup(&runqs[cpu].slice, slice_over);
	}
}

void sched_poke(unsigned cpu)
{
	if (cpu != cpu_index()) {
		trace(TRACE_IPI, TRACE_NOBODY, SGI_POKE, cpu, 0);
		gic_send_sgi(SGI_POKE, cpu);
	}
}

void sched_make_due(unsigned cpu)
{
	if (mutant(kick_lost) && cpu != cpu_index()) {
		return;
	}
	percpu_table[cpu].resched = 1;
	sched_poke(cpu);
}

/* Where a vCPU that becomes ready should go. */
static unsigned place(const struct vcpu *v)
{
	uint32_t idle = __atomic_load_n(&idle_cpus, __ATOMIC_RELAXED);

	/*
	 * Read once: its CPU may be putting it away at this moment.  Acquire:
	 * who takes it from the queue sees the registers that were put away.
	 */
	int loaded_on = __atomic_load_n(&v->loaded_on, __ATOMIC_ACQUIRE);

	if (loaded_on >= 0) {
		return (unsigned)loaded_on;
	}
	if (v->affinity != VCPU_CPU_ANY) {
		return (unsigned)v->affinity;
	}
	if (idle == 0 || (idle & (1u << v->cpu))) {
		return v->cpu;
	}
	return (unsigned)__builtin_ctz(idle);
}

/* From @from (which it is not asleep in for ever) to some queue. */
static bool make_ready(struct vcpu *v, enum vcpu_state from)
{
	struct runq *q = runq_lock_of(v);
	unsigned cpu = place(v);
	bool was = v->state == from;
	bool preempts;

	if (was && cpu != v->cpu) {
		v->cpu = cpu;
		spin_unlock(&q->lock);
		q = runq_lock_of(v);
		was = v->state == from; /* another may have been faster */
	}
	if (!was) {
		v->wake_pending |= v->state == VCPU_RUNNING;
		spin_unlock(&q->lock);
		return false;
	}
	cpu = v->cpu;
	if (from == VCPU_BLOCKED && v->is_down) {
		__atomic_fetch_or(&v->request, VCPU_ASK_UP, __ATOMIC_SEQ_CST);
	}
	if (v->is_proxied) {
		v->state = VCPU_READY;
		spin_unlock(&q->lock);
		return true;
	}
	runq_put(q, v, false);
	/* Equal priority: the running one must notice that slices count now. */
	preempts = q->running == NULL || q->running->priority <= v->priority;
	spin_unlock(&q->lock);
	if (preempts) {
		sched_make_due(cpu);
	}
	return true;
}

/* Read once: it may be unbound on another CPU at this moment. */
static inline void tell_runner(struct vcpu *v)
{
	void (*on_wakeup)(struct vcpu *) =
		__atomic_load_n(&v->on_wakeup, __ATOMIC_RELAXED);

	if (v->is_proxied && on_wakeup != NULL) {
		on_wakeup(v);
	}
}

void sched_wake(struct vcpu *v)
{
	if (make_ready(v, VCPU_BLOCKED)) {
		trace_vcpu(TRACE_VCPU_WAKE, v, 0, 0, 0);
		tell_runner(v);
	}
}

void sched_nudge(struct vcpu *v)
{
	struct runq *q = runq_lock_of(v);
	enum vcpu_state state = v->state;
	unsigned cpu = v->cpu;

	spin_unlock(&q->lock);
	if (state == VCPU_BLOCKED && !mutant(wake_lost)) {
		sched_wake(v);
	} else if (state == VCPU_RUNNING && v->child != NULL) {
		sched_make_due(cpu); /* it is the child that must get out */
	} else if (state == VCPU_RUNNING) {
		sched_poke(cpu);
	}
}

/* The vCPU whose registers this CPU takes for @v: itself, or its child. */
static struct vcpu *enter_proxy(struct vcpu *v)
{
	struct vcpu *child = v->child;
	struct runq *q;

	if (child == NULL) {
		return v;
	}
	if (v->request != 0) {
		(void)proxy_finish(child); /* it has something else to do */
		return v;
	}
	q = runq_lock_of(child);
	child->cpu = cpu_index();
	child->state = VCPU_RUNNING;
	spin_unlock(&q->lock);
	return child;
}

void sched_start(struct vcpu *v)
{
	v->wake_pending = false;
	if (make_ready(v, VCPU_OFF)) {
		tell_runner(v); /* powered off, it was given up, too */
	}
}

void sched_stop(struct vcpu *v)
{
	struct runq *q = runq_lock_of(v);

	v->state = VCPU_OFF;
	spin_unlock(&q->lock);
	/* From here on it may be turned on elsewhere: forget it. */
	this_cpu()->vcpu = v->proxy != NULL ? proxy_finish(v) : NULL;
	this_cpu()->resched = 1;
}

static bool has_work(struct vcpu *v)
{
	unsigned i;

	for (i = 0; vm_hooks.has_work[i] != NULL; i++) {
		if (vm_hooks.has_work[i](v)) {
			return true;
		}
	}
	return false;
}

void sched_block(struct vcpu *v, uint32_t sleep_type)
{
	bool sleeps = false;
	struct runq *q;

	if (has_work(v)) {
		return;
	}
	q = runq_lock_of(v);
	if (v->request == 0 && !v->wake_pending) {
		v->sleep_type = sleep_type;
		v->state = VCPU_BLOCKED;
		this_cpu()->resched = 1;
		sleeps = true;
	}
	v->wake_pending = false;
	spin_unlock(&q->lock);
	if (sleeps && sleep_type != 0) {
		/* It may be awake again by now, but it is loaded here. */
		v->is_suspended = true;
		vm_parts_power(v, VCPU_POWER_SUSPENDED);
		__atomic_fetch_or(&v->request, VCPU_ASK_SYNC, __ATOMIC_SEQ_CST);
	}
	trace_vcpu(TRACE_VCPU_BLOCK, v, sleep_type != 0, v->regs.pc, 0);
}

void sched_yield(struct vcpu *v)
{
	if (mutant(yield_ignored)) {
		return;
	}
	v->slice_left = 0;
	this_cpu()->resched = 1;
}

/*
 * @v ran here but belongs to another CPU by now: send it there.  Its registers
 * go first, while it still counts as running: what its interrupt controller
 * finds then wakes nobody.  Woken once it is BLOCKED it would be put into the
 * queue of the CPU that has it loaded, this one.
 */
static void send_away(struct vcpu *v)
{
	struct runq *q;

	if (this_cpu()->loaded == v) { /* not so if it ran another one */
		vcpu_unload(v);
	}
	q = runq_lock_of(v);
	v->state = VCPU_BLOCKED; /* for a moment: in no queue, not running */
	if (v->affinity != VCPU_CPU_ANY) { /* it may have changed again */
		v->cpu = (unsigned)v->affinity;
	}
	spin_unlock(&q->lock);
	sched_wake(v);
}

static bool is_elsewhere(const struct vcpu *v)
{
	return v->affinity != VCPU_CPU_ANY &&
	       (unsigned)v->affinity != cpu_index();
}

/* One look at the queue: the vCPU to run, or NULL and this CPU is idle. */
static struct vcpu *choose(struct percpu *here, struct runq *q,
                           struct vcpu *prev)
{
	uint32_t me = 1u << here->index;
	/* Nobody but this CPU takes it out of this state. */
	bool competes = prev != NULL && prev->state == VCPU_RUNNING;
	struct vcpu *next = NULL;

	here->resched = 0;
	if (competes && is_elsewhere(prev)) {
		send_away(prev);
		competes = false;
	}
	spin_lock(&q->lock);
	if (competes) {
		next = runq_rotate(q, prev);
		if (next == NULL) {
			runq_put_back(q, prev);
		}
	}
	if (next == NULL) {
		next = runq_pick(q);
	}
	if (next != NULL) {
		next->state = VCPU_RUNNING;
	}
	q->running = next;
	spin_unlock(&q->lock);
	if (next == NULL) {
		/* Seen as idle before it looks elsewhere: nothing is missed. */
		__atomic_fetch_or(&idle_cpus, me, __ATOMIC_SEQ_CST);
		next = runq_steal();
		if (next != NULL) {
			q->running = next;
		}
	}
	if (next != NULL && (idle_cpus & me)) {
		__atomic_fetch_and(&idle_cpus, ~me, __ATOMIC_SEQ_CST);
	}
	return next;
}

/*
 * Look again at @deadline_ticks at the latest.  A timer that is set for earlier
 * stays as it is: if it fires while it no longer matters, that costs one exit,
 * but moving it at each switch would cost more.
 */
static void limit(struct runq *q, uint64_t deadline_ticks)
{
	if (mutant(slice_never_ends)) {
		return;
	}
	if (!timer_is_armed(&q->slice) ||
	    q->slice.deadline_ticks > deadline_ticks) {
		timer_start(&q->slice, deadline_ticks);
	}
}

/*
 * Run @next, whose turn it is: with a limit only when somebody of its priority
 * waits, or when it runs another one, which must not keep it from what else it
 * has to do.  @return  the vCPU that is in the hardware now
 */
static struct vcpu *switch_to(struct percpu *here, struct runq *q,
                              struct vcpu *next)
{
	next->started_ticks = sysreg_read(CNTPCT_EL0);
	if ((q->levels & (1ull << next->priority)) || next->child != NULL) {
		limit(q, next->started_ticks + next->slice_left);
	}
	next = enter_proxy(next);
	if (here->loaded != next) {
		trace_vcpu(TRACE_SWITCH, next, 0, (uint64_t)here->loaded,
		           (uint64_t)next);
		if (here->loaded != NULL) {
			vcpu_exchange(here->loaded, next);
		} else {
			vcpu_load(next);
		}
	}
	here->vcpu = next;
	return next;
}

/*
 * What nobody owns any more goes without anybody's call: a piece of the work,
 * and, as long as there is some, the next one soon.  Not sooner: who runs here
 * may have had no part in it.
 */
static __attribute__((noinline, cold)) void bury(struct runq *q)
{
	uint64_t *next = &bury_ticks[cpu_index()];
	uint64_t now = timer_now();

	if (mutant(dead_wait_for_calls)) {
		return;
	}
	if (now >= *next) {
		if (object_reap_try() == REAP_DONE) {
			return;
		}
		*next = now + timer_us_to_ticks(BURY_US);
	}
	limit(q, *next);
}

/* Is there more to bury here? */
static __attribute__((noinline, cold)) bool has_dead(void)
{
	return object_reap_is_due() && !mutant(dead_wait_for_calls) &&
	       object_reap_try() == REAP_MORE;
}

/*
 * Who sleeps may stay in the hardware until somebody else needs it.  Not so a
 * vCPU that belongs to a runner by now: that may be on any CPU.
 */
static void put_away_proxied(struct vcpu *v)
{
	if (v != NULL && v->is_proxied && !mutant(sleeper_stays)) {
		vcpu_unload(v);
	}
}

/* Until an interrupt is pending, and through its handler. */
static void idle(void)
{
	struct percpu *here = this_cpu();

	here->vcpu = NULL;
	put_away_proxied(here->loaded);
	if (mutant(sleeper_ticks)) {
		timer_start(&runqs[here->index].slice,
		            timer_now() + timer_us_to_ticks(100000));
	}
	if (!here->resched && !has_dead()) {
		/* What was written before is out; an interrupt that comes from
		 * here on, although it is masked, ends the sleep. */
		dsb_sy();
		wfi();
	}
	trace(TRACE_EXIT_IRQ, TRACE_NOBODY, irq_take(), 0, 0);
	if (mutant(sleeper_ticks) && here->loaded != NULL) {
		vcpu_kick(here->loaded);
	}
}

struct vcpu *sched_next(void)
{
	struct percpu *here = this_cpu();
	struct runq *q = &runqs[here->index];
	struct vcpu *v;

	do {
		v = here->vcpu; /* NULL: it went off, or this CPU was idle */
		if (v != NULL && v->proxy != NULL) {
			if (!mutant(child_stays)) {
				vcpu_unload(v); /* then others may run it */
			}
			v = proxy_finish(v);
		}
		/* Behind that: one that was run by proxy may be unbound now. */
		if (__builtin_expect(object_reap_is_due(), 0)) {
			bury(q);
		}
		v = choose(here, q, v);
		if (v == NULL) {
			idle();
			continue;
		}
		v = switch_to(here, q, v);
		if (v->request != 0) {
			vcpu_serve(v);
		}
	} while (here->resched || v == NULL);
	return v;
}
