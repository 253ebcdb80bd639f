/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls to a higher exception level with all argument registers; call.h. */
#include <abi/hypercall.h>

	.macro	load_regs
	ldp	x0, x1, [x19, #0]
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	.endm

	.macro	store_regs
	stp	x0, x1, [x19, #0]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	.endm

	.macro	smccc_call, name, insn
	.globl	\name
	.type	\name, %function
\name:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	str	x19, [sp, #16]
	mov	x19, x0
	load_regs
	ldp	x8, x9, [x19, #64]
	ldp	x10, x11, [x19, #80]
	ldp	x12, x13, [x19, #96]
	ldp	x14, x15, [x19, #112]
	ldp	x16, x17, [x19, #128]
	\insn	#0
	store_regs
	stp	x8, x9, [x19, #64]
	stp	x10, x11, [x19, #80]
	stp	x12, x13, [x19, #96]
	stp	x14, x15, [x19, #112]
	stp	x16, x17, [x19, #128]
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.size	\name, . - \name
	.endm

	.text
	smccc_call smccc_hvc, hvc
	smccc_call smccc_smc, smc

/* The immediate is part of the instruction: one stub of two for each number. */
	.balign	8
native_stubs:
	.set	number, 0
	.rept	HVC_COUNT
	hvc	#(HVC_BASE + number)
	ret
	.set	number, number + 1
	.endr

/* void hvc_native(unsigned number, uint64_t x[8]) */
	.globl	hvc_native
	.type	hvc_native, %function
hvc_native:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	str	x19, [sp, #16]
	mov	x19, x1
	adrp	x9, native_stubs
	add	x9, x9, :lo12:native_stubs
	add	x9, x9, w0, uxtw #3
	load_regs
	blr	x9
	store_regs
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.size	hvc_native, . - hvc_native
