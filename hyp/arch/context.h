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
	__attribute__((aligned(16))) uint64_t fpcr;
	uint64_t fpsr;
	uint64_t q[64];
};

/* clang-format off */
/*
 * Name in the struct, name of the system register, value at power-on.  Rows of
 * two move by one instruction.  The two that switch translation on come last,
 * see el1_load().
 */
#define EL1_ROWS(ONE, TWO)                                                    \
	ONE(actlr, ACTLR_EL1, 0)                                              \
	TWO(cpacr, CPACR_EL1, 0, ttbr0, TTBR0_EL1, 0)                         \
	TWO(ttbr1, TTBR1_EL1, 0, esr, ESR_EL1, 0)                             \
	TWO(afsr0, AFSR0_EL1, 0, afsr1, AFSR1_EL1, 0)                         \
	TWO(far, FAR_EL1, 0, mair, MAIR_EL1, 0)                               \
	TWO(amair, AMAIR_EL1, 0, vbar, VBAR_EL1, 0)                           \
	TWO(contextidr, CONTEXTIDR_EL1, 0, tpidr_el0, TPIDR_EL0, 0)           \
	TWO(tpidrro, TPIDRRO_EL0, 0, tpidr_el1, TPIDR_EL1, 0)                 \
	TWO(par, PAR_EL1, 0, cntkctl, CNTKCTL_EL1, 0)                         \
	TWO(csselr, CSSELR_EL1, 0, sp_el0, SP_EL0, 0)                         \
	TWO(sp_el1, SP_EL1, 0, elr, ELR_EL1, 0)                               \
	TWO(spsr, SPSR_EL1, 0, mdscr, MDSCR_EL1, 0)                           \
	TWO(tcr, TCR_EL1, 0, sctlr, SCTLR_EL1, SCTLR_EL1_RESET)
/* clang-format on */

struct el1_regs {
#define EL1_FIELD(name, reg, reset)                   uint64_t name;
#define EL1_FIELDS(name, reg, reset, name2, r2, res2) uint64_t name, name2;
	EL1_ROWS(EL1_FIELD, EL1_FIELDS)
#undef EL1_FIELD
#undef EL1_FIELDS
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
