/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run one instruction with every register known, and see what it left.
 *
 * For all that a hypervisor emulates there are two questions: did it give the
 * right result, and did it touch anything else?  probe_run answers both:
 *
 *     probe_fill(&in, 1);
 *     in.x[1] = address;
 *     came = probe_run(INSN_LDR(INSN_W, 0, 1), &in, &out, &fault);
 *     ASSERT_EQ(0x1234, out.x[0]);
 *     ASSERT_EQ(NULL, probe_difference(&in, &out, BIT(0), 0));
 *
 * The instruction lies on a page of its own for each CPU, followed by a branch
 * back; it is entered and left without spending a register.  TPIDR_EL0 and
 * TPIDRRO_EL0 are used on the way.
 */
#ifndef RT_PROBE_H
#define RT_PROBE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rt/fault.h"

struct probe_regs {
	uint64_t x[31];
	uint64_t sp;   /* out only */
	uint64_t nzcv; /* in: any PSTATE bit; those of DAIF are flipped */
	uint64_t fpcr, fpsr;
	uint64_t sp_before; /* out only: what sp has to be */
	__uint128_t q[32];
};
static_assert(offsetof(struct probe_regs, nzcv) == 256, "probe.S knows it");
static_assert(offsetof(struct probe_regs, sp_before) == 280, "probe.S, too");
static_assert(offsetof(struct probe_regs, q) == 288, "probe.S, too");

/** A different value for each register, the same for the same @seed. */
void probe_fill(struct probe_regs *regs, uint64_t seed);

/**
 * Run @insn on this CPU with the registers of @in.
 *
 * @out    all registers afterwards
 * @fault  the exception it made, if any; execution went on behind @insn
 * @return whether one exception was taken
 */
bool probe_run(uint32_t insn, const struct probe_regs *in,
               struct probe_regs *out, struct fault *fault);

/** The same at EL0. SP_EL0 is whatever it was; @out->sp is SP_EL1. */
bool probe_run_user(uint32_t insn, const struct probe_regs *in,
                    struct probe_regs *out, struct fault *fault);

/**
 * The first register that changed and was not allowed to.
 *
 * @x_allowed, @q_allowed  bit n set: xn or qn may differ
 * @return  a sentence, valid until the next call; NULL: nothing changed
 */
const char *probe_difference(const struct probe_regs *in,
                             const struct probe_regs *out, uint32_t x_allowed,
                             uint32_t q_allowed);

/** Where @insn ran, for comparison with ELR. */
uint64_t probe_address(void);

#endif
