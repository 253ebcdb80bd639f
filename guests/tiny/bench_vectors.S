/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shortest handlers there are, for bench.c.  The code that is measured
 * keeps off x24 to x28:
 *
 *     x28  counts interrupts taken
 *     x27  CNTVCT at the first instruction of the last one
 *     x26  what to write to CNTV_CTL_EL0: 0 stops the timer, 3 masks it
 *     x25, x24  scratch
 */
	.text
	.balign	0x800
	.globl	bench_vectors
bench_vectors:
	.org	bench_vectors + 0x200
	b	.				/* no fault is expected */
	.org	bench_vectors + 0x280
	mrs	x27, cntvct_el0
	msr	cntv_ctl_el0, x26
	mrs	x25, icc_iar1_el1
	add	x28, x28, #1
	msr	icc_eoir1_el1, x25
	eret
	.org	bench_vectors + 0x800
