/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an exception arrives, before any handler of ours has changed anything:
 * vectors that only write down what they find, and go on behind the
 * instruction.  TPIDR_EL0 and TPIDRRO_EL0 are spent.
 */

#define PAIR(n) ((n) * 16)

	.macro	slot, offset
	.org	inject_vectors + \offset
	msr	tpidr_el0, x0
	msr	tpidrro_el0, x1
	mov	x0, #\offset
	b	note
	.endm

	.text
	.balign	0x800
inject_vectors:
	.irp	offset, 0x000, 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380
	slot	\offset
	.endr
	.irp	offset, 0x400, 0x480, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780
	slot	\offset
	.endr
	.org	inject_vectors + 0x800

	/* struct arrival of inject.c */
note:
	adrp	x1, inject_arrival
	add	x1, x1, #:lo12:inject_arrival
	str	x0, [x1], #8
	mrs	x0, daif
	str	x0, [x1], #8
	mrs	x0, spsel
	str	x0, [x1], #8
	mrs	x0, spsr_el1
	str	x0, [x1], #8
	mrs	x0, esr_el1
	str	x0, [x1], #8
	mrs	x0, far_el1
	str	x0, [x1], #8
	mrs	x0, elr_el1
	str	x0, [x1], #8
	add	x0, x0, #4
	msr	elr_el1, x0
	ldr	x0, [x1]
	add	x0, x0, #1
	str	x0, [x1]
	mrs	x0, tpidr_el0
	mrs	x1, tpidrro_el0
	eret

/*
 * In:  x0 = address for the load, 0: an undefined register instead
 *      x1 = DAIF at the instruction, x2 = SPSel there
 * Out: x0 = where the instruction was
 */
	.globl	inject_try
inject_try:
	mrs	x9, vbar_el1
	mrs	x10, daif
	msr	daifset, #15
	adrp	x11, inject_vectors
	add	x11, x11, #:lo12:inject_vectors
	msr	vbar_el1, x11
	cbnz	x2, 1f
	msr	spsel, #0
1:	isb					/* the vectors are in force */
	msr	daif, x1
	cbz	x0, 2f
	adr	x12, load
load:
	ldr	x11, [x0]
	b	3f
2:	adr	x12, read
read:
	mrs	x11, pmcr_el0
3:	msr	daifset, #15
	msr	spsel, #1
	msr	vbar_el1, x9
	isb					/* and are not, any more */
	msr	daif, x10
	mov	x0, x12
	ret
