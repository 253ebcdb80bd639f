/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device accesses that a VMM answers: they end its vcpu_run call.
 *
 * Only in ranges that the VM's address space has been given for it, and only
 * loads and stores with a syndrome.  The access is over when the VMM runs the
 * vCPU again; until then the vCPU stands at the instruction.
 */
#include <abi/vcpu_run.h>
#include <arm64/sysreg.h>

#include "trap/trap.h"
#include "vdev/mmio.h"
#include "vm/addrspace.h"
#include "vm/proxy.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static bool is_declared(const struct vcpu *v, ipa_t at, unsigned size)
{
	return addrspace_is_vmmio(v->vm->object, at) &&
	       addrspace_is_vmmio(v->vm->object, ipa_add(at, size - 1));
}

static void finish_load(struct vcpu *v, uint64_t resume)
{
	uint64_t value = mmio_extend(v->exit.esr, resume);
	struct mmio_op op;

	if (mmio_decode(v->exit.esr, &op) && op.rt != 31) {
		v->regs.x[op.rt] = value;
	}
	trace_vcpu(TRACE_MMIO, v, op.size, v->exit.data[0], value);
	vcpu_skip_instruction(v);
}

static void finish_store(struct vcpu *v, uint64_t resume)
{
	(void)resume;
	vcpu_skip_instruction(v);
}

bool trap_vmmio(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at)
{
	struct mmio_op op;
	uint64_t value;

	if (v->proxy == NULL || v->vm->object == NULL ||
	    !addrspace_is_vmmio(v->vm->object, at)) {
		return false;
	}
	if (!mmio_decode(esr, &op) || !is_declared(v, at, op.size)) {
		mmio_refuse(v, esr, far, at);
		return true;
	}
	v->exit.esr = esr;
	if (op.is_write) {
		value = mmio_store_value(v, esr);
		trace_vcpu(TRACE_MMIO, v, 0x100u | op.size, at.v, value);
		proxy_leave(v, VCPU_RUN_VMMIO_WRITE, at.v, op.size, value,
		            finish_store);
	} else {
		proxy_leave(v, VCPU_RUN_VMMIO_READ, at.v, op.size, 0,
		            finish_load);
	}
	return true;
}
