/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handover(entry, arg): MMU off and away.  Runs from the identity map, uses no
 * stack: its lines may be dirty in a cache that is no longer asked.
 */
#include "cpu.h"

	.text
	.globl	handover
handover:
	mov	x16, x0
	mov	x0, x1
	ldr	x3, =SCTLR_EL2_OFF
	dsb	sy			/* all stores before the caches go off */
	msr	sctlr_el2, x3
	isb				/* fetched untranslated from here on */
	tlbi	alle2
	ic	iallu
	dsb	sy			/* both done before the new code runs */
	isb
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x16
