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
_Static_assert(offsetof(struct fp_regs, fpcr) == 512, "fp.S");

void el1_save(struct el1_regs *to)
{
#define SAVE(name, reg, reset) to->name = sysreg_read(reg);
	EL1_REGS(SAVE)
#undef SAVE
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
	EL1_REGS(LOAD)
#undef LOAD
	/* No further ISB: the exception return to the guest synchronises. */
}

void el1_reset(struct el1_regs *regs)
{
#define RESET(name, reg, reset) regs->name = (reset);
	EL1_REGS(RESET)
#undef RESET
}
