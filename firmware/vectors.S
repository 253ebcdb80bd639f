/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception vectors.  The firmware expects no exception: each slot says which
 * one it is and goes to fatal_exception(), which never returns.  So the stack
 * may start afresh, whatever the stack pointer was.
 */
#include "cpu.h"

	.macro	bug, offset
	.org	vectors + \offset
	mov	x0, #\offset
	b	report
	.endm

	.section .text.vectors, "ax"
	.balign	0x800
	.globl	vectors
vectors:
	bug	0x000				/* this EL with SP_EL0 */
	bug	0x080
	bug	0x100
	bug	0x180
	bug	0x200				/* this EL: Synchronous */
	bug	0x280				/* IRQ */
	bug	0x300				/* FIQ */
	bug	0x380				/* SError */
	bug	0x400				/* lower EL: never entered */
	bug	0x480
	bug	0x500
	bug	0x580
	bug	0x600
	bug	0x680
	bug	0x700
	bug	0x780
	.org	vectors + 0x800

report:
	adrp	x1, stack_top
	add	sp, x1, :lo12:stack_top
	b	fatal_exception

/* EL3 after leave_el3: an SMC gets "not supported", all else stops. */
	.balign	0x800
	.globl	el3_vectors
el3_vectors:
	.org	el3_vectors + 0x400		/* lower EL: Synchronous */
	mrs	x1, esr_el3
	lsr	x1, x1, #26
	cmp	x1, #ESR_EC_SMC64
	b.ne	1f
	mov	x0, #-1
	eret
1:	wfi
	b	1b
	.org	el3_vectors + 0x800

/*
 * A CPU started by PSCI CPU_ON for the smoke test.  MMU off.
 * In: x0 = struct mailbox (smoke_cpu.c), which it fills before it turns off.
 */
	.text
	.globl	secondary_entry
secondary_entry:
	mrs	x1, mpidr_el1
	mrs	x2, CurrentEL
	stp	x1, x2, [x0, #MAILBOX_MPIDR]
	mrs	x1, cntpct_el0
	str	x1, [x0, #MAILBOX_TICKS]
	dmb	sy			/* the answer before the flag */
	mov	x1, #1
	str	x1, [x0, #MAILBOX_DONE]
	ldr	x1, [x0, #MAILBOX_HVC]
	ldr	x0, [x0, #MAILBOX_OFF]
	cbnz	x1, 2f
	smc	#0
	b	3f
2:	hvc	#0
3:	wfi
	b	3b
