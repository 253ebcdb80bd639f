/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 tables: looking up, mapping, unmapping, changing rights.
 *
 * Levels 1 to 3; level 1 is the root, one page or two in a row, so that an
 * index there needs no mask.  Every function that changes something first
 * makes sure that it cannot fail half way: it splits blocks at the ends of the
 * range and makes all tables before it writes the first leaf.
 */
#include "mem/stage2.h"

#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "arch/tlb.h"
#include "lib/assert.h"
#include "lib/mutant.h"
#include "mem/page.h"
#include "mem/stage2_entry.h"
#include "mem/stage2_walk.h"

static uint64_t *make_table(struct stage2 *s2)
{
	uint64_t *table = page_alloc(PAGE_STAGE2);

	if (table != NULL) {
		s2->table_pages++;
	}
	return table;
}

static void free_table(struct stage2 *s2, uint64_t *table)
{
	s2->table_pages--;
	page_free(table, PAGE_STAGE2);
}

/*
 * Replace a block by a table that says the same.
 *
 * Another CPU may find the entry broken for a moment and take an abort; the
 * abort handler looks again under the lock and retries.
 */
static enum err split(struct stage2 *s2, uint64_t at, uint64_t *entry,
                      unsigned level)
{
	uint64_t *table = make_table(s2);
	uint64_t leaf = *entry;
	uint64_t step = stage2_size_of(level + 1);
	unsigned i;

	if (table == NULL) {
		return ERR_NOMEM;
	}
	if (level + 1 == STAGE2_LEAF) {
		leaf |= PTE_TABLE; /* a level-3 page has the bit set */
	}
	for (i = 0; i < STAGE2_ENTRIES; i++) {
		table[i] = leaf + i * step;
	}
	if (mutant(split_leaves_hole)) {
		table[STAGE2_ENTRIES - 1] = 0;
	}
	*entry = 0;
	at &= ~(stage2_size_of(level) - 1);
	tlb_flush_vm_range(s2->vttbr, at, at + stage2_size_of(level));
	/* tlb_flush_vm_range's DSB has published the table, too. */
	*entry = virt_to_phys(table).v | PTE_VALID | PTE_TABLE;
	dsb_ishst(); /* the new entry is there for all walkers */
	return ERR_OK;
}

/* Make @at the boundary of a leaf, if it lies inside a block. */
static enum err split_at(struct stage2 *s2, uint64_t at)
{
	unsigned level;
	uint64_t *entry;

	for (;;) {
		if (at >> s2->ipa_bits != 0) {
			return ERR_OK;
		}
		entry = stage2_find(s2, at, STAGE2_LEAF, &level);
		if (*entry == 0 || (at & (stage2_size_of(level) - 1)) == 0) {
			return ERR_OK;
		}
		TRY(split(s2, at, entry, level));
	}
}

static void drop_if_empty(struct stage2 *s2, uint64_t *entry)
{
	uint64_t *table = stage2_table_of(*entry);

	if (stage2_zeros(table, STAGE2_ENTRIES) == STAGE2_ENTRIES) {
		*entry = 0;
		/* No walker goes through the table any more. */
		tlb_flush_vm(s2->vttbr);
		free_table(s2, table);
	}
}

/* Free the tables of @level + 1 without entries that [at, end) touches. */
static void prune(struct stage2 *s2, uint64_t at, uint64_t end, unsigned level)
{
	while (at < end) {
		struct stage2_row r = stage2_row(s2, at, end, level);
		uint64_t i = stage2_zeros(r.entry, r.count);

		for (; i < r.count;
		     i += stage2_zeros(&r.entry[i], r.count - i)) {
			if (stage2_is_table(r.entry[i], r.level)) {
				if (r.level != level) {
					break; /* go down there */
				}
				drop_if_empty(s2, &r.entry[i]);
			}
			i++;
		}
		at = stage2_row_end(&r, i);
	}
}

static void prune_all(struct stage2 *s2, uint64_t at, uint64_t end)
{
	prune(s2, at, end, 2);
	prune(s2, at, end, 1);
}

/* Make the tables above the entry for @at at @level. @return NULL: no page */
static uint64_t *reach(struct stage2 *s2, uint64_t at, unsigned level)
{
	uint64_t *entry = stage2_slot(s2->root, at, 1);
	unsigned l;

	for (l = 1; l < level; l++) {
		if (*entry == 0) {
			uint64_t *table = make_table(s2);

			if (table == NULL) {
				return NULL;
			}
			dsb_ishst(); /* the table is zero before it is seen */
			*entry = virt_to_phys(table).v | PTE_VALID | PTE_TABLE;
		}
		entry = stage2_slot(stage2_table_of(*entry), at, l + 1);
	}
	return entry;
}

static enum err check_range(const struct stage2 *s2, uint64_t at, uint64_t len)
{
	if (len == 0) {
		return ERR_INVAL;
	}
	if (!is_page_aligned(at | len)) {
		return ERR_ALIGN;
	}
	if (at + len < at || (at + len - 1) >> s2->ipa_bits != 0) {
		return ERR_ADDR;
	}
	return ERR_OK;
}

static bool is_free(struct stage2 *s2, uint64_t at, uint64_t end)
{
	while (at < end) {
		struct stage2_row r = stage2_row(s2, at, end, STAGE2_LEAF);
		uint64_t i = stage2_zeros(r.entry, r.count);

		if (i < r.count && !stage2_is_table(r.entry[i], r.level)) {
			return false;
		}
		at = stage2_row_end(&r, i);
	}
	return true;
}

static bool is_mapped(struct stage2 *s2, uint64_t at, uint64_t end)
{
	while (at < end) {
		struct stage2_row r = stage2_row(s2, at, end, STAGE2_LEAF);
		uint64_t i = 0;

		while (i < r.count && !stage2_is_table(r.entry[i], r.level)) {
			if (r.entry[i++] == 0) {
				return false;
			}
		}
		at = stage2_row_end(&r, i);
	}
	return true;
}

/* Leaves for what follows each other, @leaf first, or zeros. */
static void put_leaves(uint64_t *entry, uint64_t count, uint64_t leaf,
                       uint64_t step)
{
#pragma GCC unroll 8
	for (uint64_t i = 0; i < count; i++) {
		/* By one store: a walker may see it at any time. */
		__atomic_store_n(&entry[i], leaf, __ATOMIC_RELAXED);
		leaf += step;
	}
}

/* Write leaves over a range that is free; @write false: only make the tables. */
static enum err fill(struct stage2 *s2, uint64_t at, uint64_t to, uint64_t len,
                     uint64_t leaf, bool write)
{
	while (len > 0) {
		unsigned level = stage2_best_level(at, to, len);
		uint64_t *entry = reach(s2, at, level);
		uint64_t step, room, count;

		/* A table left there with nothing in it: go below. */
		while (entry != NULL && stage2_is_table(*entry, level)) {
			level++;
			entry = reach(s2, at, level);
		}
		if (entry == NULL) {
			return ERR_NOMEM;
		}
		/* Nothing better can stand behind it in the same table. */
		step = stage2_size_of(level);
		room = stage2_rest_of_table(entry);
		count = len / step < room ? len / step : room;
		count = stage2_zeros(entry, count); /* up to a table */
		if (write) {
			put_leaves(
				entry, count,
				to | leaf |
					(level == STAGE2_LEAF ? PTE_TABLE : 0),
				step);
		}
		at += count * step;
		to += count * step;
		len -= count * step;
	}
	return ERR_OK;
}

enum err stage2_map(struct stage2 *s2, ipa_t at, pa_t to, uint64_t len,
                    unsigned attr)
{
	uint64_t leaf = stage2_leaf(attr);
	enum err err = ERR_OK;

	if (leaf == 0) {
		return ERR_INVAL;
	}
	TRY(check_range(s2, at.v, len));
	if (!is_page_aligned(to.v)) {
		return ERR_ALIGN;
	}
	spin_lock(&s2->lock);
	if (!is_free(s2, at.v, at.v + len)) {
		err = ERR_EXISTS;
	} else {
		/* The only step that can fail; then the leaves. */
		err = fill(s2, at.v, to.v, len, leaf, false);
		if (err == ERR_OK) {
			(void)fill(s2, at.v, to.v, len, leaf, true);
			dsb_ishst(); /* all walkers see the entries */
		} else {
			prune_all(s2, at.v, at.v + len);
		}
	}
	spin_unlock(&s2->lock);
	return err;
}

/* Take all leaves out of a range; none reaches beyond it. */
static void clear(struct stage2 *s2, uint64_t at, uint64_t end)
{
	while (at < end) {
		struct stage2_row r = stage2_row(s2, at, end, STAGE2_LEAF);
		uint64_t n = stage2_no_tables(r.entry, r.count, r.level);

		put_leaves(r.entry, n, 0, 0);
		at = stage2_row_end(&r, n);
	}
}

enum err stage2_unmap(struct stage2 *s2, ipa_t from, uint64_t len)
{
	uint64_t at = from.v;
	uint64_t end = at + len;
	enum err err;

	TRY(check_range(s2, at, len));
	spin_lock(&s2->lock);
	err = split_at(s2, at);
	if (err == ERR_OK) {
		err = split_at(s2, end);
	}
	if (err == ERR_OK) {
		clear(s2, at, end);
		tlb_flush_vm_range(s2->vttbr, from.v, end);
		prune_all(s2, from.v, end);
	}
	spin_unlock(&s2->lock);
	return err;
}

enum err stage2_protect(struct stage2 *s2, ipa_t from, uint64_t len,
                        unsigned perm)
{
	uint64_t at = from.v;
	uint64_t end = at + len;
	enum err err = ERR_OK;

	TRY(check_range(s2, at, len));
	if ((perm & ~S2_PERM) != 0 || stage2_leaf(perm | S2_NORMAL) == 0) {
		return ERR_INVAL;
	}
	spin_lock(&s2->lock);
	if (!is_mapped(s2, at, end)) {
		err = ERR_ADDR;
	}
	if (err == ERR_OK) {
		err = split_at(s2, at);
	}
	if (err == ERR_OK) {
		err = split_at(s2, end);
	}
	while (err == ERR_OK && at < end) {
		struct stage2_row r = stage2_row(s2, at, end, STAGE2_LEAF);

		/* Rights alone may change without break-before-make. */
		*r.entry = stage2_leaf_with(*r.entry, perm);
		at = stage2_row_end(&r, 1);
	}
	if (err == ERR_OK && !mutant(rights_linger)) {
		tlb_flush_vm_range(s2->vttbr, from.v, end);
	}
	spin_unlock(&s2->lock);
	return err;
}

bool stage2_lookup_locked(struct stage2 *s2, ipa_t at,
                          struct stage2_entry *entry)
{
	unsigned level;
	uint64_t leaf;
	uint64_t inside;

	assert_locked(&s2->lock);
	if (at.v >> s2->ipa_bits != 0) {
		return false;
	}
	leaf = *stage2_find(s2, at.v, STAGE2_LEAF, &level);
	if (leaf == 0) {
		return false;
	}
	inside = at.v & (stage2_size_of(level) - 1);
	entry->pa = pa((leaf & PTE_ADDR) + inside);
	entry->attr = stage2_attr(leaf);
	entry->size = stage2_size_of(level) - inside;
	return true;
}

bool stage2_lookup(struct stage2 *s2, ipa_t at, struct stage2_entry *entry)
{
	bool found;

	spin_lock(&s2->lock);
	found = stage2_lookup_locked(s2, at, entry);
	spin_unlock(&s2->lock);
	return found;
}
