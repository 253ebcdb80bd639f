/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of a guest while it does not run.
 *
 * struct regs is what every exit saves and assembly knows; the rest moves only
 * when another vCPU is loaded.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

/* Offsets for assembly, checked in arch/context.c. */
#define REGS_X(n)   ((n)*8)
#define REGS_PC     248
#define REGS_PSTATE 256

#ifndef __ASSEMBLER__
#include <stdint.h>

struct regs {
	uint64_t x[31];
	uint64_t pc;     /* ELR_EL2 */
	uint64_t pstate; /* SPSR_EL2 */
	uint64_t spare;
};

struct fp_regs {
	__attribute__((aligned(16))) uint64_t q[64];
	uint64_t fpcr, fpsr;
};

/* clang-format off */
/*
 * Name in the struct, name of the system register, value at power-on.  The
 * two that switch translation on come last, see el1_load().
 */
#define EL1_REGS(X)                                                           \
	X(actlr,      ACTLR_EL1,      0)                                      \
	X(cpacr,      CPACR_EL1,      0)                                      \
	X(ttbr0,      TTBR0_EL1,      0)                                      \
	X(ttbr1,      TTBR1_EL1,      0)                                      \
	X(esr,        ESR_EL1,        0)                                      \
	X(afsr0,      AFSR0_EL1,      0)                                      \
	X(afsr1,      AFSR1_EL1,      0)                                      \
	X(far,        FAR_EL1,        0)                                      \
	X(mair,       MAIR_EL1,       0)                                      \
	X(amair,      AMAIR_EL1,      0)                                      \
	X(vbar,       VBAR_EL1,       0)                                      \
	X(contextidr, CONTEXTIDR_EL1, 0)                                      \
	X(tpidr_el0,  TPIDR_EL0,      0)                                      \
	X(tpidrro,    TPIDRRO_EL0,    0)                                      \
	X(tpidr_el1,  TPIDR_EL1,      0)                                      \
	X(par,        PAR_EL1,        0)                                      \
	X(cntkctl,    CNTKCTL_EL1,    0)                                      \
	X(csselr,     CSSELR_EL1,     0)                                      \
	X(sp_el0,     SP_EL0,         0)                                      \
	X(sp_el1,     SP_EL1,         0)                                      \
	X(elr,        ELR_EL1,        0)                                      \
	X(spsr,       SPSR_EL1,       0)                                      \
	X(mdscr,      MDSCR_EL1,      0)                                      \
	X(tcr,        TCR_EL1,        0)                                      \
	X(sctlr,      SCTLR_EL1,      SCTLR_EL1_RESET)
/* clang-format on */

struct el1_regs {
#define EL1_FIELD(name, reg, reset) uint64_t name;
	EL1_REGS(EL1_FIELD)
#undef EL1_FIELD
};

/**
 * Registers from and to the hardware.
 *
 * Between a save and the next load the EL1 translation regime is blocked, so
 * that no speculative walk mixes one guest's stage 1 with another's stage 2.
 */
void el1_save(struct el1_regs *to);
void el1_load(const struct el1_regs *from);
void el1_reset(struct el1_regs *regs);
void fp_save(struct fp_regs *to);
void fp_load(const struct fp_regs *from);
#endif

#endif
