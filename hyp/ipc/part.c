/* SPDX-License-Identifier: BSD-2-Clause */
/* What this floor does when a VM ends: tell its manager, stop its watchdog. */
#include "ipc/part.h"

#include "ipc/vpm.h"
#include "ipc/watchdog.h"
#include "vm/thread.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/*
 * What one of the VM's vCPUs is attached to, with a reference, or NULL.  The
 * lock keeps vCPUs from going; while they are there, what they hold is.
 */
static struct object *find_attached(struct vm *vm, enum attach_kind kind)
{
	struct object *found = NULL;

	spin_lock(&vm->lock);
	for (unsigned i = 0; i < vm->vcpu_count && found == NULL; i++) {
		const struct vcpu *v = vm->vcpu[i];
		const struct thread *t = v != NULL ? v->object : NULL;

		found = t != NULL ? t->at[kind].obj : NULL;
	}
	if (found != NULL) {
		object_get(found);
	}
	spin_unlock(&vm->lock);
	return found;
}

static void ended(struct vm *vm)
{
	struct object *wd = find_attached(vm, ATTACH_WATCHDOG);
	struct object *vpm = find_attached(vm, ATTACH_VPM);

	if (wd != NULL) {
		watchdog_enable((struct watchdog *)wd, false);
		object_put(wd);
	}
	if (vpm != NULL) {
		vpm_ended((struct vpm_group *)vpm);
		object_put(vpm);
	}
}

const struct vm_part ipc_part = {
	.name = "ipc",
	.vm_ended = ended,
};
