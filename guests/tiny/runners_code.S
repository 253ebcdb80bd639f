/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the small VM of runners.c does when it is told to branch here: it
 * counts in a general register, in a SIMD register and in memory, and gives
 * up the CPU between each two steps. Who finds one of the three behind the
 * others has been run in two places at once, and stays where it is.
 *
 * In:  x20 = mailbox; Uses: x0-x3, x19, d8; `woken` of the mailbox counts
 */
#include "minivm.h"

#define YIELD 0x603b

	.section .rodata.runners, "a"
	.balign 16
	.globl runners_code
runners_code:
	mov	x19, #0
next:
	add	x19, x19, #1
	fmov	d8, x19
	str	x19, [x20, #MINIVM_WOKEN]
	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	hvc	#YIELD
	fmov	x3, d8
	cmp	x3, x19
	b.ne	behind
	ldr	x3, [x20, #MINIVM_WOKEN]
	cmp	x3, x19
	b.eq	next
behind:
	mov	x3, #1
	str	x3, [x20, #MINIVM_FAULTS]
	b	.

	.globl runners_code_end
runners_code_end:
