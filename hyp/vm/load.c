/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving a vCPU's registers into the hardware and out again. */
#include <stddef.h>

#include "arch/sysreg.h"
#include "arch/tlb.h"
#include "lib/mutant.h"
#include "vm/part.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/*
 * The TLB knows entries by VMID and ASID, not by vCPU, but a guest may give
 * the same ASID different meanings on two of its CPUs: when a CPU runs one
 * vCPU of a VM after another one of it, what it has cached must go.
 */
static void forget_siblings(struct vcpu *v, const struct percpu *here)
{
	uint8_t *last = &v->vm->last_ran[here->index];

	if (*last != v->index) {
		if (*last != VM_NO_VCPU && !mutant(siblings_share)) {
			tlb_flush_here();
		}
		*last = (uint8_t)v->index;
	}
}

static inline void load(struct vcpu *v, struct percpu *here)
{
	unsigned i;

	sysreg_write(VTTBR_EL2, v->vm->s2.vttbr);
	sysreg_write(HCR_EL2, v->hcr);
	sysreg_write(VMPIDR_EL2, v->vmpidr);
	sysreg_write(CNTVOFF_EL2, v->vm->cntvoff);
	isb(); /* stage 2 is the new one before stage 1 may walk */
	forget_siblings(v, here);
	el1_load(&v->el1);
	if (!mutant(fp_not_switched)) {
		fp_load(&v->fp);
	}
	debug_load(&v->debug);
	for (i = 0; vm_hooks.load[i] != NULL; i++) {
		vm_hooks.load[i](v);
	}
	v->loaded_on = (int)here->index;
	v->has_run = true;
	here->loaded = v;
}

static inline void unload(struct vcpu *v)
{
	unsigned i;

	for (i = 0; vm_hooks.save[i] != NULL; i++) {
		vm_hooks.save[i](v);
	}
	debug_save(&v->debug);
	fp_save(&v->fp);
	if (!mutant(el1_not_saved)) {
		el1_save(&v->el1);
	}
	/* Whoever sees it free sees its registers, too. */
	__atomic_store_n(&v->loaded_on, -1, __ATOMIC_RELEASE);
}

void vcpu_load(struct vcpu *v)
{
	load(v, this_cpu());
}

void vcpu_unload(struct vcpu *v)
{
	this_cpu()->loaded = NULL;
	unload(v);
}

void vcpu_exchange(struct vcpu *from, struct vcpu *to)
{
	unload(from);
	load(to, this_cpu());
}
