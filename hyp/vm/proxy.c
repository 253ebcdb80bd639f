/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_run: who runs whom, and what the runner is told. */
#include "vm/proxy.h"

#include <stddef.h>

#include <abi/psci.h>
#include <abi/vcpu_run.h>

#include "lib/mutant.h"
#include "obj/object.h"
#include "vm/runq.h"
#include "vm/sched.h"
#include "vm/vm.h"

/* @return  ERR_BUSY: it is running */
static enum err set_proxied(struct vcpu *v, bool is_proxied)
{
	struct runq *q = runq_lock_of(v);
	bool moves = v->is_proxied != is_proxied && v->state == VCPU_READY;
	enum err err = ERR_OK;

	/* Nor may one be run that is running another, but was preempted. */
	if (v->state == VCPU_RUNNING || v->proxy != NULL || v->child != NULL) {
		err = ERR_BUSY;
	} else {
		if (moves && is_proxied) {
			runq_take(q, v);
		}
		v->is_proxied = is_proxied;
		/* An access its runner was to finish is made anew. */
		if (!mutant(finish_kept)) {
			v->exit.finish = NULL;
		}
		if (moves && !is_proxied) {
			runq_put(q, v, false);
		}
	}
	spin_unlock(&q->lock);
	if (err == ERR_OK && moves && !is_proxied) {
		sched_make_due(v->cpu);
	}
	return err;
}

void proxy_hasten(struct vcpu *v)
{
	struct runq *q = runq_lock_of(v);
	unsigned cpu = v->cpu;

	if (v->state == VCPU_READY && !v->is_proxied) {
		runq_take(q, v);
		v->priority = VCPU_PRIORITY_MAX;
		runq_put(q, v, false);
	}
	spin_unlock(&q->lock);
	sched_make_due(cpu);
}

/* READY again, unless it sleeps or is off. */
static void leave_runner(struct vcpu *v)
{
	struct runq *q = runq_lock_of(v);

	if (v->state == VCPU_RUNNING) {
		v->state = VCPU_READY;
	}
	spin_unlock(&q->lock);
}

enum err proxy_bind(struct vcpu *v, void (*on_wakeup)(struct vcpu *))
{
	TRY(set_proxied(v, true));
	__atomic_store_n(&v->on_wakeup, on_wakeup, __ATOMIC_RELAXED);
	return ERR_OK;
}

enum err proxy_unbind(struct vcpu *v)
{
	TRY(set_proxied(v, false));
	__atomic_store_n(&v->on_wakeup, NULL, __ATOMIC_RELAXED);
	if (mutant(unbind_wakes)) {
		sched_wake(v);
	}
	return ERR_OK;
}

static void tell(uint64_t out[4], uint64_t state, uint64_t a, uint64_t b)
{
	out[0] = state;
	out[1] = a;
	out[2] = b;
	out[3] = 0;
}

static void tell_off(const struct vcpu *v, uint64_t out[4])
{
	if (v->vm->end == VM_END_RESET) {
		tell(out, VCPU_RUN_SYSTEM_RESET, VCPU_RUN_RESET_PLAIN, 0);
	} else if (v->vm->end == VM_END_RESET2) {
		tell(out, VCPU_RUN_SYSTEM_RESET, PSCI_RESET2_WARM,
		     v->vm->reset_cookie);
	} else if (v->vm->end == VM_END_FAULT) {
		tell(out, VCPU_RUN_FAULT, 0, 0);
	} else {
		tell(out, VCPU_RUN_POWERED_OFF, v->vm->end != VM_END_RUNNING,
		     v->vm->end == VM_END_WATCHDOG);
	}
}

void proxy_look(struct vcpu *v, uint64_t out[4])
{
	switch (v->state) {
	case VCPU_OFF:
		tell_off(v, out);
		break;
	case VCPU_BLOCKED:
		tell(out, VCPU_RUN_EXPECTS_WAKEUP, v->sleep_type,
		     v->sleep_type == 0 ? VCPU_RUN_CAUSE_WFI
		                        : VCPU_RUN_CAUSE_CPU_SUSPEND);
		break;
	case VCPU_READY:
	case VCPU_RUNNING:
		tell(out, VCPU_RUN_READY, 0, 0);
		break;
	}
}

/* Under the lock that set_proxied takes: it stays proxied while it is ours. */
static enum err claim(struct vcpu *v, struct vcpu *runner)
{
	struct runq *q = runq_lock_of(v);
	enum err err = ERR_BUSY;

	if (v->is_proxied && v->proxy == NULL) {
		v->proxy = runner;
		err = ERR_OK;
	}
	spin_unlock(&q->lock);
	return err;
}

/*
 * Are the registers of @v, which is ours, in memory?  When it was bound it may
 * have been asleep on a CPU that had nobody else to load, and has not put it
 * away yet (a runner's CPU always does, before it lets go): that one is told.
 */
static bool is_put_away(const struct vcpu *v)
{
	/* Acquire: who sees it unloaded sees its registers. */
	int cpu = __atomic_load_n(&v->loaded_on, __ATOMIC_ACQUIRE);

	if (cpu < 0 || mutant(sleeper_stays) || mutant(child_stays)) {
		return true;
	}
	sched_make_due((unsigned)cpu);
	return false;
}

/*
 * Nobody runs @v any more; the next runner sees all that this one did.  If it
 * was killed meanwhile, whoever wanted to take it apart found it busy, and is
 * to look again: after the store, or he would find it busy once more.  Either
 * he sees the store or we see his, so both are sequentially consistent.
 */
static void let_go(struct vcpu *v)
{
	__atomic_store_n(&v->proxy, NULL, __ATOMIC_SEQ_CST);
	if (mutant(child_stays)) {
		/* Long enough for another runner to begin with it. */
		for (unsigned i = 0; i < 50000; i++) {
			__asm__ volatile("yield" : : : "memory");
		}
	}
	if (__atomic_load_n(&v->is_killed, __ATOMIC_SEQ_CST)) {
		object_reap_again();
		this_cpu()->resched = 1;
	}
}

enum err proxy_run(struct vcpu *runner, struct vcpu *v,
                   const uint64_t resume[3], uint64_t out[4])
{
	void (*finish)(struct vcpu *, uint64_t);

	TRY(claim(v, runner));
	if (v->state != VCPU_READY) {
		proxy_look(v, out);
		let_go(v);
		return ERR_OK;
	}
	if (!is_put_away(v)) {
		tell(out, VCPU_RUN_BLOCKED, 0, 0);
		let_go(v);
		return ERR_OK;
	}
	finish = v->exit.finish;
	if (finish != NULL) {
		v->exit.finish = NULL;
		finish(v, resume[0]);
	}
	v->exit.state = VCPU_RUN_READY;
	runner->child = v;
	this_cpu()->resched = 1;
	return ERR_OK;
}

void proxy_leave(struct vcpu *v, uint64_t state, uint64_t a, uint64_t b,
                 uint64_t c, void (*finish)(struct vcpu *v, uint64_t resume))
{
	v->exit.state = state;
	v->exit.data[0] = a;
	v->exit.data[1] = b;
	v->exit.data[2] = c;
	v->exit.finish = finish;
	this_cpu()->resched = 1;
}

struct vcpu *proxy_finish(struct vcpu *v)
{
	struct vcpu *runner = v->proxy;
	uint64_t *x = runner->regs.x;

	leave_runner(v);
	if (v->state == VCPU_READY && v->exit.state != VCPU_RUN_READY) {
		x[1] = v->exit.state;
		x[2] = v->exit.data[0];
		x[3] = v->exit.data[1];
		x[4] = v->exit.data[2];
		v->exit.state = VCPU_RUN_READY;
	} else {
		proxy_look(v, &x[1]);
	}
	runner->child = NULL;
	let_go(v);
	return runner;
}
