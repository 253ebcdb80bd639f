/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls to whatever runs at EL3: PSCI, Arm DEN 0022. */
#ifndef FIRMWARE_PSCI_H
#define FIRMWARE_PSCI_H

#include <stdint.h>

#include <abi/psci.h>

enum psci_conduit { PSCI_NONE, PSCI_SMC, PSCI_HVC };

/* Until this is called with something, psci_call() does nothing. */
void psci_use(enum psci_conduit conduit);

/* Returns what the call leaves in x0, or "not supported" without PSCI. */
int64_t psci_call(uint32_t function, uint64_t a, uint64_t b, uint64_t c);

#endif
