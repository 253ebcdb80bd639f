/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the VMs of bench_vms.c run (labvm.h): position independent, MMU off.
 *
 *     X0 = number of the vCPU
 *
 * Its data page, words of 64 bits:
 *     0  capability to receive messages by, 0: none
 *     1  the sender's CNTPCT_EL0, right before it sends
 *     2  sum of ticks from there to the first instruction of the handler
 *     3  sum of ticks from there until the handler has the message
 *     4  messages received
 *     5  1 once it is ready
 *     6  turns taken
 */
#include "labvm.h"

#define YIELD   0x603b
#define RECEIVE 0x601c
#define SPI     40
#define DIST    0x08000000
#define BUFFER  0x400 /* in the data page */

	.macro	data_page reg
	movz	\reg, #(LABVM_DATA >> 16), lsl #16
	movk	\reg, #(LABVM_DATA & 0xffff)
	.endm

	.section .rodata.bench_code, "a"
	.balign	0x1000
	.globl	bench_code
bench_code:
	/* Gives way for ever. */
	.globl	bench_yielder
bench_yielder:
	data_page x19
	mov	x20, #1
	str	x20, [x19, #40]
1:	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	hvc	#YIELD
	add	x20, x20, #1
	str	x20, [x19, #48]
	b	1b

	/* Sleeps for ever. */
	.globl	bench_sleeper
bench_sleeper:
	data_page x19
	mov	x20, #1
	str	x20, [x19, #40]
1:	wfi
	b	1b

	/* Never ends, and gives nothing away. */
	.globl	bench_spinner
bench_spinner:
	data_page x19
	mov	x20, #1
	str	x20, [x19, #40]
1:	add	x20, x20, #1
	str	x20, [x19, #48]
	b	1b

	/* Sleeps, and takes each message by interrupt SPI. */
	.globl	bench_receiver
bench_receiver:
	data_page x19
	adr	x1, vectors_here
	msr	vbar_el1, x1
	mov	x2, #DIST
	mov	w3, #(1 << 4 | 1 << 1)		/* ARE, group 1 */
	str	w3, [x2]
	mov	w3, #(1 << (SPI - 32))
	str	w3, [x2, #0x84]			/* GICD_IGROUPR1 */
	str	w3, [x2, #0x104]		/* GICD_ISENABLER1 */
	mov	x3, #7
	msr	S3_0_C12_C12_5, x3		/* ICC_SRE_EL1: by registers */
	mov	x3, #0xff
	msr	S3_0_C4_C6_0, x3		/* ICC_PMR_EL1: all priorities */
	mov	x3, #1
	msr	S3_0_C12_C12_7, x3		/* ICC_IGRPEN1_EL1 */
	isb					/* before anything may come */
	msr	daifclr, #2
	mov	x3, #1
	str	x3, [x19, #40]
1:	wfi
	b	1b

	.balign	0x800
vectors_here:
	.org	vectors_here + 0x200
	b	.				/* no fault is expected */
	.org	vectors_here + 0x280
	mrs	x20, cntpct_el0
	mrs	x21, S3_0_C12_C12_0		/* ICC_IAR1_EL1 */
	ldr	x0, [x19]
	add	x1, x19, #BUFFER
	mov	x2, #240
	mov	x3, #0
	hvc	#RECEIVE
	mrs	x22, cntpct_el0
	ldp	x4, x5, [x19, #8]		/* stamp, sum */
	ldp	x6, x7, [x19, #24]		/* sum, count */
	cbnz	x0, .				/* nothing there: the test fails */
	sub	x20, x20, x4
	sub	x22, x22, x4
	add	x5, x5, x20
	add	x6, x6, x22
	add	x7, x7, #1
	stp	x5, x6, [x19, #16]
	str	x7, [x19, #32]
	msr	S3_0_C12_C12_1, x21		/* ICC_EOIR1_EL1 */
	eret
	.globl	bench_code_end
bench_code_end:
