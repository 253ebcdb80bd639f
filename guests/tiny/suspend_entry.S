/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * int64_t suspend_down(uint64_t function, uint64_t state): a PSCI call that
 * powers this CPU down, and the way back.
 *
 * What a reset takes away is kept in one frame on the stack, whose address is
 * the context id; memory is mapped one to one.  Returns what the call returned
 * if it came back as a call, or SUSPEND_RESUMED plus SCTLR_EL1.M as it was at
 * the entry.
 */
#include <abi/psci.h>

#include "tiny/suspend.h"

	.text
	.globl	suspend_down
suspend_down:
	stp	x29, x30, [sp, #-176]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mrs	x2, sctlr_el1
	mrs	x3, tcr_el1
	mrs	x4, ttbr0_el1
	mrs	x5, mair_el1
	mrs	x6, vbar_el1
	mrs	x7, cpacr_el1
	mrs	x8, tpidr_el1
	mrs	x9, tpidr_el0
	stp	x2, x3, [sp, #96]
	stp	x4, x5, [sp, #112]
	stp	x6, x7, [sp, #128]
	stp	x8, x9, [sp, #144]
	dsb	sy				/* the frame is in memory */
	mov	x9, x1
	adr	x1, resumed
	mov	x2, sp
	ldr	w3, =PSCI_CPU_SUSPEND
	cmp	w0, w3
	b.ne	1f
	mov	x3, x2				/* state, entry, context */
	mov	x2, x1
	mov	x1, x9
1:	hvc	#0
	b	out

resumed:
	mrs	x10, sctlr_el1
	mov	sp, x0
	ldp	x2, x3, [sp, #96]
	ldp	x4, x5, [sp, #112]
	ldp	x6, x7, [sp, #128]
	ldp	x8, x9, [sp, #144]
	msr	tcr_el1, x3
	msr	ttbr0_el1, x4
	msr	mair_el1, x5
	msr	vbar_el1, x6
	msr	cpacr_el1, x7
	msr	tpidr_el1, x8
	msr	tpidr_el0, x9
	isb					/* before translation begins */
	msr	sctlr_el1, x2
	isb					/* translated from here on */
	and	x0, x10, #1
	add	x0, x0, #SUSPEND_RESUMED
out:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #176
	ret
