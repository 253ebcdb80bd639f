/* SPDX-License-Identifier: BSD-2-Clause */
/* What this floor does when a vCPU goes on or off: tell the VM's manager; and
 * when the VM ends: stop its watchdog. */
#include "ipc/part.h"

#include "ipc/vpm.h"
#include "ipc/watchdog.h"
#include "lib/mutant.h"
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

	if (wd != NULL) {
		watchdog_enable((struct watchdog *)wd, false);
		object_put(wd);
	}
}

/*
 * Of a VM that is to end every vCPU that goes off is told: the others may be
 * waiting for somebody who runs them by vcpu_run, and the manager must know.
 */
static void power(struct vcpu *v, enum vcpu_power what)
{
	const struct thread *t = v->object;
	struct object *vpm = t != NULL ? t->at[ATTACH_VPM].obj : NULL;
	bool is_ending = what == VCPU_POWER_OFF &&
	                 v->vm->end != VM_END_RUNNING && !mutant(vpm_end_lost);

	if (vpm != NULL) {
		vpm_note((struct vpm_group *)vpm, what, is_ending);
	}
}

const struct vm_part ipc_part = {
	.name = "ipc",
	.vcpu_power = power,
	.vm_ended = ended,
};
