/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on vCPUs and virtual interrupt controllers.
 * What each takes and returns: docs/abi.md.
 */
#include <arm64/bits.h>

#include "call/caller.h"
#include "call/hvc_table.h"
#include "vgic/vic.h"
#include "vm/sched.h"

#define POWEROFF_LAST 1u /* "vCPUPowerOffFlags" */

#define YIELD_HINT     FIELD(15, 0) /* "Control" of scheduler_yield */
#define YIELD_KNOWN    YIELD_HINT
#define YIELD_GENERIC  0u
#define YIELD_TO       1u
#define YIELD_TO_LOWER 2u

enum err hvc_vcpu_configure(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_THREAD, &t));
	return thread_configure((struct thread *)t, arg[1]);
}

enum err hvc_vcpu_poweron(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_THREAD, THREAD_MAY_POWER, &t));
	return thread_power_on((struct thread *)t, arg[1], arg[2], arg[3]);
}

enum err hvc_vcpu_poweroff(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	struct thread *self;
	bool is_last;
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_THREAD, THREAD_MAY_POWER, &t));
	self = (struct thread *)t;
	if (self->vcpu != v || (arg[1] & ~(uint64_t)POWEROFF_LAST) != 0) {
		return ERR_INVAL;
	}
	is_last = self->at[ATTACH_VPM].obj == NULL || v->vm->powered == 1;
	if (is_last != ((arg[1] & POWEROFF_LAST) != 0)) {
		return ERR_DENIED;
	}
	vcpu_stop(v); /* before the next entry */
	return ERR_OK;
}

enum err hvc_vcpu_kill(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_THREAD, THREAD_MAY_LIFECYCLE, &t));
	return thread_kill((struct thread *)t);
}

enum err hvc_scheduler_yield(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(t);

	(void)out;
	if ((arg[0] & ~YIELD_KNOWN) != 0) {
		return ERR_INVAL; /* no hint is implementation defined */
	}
	switch (field_get(YIELD_HINT, arg[0])) {
	case YIELD_GENERIC:
	case YIELD_TO_LOWER:
		break;
	case YIELD_TO:
		TRY(caller_get(v, arg[1], OBJ_THREAD, THREAD_MAY_YIELD_TO, &t));
		break;
	default:
		return ERR_INVAL;
	}
	sched_yield(v); /* all hints: let others go first */
	return ERR_OK;
}

enum err hvc_vcpu_set_affinity(struct vcpu *v, const uint64_t *arg,
                               uint64_t *out)
{
	uint32_t rights = THREAD_MAY_SET_AFFINITY;
	OBJECT_REF(t);

	(void)out;
	if (arg[1] == UINT64_MAX) {
		rights |= THREAD_MAY_DISABLE;
	}
	TRY(caller_get_any_state(v, arg[0], OBJ_THREAD, rights, &t));
	return thread_set_affinity((struct thread *)t, arg[1]);
}

enum err hvc_vcpu_set_priority(struct vcpu *v, const uint64_t *arg,
                               uint64_t *out)
{
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get_any_state(v, arg[0], OBJ_THREAD, THREAD_MAY_SET_PRIORITY,
	                         &t));
	return thread_set_priority((struct thread *)t, arg[1]);
}

enum err hvc_vcpu_set_timeslice(struct vcpu *v, const uint64_t *arg,
                                uint64_t *out)
{
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get_any_state(v, arg[0], OBJ_THREAD,
	                         THREAD_MAY_SET_TIMESLICE, &t));
	return thread_set_slice((struct thread *)t, arg[1]);
}

enum err hvc_vcpu_register_write(struct vcpu *v, const uint64_t *arg,
                                 uint64_t *out)
{
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get_any_state(v, arg[0], OBJ_THREAD,
	                         THREAD_MAY_WRITE_CONTEXT, &t));
	return thread_write_register((struct thread *)t, arg[1], arg[2],
	                             arg[3]);
}

enum err hvc_vic_configure(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(vic);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_VIC, &vic));
	if (arg[3] != 0 || arg[4] != 0) {
		return ERR_INVAL; /* no options; no MSIs */
	}
	return vic_configure((struct vic *)vic, arg[1], arg[2]);
}

enum err hvc_vic_attach_vcpu(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(vic);
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_VIC, VIC_MAY_ATTACH_VCPU, &vic));
	TRY(caller_get_init(v, arg[1], OBJ_THREAD, &t));
	return vic_attach_thread((struct vic *)vic, (struct thread *)t, arg[2]);
}

enum err hvc_vgic_set_mpidr_mapping(struct vcpu *v, const uint64_t *arg,
                                    uint64_t *out)
{
	OBJECT_REF(vic);
	struct mpidr_map map = { .mask = arg[1], .is_mt = arg[6] != 0 };

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_VIC, &vic));
	if (arg[6] > 1) {
		return ERR_INVAL;
	}
	for (unsigned n = 0; n < 4; n++) {
		if (arg[2 + n] > 31) {
			return ERR_INVAL;
		}
		map.shift[n] = (uint8_t)arg[2 + n];
	}
	return vic_set_mpidr_map((struct vic *)vic, &map);
}
