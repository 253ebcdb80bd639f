/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks made of tables: the reverse of a split.
 *
 * Spec: Arm ARM, "Use of break-before-make when updating translation table
 *       entries".
 */
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "arch/tlb.h"
#include "lib/mutant.h"
#include "mem/page.h"
#include "mem/stage2.h"
#include "mem/stage2_walk.h"

/* The block that says what @table at @level + 1 says; 0: there is none. */
static uint64_t block_of(const uint64_t *table, unsigned level)
{
	uint64_t step = stage2_size_of(level + 1);
	uint64_t first = table[0];
	unsigned i;

	/* The last one first: most tables that are in use are not full. */
	if ((first & PTE_VALID) == 0 || stage2_is_table(first, level + 1) ||
	    (first & PTE_ADDR & (stage2_size_of(level) - 1)) != 0 ||
	    table[STAGE2_ENTRIES - 1] != first + (STAGE2_ENTRIES - 1) * step) {
		return 0;
	}
	for (i = 1; i < STAGE2_ENTRIES - 1; i++) {
		if (table[i] != first + i * step) {
			return 0;
		}
	}
	return first & ~PTE_TABLE; /* a block has the bit clear */
}

static void merge_at(struct stage2 *s2, uint64_t at, unsigned level)
{
	unsigned found;
	uint64_t *entry = stage2_find(s2, at, level, &found);
	uint64_t *table;
	uint64_t block;

	if (found != level || !stage2_is_table(*entry, level)) {
		return;
	}
	table = stage2_table_of(*entry);
	block = block_of(table, level);
	if (block == 0 || mutant(merge_never)) {
		return;
	}
	*entry = 0;
	at &= ~(stage2_size_of(level) - 1);
	tlb_flush_vm_range(s2->vttbr, at, at + stage2_size_of(level));
	*entry = block;
	dsb_ishst(); /* the block is there for all walkers */
	s2->table_pages--;
	page_free(table, PAGE_STAGE2);
}

void stage2_merge(struct stage2 *s2, ipa_t at, uint64_t len, ipa_t low,
                  ipa_t high)
{
	unsigned level;

	spin_lock(&s2->lock);
	for (level = 2; level >= 1; level--) {
		uint64_t size = stage2_size_of(level);
		uint64_t here = at.v & ~(size - 1);

		for (; here < at.v + len; here += size) {
			if (here >= low.v && here + size <= high.v) {
				merge_at(s2, here, level);
			}
		}
	}
	spin_unlock(&s2->lock);
}
