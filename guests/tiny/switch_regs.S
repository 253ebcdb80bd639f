/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uint64_t switch_registers(uint64_t seed, uint64_t rounds)
 *
 * Fills x19 to x28, q0 to q31, FPCR and FPSR with values made from @seed, gives
 * the CPU away @rounds times (scheduler_yield), and looks at all of them after
 * each.  @return how many were wrong, in all
 */
#include <abi/hypercall.h>

#define FPCR_RMODE 0x00c00000

	.text
	.arch	armv8-a+fp+simd

	.macro	fill_q n
	add	x9, x20, #(\n * 2 + 1)
	ins	v\n\().d[0], x9
	mvn	x9, x9
	ins	v\n\().d[1], x9
	.endm

	.macro	check_q n
	add	x9, x20, #(\n * 2 + 1)
	umov	x10, v\n\().d[0]
	cmp	x9, x10
	cinc	x19, x19, ne
	mvn	x9, x9
	umov	x10, v\n\().d[1]
	cmp	x9, x10
	cinc	x19, x19, ne
	.endm

	.macro	check reg, value
	add	x9, x20, #\value
	cmp	x9, \reg
	cinc	x19, x19, ne
	.endm

	.globl	switch_registers
switch_registers:
	stp	x29, x30, [sp, #-176]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mrs	x9, fpcr
	mrs	x10, fpsr
	stp	x9, x10, [sp, #160]
	mov	x19, #0
	mov	x20, x0
	mov	x21, x1
	add	x22, x20, #101
	add	x23, x20, #102
	add	x24, x20, #103
	add	x25, x20, #104
	add	x26, x20, #105
	add	x27, x20, #106
	add	x28, x20, #107
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	fill_q	\n
	.endr
	.irp	n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fill_q	\n
	.endr
	lsl	x9, x20, #22
	and	x9, x9, #FPCR_RMODE
	msr	fpcr, x9
	and	x9, x20, #0x1f
	msr	fpsr, x9

1:	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	hvc	#(HVC_BASE + HVC_SCHEDULER_YIELD)
	cmp	x0, #0
	cinc	x19, x19, ne
	check	x22, 101
	check	x23, 102
	check	x24, 103
	check	x25, 104
	check	x26, 105
	check	x27, 106
	check	x28, 107
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	check_q	\n
	.endr
	.irp	n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	check_q	\n
	.endr
	lsl	x9, x20, #22
	and	x9, x9, #FPCR_RMODE
	mrs	x10, fpcr
	cmp	x9, x10
	cinc	x19, x19, ne
	and	x9, x20, #0x1f
	mrs	x10, fpsr
	and	x10, x10, #0x1f
	cmp	x9, x10
	cinc	x19, x19, ne
	subs	x21, x21, #1
	b.ne	1b

	mov	x0, x19
	ldp	x9, x10, [sp, #160]
	msr	fpcr, x9
	msr	fpsr, x10
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	ldp	x29, x30, [sp], #176
	ret
