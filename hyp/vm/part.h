/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a floor above vm adds to every VM and vCPU.
 *
 * boot/parts.c lists all parts in order; init and load go down the list, save
 * and fini go up.  A NULL hook is nothing to do.
 */
#ifndef VM_PART_H
#define VM_PART_H

#include <stdbool.h>

#include "lib/err.h"

struct vm;
struct vcpu;

/* What its VM's manager may want to know. */
enum vcpu_power {
	VCPU_POWER_ON,
	VCPU_POWER_SUSPENDED,
	VCPU_POWER_AWAKE,
	VCPU_POWER_OFF,
};

struct vm_part {
	const char *name;

	/* May fail: then nothing is kept, and fini is not called. */
	enum err (*vm_init)(struct vm *vm);
	void (*vm_fini)(struct vm *vm);
	enum err (*vcpu_init)(struct vcpu *v);
	void (*vcpu_fini)(struct vcpu *v);

	/*
	 * Others may find it from now on; they find it no more.  In between
	 * hide and fini every CPU leaves EL2 once (drv/grace.h).
	 */
	void (*vcpu_show)(struct vcpu *v);
	void (*vcpu_hide)(struct vcpu *v);

	/* To the power-on state; it is off, on any CPU. */
	void (*vcpu_reset)(struct vcpu *v);

	/* This CPU runs it next: its registers into the hardware. */
	void (*vcpu_load)(struct vcpu *v);
	/* It leaves this CPU: out of the hardware again. */
	void (*vcpu_save)(struct vcpu *v);

	/*
	 * Before the next entry, on the CPU it is loaded on, after somebody
	 * called vcpu_kick() for it.
	 */
	void (*vcpu_sync)(struct vcpu *v);

	/* Must not sleep in WFI: an interrupt is pending and enabled. */
	bool (*vcpu_has_work)(struct vcpu *v);

	/*
	 * @v is on, asleep in CPU_SUSPEND, awake again, off.  In this order for
	 * each vCPU; on the CPU it is loaded on, ON on any; no lock held. OFF
	 * comes behind vm_ended, while @v still counts as on.
	 */
	void (*vcpu_power)(struct vcpu *v, enum vcpu_power what);

	/* The last vCPU of the VM has gone off for good. */
	void (*vm_ended)(struct vm *vm);
};

/** Tell the parts. */
void vm_parts_power(struct vcpu *v, enum vcpu_power what);

extern const struct vm_part *const vm_parts[];
extern const unsigned vm_part_count;

#define VM_PARTS_MAX 16

/*
 * The hooks that every switch or sleep calls, without the holes: in order of
 * the calls, NULL at the end.
 */
struct vm_hooks {
	void (*load[VM_PARTS_MAX + 1])(struct vcpu *v);
	void (*save[VM_PARTS_MAX + 1])(struct vcpu *v);
	void (*sync[VM_PARTS_MAX + 1])(struct vcpu *v);
	bool (*has_work[VM_PARTS_MAX + 1])(struct vcpu *v);
};

extern struct vm_hooks vm_hooks;

/** Fill vm_hooks from vm_parts. Context: boot, before the first VM. */
void vm_hooks_init(void);

#endif
