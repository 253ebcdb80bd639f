/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PSCI as a client.  Spec: Arm DEN 0022; the calling convention preserves
 * x18 to x30, so only the others are given up.
 */
#include "drv/el3.h"

#include <abi/psci.h>

#include "arch/sysreg.h"

static bool by_hvc;

void el3_init(bool hvc)
{
	by_hvc = hvc;
}

int64_t el3_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = id;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

#define CALL(how)                                                            \
	__asm__ volatile(how " #0"                                           \
	                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)            \
	                 :                                                   \
	                 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", \
	                   "x12", "x13", "x14", "x15", "x16", "x17", "memory")
	if (by_hvc) {
		CALL("hvc");
	} else {
		CALL("smc");
	}
#undef CALL
	return (int64_t)x0;
}

int64_t el3_cpu_on(uint64_t mpidr, uint64_t entry_pa, uint64_t context)
{
	/* What we wrote for the new CPU is in memory before it starts. */
	dsb_sy();
	return el3_call(PSCI_CPU_ON, mpidr, entry_pa, context);
}

noreturn void el3_system_off(void)
{
	el3_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;) {
		wfi();
	}
}

noreturn void el3_system_reset(void)
{
	el3_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	for (;;) {
		wfi();
	}
}
