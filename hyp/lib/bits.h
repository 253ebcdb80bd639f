/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting bits without the compiler's help: __builtin_popcount() becomes a
 * call of libgcc, which counts in a vector register, and those are the guest's.
 * That is why nothing of libgcc is linked.
 */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include <stdint.h>

/** How many bits of @word are set. */
static inline uint32_t bits_count(uint32_t word)
{
	word -= word >> 1 & 0x55555555u;
	word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
	word = (word + (word >> 4)) & 0x0f0f0f0fu;
	return word * 0x01010101u >> 24;
}

#endif
