/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's first instructions, at whatever address it was loaded to.
 *
 * In:   x0 = device tree, as the arm64 boot protocol of Linux says
 *       ("booting.rst"); MMU off; EL2, or EL1 or EL3 by mistake.
 * Then: firmware_main(device tree, first ticks, EL at entry), with the MMU
 *       on, at EL2 (at EL1 if there is nothing above it).
 *
 * The image is a static PIE: nothing before the loop over its relocations may
 * use a pointer that the linker stored.  BSS is part of the file, so that the
 * end of the file is the end of the image, where a bundle may follow.
 */
#include "cpu.h"

	.section .text.head, "ax"
	.globl	_start
_start:
	b	entry
	.long	0
	.quad	TEXT_OFFSET
	.long	image_size, 0		/* as .quad the linker would relocate it */
	.quad	IMAGE_FLAGS
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

entry:
	mrs	x19, cntpct_el0
	mov	x20, x0
	msr	daifset, #0xf
	mrs	x21, CurrentEL
	lsr	x21, x21, #2
	cmp	x21, #3
	b.ne	1f
	adr	x0, 1f
	b	leave_el3
1:
	adr	x0, vectors
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.ne	at_el1
	msr	vbar_el2, x0
	mov	x1, #HCR_RW
	msr	hcr_el2, x1
	/* libfdt, memcpy and SHA-256 use the vector registers. */
	mov	x1, #CPTR_EL2_RES1
	msr	cptr_el2, x1
	b	2f
at_el1:
	msr	vbar_el1, x0
	mov	x1, #CPACR_FPEN
	msr	cpacr_el1, x1
2:
	isb				/* the traps are off before FP is used */
	adrp	x0, stack_top
	add	sp, x0, :lo12:stack_top

	/*
	 * Every entry is R_AARCH64_RELATIVE; the link fails otherwise (link.ld
	 * has no place for others).  x3 = where we run - where we are linked.
	 */
	adr	x3, _start
	ldr	x4, =LINK_BASE
	sub	x3, x3, x4
	adrp	x0, rela_start
	add	x0, x0, :lo12:rela_start
	adrp	x1, rela_end
	add	x1, x1, :lo12:rela_end
3:	cmp	x0, x1
	b.hs	4f
	ldp	x4, x5, [x0], #16	/* r_offset, r_info */
	ldr	x5, [x0], #8		/* r_addend */
	add	x5, x5, x3
	str	x5, [x4, x3]
	b	3b
4:
	/*
	 * A loader that gives no x0 (QEMU's "-device loader") has put the tree
	 * at the start of RAM; RAM of such machines starts at a full GiB.
	 */
	cbnz	x20, 5f
	adr	x20, _start
	and	x20, x20, #~(GIB - 1)
5:
	mov	x0, x20
	bl	mmu_start
	mov	x0, x20
	mov	x1, x19
	mov	x2, x21
	bl	firmware_main
	brk	#0			/* it never returns */

/*
 * From EL3 down to EL2, or EL1 if there is no EL2, non-secure.  In: x0 = where
 * to go on.  An SMC from below is answered "not supported": nobody serves
 * PSCI there, and the firmware says so and stops.
 */
leave_el3:
	adr	x1, el3_vectors
	msr	vbar_el3, x1
	msr	cptr_el3, xzr
	msr	elr_el3, x0
	mov	x1, #(SCR_NS | SCR_RES1 | SCR_HCE | SCR_RW)
	msr	scr_el3, x1
	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #8, #4		/* EL2 */
	mov	x2, #SPSR_EL2H
	mov	x3, #SPSR_EL1H
	cmp	x1, #0
	csel	x2, x2, x3, ne
	msr	spsr_el3, x2
	ldr	x2, =SCTLR_EL2_OFF
	b.eq	6f
	msr	sctlr_el2, x2
6:	ldr	x2, =SCTLR_EL1_OFF
	msr	sctlr_el1, x2
	isb				/* all of it before the lower EL runs */
	eret
