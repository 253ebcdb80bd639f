/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2 exception vectors.
 *
 * A slot is 32 instructions and does one thing: say which slot it was.  The
 * rest is written once, in guest_exit and hyp_fault.  .org refuses to move
 * backwards, so a slot that grows too long fails the build.
 */
#include <arm64/sysreg.h>

#include "arch/context.h"
#include "arch/percpu.h"
#include "arch/upcall.h"

	/*
	 * An exit: the guest's registers into its frame, then C.  This CPU's
	 * stack is empty and takes x0 and x30 for a moment.
	 */
	.macro	guest, offset, handler
	.org	el2_vectors + \offset
	stp	x0, x30, [sp, #-16]!
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #PERCPU_VCPU]
	stp	x2, x3, [x0, #REGS_X(2)]
	stp	x4, x5, [x0, #REGS_X(4)]
	stp	x6, x7, [x0, #REGS_X(6)]
	stp	x8, x9, [x0, #REGS_X(8)]
	stp	x10, x11, [x0, #REGS_X(10)]
	stp	x12, x13, [x0, #REGS_X(12)]
	stp	x14, x15, [x0, #REGS_X(14)]
	stp	x16, x17, [x0, #REGS_X(16)]
	stp	x18, x19, [x0, #REGS_X(18)]
	stp	x20, x21, [x0, #REGS_X(20)]
	stp	x22, x23, [x0, #REGS_X(22)]
	stp	x24, x25, [x0, #REGS_X(24)]
	stp	x26, x27, [x0, #REGS_X(26)]
	stp	x28, x29, [x0, #REGS_X(28)]
	ldp	x2, x3, [sp], #16
	mrs	x4, elr_el2
	mrs	x5, spsr_el2
	stp	x2, x1, [x0, #REGS_X(0)]
	stp	x3, x4, [x0, #REGS_X(30)]
	str	x5, [x0, #REGS_PSTATE]
	mov	x29, #0				/* a backtrace ends here */
	bl	\handler			/* x0: vCPU to run next */
	b	guest_resume
	.endm

	/*
	 * A fault of our own.  SP may be what is broken, so the frame goes to
	 * the emergency stack; SP_EL0 (a guest's) is given up as the scratch.
	 */
	.macro	bug, offset
	.org	el2_vectors + \offset
	msr	sp_el0, x0
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #PERCPU_EMERGENCY]
	sub	x0, x0, #FAULT_SIZE
	stp	x1, x2, [x0, #FAULT_X(1)]
	mov	x1, sp
	mov	x2, #\offset
	b	hyp_fault
	.endm

	.section .text.vectors, "ax"
	.balign	0x800
	.globl	el2_vectors
el2_vectors:
	/* EL2 with SP_EL0: we never run so */
	bug	0x000				/* Synchronous */
	bug	0x080				/* IRQ */
	bug	0x100				/* FIQ */
	bug	0x180				/* SError */
	/* EL2 with SP_EL2: the hypervisor itself, always IRQ-masked */
	bug	0x200
	bug	0x280
	bug	0x300
	bug	0x380
	/* Lower EL, AArch64: the guest */
	guest	0x400, trap_sync
	guest	0x480, trap_irq
	bug	0x500				/* FIQ: group 0, enabled by nobody */
	guest	0x580, trap_serror
	/* Lower EL, AArch32: a guest's EL0, if it has such programs */
	guest	0x600, trap_sync
	guest	0x680, trap_irq
	bug	0x700
	guest	0x780, trap_serror
	.org	el2_vectors + 0x800

/* In: x0 = vCPU, loaded on this CPU. */
	.globl	guest_resume
guest_resume:
	ldp	x30, x2, [x0, #REGS_X(30)]
	ldr	x3, [x0, #REGS_PSTATE]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	ldp	x2, x3, [x0, #REGS_X(2)]
	ldp	x4, x5, [x0, #REGS_X(4)]
	ldp	x6, x7, [x0, #REGS_X(6)]
	ldp	x8, x9, [x0, #REGS_X(8)]
	ldp	x10, x11, [x0, #REGS_X(10)]
	ldp	x12, x13, [x0, #REGS_X(12)]
	ldp	x14, x15, [x0, #REGS_X(14)]
	ldp	x16, x17, [x0, #REGS_X(16)]
	ldp	x18, x19, [x0, #REGS_X(18)]
	ldp	x20, x21, [x0, #REGS_X(20)]
	ldp	x22, x23, [x0, #REGS_X(22)]
	ldp	x24, x25, [x0, #REGS_X(24)]
	ldp	x26, x27, [x0, #REGS_X(26)]
	ldp	x28, x29, [x0, #REGS_X(28)]
	ldp	x0, x1, [x0, #REGS_X(0)]
	eret

/*
 * In:  x0 = frame on the emergency stack, x1 and x2 saved there;
 *      x1 = SP at the fault, x2 = vector; x0 of the fault in SP_EL0.
 */
hyp_fault:
	stp	x3, x4, [x0, #FAULT_X(3)]
	stp	x5, x6, [x0, #FAULT_X(5)]
	stp	x7, x8, [x0, #FAULT_X(7)]
	stp	x9, x10, [x0, #FAULT_X(9)]
	stp	x11, x12, [x0, #FAULT_X(11)]
	stp	x13, x14, [x0, #FAULT_X(13)]
	stp	x15, x16, [x0, #FAULT_X(15)]
	stp	x17, x18, [x0, #FAULT_X(17)]
	stp	x19, x20, [x0, #FAULT_X(19)]
	stp	x21, x22, [x0, #FAULT_X(21)]
	stp	x23, x24, [x0, #FAULT_X(23)]
	stp	x25, x26, [x0, #FAULT_X(25)]
	stp	x27, x28, [x0, #FAULT_X(27)]
	stp	x29, x30, [x0, #FAULT_X(29)]
	mrs	x3, sp_el0
	mrs	x4, elr_el2
	mrs	x5, spsr_el2
	mrs	x6, esr_el2
	mrs	x7, far_el2
	str	x3, [x0, #FAULT_X(0)]
	stp	x1, x4, [x0, #FAULT_SP]
	stp	x5, x6, [x0, #FAULT_PSTATE]
	stp	x7, x2, [x0, #FAULT_FAR]
	mov	sp, x0
	bl	trap_fault			/* prints and stops */
	b	.

/* x0 = frame: the registers of a caller that has not faulted. */
	.globl	fault_capture
fault_capture:
	stp	x0, x1, [x0, #FAULT_X(0)]
	stp	x2, x3, [x0, #FAULT_X(2)]
	stp	x4, x5, [x0, #FAULT_X(4)]
	stp	x6, x7, [x0, #FAULT_X(6)]
	stp	x8, x9, [x0, #FAULT_X(8)]
	stp	x10, x11, [x0, #FAULT_X(10)]
	stp	x12, x13, [x0, #FAULT_X(12)]
	stp	x14, x15, [x0, #FAULT_X(14)]
	stp	x16, x17, [x0, #FAULT_X(16)]
	stp	x18, x19, [x0, #FAULT_X(18)]
	stp	x20, x21, [x0, #FAULT_X(20)]
	stp	x22, x23, [x0, #FAULT_X(22)]
	stp	x24, x25, [x0, #FAULT_X(24)]
	stp	x26, x27, [x0, #FAULT_X(26)]
	stp	x28, x29, [x0, #FAULT_X(28)]
	mov	x1, sp
	stp	x30, x1, [x0, #FAULT_X(30)]
	ret
