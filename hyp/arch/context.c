/* SPDX-License-Identifier: BSD-2-Clause */
/* EL1 registers to memory and back. */
#include "arch/context.h"

#include <stddef.h>

#include "arch/sysreg.h"
#include "arch/upcall.h"

_Static_assert(offsetof(struct regs, pc) == REGS_PC, "vectors.S");
_Static_assert(offsetof(struct regs, pstate) == REGS_PSTATE, "vectors.S");
_Static_assert(REGS_PC == REGS_X(31), "x30 and pc are stored as a pair");
_Static_assert(offsetof(struct fault, sp) == FAULT_SP, "vectors.S");
_Static_assert(offsetof(struct fault, pstate) == FAULT_PSTATE, "vectors.S");
_Static_assert(offsetof(struct fault, far) == FAULT_FAR, "vectors.S");
_Static_assert(sizeof(struct fault) == FAULT_SIZE, "vectors.S");
_Static_assert(offsetof(struct fp_regs, q) == 16, "fp.S");

void el1_save(struct el1_regs *to)
{
#define SAVE(name, reg, reset) to->name = sysreg_read(reg);
#define SAVE2(name, reg, reset, name2, reg2, reset2) \
	{                                            \
		uint64_t first = sysreg_read(reg);   \
		uint64_t second = sysreg_read(reg2); \
		to->name = first;                    \
		to->name2 = second;                  \
	}
	EL1_ROWS(SAVE, SAVE2)
#undef SAVE
#undef SAVE2
	sysreg_write(TCR_EL1, TCR_EPD0 | TCR_EPD1);
	isb(); /* no walks from here, whatever SCTLR_EL1.M says next */
	sysreg_write(SCTLR_EL1, SCTLR_EL1_RESET | SCTLR_M);
	isb();
}

/*
 * TCR_EL1 is written near the end but blocks walks until its write is
 * synchronised by the exception return; the order of the list is enough.
 */
void el1_load(const struct el1_regs *from)
{
#define LOAD(name, reg, reset) sysreg_write(reg, from->name);
#define LOAD2(name, reg, reset, name2, reg2, reset2)            \
	{                                                       \
		uint64_t first, second;                         \
		__asm__("ldp %0, %1, %2"                        \
		        : "=r"(first), "=r"(second)             \
		        : "Ump"(from->name), "m"(from->name2)); \
		sysreg_write(reg, first);                       \
		sysreg_write(reg2, second);                     \
	}
	EL1_ROWS(LOAD, LOAD2)
#undef LOAD
#undef LOAD2
	/* No further ISB: the exception return to the guest synchronises. */
}

void el1_reset(struct el1_regs *regs)
{
#define RESET(name, reg, reset) regs->name = (reset);
#define RESET2(name, reg, reset, name2, reg2, reset2) \
	regs->name = (reset);                         \
	regs->name2 = (reset2);
	EL1_ROWS(RESET, RESET2)
#undef RESET
#undef RESET2
}
