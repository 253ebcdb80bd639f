/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the VMs of hwirq.c run (labvm.h): one page, position independent, MMU
 * off.  It takes the interrupt of the PL031 that it finds at 0x0b00_0000, as
 * its SPI 40, and stays in the handler until it is told to leave.
 *
 * The data page, words of 64 bits:
 *     0       1: it is in the handler
 *     1       1: quieten the device, and end; 2: only end
 *     2       INTID, 3 how many there were
 *     4       1: it has ended the interrupt
 */
#include "labvm.h"

#define DIST   0x0800
#define REDIST 0x080a
#define RTC    0x0b00

	.section .rodata.hwirq_code, "a"
	.balign	0x1000
	.globl	hwirq_code
hwirq_code:
	movz	x19, #(LABVM_DATA >> 16), lsl #16
	movk	x19, #(LABVM_DATA & 0xffff)
	movz	x20, #RTC, lsl #16
	adr	x0, vectors
	msr	vbar_el1, x0
	movz	x1, #DIST, lsl #16
	movz	x2, #REDIST, lsl #16
	mov	w0, #0x12			/* ARE, group 1 */
	str	w0, [x1]
	str	wzr, [x2, #0x14]		/* GICR_WAKER */
	mov	w0, #-1
	str	w0, [x1, #0x84]			/* GICD_IGROUPR1 */
	mov	w0, #0x100
	str	w0, [x1, #0x104]		/* GICD_ISENABLER1: SPI 40 */
	mov	x0, #0xff
	msr	icc_pmr_el1, x0
	mov	x0, #1
	msr	icc_igrpen1_el1, x0
	isb
	str	w0, [x20, #0x10]		/* RTCIMSC */
1:	ldr	w0, [x20]			/* RTCDR: now is the time */
	str	w0, [x20, #4]			/* RTCMR */
	ldr	w0, [x20, #0x14]		/* RTCRIS */
	cbz	w0, 1b
	msr	daifclr, #2
2:	wfi
	b	2b

	.balign	0x800
vectors:
	.org	vectors + 0x280
	mrs	x5, icc_iar1_el1
	str	x5, [x19, #16]
	ldr	x6, [x19, #24]
	add	x6, x6, #1
	str	x6, [x19, #24]
	mov	x6, #1
	dsb	sy				/* the rest is seen first */
	str	x6, [x19]
1:	ldr	x6, [x19, #8]
	yield
	cbz	x6, 1b
	tbz	x6, #0, 2f
	str	w6, [x20, #0x1c]		/* RTCICR */
	dsb	sy				/* the line is low by now */
2:	msr	icc_eoir1_el1, x5
	isb
	mov	x6, #1
	str	x6, [x19, #32]
	eret
	.org	hwirq_code + 0x1000
	.globl	hwirq_code_end
hwirq_code_end:
