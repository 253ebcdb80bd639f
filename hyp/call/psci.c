/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power State Coordination Interface for guests, version 1.1.
 *
 * Spec: Arm DEN 0022.  Function numbers are dense: one table, one row each.
 */
#include <assert.h>
#include <stddef.h>

#include <abi/psci.h>
#include <abi/smccc.h>

#include "call/call.h"
#include "mem/stage2.h"
#include "vm/sched.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define IS_32 1u /* exists as SMC32 */
#define IS_64 2u /* exists as SMC64 */

#define SUSPEND_RESERVED 0xfcfe0000u /* of a power_state, original format */
#define DEFAULT_STATE    1u /* some standby state, not 0: that means WFI */
#define RESET2_VENDOR    0x80000000u
#define RESET2_WARM      0u

/* @arg  X1 to X3, already cut to 32 bits for an SMC32 call. @return X0 */
typedef int64_t psci_fn(struct vcpu *v, const uint64_t *arg);

static int64_t version(struct vcpu *v, const uint64_t *arg)
{
	(void)v;
	(void)arg;
	return PSCI_VERSION_1_1;
}

static int64_t cpu_suspend(struct vcpu *v, const uint64_t *arg)
{
	if (arg[0] & SUSPEND_RESERVED) {
		return PSCI_INVALID_PARAMETERS;
	}
	/*
	 * Every state is a standby: the caller must be ready for that, because
	 * an interrupt may always come first.
	 */
	sched_block(v, arg[0] != 0 ? (uint32_t)arg[0] : DEFAULT_STATE);
	return PSCI_SUCCESS;
}

static int64_t cpu_default_suspend(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	sched_block(v, DEFAULT_STATE);
	return PSCI_SUCCESS;
}

static int64_t cpu_off(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	/* Not at once: until this call is over its frame is in use. */
	vcpu_stop(v);
	return PSCI_SUCCESS;
}

static int64_t cpu_on(struct vcpu *v, const uint64_t *arg)
{
	struct vcpu *target = vcpu_by_mpidr(v->vm, arg[0]);
	struct stage2_entry entry;
	enum err err;

	if (target == NULL) {
		return PSCI_INVALID_PARAMETERS;
	}
	if ((arg[1] & 3) != 0 ||
	    !stage2_lookup(&v->vm->s2, ipa(arg[1]), &entry) ||
	    (entry.attr & S2_XP) == 0) {
		return PSCI_INVALID_ADDRESS;
	}
	err = vcpu_power_on(target, arg[1], arg[2]);
	if (err == ERR_BUSY) {
		return PSCI_ALREADY_ON;
	}
	return err == ERR_OK ? PSCI_SUCCESS : PSCI_DENIED;
}

static int64_t affinity_info(struct vcpu *v, const uint64_t *arg)
{
	struct vcpu *target = vcpu_by_mpidr(v->vm, arg[0]);

	if (target == NULL || arg[1] != 0) {
		return PSCI_INVALID_PARAMETERS;
	}
	return vcpu_is_on(target) ? PSCI_AFFINITY_ON : PSCI_AFFINITY_OFF;
}

static int64_t migrate_info_type(struct vcpu *v, const uint64_t *arg)
{
	(void)v;
	(void)arg;
	return PSCI_TOS_NOT_PRESENT;
}

static int64_t system_off(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	vm_end(v->vm, VM_END_OFF);
	return PSCI_SUCCESS;
}

static int64_t system_reset(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	vm_end(v->vm, VM_END_RESET);
	return PSCI_SUCCESS;
}

static int64_t system_reset2(struct vcpu *v, const uint64_t *arg)
{
	if ((uint32_t)arg[0] != RESET2_WARM) {
		return (arg[0] & RESET2_VENDOR) ? PSCI_NOT_SUPPORTED
		                                : PSCI_INVALID_PARAMETERS;
	}
	vm_end(v->vm, VM_END_RESET);
	return PSCI_SUCCESS;
}

static psci_fn features;

/* clang-format off */
static const struct psci_row {
	psci_fn *fn;
	unsigned forms;
} rows[] = {
	[0x00] = { version,             IS_32 },
	[0x01] = { cpu_suspend,         IS_32 | IS_64 },
	[0x02] = { cpu_off,             IS_32 },
	[0x03] = { cpu_on,              IS_32 | IS_64 },
	[0x04] = { affinity_info,       IS_32 | IS_64 },
	/* 0x05: MIGRATE, no trusted OS */
	[0x06] = { migrate_info_type,   IS_32 },
	/* 0x07: MIGRATE_INFO_UP_CPU, no trusted OS */
	[0x08] = { system_off,          IS_32 },
	[0x09] = { system_reset,        IS_32 },
	[0x0a] = { features,            IS_32 },
	/* 0x0b: CPU_FREEZE */
	[0x0c] = { cpu_default_suspend, IS_32 | IS_64 },
	/* 0x0d to 0x11: NODE_HW_STATE, SYSTEM_SUSPEND, STAT_* */
	[0x12] = { system_reset2,       IS_32 | IS_64 },
};
/* clang-format on */
static_assert(sizeof(rows) / sizeof(rows[0]) <= 0x20, "PSCI's range");

static const struct psci_row *find(uint32_t id)
{
	uint32_t n = id & 0x1f;
	unsigned form = (id & SMCCC_64) ? IS_64 : IS_32;

	if (n >= sizeof(rows) / sizeof(rows[0]) ||
	    (rows[n].forms & form) == 0) {
		return NULL;
	}
	return &rows[n];
}

static bool is_psci(uint32_t id)
{
	return (id & ~(SMCCC_64 | 0x1fu)) == (SMCCC_FAST | SMCCC_OWNER_STD);
}

static int64_t features(struct vcpu *v, const uint64_t *arg)
{
	uint32_t id = (uint32_t)arg[0];

	(void)v;
	if (id == SMCCC_VERSION || (is_psci(id) && find(id) != NULL)) {
		/* CPU_SUSPEND: original format of power_state, no OS mode. */
		return PSCI_SUCCESS;
	}
	return PSCI_NOT_SUPPORTED;
}

int64_t psci_call(struct vcpu *v, uint32_t id)
{
	const struct psci_row *row = find(id);
	uint64_t cut[3];

	if (row == NULL) {
		return PSCI_NOT_SUPPORTED;
	}
	if (id & SMCCC_64) {
		return row->fn(v, &v->regs.x[1]);
	}
	cut[0] = (uint32_t)v->regs.x[1];
	cut[1] = (uint32_t)v->regs.x[2];
	cut[2] = (uint32_t)v->regs.x[3];
	return row->fn(v, cut);
}
