/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks, one slot per CPU, aligned to its size:
 *
 *     +0x0000   never mapped
 *     +0x8000   the stack, growing down from
 *     +0x10000  its top, the next slot
 *
 * So bit 15 of a good SP (below the top) is 1, and a stack that has run over
 * is known by that bit being 0: vectors.S tests it before it stores anything.
 */
#ifndef RT_STACK_H
#define RT_STACK_H

#define STACK_SLOT     0x10000
#define STACK_SIZE     0x8000
#define STACK_GOOD_BIT 15

#endif
