// SPDX-License-Identifier: BSD-2-Clause
/* SMCCC and PSCI by the machine's conduit. */
#include "rt/call.h"

#include <abi/psci.h>

#include "rt/sysreg.h"

bool call_by_smc;

int64_t smccc(uint32_t id, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t x[CALL_REGS] = { id, a, b, c };

	if (call_by_smc) {
		smccc_smc(x);
	} else {
		smccc_hvc(x);
	}
	return (int64_t)x[0];
}

int64_t psci(uint32_t id, uint64_t a, uint64_t b, uint64_t c)
{
	return (int32_t)smccc(id, a, b, c);
}

void power_off(void)
{
	psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;) {
		irq_mask();
		wfi();
	}
}
