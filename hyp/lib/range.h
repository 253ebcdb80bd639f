/* SPDX-License-Identifier: BSD-2-Clause */
/* Half-open ranges [base, base + size) of 64-bit numbers that may not wrap. */
#ifndef LIB_RANGE_H
#define LIB_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* Does [base, base + size) end at or below 2^64 - 1? An empty range is good. */
static inline bool range_is_good(uint64_t base, uint64_t size)
{
	return base + size >= base;
}

/* Both good. */
static inline bool range_holds(uint64_t base, uint64_t size, uint64_t in_base,
                               uint64_t in_size)
{
	return in_base >= base && in_size <= size &&
	       in_base - base <= size - in_size;
}

/* Both good; empty ranges meet nothing. */
static inline bool range_meets(uint64_t a, uint64_t a_size, uint64_t b,
                               uint64_t b_size)
{
	return a_size != 0 && b_size != 0 && a < b + b_size && b < a + a_size;
}

#endif
