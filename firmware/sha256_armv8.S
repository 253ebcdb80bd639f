/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sha256_blocks_armv8(state, data, count) with the instructions of
 * FEAT_SHA256: 99 instructions a block of 64 bytes.
 *
 *   v0, v1    a..d and e..h          v4-v7    the next 16 words of the message
 *   v2, v3    scratch                v16-v31  the 64 constants
 *   v8, v9    the state before the block
 */
	.arch	armv8-a+crypto

/* Rounds 4i to 4i+3, and words 4i+16 to 4i+19 if anybody wants them. */
	.macro	rounds, w0, w1, w2, w3, constant, more=1
	add	v2.4s, v\w0\().4s, v\constant\().4s
	mov	v3.16b, v0.16b
	.if	\more
	sha256su0 v\w0\().4s, v\w1\().4s
	.endif
	sha256h	q0, q1, v2.4s
	sha256h2 q1, q3, v2.4s
	.if	\more
	sha256su1 v\w0\().4s, v\w2\().4s, v\w3\().4s
	.endif
	.endm

	.text
	.globl	sha256_blocks_armv8
sha256_blocks_armv8:
	cbz	x2, 2f
	stp	d8, d9, [sp, #-16]!
	adrp	x3, constants
	add	x3, x3, :lo12:constants
	ld1	{v16.4s-v19.4s}, [x3], #64
	ld1	{v20.4s-v23.4s}, [x3], #64
	ld1	{v24.4s-v27.4s}, [x3], #64
	ld1	{v28.4s-v31.4s}, [x3]
	ld1	{v0.4s, v1.4s}, [x0]
1:	ld1	{v4.16b-v7.16b}, [x1], #64
	rev32	v4.16b, v4.16b
	rev32	v5.16b, v5.16b
	rev32	v6.16b, v6.16b
	rev32	v7.16b, v7.16b
	mov	v8.16b, v0.16b
	mov	v9.16b, v1.16b
	rounds	4, 5, 6, 7, 16
	rounds	5, 6, 7, 4, 17
	rounds	6, 7, 4, 5, 18
	rounds	7, 4, 5, 6, 19
	rounds	4, 5, 6, 7, 20
	rounds	5, 6, 7, 4, 21
	rounds	6, 7, 4, 5, 22
	rounds	7, 4, 5, 6, 23
	rounds	4, 5, 6, 7, 24
	rounds	5, 6, 7, 4, 25
	rounds	6, 7, 4, 5, 26
	rounds	7, 4, 5, 6, 27
	rounds	4, 5, 6, 7, 28, 0
	rounds	5, 6, 7, 4, 29, 0
	rounds	6, 7, 4, 5, 30, 0
	rounds	7, 4, 5, 6, 31, 0
	add	v0.4s, v0.4s, v8.4s
	add	v1.4s, v1.4s, v9.4s
	subs	x2, x2, #1
	b.ne	1b
	st1	{v0.4s, v1.4s}, [x0]
	ldp	d8, d9, [sp], #16
2:	ret

/* The same as in sha256.c. */
	.section .rodata
	.balign	16
constants:
	.word	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5
	.word	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5
	.word	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3
	.word	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174
	.word	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc
	.word	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da
	.word	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7
	.word	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967
	.word	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13
	.word	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85
	.word	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3
	.word	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070
	.word	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5
	.word	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3
	.word	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208
	.word	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
