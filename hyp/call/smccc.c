/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SMC Calling Convention: from the owner of a function id to its service.
 *
 * Spec: Arm DEN 0028, "SMC Calling Convention".
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <abi/smccc.h>

#include "arch/sysreg.h"
#include "call/call.h"
#include "call/hvc.h"
#include "call/trng.h"
#include "lib/mutant.h"
#include "vm/vcpu.h"

#define PSCI_RANGE 0x1fu /* function numbers */

static bool is_psci(uint32_t id)
{
	return (id & ~(SMCCC_64 | PSCI_RANGE)) ==
	       (SMCCC_FAST | SMCCC_OWNER_STD);
}

/* Speculation: what the machine's CPUs need, EL3 would have to do. */
static int64_t arch_features(uint32_t id)
{
	switch (id) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		return SMCCC_OK;
	default:
		return mutant(features_lie) ? SMCCC_OK : SMCCC_NOT_SUPPORTED;
	}
}

static void put_uid(struct vcpu *v)
{
	v->regs.x[0] = SMCCC_GUNYAH_UID_0;
	v->regs.x[1] = SMCCC_GUNYAH_UID_1;
	v->regs.x[2] = SMCCC_GUNYAH_UID_2;
	v->regs.x[3] = mutant(uid_cut_short) ? 0 : SMCCC_GUNYAH_UID_3;
}

static void put_revision(struct vcpu *v)
{
	uint64_t out[HVC_OUTS_MAX];

	(void)hvc_row(HVC_IDENTIFY)->fn(v, &v->regs.x[1], out);
	v->regs.x[0] = out[0];
}

/* @return  X0, unless the service has put its results itself */
static int64_t service(struct vcpu *v, uint32_t id)
{
	switch (id) {
	case SMCCC_VERSION:
		return mutant(smccc_version_old) ? 0x10000 : SMCCC_VERSION_1_3;
	case SMCCC_ARCH_FEATURES:
		return arch_features((uint32_t)v->regs.x[1]);
	case SMCCC_VENDOR_CALL_UID:
	case SMCCC_STDHYP_CALL_UID:
		put_uid(v);
		return (int64_t)v->regs.x[0];
	case SMCCC_VENDOR_REVISION:
		put_revision(v);
		return (int64_t)v->regs.x[0];
	case SMCCC_WATCHDOG_CONTROL:
	case SMCCC_WATCHDOG_STATUS:
	case SMCCC_WATCHDOG_PING:
	case SMCCC_WATCHDOG_SET_TIME:
		return watchdog_call(v, id);
	default:
		if (mutant(unknown_call_undef)) {
			vcpu_inject_undef(v);
		}
		return SMCCC_NOT_SUPPORTED;
	}
}

static __attribute__((noinline)) uint64_t other_call(struct vcpu *v,
                                                     uint32_t id)
{
	if (trng_has(id)) {
		trng_call(id, v->regs.x);
		return v->regs.x[0];
	}
	return (uint64_t)service(v, id);
}

void smccc_call(struct vcpu *v)
{
	/* The hint about SVE state says nothing to us. */
	uint32_t id = (uint32_t)v->regs.x[0] & ~SMCCC_NO_SVE;
	uint64_t *result;

	if (is_psci(id)) {
		result = trace_begin(TRACE_SMCCC, v->trace_who, 0, id);
		*result = (uint64_t)psci_call(v, id);
		v->regs.x[0] = *result;
	} else if (id - HVC_SMCCC_BASE < HVC_COUNT) {
		hvc_call_smccc(v, id - HVC_SMCCC_BASE);
	} else {
		result = trace_begin(TRACE_SMCCC, v->trace_who, 0, id);
		v->regs.x[0] = other_call(v, id);
		*result = v->regs.x[0];
	}
	if (mutant(call_spoils_x5)) {
		v->regs.x[5] = 0;
	}
}
