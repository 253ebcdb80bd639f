/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers and instructions that trap. */
#ifndef TRAP_SYSREG_H
#define TRAP_SYSREG_H

#include <stdint.h>

struct vcpu;

/* ID registers: op0 = 3, op1 = 0, CRn = 0, CRm 1 to 7. */
#define ID_REGS 64

/* The 16 bits that name a register: op0, op1, CRn, CRm, op2. */
#define SYSREG(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

/* What MRS of each ID register reads at EL1, by CRm << 3 | op2. */
extern uint64_t id_regs[ID_REGS];

/** Work the table of ID registers out. Context: boot, once. */
void id_reg_init(void);

#endif
