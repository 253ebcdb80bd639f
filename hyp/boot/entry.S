/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions of each CPU: from "EL2, MMU off" to C at the linked
 * address.
 *
 * Everything up to the jump is position independent.  Two tables exist for a
 * moment: boot_l0 maps the image where it is linked and where it lies, and the
 * GiB of RAM around it; C then builds the final table, which shares the
 * image's sub-tables, so that the switch changes no translation in use.
 */
#include <arm64/sysreg.h>

#include "arch/percpu.h"
#include "arch/upcall.h"
#include "mem/phys.h"

/* Blocks and pages of the boot tables; all normal memory, index 0. */
#define LEAF    (PTE_VALID | PTE_AF | PTE_SH_INNER | PTE_AP_RES1)
#define LEAF_RX (LEAF | PTE_AP_RO)
#define LEAF_R  (LEAF | PTE_AP_RO | PTE_XN)
#define LEAF_RW (LEAF | PTE_XN)
#define TABLE   (PTE_VALID | PTE_TABLE)

	.macro	load64, reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #(((\value) >> 16) & 0xffff), lsl #16
	movk	\reg, #(((\value) >> 32) & 0xffff), lsl #32
	movk	\reg, #(((\value) >> 48) & 0xffff), lsl #48
	.endm

	/* Physical address of a symbol, MMU off. */
	.macro	adr_far, reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, #:lo12:\symbol
	.endm

	.section .text.head, "ax"
	.globl	_start
_start:
	b	boot_cpu			/* code0 */
	.long	0				/* code1 */
	.quad	0				/* text_offset */
	.quad	image_size			/* with the BSS */
	.quad	0xa				/* little-endian, 4 KiB, anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* x0 = physical address of struct boot_info */
boot_cpu:
	mrs	x20, cntpct_el0
	mov	x21, x0
	msr	daifset, #0xf
	adr	x22, _start
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	b.eq	1f
	b	.				/* not at EL2: nothing can be said */
1:	bl	fill_tables
	bl	enable_mmu
	ldr	x0, =at_linked
	br	x0

at_linked:
	ldr	x0, =bss_start
	ldr	x1, =bss_end
	bl	zero
	ldr	x0, =percpu_table
	ldr	x1, =boot_emergency_end
	str	x1, [x0, #PERCPU_EMERGENCY]
	msr	tpidr_el2, x0
	ldr	x1, =el2_vectors
	msr	vbar_el2, x1
	ldr	x1, =boot_stack_end
	mov	sp, x1
	bl	set_canary
	isb					/* vectors before anything faults */
	mov	x29, #0
	mov	x30, #0
	mov	x0, x21
	mov	x1, x20
	mov	x2, x22
	b	boot_main

/*
 * A value an attacker does not know, different on each boot: the CPU's random
 * numbers if it has any, the time in any case.  Its lowest byte is 0, so that
 * a string cannot run over it unnoticed.
 */
set_canary:
	mrs	x0, cntpct_el0
	load64	x1, 0x9e3779b97f4a7c15
	mul	x0, x0, x1
	mrs	x2, id_aa64isar0_el1
	lsr	x2, x2, #60
	cbz	x2, 1f
	mrs	x2, s3_3_c2_c4_0		/* RNDR */
	eor	x0, x0, x2
1:	eor	x0, x0, x0, lsr #29
	mul	x0, x0, x1
	and	x0, x0, #~0xff
	ldr	x1, =__stack_chk_guard
	str	x0, [x1]
	ret

/* Zero [x0, x1), page aligned, by cache blocks if the CPU allows it. */
zero:
	mrs	x2, dczid_el0
	tbnz	x2, #4, 2f
	mov	x3, #4
	and	x2, x2, #0xf
	lsl	x2, x3, x2
1:	dc	zva, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	ret
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b
	ret

/* x0 = VA of this CPU's struct percpu; only from the boot CPU's CPU_ON. */
	.globl	entry_secondary
entry_secondary:
	mov	x20, x0
	msr	daifset, #0xf
	bl	enable_mmu
	ldr	x0, =1f
	br	x0
1:	msr	tpidr_el2, x20
	ldr	x1, =el2_vectors
	msr	vbar_el2, x1
	ldr	x0, =stage1_ttbr
	ldr	x0, [x0]
	bl	el2_switch_table
	ldr	x1, [x20, #PERCPU_STACK]
	mov	sp, x1
	mov	x29, #0
	mov	x30, #0
	b	boot_secondary

/*
 * The MMU, with boot_l0.  W^X holds from the first translated fetch: WXN makes
 * every writable page non-executable.
 */
enable_mmu:
	load64	x0, HCR_RW
	msr	hcr_el2, x0			/* E2H = 0 */
	load64	x0, MAIR_EL2_VALUE
	msr	mair_el2, x0
	mrs	x1, id_aa64mmfr0_el1
	and	x1, x1, #0xf
	cmp	x1, #5				/* 48 bits are what we use */
	mov	x2, #5
	csel	x1, x1, x2, lo
	load64	x0, (TCR_EL2_RES1 | TCR_T0SZ(48) | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER)
	orr	x0, x0, x1, lsl #16		/* PS */
	msr	tcr_el2, x0
	adr_far	x0, boot_l0
	msr	ttbr0_el2, x0
	ic	iallu
	tlbi	alle2
	dsb	nsh				/* old entries and lines are gone */
	isb					/* the registers above hold */
	load64	x0, (SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN)
	msr	sctlr_el2, x0
	isb					/* translated from here on */
	ret

/* x0 = TTBR0_EL2. The code that runs is mapped alike before and after. */
	.globl	el2_switch_table
el2_switch_table:
	msr	ttbr0_el2, x0
	isb					/* walks use the new table */
	tlbi	alle2
	dsb	nsh				/* nothing of the old one is left */
	isb
	ret

/* x0 = top of the stack, x1 = function that does not return */
	.globl	el2_switch_stack
el2_switch_stack:
	mov	sp, x0
	mov	x29, #0
	mov	x30, #0
	br	x1

/*
 * The boot tables.  x22 = physical address of the image, x21 = of boot_info;
 * both must lie below 512 GiB.  MMU and caches are off: lines that lie over the
 * tables from before are dropped afterwards.
 */
fill_tables:
	mov	x19, x30
	adr_far	x0, boot_tables
	adr_far	x1, boot_tables_end
	mov	x2, x0
1:	stp	xzr, xzr, [x2], #16
	cmp	x2, x1
	b.lo	1b

	/* The image, page by page: text RX, rodata R, the rest RW. */
	adr_far	x3, image_l3
	mov	x4, x22
	adr_far	x5, image_rodata
	adr_far	x6, image_data
	adr_far	x7, image_end
	load64	x8, LEAF_RX | PTE_TABLE
	load64	x9, LEAF_R | PTE_TABLE
	load64	x10, LEAF_RW | PTE_TABLE
2:	cmp	x4, x5
	csel	x11, x8, x9, lo
	cmp	x4, x6
	csel	x11, x11, x10, lo
	orr	x11, x11, x4
	str	x11, [x3], #8
	add	x4, x4, #PAGE_SIZE
	cmp	x4, x7
	b.lo	2b

	mov	x12, #TABLE
	adr_far	x3, image_l3
	adr_far	x4, image_l2
	orr	x5, x3, x12
	str	x5, [x4]
	adr_far	x3, image_l1
	orr	x5, x4, x12
	str	x5, [x3]
	adr_far	x13, boot_l0
	orr	x5, x3, x12
	str	x5, [x13, #((IMAGE_VA >> 39) * 8)]

	/* Where the image lies: its GiB, executable, not writable. */
	adr_far	x3, boot_same
	orr	x5, x3, x12
	str	x5, [x13]
	lsr	x4, x22, #30
	load64	x5, LEAF_RX
	orr	x5, x5, x4, lsl #30
	str	x5, [x3, x4, lsl #3]

	/* RAM: the GiB of the image and heap, and that of boot_info. */
	adr_far	x3, boot_ram
	orr	x5, x3, x12
	str	x5, [x13, #((RAM_VA >> 39) * 8)]
	load64	x6, LEAF_RW
	orr	x5, x6, x4, lsl #30
	str	x5, [x3, x4, lsl #3]
	lsr	x4, x21, #30
	orr	x5, x6, x4, lsl #30
	str	x5, [x3, x4, lsl #3]

	dmb	sy				/* the stores before the lines go */
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4
	mov	x3, #4
	lsl	x2, x3, x2
3:	dc	ivac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	3b
	dsb	sy				/* walks find the tables */
	ret	x19

	/* Tables; not part of the BSS, which C finds zero. */
	.section .tables, "aw", @nobits
	.balign	4096
boot_tables:
	.globl	boot_l0
boot_l0:
	.space	4096
boot_same:
	.space	4096
boot_ram:
	.space	4096
image_l1:
	.space	4096
image_l2:
	.space	4096
image_l3:
	.space	4096
boot_tables_end:

	.section .bss.boot_stack, "aw", @nobits
	.balign	16
	.space	8192
boot_stack_end:
	.space	4096
boot_emergency_end:

	.section .data.canary, "aw"
	.balign	8
	.globl	__stack_chk_guard
__stack_chk_guard:
	.quad	0
