/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of guests: HVC and SMC, native hypercalls, SMCCC, PSCI. */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include <stdint.h>

struct vcpu;

/** HVC and SMC of a guest; trap_fn's. */
void call_hvc(struct vcpu *v, uint64_t esr);
void call_smc(struct vcpu *v, uint64_t esr);

/**
 * The SMCCC call in @v's registers.
 *
 * Everything well-formed that nobody knows returns NOT_SUPPORTED; nothing is
 * ever injected. Spec: Arm DEN 0028.
 */
void smccc_call(struct vcpu *v);

/** PSCI; @id is its function id, which has PSCI's range. @return X0 */
int64_t psci_call(struct vcpu *v, uint32_t id);

/** Watchdog of @v's VM (<abi/smccc.h>); X1 and X2 as STATUS says. @return X0 */
int64_t watchdog_call(struct vcpu *v, uint32_t id);

#endif
