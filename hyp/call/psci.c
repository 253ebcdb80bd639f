/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power State Coordination Interface for guests, version 1.1.
 *
 * Spec: Arm DEN 0022.  Function numbers are dense: a table.
 */
#include <stddef.h>

#include <abi/psci.h>
#include <abi/smccc.h>

#include "call/call.h"
#include "lib/mutant.h"
#include "mem/stage2.h"
#include "vm/sched.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define PSCI_NUMBERS 0x20u /* a power of two */

#define SUSPEND_RESERVED  0xfcfe0000u /* of a power_state, original format */
#define SUSPEND_POWERDOWN 0x00010000u
#define DEFAULT_STATE     1u /* some standby state, not 0: that means WFI */
#define RESET2_VENDOR     0x80000000u

/* @a to @c  X1 to X3. @return X0 */
typedef int64_t psci_fn(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c);

static int64_t version(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	(void)v;
	(void)a, (void)b, (void)c;
	return mutant(psci_version_old) ? 2 : PSCI_VERSION_1_1;
}

/* May EL1 of @v begin at @entry? */
static bool is_entry(struct vcpu *v, uint64_t entry)
{
	struct stage2_entry found;

	return (entry & 3) == 0 &&
	       stage2_lookup(&v->vm->s2, ipa(entry), &found) &&
	       (found.attr & S2_XP) != 0;
}

static int64_t power_down(struct vcpu *v, uint32_t state, uint64_t entry,
                          uint64_t context)
{
	if (!is_entry(v, entry)) {
		return PSCI_INVALID_ADDRESS;
	}
	vcpu_suspend(v, state, entry, context);
	return PSCI_SUCCESS;
}

static int64_t cpu_suspend(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	uint32_t state = (uint32_t)a;

	if (a & (SUSPEND_RESERVED | ~0xffffffffull)) {
		return PSCI_INVALID_PARAMETERS;
	}
	if (state & SUSPEND_POWERDOWN) {
		return power_down(v, state, b, c);
	}
	sched_block(v, state != 0 ? state : DEFAULT_STATE);
	return PSCI_SUCCESS;
}

static int64_t cpu_default_suspend(struct vcpu *v, uint64_t a, uint64_t b,
                                   uint64_t c)
{
	(void)c;
	return power_down(v, SUSPEND_POWERDOWN, a, b);
}

static int64_t system_suspend(struct vcpu *v, uint64_t a, uint64_t b,
                              uint64_t c)
{
	bool is_alone;

	(void)c;
	spin_lock(&v->vm->lock);
	is_alone = v->vm->powered == 1;
	spin_unlock(&v->vm->lock);
	if (!is_alone) {
		return PSCI_DENIED;
	}
	return power_down(v, SUSPEND_POWERDOWN, a, b);
}

static int64_t cpu_off(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	(void)a, (void)b, (void)c;
	/* Not at once: until this call is over its frame is in use. */
	vcpu_stop(v);
	return PSCI_SUCCESS;
}

/* Only for the fault "lock_order": two locks, in the order asked for. */
static void take_both(struct spinlock *first, struct spinlock *second)
{
	spin_lock(first);
	for (unsigned i = 0; i < 500; i++) {
		__asm__ volatile("yield");
	}
	spin_lock(second);
	spin_unlock(second);
	spin_unlock(first);
}

static int64_t cpu_on(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	enum vcpu_presence is;
	enum err err;

	if (vcpu_presence(v->vm, a) == VCPU_ABSENT) {
		return PSCI_INVALID_PARAMETERS;
	}
	if (!is_entry(v, b)) {
		return PSCI_INVALID_ADDRESS;
	}
	if (mutant(lock_order)) {
		take_both(&v->vm->lock, &v->vm->s2.lock);
	}
	err = vcpu_power_on_at(v->vm, a, b, mutant(psci_context_lost) ? 0 : c);
	if (err == ERR_OK || (err == ERR_BUSY && mutant(psci_on_twice))) {
		return PSCI_SUCCESS;
	}
	if (err != ERR_BUSY) {
		/* ERR_INVAL: it has gone meanwhile */
		return err == ERR_INVAL ? PSCI_INVALID_PARAMETERS : PSCI_DENIED;
	}
	is = vcpu_presence(v->vm, a);
	if (mutant(lock_kept)) {
		spin_lock(&v->vm->lock);
	}
	return is == VCPU_IS_STARTING ? PSCI_ON_PENDING : PSCI_ALREADY_ON;
}

static int64_t affinity_info(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	enum vcpu_presence is;

	(void)c;
	if (mutant(lock_order)) {
		take_both(&v->vm->s2.lock, &v->vm->lock);
	}
	is = vcpu_presence(v->vm, a);
	if (is == VCPU_ABSENT || (b != 0 && !mutant(affinity_any_level))) {
		return PSCI_INVALID_PARAMETERS;
	}
	if (is == VCPU_IS_STARTING) {
		return PSCI_AFFINITY_ON_PENDING;
	}
	return is == VCPU_IS_ON || mutant(affinity_always_on)
	               ? PSCI_AFFINITY_ON
	               : PSCI_AFFINITY_OFF;
}

static int64_t migrate_info_type(struct vcpu *v, uint64_t a, uint64_t b,
                                 uint64_t c)
{
	(void)v;
	(void)a, (void)b, (void)c;
	return PSCI_TOS_NOT_PRESENT;
}

static int64_t system_off(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	(void)a, (void)b, (void)c;
	vm_end(v->vm, VM_END_OFF);
	return PSCI_SUCCESS;
}

static int64_t system_reset(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	(void)a, (void)b, (void)c;
	vm_end(v->vm, VM_END_RESET);
	return PSCI_SUCCESS;
}

static int64_t system_reset2(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	(void)c;
	if ((uint32_t)a != PSCI_RESET2_WARM) {
		return (a & RESET2_VENDOR) ? PSCI_NOT_SUPPORTED
		                           : PSCI_INVALID_PARAMETERS;
	}
	v->vm->reset_cookie = b;
	vm_end(v->vm, VM_END_RESET2);
	return PSCI_SUCCESS;
}

/* The SMC32 forms: W1 to W3 count, whatever lies above them. */
#define FORM_32(fn)                                                    \
	static int64_t fn##_32(struct vcpu *v, uint64_t a, uint64_t b, \
	                       uint64_t c)                             \
	{                                                              \
		if (mutant(smc32_uses_64)) {                           \
			return fn(v, a, b, c);                         \
		}                                                      \
		return fn(v, (uint32_t)a, (uint32_t)b, (uint32_t)c);   \
	}

FORM_32(cpu_suspend)
FORM_32(cpu_on)
FORM_32(cpu_default_suspend)
FORM_32(system_suspend)
FORM_32(affinity_info)
FORM_32(system_reset2)

static psci_fn features;

/* Function numbers by form: SMC32, SMC64. */
/* clang-format off */
static psci_fn *const rows[2][PSCI_NUMBERS] = {
	{
		[0x00] = version,
		[0x01] = cpu_suspend_32,
		[0x02] = cpu_off,
		[0x03] = cpu_on_32,
		[0x04] = affinity_info_32,
		/* 0x05: MIGRATE, no trusted OS */
		[0x06] = migrate_info_type,
		[0x08] = system_off,
		[0x09] = system_reset,
		[0x0a] = features,
		/* 0x0b, 0x0d, 0x0f to 0x11: CPU_FREEZE,
		 * NODE_HW_STATE, SET_SUSPEND_MODE, STAT_* */
		[0x0c] = cpu_default_suspend_32,
		[0x0e] = system_suspend_32,
		[0x12] = system_reset2_32,
	},
	{
		[0x01] = cpu_suspend,
		[0x03] = cpu_on,
		[0x04] = affinity_info,
		/* 0x05, 0x07: MIGRATE, MIGRATE_INFO_UP_CPU */
		[0x0c] = cpu_default_suspend,
		[0x0e] = system_suspend,
		[0x12] = system_reset2,
	},
};
/* clang-format on */

static psci_fn *find(uint32_t id)
{
	return rows[(id & SMCCC_64) != 0][id % PSCI_NUMBERS];
}

static bool is_psci(uint32_t id)
{
	return (id & ~(SMCCC_64 | (PSCI_NUMBERS - 1))) ==
	       (SMCCC_FAST | SMCCC_OWNER_STD);
}

static int64_t features(struct vcpu *v, uint64_t a, uint64_t b, uint64_t c)
{
	uint32_t id = (uint32_t)a;

	while (mutant(psci_loops)) {
	}
	(void)b, (void)c;
	(void)v;
	if (id == SMCCC_VERSION || (is_psci(id) && find(id) != NULL)) {
		/* CPU_SUSPEND: original format of power_state, no OS mode. */
		return PSCI_SUCCESS;
	}
	return PSCI_NOT_SUPPORTED;
}

int64_t psci_call(struct vcpu *v, uint32_t id)
{
	psci_fn *fn = find(id);
	const uint64_t *x = v->regs.x;

	return fn != NULL ? fn(v, x[1], x[2], x[3]) : PSCI_NOT_SUPPORTED;
}
