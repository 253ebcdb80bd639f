/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What relaunch_raw.c lets a minivm do: spoil all it can, or look what it finds.
 * Position independent; x20 is the mailbox, x1 to x19 are free.
 */
#include "minivm.h"

#define ICC_PMR_EL1     S3_0_C4_C6_0
#define ICC_BPR1_EL1    S3_0_C12_C12_3
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SGI1R_EL1   S3_0_C12_C11_5
#define ICC_IAR1_EL1    S3_0_C12_C12_0
#define ICC_RPR_EL1     S3_0_C12_C11_3

	.section .rodata.visit, "a"
	.balign 8
	.globl mess_up
mess_up:
	mov	x2, #0x80
	msr	ICC_PMR_EL1, x2
	mov	x2, #5
	msr	ICC_BPR1_EL1, x2
	mov	x2, #1
	msr	ICC_IGRPEN1_EL1, x2
	movk	x2, #0x0500, lsl #16		/* SGI 5, to itself */
	msr	ICC_SGI1R_EL1, x2
	isb
	mrs	x3, ICC_IAR1_EL1		/* it is active now */
	str	x3, [x20, #MINIVM_X(7)]
	movn	x2, #0x1234
	msr	tpidr_el0, x2
	msr	tpidrro_el0, x2
	msr	tpidr_el1, x2
	msr	contextidr_el1, x2
	msr	elr_el1, x2
	msr	spsr_el1, x2
	mov	x2, #(1 << 12)
	msr	mdscr_el1, x2
	mov	x2, #1
	msr	cntv_cval_el0, xzr
	msr	cntv_ctl_el0, x2		/* due at once */
	msr	cntp_ctl_el0, x2
	isb
	ret

	.globl look_around
look_around:
	mrs	x2, ICC_PMR_EL1
	mrs	x3, ICC_BPR1_EL1
	mrs	x4, ICC_IGRPEN1_EL1
	orr	x3, x3, x4, lsl #8
	stp	x2, x3, [x20, #MINIVM_X(0)]
	mrs	x2, ICC_RPR_EL1
	mrs	x3, tpidr_el0
	mrs	x4, tpidrro_el0
	orr	x3, x3, x4
	mrs	x4, tpidr_el1
	orr	x3, x3, x4
	mrs	x4, contextidr_el1
	orr	x3, x3, x4
	stp	x2, x3, [x20, #MINIVM_X(2)]
	mrs	x2, mdscr_el1
	mrs	x3, cntv_ctl_el0
	mrs	x4, cntp_ctl_el0
	orr	x3, x3, x4
	stp	x2, x3, [x20, #MINIVM_X(4)]
	mrs	x2, isr_el1			/* what waits, an SError too */
	mrs	x3, elr_el1
	mrs	x4, spsr_el1
	orr	x3, x3, x4
	stp	x2, x3, [x20, #MINIVM_X(6)]
	ret
	.globl look_end
look_end:
