/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a guest begins: the arm64 Image header (Linux, "booting.rst"), the
 * boot CPU, and the CPUs that PSCI starts later.
 *
 * Entry state: EL1, MMU and D-cache off, DAIF set, x0 = device tree.  Before
 * anything is changed, all of it is written down in boot_entry, for tests and
 * for measurements: the counter is read by the third instruction.
 */
#include <arm64/bits.h>
#include "rt/stack.h"
#include "rt/sysreg.h"

	.section .head.text, "ax"
	.globl	image_start
image_start:
	b	primary_entry
	.long	0
	.quad	image_start - 0x40000000	/* text_offset */
	.quad	image_size
	.quad	0x2				/* little-endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

primary_entry:
	msr	tpidr_el1, x30			/* the one register we need */
	mrs	x30, cntpct_el0
	msr	tpidr_el0, x30
	adrp	x30, boot_entry
	add	x30, x30, :lo12:boot_entry
	stp	x0, x1, [x30, #0]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	stp	x18, x19, [x30, #144]
	stp	x20, x21, [x30, #160]
	stp	x22, x23, [x30, #176]
	stp	x24, x25, [x30, #192]
	stp	x26, x27, [x30, #208]
	stp	x28, x29, [x30, #224]
	mov	x29, x30
	mrs	x0, tpidr_el1
	mrs	x1, tpidr_el0
	stp	x0, x1, [x29, #240]		/* x30, cntpct */
	mrs	x0, cntvct_el0
	mrs	x1, CurrentEL
	stp	x0, x1, [x29, #256]
	mrs	x0, daif
	mrs	x1, spsel
	stp	x0, x1, [x29, #272]
	mrs	x0, sctlr_el1
	str	x0, [x29, #288]

	mov	x0, #CPACR_FPEN
	msr	cpacr_el1, x0
	isb					/* FP is on for what follows */
	adrp	x0, boot_simd
	add	x0, x0, :lo12:boot_simd
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
	stp	q30, q31, [x0], #32

	/* A stack canary that no other run has; its low byte is a NUL. */
	ldr	x0, [x29, #248]
	ldr	x1, =0x9e3779b97f4a7c15
	mul	x0, x0, x1
	eor	x0, x0, x0, lsr #29
	bic	x0, x0, #0xff
	adrp	x1, __stack_chk_guard
	str	x0, [x1, :lo12:__stack_chk_guard]

	adrp	x0, bss_start
	adrp	x1, bss_end			/* both page-aligned */
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0
	adrp	x0, cpus
	add	x0, x0, :lo12:cpus
	msr	tpidr_el1, x0
	ldr	x0, =stacks_start + STACK_SLOT
	mov	sp, x0
	mov	x30, xzr
	ldr	x0, [x29]			/* device tree */
	mov	x29, xzr			/* end of the chain of frames */
	bl	mmu_build
	bl	mmu_enable
	adrp	x0, boot_entry
	ldr	x0, [x0, :lo12:boot_entry]
	b	rt_main

/*
 * A CPU started by PSCI: x0 = its struct cpu, MMU off.  Nothing in memory may
 * be read before the MMU is on, because what the starter wrote may still be
 * in its cache.
 */
	.text
	.globl	secondary_entry
secondary_entry:
	mrs	x19, cntpct_el0
	mrs	x20, cntvct_el0
	mrs	x21, CurrentEL
	mrs	x22, daif
	mrs	x23, spsel
	mrs	x24, sctlr_el1
	mov	x25, x0
	mov	x26, x1
	mov	x27, x2
	mov	x28, x3
	mov	x0, #CPACR_FPEN
	msr	cpacr_el1, x0
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0
	isb					/* FP and vectors before use */
	bl	mmu_enable
	msr	tpidr_el1, x25
	ldr	w1, [x25]			/* struct cpu, index */
	ldr	x2, =stacks_start + STACK_SLOT
	mov	x3, #STACK_SLOT
	madd	x2, x1, x3, x2
	mov	sp, x2
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, sp
	sub	sp, sp, #64
	stp	x25, x26, [sp]
	stp	x27, x28, [sp, #16]
	mov	x0, x25
	mov	x1, sp				/* x0..x3 at entry */
	stp	x19, x20, [sp, #-48]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	mov	x2, sp				/* the rest, as in cpu_entry */
	b	secondary_main

/*
 * Turn the MMU and the caches on, with the tables of mmu.c.
 * Clobbers x0 to x2 only.
 */
	.globl	mmu_enable
mmu_enable:
	ldr	x0, =0x0044ff04			/* MMU_DEVICE.. of mmu.h */
	msr	mair_el1, x0
	/* 39 bits, 4 KiB, write-back inner shareable walks, no TTBR1 */
	ldr	x0, =(25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23)
	mrs	x1, id_aa64mmfr0_el1
	and	x1, x1, #0xf			/* PARange */
	cmp	x1, #5
	mov	x2, #5
	csel	x1, x1, x2, lo			/* at most 48 bits */
	bfi	x0, x1, #32, #3			/* IPS */
	msr	tcr_el1, x0
	adrp	x0, mmu_root
	msr	ttbr0_el1, x0
	tlbi	vmalle1
	ic	iallu
	dsb	nsh				/* both done before the MMU is on */
	isb
	ldr	x0, =(SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_SA \
		      | SCTLR_SA0 | SCTLR_NTWI | SCTLR_NTWE | SCTLR_UCI \
		      | SCTLR_UCT | SCTLR_DZE)
	msr	sctlr_el1, x0
	isb					/* fetch through the tables from here */
	ret

	.data
	.balign	16
	.globl	boot_entry
boot_entry:
	.zero	296
	.balign	16
	.globl	boot_simd
boot_simd:
	.zero	512
	.globl	__stack_chk_guard
	.balign	8
__stack_chk_guard:
	.quad	0
