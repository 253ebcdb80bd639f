/* SPDX-License-Identifier: BSD-2-Clause */
/* EL2's translation table: 4 KiB granule, 48-bit addresses, W^X. */
#include "mem/stage1.h"

#include <arm64/sysreg.h>

#include "lib/assert.h"
#include "lib/mutant.h"
#include "mem/image.h"
#include "mem/page.h"

#define ENTRIES 512

#define LEAF (PTE_VALID | PTE_AF | PTE_SH_INNER | PTE_AP_RES1 | PTE_XN)

uint64_t stage1_ttbr;

static uint64_t *root;

static const uint64_t leaf_of[] = {
	[STAGE1_RAM] = LEAF | PTE_ATTR_INDEX(MAIR_NORMAL),
	[STAGE1_DEVICE] = LEAF | PTE_ATTR_INDEX(MAIR_DEVICE),
};

static unsigned shift_of(unsigned level)
{
	return 39 - 9 * level;
}

static uint64_t *new_table(void)
{
	uint64_t *table = page_alloc(PAGE_STAGE1);

	ASSERT(table != NULL);
	return table;
}

void stage1_init(void)
{
	root = new_table();
	root[IMAGE_VA >> 39] = boot_l0[IMAGE_VA >> 39];
	stage1_ttbr = virt_to_phys(root).v;
}

/* The table that holds the entry for @va at @level. */
static uint64_t *table_for(uint64_t va, unsigned level)
{
	uint64_t *table = root;
	unsigned at;

	for (at = 0; at < level; at++) {
		uint64_t *entry = &table[(va >> shift_of(at)) % ENTRIES];

		if (*entry == 0) {
			*entry = virt_to_phys(new_table()).v | PTE_VALID |
			         PTE_TABLE;
		}
		ASSERT(*entry & PTE_TABLE);
		table = phys_to_virt(pa(*entry & PTE_ADDR));
	}
	return table;
}

/* The largest block that starts at @va and @at and fits into @size. */
static unsigned best_level(uint64_t va, uint64_t at, uint64_t size)
{
	if (((va | at) & (BLOCK1_SIZE - 1)) == 0 && size >= BLOCK1_SIZE) {
		return 1;
	}
	if (((va | at) & (BLOCK2_SIZE - 1)) == 0 && size >= BLOCK2_SIZE) {
		return 2;
	}
	return 3;
}

void stage1_map(uint64_t va, pa_t to, uint64_t size, enum stage1_kind kind)
{
	while (size > 0) {
		unsigned level = best_level(va, to.v, size);
		uint64_t step = 1ull << shift_of(level);
		uint64_t *table = table_for(va, level);
		uint64_t i = (va >> shift_of(level)) % ENTRIES;

		uint64_t leaf = leaf_of[kind] | (level == 3 ? PTE_TABLE : 0);

		if (kind == STAGE1_DEVICE && mutant(devices_executable)) {
			leaf &= ~PTE_XN;
		}

		/*
		 * As many entries as this table takes. A larger block cannot
		 * begin before the table ends, for there is where addresses
		 * are aligned again.
		 */
		for (; i < ENTRIES && size >= step;
		     i++, va += step, to.v += step, size -= step) {
			ASSERT(table[i] == 0);
			table[i] = to.v | leaf;
		}
	}
}

void stage1_map_ram(pa_t base, uint64_t size)
{
	uint64_t hole = virt_to_phys(image_text).v;
	uint64_t hole_end = virt_to_phys(image_data).v;
	uint64_t end = base.v + size;

	if (hole >= base.v && hole_end <= end) {
		stage1_map(RAM_VA + base.v, base, hole - base.v, STAGE1_RAM);
		base.v = hole_end;
	}
	stage1_map(RAM_VA + base.v, base, end - base.v, STAGE1_RAM);
}

volatile void *stage1_map_device(pa_t base, uint64_t size)
{
	/* Same offset inside 2 MiB, so that blocks can be used. */
	stage1_map(DEVICE_VA + base.v, base, size, STAGE1_DEVICE);
	return (volatile void *)(DEVICE_VA + base.v);
}
