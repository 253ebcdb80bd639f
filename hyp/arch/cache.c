/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance by line, as the cache type register describes it. */
#include "arch/cache.h"

#include <stdint.h>

#include "arch/sysreg.h"
#include "lib/string.h"

#define CTR_DMINLINE FIELD(19, 16) /* log2 of words */
#define DCZID_BS     FIELD(3, 0)   /* log2 of words */
#define DCZID_DZP    BIT(4)        /* DC ZVA prohibited */

static uint64_t line_size(void)
{
	return 4ull << field_get(CTR_DMINLINE, sysreg_read(CTR_EL0));
}

void cache_zero(void *at, size_t len)
{
	uint64_t dczid = sysreg_read(DCZID_EL0);
	uint64_t block = 4ull << field_get(DCZID_BS, dczid);
	uint64_t from = (uint64_t)at;
	uint64_t end = from + len;

	if ((dczid & DCZID_DZP) || ((from | end) & (block - 1))) {
		memset(at, 0, len);
		return;
	}
	for (; from < end; from += block) {
		__asm__ volatile("dc zva, %0" : : "r"(from) : "memory");
	}
}

/* Run a line operation over a range, then wait for it. */
#define EACH_LINE(op, at, len)                                                 \
	do {                                                                   \
		uint64_t line_ = line_size();                                  \
		uint64_t from_ = (uint64_t)(at) & ~(line_ - 1);                \
		uint64_t end_ = (uint64_t)(at) + (len);                        \
		for (; from_ < end_; from_ += line_) {                         \
			__asm__ volatile(op ", %0" : : "r"(from_) : "memory"); \
		}                                                              \
		dsb_ish(); /* the maintenance is complete for all CPUs */      \
	} while (0)

void cache_clean(const void *at, size_t len)
{
	EACH_LINE("dc cvac", at, len);
}

void cache_flush(const void *at, size_t len)
{
	EACH_LINE("dc civac", at, len);
}

void cache_sync_code(const void *at, size_t len)
{
	EACH_LINE("dc cvau", at, len);
	__asm__ volatile("ic ialluis" : : : "memory");
	dsb_ish(); /* the invalidation is complete before anyone goes on */
	isb();     /* and this CPU fetches anew */
}
