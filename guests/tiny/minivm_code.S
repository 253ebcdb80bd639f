/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the small VM of minivm.h runs: it waits for orders in a mailbox, does
 * one thing, and says what came of it.  Position independent; MMU off.
 *
 * In:    x0 = mailbox (struct minivm_mailbox)
 * Uses:  x20 mailbox, x21 base of this code
 */
#include "minivm.h"

#define YIELD 0x603b

	.section .rodata.minivm, "a"
	.balign 0x1000
	.globl minivm_code
minivm_code:
	mov	x20, x0
	adr	x21, minivm_code
	add	x1, x21, #(minivm_vectors - minivm_code)
	msr	vbar_el1, x1
	mov	x0, #(3 << 20)			/* CPACR_EL1.FPEN: no traps */
	msr	cpacr_el1, x0
	isb					/* vectors, before any fault */
wait:
	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	hvc	#YIELD
	ldar	x0, [x20]
	cbz	x0, wait
	ldr	x1, [x20, #MINIVM_X(0)]		/* address, mostly */
	ldr	x2, [x20, #MINIVM_X(1)]		/* value */
	cmp	x0, #MINIVM_LOAD
	b.eq	load
	cmp	x0, #MINIVM_STORE
	b.eq	store
	cmp	x0, #MINIVM_LOAD32
	b.eq	load32
	cmp	x0, #MINIVM_STORE32
	b.eq	store32
	cmp	x0, #MINIVM_CALL
	b.eq	call
	cmp	x0, #MINIVM_BRANCH
	b.eq	branch
	cmp	x0, #MINIVM_WAIT
	b.eq	sleep
	cmp	x0, #MINIVM_IRQS
	b.eq	irqs
done:
	stlr	xzr, [x20]
	b	wait
load:
	ldr	x2, [x1]
	str	x2, [x20, #MINIVM_X(1)]
	b	done
store:
	str	x2, [x1]
	b	done
load32:
	ldr	w2, [x1]
	str	x2, [x20, #MINIVM_X(1)]
	b	done
store32:
	str	w2, [x1]
	b	done
call:
	ldp	x0, x1, [x20, #MINIVM_X(0)]
	ldp	x2, x3, [x20, #MINIVM_X(2)]
	ldp	x4, x5, [x20, #MINIVM_X(4)]
	ldp	x6, x7, [x20, #MINIVM_X(6)]
	hvc	#0
	stp	x0, x1, [x20, #MINIVM_X(0)]
	stp	x2, x3, [x20, #MINIVM_X(2)]
	stp	x4, x5, [x20, #MINIVM_X(4)]
	stp	x6, x7, [x20, #MINIVM_X(6)]
	b	done
branch:
	blr	x1
	b	done
sleep:
	stlr	xzr, [x20]			/* nobody waits for a sleeper */
	wfi
	mov	x1, #1
	str	x1, [x20, #MINIVM_WOKEN]
	b	wait
irqs:
	mov	x1, #7
	msr	S3_0_C12_C12_5, x1		/* ICC_SRE_EL1: by registers */
	mov	x1, #0xff
	msr	S3_0_C4_C6_0, x1		/* ICC_PMR_EL1: all priorities */
	mov	x1, #1
	msr	S3_0_C12_C12_7, x1		/* ICC_IGRPEN1_EL1 */
	isb
	msr	daifclr, #2
	b	done

	/* An abort is noted and stepped over; a fetch goes back to x30. */
sync:
	mrs	x10, esr_el1
	str	x10, [x20, #MINIVM_ESR]
	mrs	x11, far_el1
	str	x11, [x20, #MINIVM_FAR]
	ldr	x11, [x20, #MINIVM_FAULTS]
	add	x11, x11, #1
	str	x11, [x20, #MINIVM_FAULTS]
	mrs	x11, elr_el1
	add	x11, x11, #4
	lsr	x10, x10, #26
	cmp	x10, #0x21			/* EC: instruction abort, EL1 */
	csel	x11, x30, x11, eq
	msr	elr_el1, x11
	eret
irq:
	mrs	x10, S3_0_C12_C12_0		/* ICC_IAR1_EL1 */
	str	x10, [x20, #MINIVM_INTID]
	ldr	x11, [x20, #MINIVM_IRQ_COUNT]
	add	x11, x11, #1
	str	x11, [x20, #MINIVM_IRQ_COUNT]
	msr	S3_0_C12_C12_1, x10		/* ICC_EOIR1_EL1 */
	eret

	.balign 0x800
minivm_vectors:
	.org	minivm_vectors + 0x200		/* current EL, SP_ELx */
	b	sync
	.org	minivm_vectors + 0x280
	b	irq
	.org	minivm_vectors + 0x800
	.globl minivm_code_end
minivm_code_end:
