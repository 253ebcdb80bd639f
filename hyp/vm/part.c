/* SPDX-License-Identifier: BSD-2-Clause */
/* The hooks of all parts, collected once. */
#include "vm/part.h"

#include <stddef.h>

#include "lib/assert.h"

struct vm_hooks vm_hooks;

void vm_hooks_init(void)
{
	unsigned loads = 0, saves = 0, syncs = 0, works = 0;
	unsigned i;

	ASSERT(vm_part_count <= VM_PARTS_MAX);
	for (i = 0; i < vm_part_count; i++) {
		const struct vm_part *up = vm_parts[i];
		const struct vm_part *down = vm_parts[vm_part_count - 1 - i];

		if (up->vcpu_load != NULL) {
			vm_hooks.load[loads++] = up->vcpu_load;
		}
		if (down->vcpu_save != NULL) {
			vm_hooks.save[saves++] = down->vcpu_save;
		}
		if (up->vcpu_sync != NULL) {
			vm_hooks.sync[syncs++] = up->vcpu_sync;
		}
		if (up->vcpu_has_work != NULL) {
			vm_hooks.has_work[works++] = up->vcpu_has_work;
		}
	}
}

void vm_parts_power(struct vcpu *v, enum vcpu_power what)
{
	for (unsigned i = 0; i < vm_part_count; i++) {
		if (vm_parts[i]->vcpu_power != NULL) {
			vm_parts[i]->vcpu_power(v, what);
		}
	}
}
