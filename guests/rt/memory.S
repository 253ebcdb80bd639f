/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy and memset in place of newlib's, which go byte by byte: whole images
 * are moved here.  Normal memory only, because accesses may be unaligned.
 */
	.text
	.globl	memcpy
	.type	memcpy, %function
memcpy:
	mov	x3, x0
	cmp	x2, #16
	b.lo	3f
	add	x4, x1, x2			/* ends */
	add	x5, x0, x2
1:	subs	x2, x2, #32
	b.lo	2f
	ldp	q0, q1, [x1], #32
	stp	q0, q1, [x3], #32
	b	1b
2:	tbz	x2, #4, 4f			/* 16 or more are left */
	ldr	q0, [x1]
	str	q0, [x3]
4:	ldr	q1, [x4, #-16]			/* may overlap what was copied */
	str	q1, [x5, #-16]
	ret
3:	cbz	x2, 5f
	ldrb	w4, [x1], #1
	strb	w4, [x3], #1
	sub	x2, x2, #1
	b	3b
5:	ret
	.size	memcpy, . - memcpy

	.globl	memset
	.type	memset, %function
memset:
	mov	x3, x0
	dup	v0.16b, w1
	cmp	x2, #16
	b.lo	3f
	add	x5, x0, x2
1:	subs	x2, x2, #32
	b.lo	2f
	stp	q0, q0, [x3], #32
	b	1b
2:	tbz	x2, #4, 4f
	str	q0, [x3]
4:	str	q0, [x5, #-16]
	ret
3:	cbz	x2, 5f
	strb	w1, [x3], #1
	sub	x2, x2, #1
	b	3b
5:	ret
	.size	memset, . - memset
