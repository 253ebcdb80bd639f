/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL1 exception vectors: the whole register file goes into a struct frame
 * (fault.h), one C function looks at it, and all of it comes back.
 *
 * A slot does one thing: say which slot it was.  .org refuses to move
 * backwards, so a slot that grows too long fails the build.
 */
#include "rt/stack.h"

#define FRAME_X(n)  ((n) * 8)
#define FRAME_SP    248
#define FRAME_ELR   256
#define FRAME_ESR   272
#define FRAME_KIND  288
#define FRAME_FPSR  304
#define FRAME_Q     320
#define FRAME_SIZE  832

	.macro	slot, offset
	.org	vectors + \offset
	sub	sp, sp, #FRAME_SIZE
	stack_check \offset
	stp	x0, x1, [sp, #FRAME_X(0)]
	mov	x0, #\offset
	b	exception_entry
	.endm

	/*
	 * Is SP, after making room, still inside its stack?  No register may
	 * be spent before that is known: x0 and sp swap their roles by sums.
	 */
	.macro	stack_check, offset
	.if	(\offset >= 0x200) && (\offset < 0x400)
	add	sp, sp, x0			/* sp = s + x */
	sub	x0, sp, x0			/* x0 = s */
	tbz	x0, #STACK_GOOD_BIT, stack_overflow
	sub	x0, sp, x0			/* x0 = x */
	sub	sp, sp, x0			/* sp = s */
	.endif
	.endm

	.text
	.balign	0x800
	.globl	vectors
vectors:
	/* EL1 with SP_EL0: we never run so, a test may */
	slot	0x000
	slot	0x080
	slot	0x100
	slot	0x180
	/* EL1 with SP_EL1: the guest itself */
	slot	0x200
	slot	0x280
	slot	0x300
	slot	0x380
	/* EL0, AArch64: user code of a test */
	slot	0x400
	slot	0x480
	slot	0x500
	slot	0x580
	/* EL0, AArch32: never */
	slot	0x600
	slot	0x680
	slot	0x700
	slot	0x780
	.org	vectors + 0x800

/* In: x0 = offset of the slot; x0, x1 are in the frame at sp. */
exception_entry:
	stp	x2, x3, [sp, #FRAME_X(2)]
	stp	x4, x5, [sp, #FRAME_X(4)]
	stp	x6, x7, [sp, #FRAME_X(6)]
	stp	x8, x9, [sp, #FRAME_X(8)]
	stp	x10, x11, [sp, #FRAME_X(10)]
	stp	x12, x13, [sp, #FRAME_X(12)]
	stp	x14, x15, [sp, #FRAME_X(14)]
	stp	x16, x17, [sp, #FRAME_X(16)]
	stp	x18, x19, [sp, #FRAME_X(18)]
	stp	x20, x21, [sp, #FRAME_X(20)]
	stp	x22, x23, [sp, #FRAME_X(22)]
	stp	x24, x25, [sp, #FRAME_X(24)]
	stp	x26, x27, [sp, #FRAME_X(26)]
	stp	x28, x29, [sp, #FRAME_X(28)]
	add	x1, sp, #FRAME_SIZE
	stp	x30, x1, [sp, #FRAME_X(30)]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #FRAME_ELR]
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [sp, #FRAME_ESR]
	mrs	x1, fpcr
	stp	x0, x1, [sp, #FRAME_KIND]
	mrs	x1, fpsr
	str	x1, [sp, #FRAME_FPSR]
	add	x0, sp, #FRAME_Q
	stp	q0, q1, [x0], #32
	stp	q2, q3, [x0], #32
	stp	q4, q5, [x0], #32
	stp	q6, q7, [x0], #32
	stp	q8, q9, [x0], #32
	stp	q10, q11, [x0], #32
	stp	q12, q13, [x0], #32
	stp	q14, q15, [x0], #32
	stp	q16, q17, [x0], #32
	stp	q18, q19, [x0], #32
	stp	q20, q21, [x0], #32
	stp	q22, q23, [x0], #32
	stp	q24, q25, [x0], #32
	stp	q26, q27, [x0], #32
	stp	q28, q29, [x0], #32
	stp	q30, q31, [x0]

	mov	x0, sp
	bl	exception

	add	x0, sp, #FRAME_Q
	ldp	q0, q1, [x0], #32
	ldp	q2, q3, [x0], #32
	ldp	q4, q5, [x0], #32
	ldp	q6, q7, [x0], #32
	ldp	q8, q9, [x0], #32
	ldp	q10, q11, [x0], #32
	ldp	q12, q13, [x0], #32
	ldp	q14, q15, [x0], #32
	ldp	q16, q17, [x0], #32
	ldp	q18, q19, [x0], #32
	ldp	q20, q21, [x0], #32
	ldp	q22, q23, [x0], #32
	ldp	q24, q25, [x0], #32
	ldp	q26, q27, [x0], #32
	ldp	q28, q29, [x0], #32
	ldp	q30, q31, [x0]
	ldr	x1, [sp, #FRAME_KIND + 8]
	msr	fpcr, x1
	ldr	x1, [sp, #FRAME_FPSR]
	msr	fpsr, x1
	ldp	x1, x2, [sp, #FRAME_ELR]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x2, x3, [sp, #FRAME_X(2)]
	ldp	x4, x5, [sp, #FRAME_X(4)]
	ldp	x6, x7, [sp, #FRAME_X(6)]
	ldp	x8, x9, [sp, #FRAME_X(8)]
	ldp	x10, x11, [sp, #FRAME_X(10)]
	ldp	x12, x13, [sp, #FRAME_X(12)]
	ldp	x14, x15, [sp, #FRAME_X(14)]
	ldp	x16, x17, [sp, #FRAME_X(16)]
	ldp	x18, x19, [sp, #FRAME_X(18)]
	ldp	x20, x21, [sp, #FRAME_X(20)]
	ldp	x22, x23, [sp, #FRAME_X(22)]
	ldp	x24, x25, [sp, #FRAME_X(24)]
	ldp	x26, x27, [sp, #FRAME_X(26)]
	ldp	x28, x29, [sp, #FRAME_X(28)]
	ldr	x30, [sp, #FRAME_X(30)]
	ldp	x0, x1, [sp, #FRAME_X(0)]
	add	sp, sp, #FRAME_SIZE
	eret

/*
 * The stack has run over.  There is one emergency stack for all CPUs: what
 * comes now only prints and powers off.  x0 = the bad SP, sp = x0 + old x0.
 */
stack_overflow:
	mov	x4, x0
	ldr	x1, =emergency_stack_top
	mov	sp, x1
	add	x0, x4, #FRAME_SIZE
	mrs	x1, elr_el1
	mrs	x2, far_el1
	mrs	x3, esr_el1
	mov	x29, xzr
	bl	fatal_stack

	.bss
	.balign	16
	.zero	8192
emergency_stack_top:
