/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memset and memmove in place of newlib's, which go byte by byte: whole images
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

/* Where both overlap, every byte is read before it is written over. */
	.globl	memmove
	.type	memmove, %function
memmove:
	sub	x3, x0, x1
	cmp	x3, x2
	b.lo	3f				/* to the end of from: backwards */
	sub	x4, x1, x0
	cmp	x4, x2
	b.hs	memcpy				/* no overlap */
	mov	x3, x0
1:	subs	x2, x2, #16
	b.lo	2f
	ldr	q0, [x1], #16
	str	q0, [x3], #16
	b	1b
2:	add	x2, x2, #16
6:	cbz	x2, 5f
	ldrb	w4, [x1], #1
	strb	w4, [x3], #1
	sub	x2, x2, #1
	b	6b
3:	add	x4, x1, x2
	add	x5, x0, x2
7:	subs	x2, x2, #16
	b.lo	8f
	ldr	q0, [x4, #-16]!
	str	q0, [x5, #-16]!
	b	7b
8:	add	x2, x2, #16
9:	cbz	x2, 5f
	ldrb	w6, [x4, #-1]!
	strb	w6, [x5, #-1]!
	sub	x2, x2, #1
	b	9b
5:	ret
	.size	memmove, . - memmove
