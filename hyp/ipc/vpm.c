/* SPDX-License-Identifier: BSD-2-Clause */
#include "ipc/vpm.h"

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

enum vpm_state vpm_get_state(const struct vpm_group *vpm)
{
	enum vpm_state state = VPM_NO_STATE;

	for (unsigned i = 0; i < VPM_VCPUS_MAX; i++) {
		const struct thread *t = vpm->member[i];
		const struct vcpu *v = t != NULL ? t->vcpu : NULL;

		if (v == NULL || !vcpu_is_on(v)) {
			continue;
		}
		if (v->state != VCPU_BLOCKED || v->sleep_type == 0) {
			return VPM_RUNNING;
		}
		state = VPM_CPUS_SUSPENDED;
	}
	return state;
}

void vpm_ended(struct vpm_group *vpm)
{
	spin_lock(&vpm->lock);
	virq_pulse(&vpm->virq);
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
