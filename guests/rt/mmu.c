// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stage 1 tables, all from one pool in the image.
 *
 * mmu_build runs before the MMU is on: no libc, no locks, nothing unaligned.
 * Later changes are made by one CPU at a time; tests see to that.
 */
#include "rt/mmu.h"

#include <stdbool.h>
#include <stddef.h>

#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/stack.h"
#include "rt/sysreg.h"

#define ENTRIES    512
#define POOL_PAGES 48
#define LEVEL_LEAF 3

#define PTE_VALID  BIT(0)
#define PTE_TABLE  BIT(1) /* at level 3: a page */
#define PTE_ATTR   FIELD(4, 2)
#define PTE_USER   BIT(6)
#define PTE_RO     BIT(7)
#define PTE_SHARED field_put(FIELD(9, 8), 3) /* inner shareable */
#define PTE_AF     BIT(10)
#define PTE_ADDR   FIELD(47, 12)
#define PTE_GP     BIT(50)
#define PTE_PXN    BIT(53)
#define PTE_UXN    BIT(54)

#define CTR_DMINLINE FIELD(19, 16) /* log2 of words in the smallest line */

/* Linker script */
extern char image_start[], text_end[], rodata_end[], stacks_start[],
	image_end[];

/* start.S loads its address into TTBR0_EL1. */
struct tables {
	uint64_t root[ENTRIES];
	uint64_t pool[POOL_PAGES][ENTRIES];
} mmu_root __attribute__((aligned(4096)));
static unsigned pool_used;

static unsigned index_at(uint64_t va, int level)
{
	return (va >> (12 + 9 * (LEVEL_LEAF - level))) & (ENTRIES - 1);
}

static uint64_t size_at(int level)
{
	return PAGE_SIZE << (9 * (LEVEL_LEAF - level));
}

static uint64_t leaf_bits(unsigned how)
{
	uint64_t bits = PTE_VALID | PTE_SHARED;

	bits |= field_put(PTE_ATTR, how & MMU_TYPE);
	bits |= (how & MMU_RO) ? PTE_RO : 0;
	bits |= (how & MMU_USER) ? PTE_USER : 0;
	bits |= (how & MMU_X) ? 0 : PTE_PXN;
	bits |= (how & MMU_USER_X) ? 0 : PTE_UXN;
	bits |= (how & MMU_NO_AF) ? 0 : PTE_AF;
	bits |= (how & MMU_GUARD) ? PTE_GP : 0;
	return bits;
}

/* The table below @entry, made when there is none; NULL: pool spent. */
static uint64_t *table_below(uint64_t *entry)
{
	if (*entry == 0) {
		if (pool_used == POOL_PAGES) {
			return NULL;
		}
		*entry = (uint64_t)(uintptr_t)mmu_root.pool[pool_used++] |
		         PTE_VALID | PTE_TABLE;
	}
	if (!(*entry & PTE_TABLE)) {
		return NULL; /* a block is in the way */
	}
	return (uint64_t *)(uintptr_t)(*entry & PTE_ADDR);
}

/* Fill one leaf, the largest that fits. @return its size, 0 when it cannot. */
static uint64_t map_one(uint64_t va, uint64_t pa, uint64_t size, uint64_t bits)
{
	uint64_t *table = mmu_root.root;

	for (int level = 1; level <= LEVEL_LEAF; level++) {
		uint64_t *entry = &table[index_at(va, level)];
		uint64_t span = size_at(level);

		if (level >= 2 && *entry == 0 && size >= span &&
		    ((va | pa) & (span - 1)) == 0) {
			*entry = pa | bits |
			         (level == LEVEL_LEAF ? PTE_TABLE : 0);
			return span;
		}
		if (level == LEVEL_LEAF) {
			return 0; /* mapped already */
		}
		table = table_below(entry);
		if (table == NULL) {
			return 0;
		}
	}
	return 0;
}

static bool try_map(uint64_t va, uint64_t pa, uint64_t size, unsigned how)
{
	uint64_t bits = leaf_bits(how);

	if (((va | pa | size) & (PAGE_SIZE - 1)) != 0 ||
	    va + size > (1ull << 39)) {
		return false;
	}
	while (size > 0) {
		uint64_t done = map_one(va, pa, size, bits);

		if (done == 0) {
			return false;
		}
		va += done;
		pa += done;
		size -= done;
	}
	return true;
}

void mmu_map(uint64_t va, uint64_t pa, uint64_t size, unsigned how)
{
	if (!try_map(va, pa, size, how)) {
		fatal("mmu: cannot map 0x%llx size 0x%llx",
		      (unsigned long long)va, (unsigned long long)size);
	}
	/* The entries must be visible to the walker before va is used. */
	dsb_ish();
	isb();
}

static uint64_t *leaf_of(uint64_t va, uint64_t *span)
{
	uint64_t *table = mmu_root.root;

	for (int level = 1; level <= LEVEL_LEAF; level++) {
		uint64_t *entry = &table[index_at(va, level)];

		*span = size_at(level);
		if (!(*entry & PTE_VALID)) {
			return NULL;
		}
		if (level == LEVEL_LEAF || !(*entry & PTE_TABLE)) {
			return entry;
		}
		table = (uint64_t *)(uintptr_t)(*entry & PTE_ADDR);
	}
	return NULL;
}

void mmu_unmap(uint64_t va, uint64_t size)
{
	uint64_t end = va + size;

	while (va < end) {
		uint64_t span;
		uint64_t *entry = leaf_of(va, &span);

		if (entry != NULL) {
			*entry = 0;
			/* The hole is seen by walkers before the TLB forgets. */
			dsb_ish();
			__asm__ volatile("tlbi vaae1is, %0" ::"r"(va >> 12)
			                 : "memory");
		}
		va = (va & ~(span - 1)) + span;
	}
	/* Nobody uses an old entry any more when we return. */
	dsb_ish();
	isb();
}

uint64_t mmu_entry(uint64_t va)
{
	uint64_t span;
	uint64_t *entry = leaf_of(va, &span);

	return entry != NULL ? *entry : 0;
}

void mmu_fill(uint64_t start, uint64_t end, unsigned how)
{
	while (start < end) {
		uint64_t done =
			map_one(start, start, end - start, leaf_bits(how));

		start += done != 0 ? done : PAGE_SIZE;
	}
	dsb_ish(); /* the walker sees the entries before anybody uses them */
	isb();
}

void mmu_map_device(uint64_t pa, uint64_t size)
{
	uint64_t end = (pa + size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);

	for (pa &= ~(PAGE_SIZE - 1); pa < end; pa += PAGE_SIZE) {
		if (mmu_entry(pa) == 0) {
			mmu_map(pa, pa, PAGE_SIZE, MMU_DEVICE);
		}
	}
}

/* Big-endian, with the MMU off: byte by byte. */
static uint64_t blob_size(uint64_t dtb)
{
	const volatile uint8_t *byte = (const uint8_t *)(uintptr_t)dtb;

	return (uint64_t)byte[4] << 24 | (uint64_t)byte[5] << 16 |
	       (uint64_t)byte[6] << 8 | byte[7];
}

static void map_self(char *from, char *to, unsigned how)
{
	uint64_t start = (uint64_t)(uintptr_t)from;

	try_map(start, start, (uint64_t)(uintptr_t)to - start, how);
}

void mmu_build(uint64_t dtb)
{
	uint64_t size = dtb != 0 ? blob_size(dtb) : 0;
	uint64_t first = dtb & ~(PAGE_SIZE - 1);
	uint64_t last = (dtb + size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	uint64_t line;

	map_self(image_start, text_end, MMU_NORMAL | MMU_X | MMU_RO);
	map_self(text_end, rodata_end, MMU_NORMAL | MMU_RO);
	map_self(rodata_end, stacks_start, MMU_NORMAL);
	for (char *slot = stacks_start; slot < image_end; slot += STACK_SLOT) {
		map_self(slot + STACK_SLOT - STACK_SIZE, slot + STACK_SLOT,
		         MMU_NORMAL);
	}
	/* The tree: page by page, RAM is mapped around it later. */
	for (; first < last; first += PAGE_SIZE) {
		try_map(first, first, PAGE_SIZE, MMU_NORMAL);
	}
	/*
	 * What was written with the cache off must not be hidden by stale
	 * lines that somebody left there.
	 */
	line = 4u << field_get(CTR_DMINLINE, sysreg_read(ctr_el0));
	for (uint64_t at = 0; at < sizeof(mmu_root); at += line) {
		__asm__ volatile("dc ivac, %0" ::"r"((char *)&mmu_root + at)
		                 : "memory");
	}
	dsb_sy();
}
