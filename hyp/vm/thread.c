/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/thread.h"

#include "drv/grace.h"
#include "drv/timer.h"
#include "lib/assert.h"
#include "lib/string.h"
#include "obj/cspace.h"
#include "obj/partition.h"
#include "vm/addrspace.h"
#include "vm/proxy.h"
#include "vm/sched.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define NS_PER_US    1000u
#define SLICE_NS_MIN 1000000u
#define SLICE_NS_MAX 100000000u

#define POWER_ON_KEEP_PC 1u
#define POWER_ON_KEEP_X0 2u

enum register_set { SET_X, SET_PC, SET_SP };

static enum err check_init(const struct thread *t)
{
	return object_is_active(&t->obj) ? ERR_STATE : ERR_OK;
}

enum err thread_attach_space(struct thread *t, struct addrspace *as)
{
	TRY(check_init(t));
	object_get(&as->obj);
	if (t->as != NULL) {
		object_put(&t->as->obj);
	}
	t->as = as;
	return ERR_OK;
}

static void use_cspace(struct thread *t, struct cspace *cs)
{
	if (t->cspace != NULL) {
		cspace_detach(t->cspace, &t->user);
	}
	t->cspace = cs;
	if (cs != NULL) {
		cspace_attach(cs, &t->user, &t->obj);
	}
}

enum err thread_attach_cspace(struct thread *t, struct cspace *cs)
{
	TRY(check_init(t));
	use_cspace(t, cs);
	return ERR_OK;
}

static void detach(struct thread *t, struct attachment *at)
{
	if (at->obj != NULL) {
		if (at->ops->detach != NULL) {
			at->ops->detach(t, at->obj, at->index);
		}
		object_put(at->obj);
		at->obj = NULL;
	}
}

enum err thread_attach(struct thread *t, enum attach_kind kind,
                       struct object *obj, uint32_t index,
                       const struct attach_ops *ops)
{
	TRY(check_init(t));
	object_get(obj);
	detach(t, &t->at[kind]);
	t->at[kind] =
		(struct attachment){ .obj = obj, .index = index, .ops = ops };
	return ERR_OK;
}

enum err thread_configure(struct thread *t, uint64_t options)
{
	if ((options & ~(uint64_t)(THREAD_OPTION_DEBUG | THREAD_OPTION_HLOS)) !=
	    0) {
		return ERR_INVAL;
	}
	TRY(check_init(t));
	t->options = (uint32_t)options;
	return ERR_OK;
}

enum err thread_set_affinity(struct thread *t, uint64_t cpu)
{
	int wish = cpu == UINT64_MAX ? VCPU_CPU_ANY : (int)cpu;

	if (cpu != UINT64_MAX && cpu >= cpu_count()) {
		return ERR_INVAL;
	}
	if (t->vcpu != NULL) {
		TRY(sched_set_affinity(t->vcpu, wish));
	}
	t->affinity = wish;
	return ERR_OK;
}

enum err thread_set_priority(struct thread *t, uint64_t priority)
{
	if (priority > VCPU_PRIORITY_MAX) {
		return ERR_INVAL;
	}
	TRY(check_init(t));
	t->priority = (uint8_t)priority;
	return ERR_OK;
}

enum err thread_set_slice(struct thread *t, uint64_t slice_ns)
{
	if (slice_ns < SLICE_NS_MIN || slice_ns > SLICE_NS_MAX) {
		return ERR_INVAL;
	}
	TRY(check_init(t));
	t->slice_us = (uint32_t)(slice_ns / NS_PER_US);
	return ERR_OK;
}

enum err thread_write_register(struct thread *t, uint64_t set, uint64_t index,
                               uint64_t value)
{
	if (set > SET_SP || index > (set == SET_X ? 30u : set == SET_SP) ||
	    (set == SET_PC && (value & 3) != 0)) {
		return ERR_INVAL;
	}
	if (t->vcpu != NULL && vcpu_is_on(t->vcpu)) {
		return ERR_BUSY;
	}
	switch ((enum register_set)set) {
	case SET_X:
		t->x[index] = value;
		break;
	case SET_PC:
		t->pc = value;
		break;
	case SET_SP:
		t->sp[index] = value;
		break;
	}
	return ERR_OK;
}

enum err thread_power_on(struct thread *t, uint64_t entry, uint64_t context,
                         uint64_t flags)
{
	if ((flags & ~(uint64_t)(POWER_ON_KEEP_PC | POWER_ON_KEEP_X0)) != 0) {
		return ERR_INVAL;
	}
	if (t->is_killed) {
		return ERR_STATE;
	}
	return vcpu_power_on(
		t->vcpu, (flags & POWER_ON_KEEP_PC) != 0 ? t->pc : entry,
		(flags & POWER_ON_KEEP_X0) != 0 ? t->x[0] : context);
}

/* Off as soon as it can, even if nobody runs it by vcpu_run any more. */
static void stop(struct thread *t)
{
	if (!vcpu_is_on(t->vcpu)) {
		return;
	}
	vcpu_stop(t->vcpu);
	if (t->vcpu->is_proxied && proxy_unbind(t->vcpu) != ERR_OK) {
		/* It runs at the moment, and sees the request. */
		return;
	}
}

enum err thread_kill(struct thread *t)
{
	if (!object_is_active(&t->obj) || t->is_killed) {
		return ERR_STATE;
	}
	t->is_killed = true;
	vcpu_kill(t->vcpu);
	stop(t);
	return ERR_OK;
}

/* Context: the vCPU is off and about to start; any CPU. */
static void put_registers(struct vcpu *v)
{
	struct thread *t = v->object;

	if (t != NULL) {
		memcpy(v->regs.x, t->x, sizeof(t->x));
		v->el1.sp_el0 = t->sp[0];
		v->el1.sp_el1 = t->sp[1];
		memset(t->x, 0, sizeof(t->x)); /* for this once */
		memset(t->sp, 0, sizeof(t->sp));
	}
}

const struct vm_part thread_part = {
	.name = "thread",
	.vcpu_reset = put_registers,
};

static enum err init_thread(struct object *obj)
{
	struct thread *t = (struct thread *)obj;

	t->affinity = THREAD_CPU_ANY;
	t->priority = VCPU_PRIORITY_DEFAULT;
	t->slice_us = VCPU_SLICE_US_DEFAULT;
	return ERR_OK;
}

static enum err make_vcpu(struct thread *t)
{
	enum err err;

	TRY(partition_charge(t->obj.partition, THREAD_VCPU_COST));
	err = vcpu_create(t->as->vm, &t->vcpu);
	if (err != ERR_OK) {
		partition_uncharge(t->obj.partition, THREAD_VCPU_COST);
	}
	return err;
}

static enum err activate_thread(struct object *obj)
{
	struct thread *t = (struct thread *)obj;
	const struct attachment *vic = &t->at[ATTACH_VIC];

	if (t->as == NULL) {
		return ERR_CONFIG;
	}
	/* A vCPU's place in its VM is the next one; its VIC index must agree. */
	if (vic->obj != NULL && vic->index != t->as->vm->vcpu_count) {
		return ERR_CONFIG;
	}
	for (unsigned i = 0; i < ATTACH_COUNT; i++) {
		const struct attachment *at = &t->at[i];

		if (at->obj != NULL && at->ops->activate != NULL) {
			TRY(at->ops->activate(t, at->obj, at->index));
		}
	}
	TRY(make_vcpu(t));
	t->vcpu->object = t;
	t->vcpu->priority = t->priority;
	t->vcpu->slice_ticks = timer_us_to_ticks(t->slice_us);
	t->vcpu->affinity = t->affinity;
	vcpu_show(t->vcpu); /* last: CPU_ON may come at once */
	return ERR_OK;
}

void thread_adopt(struct thread *t, struct vcpu *v, struct addrspace *as,
                  struct cspace *cs)
{
	object_get(&as->obj);
	t->as = as;
	use_cspace(t, cs);
	t->vcpu = v;
	t->obj.state = OBJ_ACTIVE;
	v->object = t;
	vcpu_show(v);
}

static void orphan_thread(struct object *obj)
{
	struct thread *t = (struct thread *)obj;

	if (t->vcpu != NULL && !t->is_killed) {
		enum err err = thread_kill(t);

		ASSERT(err == ERR_OK);
	}
}

static struct cspace *space_of_thread(struct object *obj)
{
	return ((struct thread *)obj)->cspace;
}

static enum obj_end thread_is_quiet(struct object *obj)
{
	struct thread *t = (struct thread *)obj;

	if (t->vcpu == NULL) {
		return OBJ_QUIET;
	}
	if (!t->is_hidden) {
		if (!vcpu_is_gone(t->vcpu)) {
			stop(t);
			return OBJ_RUNS;
		}
		vcpu_hide(t->vcpu);
		t->is_hidden = true;
		t->ticket = grace_begin();
	}
	return grace_is_over(t->ticket) ? OBJ_QUIET : OBJ_SOON;
}

static void destroy_thread(struct object *obj)
{
	struct thread *t = (struct thread *)obj;

	if (t->wakeup != NULL) {
		t->wakeup_free(t);
	}
	if (t->vcpu != NULL) {
		vcpu_destroy(t->vcpu);
		partition_uncharge(obj->partition, THREAD_VCPU_COST);
	}
	for (unsigned i = ATTACH_COUNT; i-- > 0;) {
		detach(t, &t->at[i]);
	}
	use_cspace(t, NULL);
	if (t->as != NULL) {
		object_put(&t->as->obj);
	}
}

const struct obj_ops thread_ops = {
	.name = "thread",
	.size = sizeof(struct thread),
	.rights = THREAD_MAY_POWER | THREAD_MAY_SET_AFFINITY |
	          THREAD_MAY_SET_PRIORITY | THREAD_MAY_SET_TIMESLICE |
	          THREAD_MAY_YIELD_TO | THREAD_MAY_BIND_VIRQ |
	          THREAD_MAY_STATE | THREAD_MAY_LIFECYCLE |
	          THREAD_MAY_WRITE_CONTEXT | THREAD_MAY_DISABLE |
	          OBJ_MAY_ACTIVATE,
	.init = init_thread,
	.activate = activate_thread,
	.orphan = orphan_thread,
	.is_quiet = thread_is_quiet,
	.destroy = destroy_thread,
	.space_of = space_of_thread,
};
