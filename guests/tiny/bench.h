/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measuring in instructions: under "-icount shift=0" every instruction takes
 * one nanosecond of the counter, which ticks every 16.  A figure is the mean of
 * many iterations, less an empty loop of the same shape, rounded up.
 */
#ifndef TINY_BENCH_H
#define TINY_BENCH_H

#include <stdint.h>

#include "rt/frame.h"
#include "rt/sysreg.h"

#define UNIT   "instructions"
#define ROUNDS 10000ull

/* One instruction takes a nanosecond. */
static inline uint64_t instructions(uint64_t ticks)
{
	return ticks * (1000000000ull / cntfrq());
}

/*
 * Ticks that ROUNDS times BODY take.  The counter of rounds is x23; BODY may
 * use x0 to x17, and x20 to x22 hold three values for it.
 */
#define LOOP(BODY, V20, V21, V22)                                             \
	({                                                                    \
		register uint64_t r20 __asm__("x20") = (uint64_t)(V20);       \
		register uint64_t r21 __asm__("x21") = (uint64_t)(V21);       \
		register uint64_t r22 __asm__("x22") = (uint64_t)(V22);       \
		register uint64_t r23 __asm__("x23") = ROUNDS;                \
		uint64_t loop_start = cntpct();                               \
		__asm__ volatile("1:\n" BODY "\n"                             \
		                 "	subs	x23, x23, #1\n"                       \
		                 "	b.ne	1b\n"                                 \
		                 : "+r"(r23), "+r"(r20), "+r"(r21), "+r"(r22) \
		                 :                                            \
		                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6",  \
		                   "x7", "x8", "x9", "x10", "x11", "x12",     \
		                   "x13", "x14", "x15", "x16", "x17", "x24",  \
		                   "x25", "x26", "x27", "x28", "cc",          \
		                   "memory");                                 \
		cntpct() - loop_start;                                        \
	})

static inline void report(const char *row, uint64_t ticks, uint64_t empty,
                          uint64_t rounds)
{
	uint64_t net = instructions(ticks > empty ? ticks - empty : 0);

	frame_bench(row, (unsigned long)((net + rounds - 1) / rounds), UNIT);
}

#endif
