/* SPDX-License-Identifier: BSD-2-Clause */
/* The root VM: the one VM that EL2 makes itself. */
#include "boot/root.h"

#include "boot/info.h"
#include "lib/assert.h"
#include "mem/stage2.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

void root_start(void)
{
	const struct boot_info *b = &boot_info;
	struct vcpu *v;
	struct vm *vm;
	unsigned i;
	enum err err;

	err = vm_create((uint16_t)b->root.vmid, b->root.name, &vm);
	ASSERT(err == ERR_OK);
	vm->is_root = true;
	err = stage2_map(&vm->s2, ipa(b->root.ipa), pa(b->root.ram.base),
	                 b->root.ram.size, S2_RAM);
	ASSERT(err == ERR_OK);
	for (i = 0; i < b->root.vcpu_count; i++) {
		err = vcpu_create(vm, &v);
		ASSERT(err == ERR_OK);
	}
	trace(TRACE_VM_START, TRACE_WHO(vm->vmid, 0xff), 0, b->root.entry, 0);
	err = vcpu_power_on(vm->vcpu[0], b->root.entry, b->root.dtb);
	ASSERT(err == ERR_OK);
}
