/* SPDX-License-Identifier: BSD-2-Clause */
/* Into an instruction and out of it without a register to spare; probe.h. */
#include "rt/sysreg.h"

#define REGS_SP   248
#define REGS_NZCV 256
#define REGS_FPSR 272
#define REGS_SP0  280
#define REGS_Q    288

	.macro	each_q_pair, op
	\op	q0, q1, [x0], #32
	\op	q2, q3, [x0], #32
	\op	q4, q5, [x0], #32
	\op	q6, q7, [x0], #32
	\op	q8, q9, [x0], #32
	\op	q10, q11, [x0], #32
	\op	q12, q13, [x0], #32
	\op	q14, q15, [x0], #32
	\op	q16, q17, [x0], #32
	\op	q18, q19, [x0], #32
	\op	q20, q21, [x0], #32
	\op	q22, q23, [x0], #32
	\op	q24, q25, [x0], #32
	\op	q26, q27, [x0], #32
	\op	q28, q29, [x0], #32
	\op	q30, q31, [x0], #32
	.endm

/* void probe_enter(uint64_t where, const struct probe_regs *in, out, spsr) */
	.text
	.globl	probe_enter
	.type	probe_enter, %function
probe_enter:
	stp	x29, x30, [sp, #-160]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]

	mov	x9, sp
	str	x9, [x2, #REGS_SP0]
	mrs	x10, daif
	msr	daifset, #2			/* ELR and SPSR are ours now */
	ldp	x11, x12, [x1, #REGS_NZCV]	/* nzcv, fpcr */
	ldr	x13, [x1, #REGS_FPSR]
	msr	fpcr, x12
	msr	fpsr, x13
	eor	x10, x10, x11			/* flags; also flips DAIF */
	orr	x10, x10, x3			/* EL1h or EL0t */
	msr	spsr_el1, x10
	msr	elr_el1, x0
	msr	tpidrro_el0, x2

	add	x0, x1, #REGS_Q
	each_q_pair ldp
	ldp	x2, x3, [x1, #16]
	ldp	x4, x5, [x1, #32]
	ldp	x6, x7, [x1, #48]
	ldp	x8, x9, [x1, #64]
	ldp	x10, x11, [x1, #80]
	ldp	x12, x13, [x1, #96]
	ldp	x14, x15, [x1, #112]
	ldp	x16, x17, [x1, #128]
	ldp	x18, x19, [x1, #144]
	ldp	x20, x21, [x1, #160]
	ldp	x22, x23, [x1, #176]
	ldp	x24, x25, [x1, #192]
	ldp	x26, x27, [x1, #208]
	ldp	x28, x29, [x1, #224]
	ldr	x30, [x1, #240]
	ldp	x0, x1, [x1]
	eret					/* to the instruction */

/* The branch behind the instruction comes here. */
	.globl	probe_return
probe_return:
	msr	tpidr_el0, x30
	mrs	x30, tpidrro_el0
	stp	x0, x1, [x30]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	stp	x18, x19, [x30, #144]
	stp	x20, x21, [x30, #160]
	stp	x22, x23, [x30, #176]
	stp	x24, x25, [x30, #192]
	stp	x26, x27, [x30, #208]
	stp	x28, x29, [x30, #224]
	mov	x1, x30
	mrs	x0, tpidr_el0
	mov	x2, sp
	stp	x0, x2, [x1, #240]
	mrs	x2, nzcv
	mrs	x3, fpcr
	stp	x2, x3, [x1, #REGS_NZCV]
	mrs	x2, fpsr
	str	x2, [x1, #REGS_FPSR]
	add	x0, x1, #REGS_Q
	each_q_pair stp
	msr	fpcr, xzr			/* what C code expects */
	ldr	x2, [x1, #REGS_SP0]
	mov	sp, x2

	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	ldp	x29, x30, [sp], #160
	ret
	.size	probe_enter, . - probe_enter
