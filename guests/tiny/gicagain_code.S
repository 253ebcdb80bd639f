/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the VMs of gicagain.c run (labvm.h): one page, position independent, MMU
 * off; X0 = number of the vCPU.
 *
 * The data page, words of 64 bits:
 *     0       1: it has come to its end and waits
 *     1       in the handler: 0 stay there for ever, 1 end the interrupt
 *     2       INTID of the last interrupt, 3 how many there were
 *     8...    registers as they were at the first instructions
 *     32 + n  MPIDR_EL1 of vCPU n, 48 + n low half of its GICR_TYPER's affinity
 */
#include "labvm.h"

#define DIST   0x0800
#define REDIST 0x080a

	.macro	data_page reg
	movz	\reg, #(LABVM_DATA >> 16), lsl #16
	movk	\reg, #(LABVM_DATA & 0xffff)
	.endm

	.macro	note number
	str	x0, [x19, #8 * (8 + \number)]
	.endm

	.section .rodata.gicagain_code, "a"
	.balign	0x1000
	.globl	gicagain_code
gicagain_code:
	/* Dies in the handler of its timer, with SPIs pending behind it. */
	.globl	gicagain_dier
gicagain_dier:
	data_page x19
	bl	gic_on
	movz	x20, #DIST, lsl #16
	mov	w0, #0xff00
	str	w0, [x20, #0x204]		/* GICD_ISPENDR1 */
	msr	cntv_cval_el0, xzr
	mov	x0, #1
	msr	cntv_ctl_el0, x0
	msr	cntp_cval_el0, xzr
	msr	cntp_ctl_el0, x0
	isb
	msr	daifclr, #2
1:	wfi
	b	1b

	/* What the registers are at power-on; then a timer interrupt. */
	.globl	gicagain_checker
gicagain_checker:
	data_page x19
	movz	x20, #DIST, lsl #16
	movz	x21, #REDIST, lsl #16
	movz	x22, #(REDIST + 1), lsl #16	/* its SGI frame */
	mrs	x0, icc_pmr_el1
	note	0
	mrs	x0, icc_igrpen1_el1
	note	1
	mrs	x0, icc_rpr_el1
	note	2
	mrs	x0, icc_iar1_el1
	note	3
	mrs	x0, icc_ap1r0_el1
	note	4
	mrs	x0, cntv_ctl_el0
	note	5
	mrs	x0, cntp_ctl_el0
	note	6
	ldr	w0, [x20]			/* GICD_CTLR */
	note	7
	ldr	w0, [x20, #0x104]		/* GICD_ISENABLER1 */
	note	8
	ldr	w0, [x20, #0x204]		/* GICD_ISPENDR1 */
	note	9
	ldr	w0, [x20, #0x304]		/* GICD_ISACTIVER1 */
	note	10
	ldr	w0, [x21, #0x14]		/* GICR_WAKER */
	note	11
	ldr	w0, [x22, #0x100]		/* GICR_ISENABLER0 */
	note	12
	ldr	w0, [x22, #0x200]		/* GICR_ISPENDR0 */
	note	13
	ldr	w0, [x22, #0x300]		/* GICR_ISACTIVER0 */
	note	14
	ldr	w0, [x22, #0x418]		/* GICR_IPRIORITYR6 */
	note	15
	mov	x0, #1
	str	x0, [x19, #8]
	bl	gic_on
	mrs	x0, cntvct_el0
	add	x0, x0, #500
	msr	cntv_cval_el0, x0
	mov	x0, #1
	msr	cntv_ctl_el0, x0
	isb
	msr	daifclr, #2
1:	ldr	x0, [x19, #24]
	cbz	x0, 1b
	msr	daifset, #2
	b	the_end

	/* MPIDR_EL1, and what its redistributor says. */
	.globl	gicagain_namer
gicagain_namer:
	data_page x19
	mrs	x1, mpidr_el1
	add	x2, x19, x0, lsl #3
	str	x1, [x2, #8 * 32]
	movz	x21, #REDIST, lsl #16
	add	x21, x21, x0, lsl #17		/* 128 KiB each */
	ldr	w1, [x21, #0xc]			/* GICR_TYPER, upper half */
	str	x1, [x2, #8 * 48]
	b	the_end

the_end:
	dsb	sy
	mov	x0, #1
	str	x0, [x19]
1:	wfi
	b	1b

	/* Group 1, the timers and SPIs 40 to 47, less urgent than they. */
gic_on:
	adr	x0, vectors
	msr	vbar_el1, x0
	movz	x1, #DIST, lsl #16
	movz	x2, #REDIST, lsl #16
	movz	x3, #(REDIST + 1), lsl #16
	mov	w0, #0x12			/* ARE, group 1 */
	str	w0, [x1]
	str	wzr, [x2, #0x14]
	mov	w0, #-1
	str	w0, [x3, #0x80]
	str	w0, [x1, #0x84]
	mov	w0, #0x80
	strb	w0, [x3, #0x41b]		/* priority of PPI 27 */
	strb	w0, [x3, #0x41e]		/* and 30 */
	mov	w0, #0xc0c0
	movk	w0, #0xc0c0, lsl #16
	str	w0, [x1, #0x428]
	str	w0, [x1, #0x42c]
	mov	w0, #(1 << 27 | 1 << 30)
	str	w0, [x3, #0x100]
	mov	w0, #0xff00
	str	w0, [x1, #0x104]
	mov	x0, #0xff
	msr	icc_pmr_el1, x0
	mov	x0, #1
	msr	icc_igrpen1_el1, x0
	isb
	ret

	.balign	0x800
vectors:
	.org	vectors + 0x280
	mrs	x5, icc_iar1_el1
	str	x5, [x19, #16]
	ldr	x6, [x19, #24]
	add	x6, x6, #1
	str	x6, [x19, #24]
	ldr	x6, [x19, #8]
	cbz	x6, the_end
	msr	cntv_ctl_el0, xzr
	isb
	msr	icc_eoir1_el1, x5
	eret
	.org	gicagain_code + 0x1000
	.globl	gicagain_code_end
gicagain_code_end:
