/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the first vCPU of a small VM does while its sibling comes and goes, and
 * the sibling; see hvc_life.c.  Position independent; MMU off.
 *
 * In:    x2 = struct counts: CPU_ONs that succeeded; times it was told that
 *        the sibling is on; where the sibling starts; how often it did
 */
#define PSCI_CPU_ON        0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004
#define SIBLING            1		/* its MPIDR */

	.macro	load32, reg, value
	mov	\reg, #(\value & 0xffff)
	movk	\reg, #(\value >> 16), lsl #16
	.endm

	.section .rodata.life, "a"
	.balign 16
	.globl life_code, life_sibling, life_code_end
life_code:
	mov	x20, x2
1:	load32	w0, PSCI_CPU_ON
	mov	x1, #SIBLING
	ldr	x2, [x20, #16]
	mov	x3, x20
	hvc	#0
	yield					/* see put_spin() */
	cbnz	x0, 2f
	ldr	x9, [x20]
	add	x9, x9, #1
	str	x9, [x20]
2:	load32	w0, PSCI_AFFINITY_INFO
	mov	x1, #SIBLING
	mov	x2, #0
	hvc	#0
	cbnz	x0, 1b				/* 0: ON */
	ldr	x9, [x20, #8]
	add	x9, x9, #1
	str	x9, [x20, #8]
	b	1b

/* The sibling.  In: x0 = where it counts */
life_sibling:
	ldr	x9, [x0, #24]
	add	x9, x9, #1
	str	x9, [x0, #24]
3:	yield
	b	3b
life_code_end:
