/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual machines by VMID: made, found, ended, destroyed. */
#include "vm/vm.h"

#include <stddef.h>

#include "arch/sysreg.h"
#include "drv/el3.h"
#include "lib/mutant.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mem/page.h"
#include "vm/part.h"
#include "vm/vcpu.h"

#include <abi/console.h>

#define VM_END_TEXT(name, text) [VM_END_##name] = (text),
static const char *const end_texts[] = { VM_ENDS(VM_END_TEXT) };

static struct spinlock vms_lock; /* vms[] */
static struct vm *vms[VMID_MAX + 1];

static bool take_vmid(uint16_t vmid, struct vm *vm)
{
	bool is_free;

	spin_lock(&vms_lock);
	is_free = vmid >= 1 && vmid <= VMID_MAX && vms[vmid] == NULL;
	if (is_free) {
		vms[vmid] = vm;
	}
	spin_unlock(&vms_lock);
	return is_free;
}

static void give_vmid(uint16_t vmid)
{
	spin_lock(&vms_lock);
	vms[vmid] = NULL;
	spin_unlock(&vms_lock);
}

static void fini_parts(struct vm *vm, unsigned count)
{
	while (count-- > 0) {
		if (vm_parts[count]->vm_fini != NULL) {
			vm_parts[count]->vm_fini(vm);
		}
	}
}

static enum err init_parts(struct vm *vm)
{
	unsigned i;

	for (i = 0; i < vm_part_count; i++) {
		enum err err = ERR_OK;

		if (vm_parts[i]->vm_init != NULL) {
			err = vm_parts[i]->vm_init(vm);
		}
		if (err != ERR_OK) {
			fini_parts(vm, i);
			return err;
		}
	}
	return ERR_OK;
}

static void set_name(struct vm *vm, const char *name)
{
	unsigned i;

	for (i = 0; i < VM_NAME_MAX - 1 && name[i] != '\0'; i++) {
		vm->name[i] = name[i];
	}
}

enum err vm_create(uint16_t vmid, const char *name, struct vm **made)
{
	unsigned order = page_order(sizeof(struct vm));
	struct vm *vm = page_alloc_order(order, PAGE_VCPU);
	enum err err;

	if (vm == NULL) {
		return ERR_NOMEM;
	}
	if (!take_vmid(vmid, vm)) {
		page_free_order(vm, order, PAGE_VCPU);
		return ERR_BUSY;
	}
	vm->vmid = vmid;
	memset(vm->last_ran, VM_NO_VCPU, sizeof(vm->last_ran));
	set_name(vm, name);
	/*
	 * One time base for all VMs, as in Gunyah: both counters of a VM are
	 * the machine's. (With any other offset a guest that sets CNTV_CVAL
	 * to all ones makes QEMU before 8.1 spin in its own timer for ever.)
	 */
	vm->cntvoff = 0;
	/* Aff0 has 16 values, as many as an SGI's target list. */
	vm->mpidr = (struct mpidr_map){ .mask = 0xf0f, .shift = { 0, 4 } };
	err = stage2_init(&vm->s2, vmid);
	if (err == ERR_OK) {
		err = init_parts(vm);
		if (err != ERR_OK) {
			stage2_fini(&vm->s2);
		}
	}
	if (err != ERR_OK) {
		give_vmid(vmid);
		page_free_order(vm, order, PAGE_VCPU);
		return err;
	}
	*made = vm;
	return ERR_OK;
}

void vm_destroy(struct vm *vm)
{
	ASSERT(vm->vcpu_count == 0);
	fini_parts(vm, vm_part_count);
	stage2_fini(&vm->s2);
	give_vmid(vm->vmid);
	page_free_order(vm, page_order(sizeof(*vm)), PAGE_VCPU);
}

struct vm *vm_find(uint16_t vmid)
{
	return vmid <= VMID_MAX ? vms[vmid] : NULL;
}

void vm_end(struct vm *vm, enum vm_end why)
{
	unsigned count;
	unsigned i;

	spin_lock(&vm->lock);
	if (vm->end == VM_END_RUNNING) {
		vm->end = why;
	}
	count = vm->vcpu_count;
	spin_unlock(&vm->lock);
	/*
	 * Without the lock: to stop one may wake its runner, which is nothing
	 * to be done with a VM locked.  What is found stays until this CPU
	 * leaves EL2; acquire: it is complete.  One that is shown later finds
	 * that the VM has ended.
	 */
	for (i = 0; i < count; i++) {
		struct vcpu *v =
			__atomic_load_n(&vm->vcpu[i], __ATOMIC_ACQUIRE);

		if (v != NULL && vcpu_is_on(v)) {
			vcpu_stop(v);
		}
	}
}

void vm_all_off(struct vm *vm)
{
	unsigned i;

	if (mutant(end_is_late) && vm->end == VM_END_RUNNING) {
		vm->end = VM_END_CPUS_OFF;
	}
	trace(TRACE_VM_END, TRACE_WHO(vm->vmid, 0xff), vm->end, 0, 0);
	for (i = vm_part_count; i-- > 0;) {
		if (vm_parts[i]->vm_ended != NULL) {
			vm_parts[i]->vm_ended(vm);
		}
	}
	print(CONSOLE_VM_ENDED "%s\n", vm->vmid, end_texts[vm->end]);
	if (vm->is_root) {
		/* Nobody is left who could decide anything. */
		el3_system_off();
	}
}
