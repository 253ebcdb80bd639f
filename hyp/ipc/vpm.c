/* SPDX-License-Identifier: BSD-2-Clause */
#include "ipc/vpm.h"

#include "lib/mutant.h"
#include "vm/thread.h"
#include "vm/vcpu.h"

enum err vpm_configure(struct vpm_group *vpm, uint64_t options)
{
	if ((options & ~(uint64_t)VPM_NO_AGGREGATION) != 0) {
		return ERR_INVAL;
	}
	if (object_is_active(&vpm->obj)) {
		return ERR_STATE;
	}
	vpm->options = (uint32_t)options;
	return ERR_OK;
}

static void forget_thread(struct thread *t, struct object *obj, uint32_t index)
{
	(void)t;
	((struct vpm_group *)obj)->member[index] = NULL;
}

static const struct attach_ops attach_ops = {
	.detach = forget_thread,
};

enum err vpm_attach(struct vpm_group *vpm, struct thread *t, uint64_t index)
{
	if (index >= VPM_VCPUS_MAX) {
		return ERR_INVAL;
	}
	if (object_is_active(&t->obj)) {
		return ERR_STATE;
	}
	if (vpm->member[index] != NULL) {
		return ERR_BUSY;
	}
	TRY(thread_attach(t, ATTACH_VPM, &vpm->obj, (uint32_t)index,
	                  &attach_ops));
	vpm->member[index] = t;
	return ERR_OK;
}

static enum vpm_state state_locked(const struct vpm_group *vpm)
{
	if (vpm->on == 0 || (vpm->options & VPM_NO_AGGREGATION)) {
		return VPM_NO_STATE;
	}
	return vpm->awake != 0 ? VPM_RUNNING : VPM_CPUS_SUSPENDED;
}

enum vpm_state vpm_get_state(struct vpm_group *vpm)
{
	enum vpm_state state;

	spin_lock(&vpm->lock);
	state = state_locked(vpm);
	spin_unlock(&vpm->lock);
	return state;
}

void vpm_note(struct vpm_group *vpm, enum vcpu_power what, bool always)
{
	/* What each adds to the two counts. */
	static const int on[] = {
		[VCPU_POWER_ON] = 1,
		[VCPU_POWER_OFF] = -1,
	};
	static const int awake[] = {
		[VCPU_POWER_ON] = 1,
		[VCPU_POWER_SUSPENDED] = -1,
		[VCPU_POWER_AWAKE] = 1,
		[VCPU_POWER_OFF] = -1,
	};
	enum vpm_state before, after;

	spin_lock(&vpm->lock);
	before = state_locked(vpm);
	if (what != VCPU_POWER_OFF || !mutant(vote_kept)) {
		vpm->on += on[what];
		vpm->awake += awake[what];
	}
	after = state_locked(vpm);
	if (always || (after != before &&
	               (after == VPM_NO_STATE || !mutant(vpm_end_only)))) {
		virq_pulse(&vpm->virq);
	}
	spin_unlock(&vpm->lock);
}

static enum err init_vpm(struct object *obj)
{
	struct vpm_group *vpm = (struct vpm_group *)obj;

	virq_source_init(&vpm->virq, &vpm->lock);
	return ERR_OK;
}

static void destroy_vpm(struct object *obj)
{
	vic_unbind(&((struct vpm_group *)obj)->virq);
}

const struct obj_ops vpm_group_ops = {
	.name = "vpm_group",
	.size = sizeof(struct vpm_group),
	.rights = VPM_MAY_ATTACH | VPM_MAY_BIND | VPM_MAY_QUERY |
	          OBJ_MAY_ACTIVATE,
	.init = init_vpm,
	.destroy = destroy_vpm,
};
