/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the sysreg payload share. */
#ifndef TINY_SYSREG_H
#define TINY_SYSREG_H

#include <stdbool.h>
#include <stdint.h>

#include "greatest.h"
#include "rt/insn.h"
#include "rt/probe.h"

#define RESULT 0 /* the register that an MRS here goes to */

/* What an attempt came to. */
enum outcome { VALUE, UNDEFINED, TRAPPED, OTHER };

/* Registers before and after the last attempt, and its exception. */
extern struct probe_regs in, out;
extern struct fault fault;

/** Run @insn with the registers of @in, at EL0 if @user. */
enum outcome attempt(uint32_t insn, bool user);

/** Fails when more than @x_allowed has changed. */
enum greatest_test_res others_untouched(uint32_t x_allowed);

/** The value of an ID register, by INSN_SYSREG number. */
uint64_t read_id(uint32_t id);

#define ID_PFR0  INSN_SYSREG(3, 0, 0, 4, 0)
#define ID_PFR1  INSN_SYSREG(3, 0, 0, 4, 1)
#define ID_DFR0  INSN_SYSREG(3, 0, 0, 5, 0)
#define ID_ISAR0 INSN_SYSREG(3, 0, 0, 6, 0)
#define ID_ISAR1 INSN_SYSREG(3, 0, 0, 6, 1)
#define ID_MMFR0 INSN_SYSREG(3, 0, 0, 7, 0)
#define ID_MMFR1 INSN_SYSREG(3, 0, 0, 7, 1)
#define ID_MMFR2 INSN_SYSREG(3, 0, 0, 7, 2)
#define ID_MMFR3 INSN_SYSREG(3, 0, 0, 7, 3)

#endif
