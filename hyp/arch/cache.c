/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance by line, as the cache type register describes it. */
#include "arch/cache.h"

#include <stdbool.h>
#include <stdint.h>

#include "arch/sysreg.h"
#include "lib/mutant.h"
#include "lib/string.h"

#define CTR_DMINLINE FIELD(19, 16) /* log2 of words */
#define DCZID_BS     FIELD(3, 0)   /* log2 of words */
#define DCZID_DZP    BIT(4)        /* DC ZVA prohibited */

uint64_t cache_bytes;

static void count(uint64_t bytes)
{
	(void)__atomic_fetch_add(&cache_bytes, bytes, __ATOMIC_RELAXED);
}

static uint64_t line_size(void)
{
	return 4ull << field_get(CTR_DMINLINE, sysreg_read(CTR_EL0));
}

/* Whether DC ZVA in steps of @step zeroes [from, end) and nothing else. */
static bool may_zero_by(uint64_t step, uint64_t from, uint64_t end)
{
	uint64_t dczid = sysreg_read(DCZID_EL0);

	return (dczid & DCZID_DZP) == 0 &&
	       step == 4ull << field_get(DCZID_BS, dczid) &&
	       ((from | end) & (step - 1)) == 0;
}

#define LINE(op, at) __asm__ volatile(op ", %0" : : "r"(at) : "memory")

#define STEP(OP, at, step)      \
	do {                    \
		OP(at);         \
		(at) += (step); \
	} while (0)

/*
 * OP(line) for each line of [from, end).  Scrubbing is most of what the end of
 * a VM costs: eight lines for each turn, so that the loop itself costs little.
 */
#define EACH_LINE(OP, from, end, step)                 \
	do {                                           \
		while ((end) - (from) >= 8 * (step)) { \
			STEP(OP, from, step);          \
			STEP(OP, from, step);          \
			STEP(OP, from, step);          \
			STEP(OP, from, step);          \
			STEP(OP, from, step);          \
			STEP(OP, from, step);          \
			STEP(OP, from, step);          \
			STEP(OP, from, step);          \
		}                                      \
		while ((from) < (end)) {               \
			STEP(OP, from, step);          \
		}                                      \
	} while (0)

#define ZERO(at)  LINE("dc zva", at)
#define CLEAN(at) LINE("dc cvac", at)
#define FLUSH(at) LINE("dc civac", at)
#define PUSH(at)  LINE("dc cvau", at)
#define SCRUB(at)          \
	do {               \
		ZERO(at);  \
		FLUSH(at); \
	} while (0)

void cache_zero(void *at, size_t len)
{
	uint64_t from = (uint64_t)at;
	uint64_t end = from + len;
	uint64_t step = 4ull << field_get(DCZID_BS, sysreg_read(DCZID_EL0));

	if (!may_zero_by(step, from, end)) {
		memset(at, 0, len);
		return;
	}
	EACH_LINE(ZERO, from, end, step);
}

void cache_scrub(void *at, size_t len)
{
	uint64_t from = (uint64_t)at;
	uint64_t end = from + len;
	uint64_t step = line_size();

	if (mutant(flush_skipped)) {
		cache_zero(at, len);
		return;
	}
	if (!may_zero_by(step, from, end)) {
		cache_zero(at, len);
		cache_flush(at, len);
		return;
	}
	count(len);
	EACH_LINE(SCRUB, from, end, step);
	dsb_ish(); /* the maintenance is complete for all CPUs */
}

/* Run a line operation over a range, then wait for it. */
#define MAINTAIN(OP, at, len)                                   \
	do {                                                    \
		uint64_t step_ = line_size();                   \
		uint64_t from_ = (uint64_t)(at) & ~(step_ - 1); \
		uint64_t end_ = (uint64_t)(at) + (len);         \
		EACH_LINE(OP, from_, end_, step_);              \
		dsb_ish(); /* it is complete for all CPUs */    \
	} while (0)

void cache_clean(const void *at, size_t len)
{
	count(len);
	MAINTAIN(CLEAN, at, len);
}

void cache_flush(const void *at, size_t len)
{
	if (mutant(flush_skipped)) {
		return;
	}
	count(len);
	MAINTAIN(FLUSH, at, len);
}

void cache_sync_code(const void *at, size_t len)
{
	MAINTAIN(PUSH, at, len);
	__asm__ volatile("ic ialluis" : : : "memory");
	dsb_ish(); /* the invalidation is complete before anyone goes on */
	isb();     /* and this CPU fetches anew */
}
