/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the VMs of lab.c run (labvm.h): position independent, MMU off.
 *
 * The data page, words of 64 bits (LAB_* in lab.h):
 *     0  seed, set before the start
 *     1  1 once it is at work
 *     2  rounds
 *     3  times that something was wrong
 *     4  what was wrong first
 */
#include "lab.h"
#include "labvm.h"

#define YIELD 0x603b

	.macro	data_page reg
	movz	\reg, #(LABVM_DATA >> 16), lsl #16
	movk	\reg, #(LABVM_DATA & 0xffff)
	.endm

	.macro	ready
	mov	x20, #1
	str	x20, [x19, #(8 * LAB_READY)]
	.endm

	.macro	yield_cpu
	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	hvc	#YIELD
	.endm

	/* One more round; x21 counts. */
	.macro	round
	add	x21, x21, #1
	str	x21, [x19, #(8 * LAB_ROUNDS)]
	.endm

	/* \what was wrong. */
	.macro	wrong what
	mov	x10, #\what
	ldr	x11, [x19, #(8 * LAB_WRONG)]
	cbnz	x11, 9f
	str	x10, [x19, #(8 * LAB_FIRST)]
9:	add	x11, x11, #1
	str	x11, [x19, #(8 * LAB_WRONG)]
	.endm

	/* All q registers to memory from x1 on, or from there. */
	.macro	all_q insn
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\insn	q\n, [x1], #16
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\insn	q\n, [x1], #16
	.endr
	.endm

	.section .rodata.lab_code, "a"
	.balign	0x1000
	.globl	lab_code
lab_code:
	/* Never gives way. */
	.globl	lab_spinner
lab_spinner:
	data_page x19
	mov	x21, #0
	ready
1:	round
	b	1b

	/* Says when it came to run, and sleeps for ever. */
	.globl	lab_stamper
lab_stamper:
	data_page x19
	isb
	mrs	x21, cntvct_el0
	str	x21, [x19, #(8 * LAB_ROUNDS)]
	ready
1:	wfi
	b	1b

	/* Sleeps for ever. */
	.globl	lab_sleeper
lab_sleeper:
	data_page x19
	mov	x21, #0
	ready
1:	wfi
	round
	b	1b

	/*
	 * SIMD: what the registers hold at the start goes to LAB_OUT; then
	 * LAB_IN is held in them, and compared each time it runs again.
	 */
	.globl	lab_simd
lab_simd:
	data_page x19
	mov	x21, #0
	mov	x0, #(3 << 20)
	msr	cpacr_el1, x0
	isb					/* FP does not trap from here */
	add	x1, x19, #LAB_OUT
	all_q str
	mrs	x2, fpcr
	mrs	x3, fpsr
	orr	x2, x2, x3
	str	x2, [x19, #(8 * LAB_FPSTATE)]
	ready
1:	add	x1, x19, #LAB_IN
	all_q ldr
	yield_cpu
	add	x1, x19, #LAB_NOW
	all_q str
	add	x1, x19, #LAB_IN
	add	x2, x19, #LAB_NOW
	mov	x3, #64
2:	ldr	x4, [x1], #8
	ldr	x5, [x2], #8
	cmp	x4, x5
	b.eq	3f
	wrong	1
3:	subs	x3, x3, #1
	b.ne	2b
	round
	b	1b

	/*
	 * EL1 registers: each gets a value made of the seed; what it then
	 * reads is in LAB_IN, and must be read each time it runs again.
	 */
	.globl	lab_sysregs
lab_sysregs:
	data_page x19
	mov	x21, #0
	ldr	x22, [x19, #(8 * LAB_SEED)]
	add	x1, x19, #LAB_IN
	mov	x2, x22
	.macro	put_reg name
	ror	x2, x2, #7
	add	x2, x2, x22
	bic	x3, x2, #0x7ff			/* VBAR_EL1 is aligned */
	msr	\name, x3
	isb					/* in effect before it is read */
	mrs	x3, \name
	str	x3, [x1], #8
	.endm
	.macro	check_reg name
	ldr	x4, [x1], #8
	mrs	x3, \name
	.set	nth, nth + 1
	cmp	x3, x4
	b.eq	8f
	wrong	nth
8:
	.endm
	.macro	each	what
	\what	ttbr0_el1
	\what	ttbr1_el1
	\what	tcr_el1
	\what	mair_el1
	\what	amair_el1
	\what	contextidr_el1
	\what	tpidr_el0
	\what	tpidrro_el0
	\what	tpidr_el1
	\what	esr_el1
	\what	far_el1
	\what	afsr0_el1
	\what	afsr1_el1
	\what	sp_el0
	\what	elr_el1
	\what	spsr_el1
	\what	vbar_el1
	\what	cntkctl_el1
	\what	cntv_cval_el0
	\what	cntp_cval_el0
	.endm
	each	put_reg
	ready
1:	yield_cpu
	add	x1, x19, #LAB_IN
	.set	nth, 0
	each	check_reg
	round
	b	1b

	/* Memory: the seed in a word at an address that all VMs have. */
	.globl	lab_memory
lab_memory:
	data_page x19
	mov	x21, #0
	ldr	x22, [x19, #(8 * LAB_SEED)]
	str	x22, [x19, #LAB_OUT]
	ready
1:	yield_cpu
	ldr	x3, [x19, #LAB_OUT]
	cmp	x3, x22
	b.eq	2f
	wrong	1
2:	tlbi	vmalle1is
	dsb	ish				/* no other VM may feel it */
	isb
	round
	b	1b
	.globl	lab_code_end
lab_code_end:

	/*
	 * A page for random instructions: they begin at LAB_RANDOM_AT, with
	 * registers from LAB_IN.  An exception goes on behind what made it.
	 */
	.balign	0x1000
	.globl	lab_random
lab_random:
	data_page x19
	ready
	adr	x0, lab_random_vectors
	msr	vbar_el1, x0
	mov	x0, #(3 << 20)
	msr	cpacr_el1, x0
	isb					/* vectors, before any fault */
	add	x0, x19, #LAB_IN
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x1, [x0, #144]
	mov	sp, x1
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldp	x30, x1, [x0, #240]
	ldp	x19, x0, [x0]
	b	lab_random + LAB_RANDOM_AT
	.balign	0x800
lab_random_vectors:
	.set	slot, 0
	.rept	16
	.org	lab_random_vectors + slot * 0x80
	b	random_exception
	.set	slot, slot + 1
	.endr
random_exception:
	/* x0 and x1 are given up; wrap at the end of the random ones. */
	data_page x1
	ldr	x0, [x1, #(8 * LAB_ROUNDS)]
	add	x0, x0, #1
	str	x0, [x1, #(8 * LAB_ROUNDS)]
	mrs	x0, elr_el1
	add	x0, x0, #4
	ubfx	x1, x0, #0, #12
	cmp	x1, #LAB_RANDOM_AT
	b.lo	1f
	cmp	x1, #(LAB_RANDOM_AT + LAB_RANDOM_SIZE)
	b.lo	2f
1:	mov	x1, #LAB_RANDOM_AT
2:	movz	x0, #(LABVM_RAM >> 16), lsl #16
	add	x0, x0, x1
	msr	elr_el1, x0
	mov	x0, #0x3c5			/* EL1h, all masked */
	msr	spsr_el1, x0
	eret
	.globl	lab_random_end
lab_random_end:
