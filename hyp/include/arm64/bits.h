/* SPDX-License-Identifier: BSD-2-Clause */
/* Bit fields named by one mask each; usable from C and from assembly. */
#ifndef ARM64_BITS_H
#define ARM64_BITS_H

#ifdef __ASSEMBLER__
#define U64(x) (x)
#else
#define U64(x) (x##ull)
#endif

#define BIT(n)        (U64(1) << (n))
#define FIELD(hi, lo) ((U64(-1) >> (63 - (hi))) & (U64(-1) << (lo)))

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Lowest set bit of a mask, as a multiplier: no shift constant to get wrong. */
#define FIELD_LSB(mask)      ((mask) & -(mask))
#define field_get(mask, reg) (((uint64_t)(reg) & (mask)) / FIELD_LSB(mask))
#define field_put(mask, val) (((uint64_t)(val)*FIELD_LSB(mask)) & (mask))
#endif

#endif
