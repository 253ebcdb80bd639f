/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proxy scheduling: a VM's scheduler runs another VM's vCPUs (vcpu_run), and
 * is told by an interrupt when one that slept is ready (RUN_WAKEUP).
 * What each call takes and returns: docs/abi.md.
 */
#include <abi/vcpu_run.h>

#include "call/caller.h"
#include "call/hvc_table.h"
#include "lib/mutant.h"
#include "obj/partition.h"
#include "vgic/vic.h"
#include "vm/proxy.h"

#define TYPE_RUN_WAKEUP 1u /* "VCPU Virtual IRQ Type" */

struct run_wakeup {
	struct spinlock lock; /* the source */
	struct virq_source virq;
};

/* Any CPU, no lock held; the vCPU exists, so its thread does. */
static void wake_up(struct vcpu *v)
{
	const struct thread *t = v->object;

	virq_pulse_unlocked(&t->wakeup->virq);
}

static void free_wakeup(struct thread *t)
{
	struct run_wakeup *wakeup = t->wakeup;

	vic_unbind(&wakeup->virq);
	t->wakeup = NULL;
	partition_free(t->obj.partition, wakeup, sizeof(*wakeup));
}

/* Made once: another CPU may be about to wake the vCPU at any time. */
static enum err make_wakeup(struct thread *t)
{
	struct run_wakeup *wakeup;

	if (t->wakeup != NULL) {
		return ERR_OK;
	}
	wakeup = partition_alloc(t->obj.partition, sizeof(*wakeup));
	if (wakeup == NULL) {
		return ERR_NOMEM;
	}
	virq_source_init(&wakeup->virq, &wakeup->lock);
	wakeup->virq.is_unlocked = true; /* wake-ups may follow each other */
	t->wakeup = wakeup;
	t->wakeup_free = free_wakeup;
	return ERR_OK;
}

static enum err bind_wakeup(struct thread *t, struct vic *vic, uint64_t virq)
{
	bool again = t->wakeup != NULL;
	enum err err;

	TRY(make_wakeup(t));
	TRY(vic_bind(vic, &t->wakeup->virq, virq));
	if (again && mutant(rebind_schedules)) {
		return ERR_OK;
	}
	err = proxy_bind(t->vcpu, wake_up);
	if (err != ERR_OK) {
		vic_unbind(&t->wakeup->virq);
	}
	return err;
}

enum err hvc_vcpu_bind_virq(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(t);
	OBJECT_REF(vic);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_THREAD, THREAD_MAY_BIND_VIRQ, &t));
	TRY(caller_get(v, arg[1], OBJ_VIC, VIC_MAY_BIND_SOURCE, &vic));
	if (arg[3] != TYPE_RUN_WAKEUP) {
		return ERR_INVAL;
	}
	return bind_wakeup((struct thread *)t, (struct vic *)vic, arg[2]);
}

enum err hvc_vcpu_unbind_virq(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	OBJECT_REF(t);
	struct thread *thread;

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_THREAD, THREAD_MAY_BIND_VIRQ, &t));
	if (arg[1] != TYPE_RUN_WAKEUP) {
		return ERR_INVAL;
	}
	thread = (struct thread *)t;
	if (thread->vcpu->is_proxied) {
		TRY(proxy_unbind(thread->vcpu));
		vic_unbind(&thread->wakeup->virq);
	}
	return ERR_OK;
}

/*
 * Killed, and it has left: only then may anything be taken from under it.  A
 * killed vCPU that is run by proxy leaves when it is run once more.
 */
static bool is_dead(const struct thread *thread)
{
	return thread->is_killed && vcpu_is_gone(thread->vcpu);
}

enum err hvc_vcpu_run(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(t);
	const struct thread *thread;

	TRY(caller_get(v, arg[0], OBJ_THREAD, THREAD_MAY_YIELD_TO, &t));
	thread = (struct thread *)t;
	if (thread->vcpu == v || v->is_proxied || arg[2] != 0 || arg[3] != 0) {
		return ERR_INVAL; /* nobody runs itself, nor in two steps */
	}
	if (is_dead(thread)) {
		return ERR_STATE;
	}
	if (thread->is_killed && !thread->vcpu->is_proxied) {
		proxy_hasten(thread->vcpu);
		return ERR_BUSY;
	}
	return proxy_run(v, thread->vcpu, &arg[1], out);
}

enum err hvc_vcpu_run_check(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(t);
	const struct thread *thread;

	TRY(caller_get(v, arg[0], OBJ_THREAD, THREAD_MAY_STATE, &t));
	thread = (struct thread *)t;
	if (is_dead(thread)) {
		return ERR_STATE;
	}
	proxy_look(thread->vcpu, out);
	return out[0] == VCPU_RUN_READY || thread->is_killed ? ERR_BUSY
	                                                     : ERR_OK;
}
