/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/vms.h"

#include <stddef.h>
#include <string.h>

#include "rm/life.h"

struct vm vms[VMS_MAX];
void (*vms_on_change)(struct vm *vm);
void (*vms_on_remove)(uint16_t vmid);

struct vm *vms_find(uint16_t vmid)
{
	for (unsigned i = 0; vmid != 0 && i < VMS_MAX; i++) {
		if (vms[i].vmid == vmid) {
			return &vms[i];
		}
	}
	return NULL;
}

static uint16_t free_dynamic(void)
{
	for (uint16_t vmid = RM_VMID_DYNAMIC_MIN; vmid <= RM_VMID_DYNAMIC_MAX;
	     vmid++) {
		if (vms_find(vmid) == NULL) {
			return vmid;
		}
	}
	return 0;
}

static bool is_good(uint16_t vmid)
{
	return vmid <= RM_VMID_STATIC_MAX ||
	       (vmid >= RM_VMID_DYNAMIC_MIN && vmid <= RM_VMID_DYNAMIC_MAX);
}

struct vm *vms_add(uint16_t vmid, uint16_t owner, enum rm_error *error)
{
	struct vm *vm = NULL;

	if (vmid == 0) {
		vmid = free_dynamic();
	} else if (!is_good(vmid)) {
		*error = RM_ERR_VMID_INVALID;
		return NULL;
	} else if (vms_find(vmid) != NULL) {
		*error = RM_ERR_IN_USE;
		return NULL;
	}
	for (unsigned i = 0; vmid != 0 && vm == NULL && i < VMS_MAX; i++) {
		if (vms[i].vmid == 0) {
			vm = &vms[i];
		}
	}
	if (vm == NULL) {
		*error = RM_ERR_NORESOURCE;
		return NULL;
	}
	memset(vm, 0, sizeof(*vm));
	vm->vmid = vmid;
	vm->owner = owner;
	vms_enter(vm, RM_STATE_LOAD);
	return vm;
}

void vms_remove(struct vm *vm)
{
	if (vm->state == RM_STATE_RESET) {
		vms_enter(vm, RM_STATE_NONE);
	}
	if (vms_on_remove != NULL) {
		vms_on_remove(vm->vmid);
	}
	memset(vm, 0, sizeof(*vm));
}

bool vms_enter(struct vm *vm, enum rm_state state)
{
	if (!life_may(vm->state, state)) {
		return false;
	}
	vm->state = state;
	if (vms_on_change != NULL) {
		vms_on_change(vm);
	}
	return true;
}
