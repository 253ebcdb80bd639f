/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on VM groups and watchdogs, and the watchdog as its VM sees it.
 * What each takes and returns: docs/abi.md.
 */
#include <abi/smccc.h>

#include "call/call.h"
#include "call/caller.h"
#include "call/hvc_table.h"
#include "ipc/vpm.h"
#include "ipc/watchdog.h"

#define BIND_BITE 1u /* "WatchdogBindOptionFlags" */

/* SMCCC_WATCHDOG_CONTROL */
#define CONTROL_ENABLE   1u
#define CONTROL_RESERVED 2u /* must be one */

enum err hvc_vpm_group_configure(struct vcpu *v, const uint64_t *arg,
                                 uint64_t *out)
{
	OBJECT_REF(vpm);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_VPM_GROUP, &vpm));
	return vpm_configure((struct vpm_group *)vpm, arg[1]);
}

enum err hvc_vpm_group_attach_vcpu(struct vcpu *v, const uint64_t *arg,
                                   uint64_t *out)
{
	OBJECT_REF(vpm);
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_VPM_GROUP, VPM_MAY_ATTACH, &vpm));
	TRY(caller_get_init(v, arg[1], OBJ_THREAD, &t));
	return vpm_attach((struct vpm_group *)vpm, (struct thread *)t, arg[2]);
}

enum err hvc_vpm_group_bind_virq(struct vcpu *v, const uint64_t *arg,
                                 uint64_t *out)
{
	OBJECT_REF(vpm);
	OBJECT_REF(vic);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_VPM_GROUP, VPM_MAY_BIND, &vpm));
	TRY(caller_get(v, arg[1], OBJ_VIC, VIC_MAY_BIND_SOURCE, &vic));
	return vic_bind((struct vic *)vic, &((struct vpm_group *)vpm)->virq,
	                arg[2]);
}

enum err hvc_vpm_group_unbind_virq(struct vcpu *v, const uint64_t *arg,
                                   uint64_t *out)
{
	OBJECT_REF(vpm);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_VPM_GROUP, VPM_MAY_BIND, &vpm));
	vic_unbind(&((struct vpm_group *)vpm)->virq);
	return ERR_OK;
}

enum err hvc_vpm_group_get_state(struct vcpu *v, const uint64_t *arg,
                                 uint64_t *out)
{
	OBJECT_REF(vpm);

	TRY(caller_get(v, arg[0], OBJ_VPM_GROUP, VPM_MAY_QUERY, &vpm));
	out[0] = vpm_get_state((struct vpm_group *)vpm);
	return ERR_OK;
}

enum err hvc_watchdog_configure(struct vcpu *v, const uint64_t *arg,
                                uint64_t *out)
{
	OBJECT_REF(wd);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_WATCHDOG, &wd));
	return watchdog_configure((struct watchdog *)wd, arg[1]);
}

enum err hvc_watchdog_attach_vcpu(struct vcpu *v, const uint64_t *arg,
                                  uint64_t *out)
{
	OBJECT_REF(wd);
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_WATCHDOG, WATCHDOG_MAY_ATTACH, &wd));
	TRY(caller_get_init(v, arg[1], OBJ_THREAD, &t));
	return watchdog_attach((struct watchdog *)wd, (struct thread *)t);
}

/* Bark or bite, as the flags say. */
static struct virq_source *source_of(struct object *obj, uint64_t flags)
{
	struct watchdog *wd = (struct watchdog *)obj;

	return (flags & BIND_BITE) != 0 ? &wd->bite_virq : &wd->bark_virq;
}

enum err hvc_watchdog_bind_virq(struct vcpu *v, const uint64_t *arg,
                                uint64_t *out)
{
	OBJECT_REF(wd);
	OBJECT_REF(vic);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_WATCHDOG, WATCHDOG_MAY_BIND, &wd));
	TRY(caller_get(v, arg[1], OBJ_VIC, VIC_MAY_BIND_SOURCE, &vic));
	if ((arg[3] & ~(uint64_t)BIND_BITE) != 0) {
		return ERR_INVAL;
	}
	return vic_bind((struct vic *)vic, source_of(wd, arg[3]), arg[2]);
}

enum err hvc_watchdog_unbind_virq(struct vcpu *v, const uint64_t *arg,
                                  uint64_t *out)
{
	OBJECT_REF(wd);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_WATCHDOG, WATCHDOG_MAY_BIND, &wd));
	if ((arg[1] & ~(uint64_t)BIND_BITE) != 0) {
		return ERR_INVAL;
	}
	vic_unbind(source_of(wd, arg[1]));
	return ERR_OK;
}

enum err hvc_watchdog_manage(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(wd);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_WATCHDOG, WATCHDOG_MAY_MANAGE, &wd));
	return watchdog_manage((struct watchdog *)wd, arg[1]);
}

static enum err control(struct watchdog *wd, uint32_t what)
{
	if ((what & ~CONTROL_ENABLE) != CONTROL_RESERVED) {
		return ERR_INVAL;
	}
	watchdog_enable(wd, (what & CONTROL_ENABLE) != 0);
	return ERR_OK;
}

static void tell(struct watchdog *wd, uint64_t *x)
{
	struct watchdog_status status = watchdog_status(wd);

	x[1] = (uint64_t)status.is_enabled | (uint64_t)status.has_barked << 1;
	x[2] = status.elapsed_ms;
}

int64_t watchdog_call(struct vcpu *v, uint32_t id)
{
	const struct thread *t = v->object;
	uint64_t *x = v->regs.x;
	struct watchdog *wd;

	if (t == NULL || t->at[ATTACH_WATCHDOG].obj == NULL) {
		return SMCCC_NOT_SUPPORTED;
	}
	wd = (struct watchdog *)t->at[ATTACH_WATCHDOG].obj;
	switch (id) {
	case SMCCC_WATCHDOG_CONTROL:
		return control(wd, (uint32_t)x[1]);
	case SMCCC_WATCHDOG_STATUS:
		tell(wd, x);
		return ERR_OK;
	case SMCCC_WATCHDOG_PING:
		watchdog_ping(wd);
		return ERR_OK;
	case SMCCC_WATCHDOG_SET_TIME:
		return watchdog_set_time(wd, (uint32_t)x[1], (uint32_t)x[2]);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}
