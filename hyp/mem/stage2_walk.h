/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking stage-2 tables, for the files of mem/ that change them. */
#ifndef MEM_STAGE2_WALK_H
#define MEM_STAGE2_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include <arm64/sysreg.h>

#include "mem/phys.h"
#include "mem/stage2.h"

#define STAGE2_ENTRIES 512
#define STAGE2_LEAF    3 /* the last level */

static inline unsigned stage2_shift_of(unsigned level)
{
	return 39 - 9 * level;
}

/* Bytes that one entry of @level covers. */
static inline uint64_t stage2_size_of(unsigned level)
{
	return 1ull << stage2_shift_of(level);
}

static inline bool stage2_is_table(uint64_t entry, unsigned level)
{
	return level < STAGE2_LEAF &&
	       (entry & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static inline uint64_t *stage2_table_of(uint64_t entry)
{
	return phys_to_virt(pa(entry & PTE_ADDR));
}

/* The level of the largest leaf that may stand at @at. */
static inline unsigned stage2_best_level(uint64_t at, uint64_t to, uint64_t len)
{
	unsigned level = 1;

	while (level < STAGE2_LEAF &&
	       (((at | to) & (stage2_size_of(level) - 1)) != 0 ||
	        len < stage2_size_of(level))) {
		level++;
	}
	return level;
}

/* The root may be two tables in a row: an index there needs no mask. */
static inline uint64_t *stage2_slot(uint64_t *table, uint64_t at,
                                    unsigned level)
{
	uint64_t i = at >> stage2_shift_of(level);

	return &table[level == 1 ? i : i % STAGE2_ENTRIES];
}

/**
 * The entry that decides about @at: a leaf or nothing, or a table at @deepest.
 *
 * @level  gets its level
 * Context: @s2's lock held.
 */
static inline uint64_t *stage2_find(struct stage2 *s2, uint64_t at,
                                    unsigned deepest, unsigned *level)
{
	uint64_t *entry;
	unsigned l = 1;

	entry = stage2_slot(s2->root, at, l);
	while (l < deepest && stage2_is_table(*entry, l)) {
		l++;
		entry = stage2_slot(stage2_table_of(*entry), at, l);
	}
	*level = l;
	return entry;
}

/*
 * Entries that follow each other in one table, as far as the range goes: they
 * are found by one walk.
 */
struct stage2_row {
	uint64_t *entry; /* the one for the address asked for */
	uint64_t at;     /* where it begins */
	unsigned level;
	unsigned shift; /* of what one of them covers */
	uint64_t count;
};

/* How many entries there are from @entry on, to the end of its page. */
static inline uint64_t stage2_rest_of_table(const uint64_t *entry)
{
	return (PAGE_SIZE - ((uintptr_t)entry & (PAGE_SIZE - 1))) /
	       sizeof(*entry);
}

/**
 * The row for [at, end), not empty; entries as stage2_find finds them.
 * Context: @s2's lock held.
 */
static inline struct stage2_row stage2_row(struct stage2 *s2, uint64_t at,
                                           uint64_t end, unsigned deepest)
{
	struct stage2_row r;
	uint64_t rest;

	r.entry = stage2_find(s2, at, deepest, &r.level);
	r.shift = stage2_shift_of(r.level);
	r.at = at >> r.shift << r.shift;
	r.count = ((end - 1) >> r.shift) - (at >> r.shift) + 1;
	rest = stage2_rest_of_table(r.entry);
	r.count = r.count < rest ? r.count : rest;
	return r;
}

/* The bits that are set in any of eight entries. */
static inline uint64_t stage2_any(const uint64_t *e)
{
	return e[0] | e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7];
}

/**
 * How many of the @max entries from @entry on are 0, up to the first other.
 *
 * Eight at a time, as those below: what is looked through here is most of what
 * a launch pays for each 2 MiB.
 */
static inline uint64_t stage2_zeros(const uint64_t *entry, uint64_t max)
{
	uint64_t n = 0;

	while (max - n >= 8 && stage2_any(&entry[n]) == 0) {
		n += 8;
	}
	while (n < max && entry[n] == 0) {
		n++;
	}
	return n;
}

/** The same, of entries that are no tables. */
static inline uint64_t stage2_no_tables(const uint64_t *entry, uint64_t max,
                                        unsigned level)
{
	uint64_t n = 0;

	if (level == STAGE2_LEAF) {
		return max;
	}
	/* A block has the bit clear. */
	while (max - n >= 8 && (stage2_any(&entry[n]) & PTE_TABLE) == 0) {
		n += 8;
	}
	while (n < max && !stage2_is_table(entry[n], level)) {
		n++;
	}
	return n;
}

/** Where the first @done of them end. */
static inline uint64_t stage2_row_end(const struct stage2_row *r, uint64_t done)
{
	return r->at + (done << r->shift);
}

#endif
