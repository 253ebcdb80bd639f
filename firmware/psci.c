/* SPDX-License-Identifier: BSD-2-Clause */
#include "psci.h"

static enum psci_conduit conduit;

void psci_use(enum psci_conduit use)
{
	conduit = use;
}

/* SMCCC: x4-x17 may change under an implementation of version 1.0. */
#define CALL(insn)                                                       \
	asm volatile(insn " #0"                                          \
	             : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)            \
	             :                                                   \
	             : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", \
	               "x12", "x13", "x14", "x15", "x16", "x17", "memory")

int64_t psci_call(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 asm("x0") = function;
	register uint64_t x1 asm("x1") = a;
	register uint64_t x2 asm("x2") = b;
	register uint64_t x3 asm("x3") = c;

	switch (conduit) {
	case PSCI_NONE:
		return PSCI_NOT_SUPPORTED;
	case PSCI_SMC:
		CALL("smc");
		break;
	case PSCI_HVC:
		CALL("hvc");
		break;
	}
	return (int64_t)x0;
}
