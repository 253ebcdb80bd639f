/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking the pages of memory extents out of address spaces, in pieces.
 *
 * What needs memory comes first, and is all or nothing: where the range begins
 * or ends inside a block of physical memory, tables are cut and its owners told
 * apart.  Between these two edges are whole blocks, which never need any; they
 * go piece by piece, from the lowest.
 */
#include "vm/memmap.h"

#include "lib/assert.h"
#include "lib/mutant.h"
#include "mem/owner.h"
#include "mem/stage2.h"
#include "vm/vm.h"

#define BLOCK_MASK (~(uint64_t)(BLOCK2_SIZE - 1))

/* What a mapping takes besides its entries, in these: it has its flushes. */
#define MAPPING_COST 8

/* Offsets in an extent: [off, head) and [tail, end) are the edges. */
struct span {
	uint64_t off, head, tail, end;
};

static struct span span_of(const struct mapping *m, uint64_t off, uint64_t end)
{
	uint64_t base = m->me->base;
	struct span s = { .off = off > m->low ? off : m->low,
		          .end = end < m->high ? end : m->high };
	uint64_t up = (base + s.off + BLOCK2_SIZE - 1) & BLOCK_MASK;
	uint64_t down = (base + s.end) & BLOCK_MASK;

	if (s.end <= s.off) {
		return (struct span){ s.off, s.off, s.off, s.off };
	}
	/* Inside one block, it is all edge. */
	s.head = up <= down ? up - base : s.end;
	s.tail = up <= down ? down - base : s.end;
	return s;
}

/* Let an entry of the table end at @m's offset @at, not around it. */
enum err memmap_cut(struct mapping *m, uint64_t at)
{
	struct stage2 *s2 = &m->as->vm->s2;
	ipa_t before = ipa(m->zero + at - PAGE_SIZE);
	struct stage2_entry entry;

	if (at <= m->low || at >= m->high) {
		return ERR_OK; /* what lies there may be a neighbour's */
	}
	if (!stage2_lookup(s2, before, &entry) || entry.size == PAGE_SIZE) {
		return ERR_OK;
	}
	/* Two levels may be split; the rights stay as they are. */
	TRY(addrspace_reserve_tables(m->as, 2));
	return stage2_protect(s2, before, PAGE_SIZE, entry.attr & S2_PERM);
}

static enum err check_edge(struct mapping *m, uint64_t off, uint64_t end)
{
	struct run run = { .off = off, .end = end };

	while (memmap_next_mapped(m, &run)) {
		TRY(owner_check(pa(m->me->base + run.off), run.len, OWNER_UNMAP,
		                m->me->number));
	}
	return ERR_OK;
}

/* The part of taking [off, end) out of @m that may fail. */
static enum err prepare(struct mapping *m, uint64_t off, uint64_t end)
{
	struct span s = span_of(m, off, end);
	enum err err = memmap_cut(m, s.off);

	if (err == ERR_OK) {
		err = memmap_cut(m, s.end);
	}
	if (err == ERR_OK) {
		err = check_edge(m, s.off, s.head);
	}
	if (err == ERR_OK) {
		err = check_edge(m, s.tail, s.end);
	}
	addrspace_settle(m->as);
	return err;
}

static void remove_run(struct mapping *m, const struct run *run)
{
	struct memextent *me = m->me;
	pa_t at = pa(me->base + run->off);
	enum err err =
		stage2_unmap(&m->as->vm->s2, ipa(m->zero + run->off), run->len);

	ASSERT(err == ERR_OK); /* the cuts have been made */
	owner_apply(at, run->len, OWNER_UNMAP, me->number, me->number);
	m->pages -= run->len / PAGE_SIZE;
}

/* @return  entries of tables that it had */
static unsigned remove_edge(struct mapping *m, uint64_t off, uint64_t end)
{
	struct run run = { .off = off, .end = end };

	while (memmap_next_mapped(m, &run)) {
		remove_run(m, &run);
	}
	return run.entries;
}

static void settle(const struct mapping *m, uint64_t off, uint64_t end)
{
	owner_settle(pa(m->me->base + off), end - off);
}

/*
 * The part that cannot fail.  @m is unused afterwards if nothing is left of it.
 *
 * @entries  of tables, that have been looked at in this piece
 * @return   whether that is all of it
 */
static bool take_out(struct mapping *m, uint64_t off, uint64_t end,
                     unsigned *entries)
{
	struct span s = span_of(m, off, end);
	struct run run = { .off = s.head, .end = s.tail, .entries = *entries };
	bool is_enough = *entries >= MEMMAP_PIECE && !mutant(maps_at_once);
	bool is_all = true;
	unsigned edges = remove_edge(m, s.off, s.head);

	edges += remove_edge(m, s.tail, s.end);
	while (m->pages != 0 && memmap_next_mapped(m, &run)) {
		if (is_enough) {
			is_all = false;
			break;
		}
		remove_run(m, &run);
		settle(m, run.off, run.off + run.len);
		is_enough =
			run.entries >= MEMMAP_PIECE && !mutant(maps_at_once);
	}
	*entries = run.entries + edges;
	addrspace_settle(m->as);
	if (s.off == m->low) {
		/* What is empty need not be looked at again. */
		m->low = is_all ? s.end : run.off;
	}
	if (m->pages == 0) {
		list_del(&m->in_space);
		m->as = NULL;
	}
	return is_all;
}

/* @entries  as for take_out */
static enum err take(struct mapping *m, uint64_t off, uint64_t end,
                     unsigned *entries)
{
	struct span s = span_of(m, off, end);
	enum err err = prepare(m, off, end);

	if (err == ERR_OK && !take_out(m, off, end, entries)) {
		err = ERR_RESTART;
	}
	/* Whole blocks have been settled one by one. */
	settle(m, s.off, s.head);
	settle(m, s.tail, s.end);
	return err;
}

enum err memmap_take(struct mapping *m, uint64_t off, uint64_t end)
{
	unsigned entries = 0;

	return take(m, off, end, &entries);
}

static enum err prepare_all(struct memextent *me, uint64_t off, uint64_t end)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < memmap_place_count(me) && err == ERR_OK; i++) {
		struct mapping *m = memmap_place(me, i);

		if (m->as != NULL) {
			err = prepare(m, off, end);
		}
	}
	return err;
}

static enum err take_all(struct memextent *me, uint64_t off, uint64_t end)
{
	unsigned entries = 0;

	for (unsigned i = 0; i < memmap_place_count(me); i++) {
		struct mapping *m = memmap_place(me, i);

		if (m->as != NULL && !take_out(m, off, end, &entries)) {
			return ERR_RESTART;
		}
	}
	memmap_settle_places(me);
	return ERR_OK;
}

enum err memmap_clear(struct memextent *me, uint64_t offset, uint64_t len)
{
	enum err err = owner_reserve(pa(me->base + offset), len);

	if (err == ERR_OK) {
		err = prepare_all(me, offset, offset + len);
	}
	if (err != ERR_OK) {
		owner_settle(pa(me->base + offset), len);
		return err;
	}
	/* With more to be done, what is reserved remains so. */
	return take_all(me, offset, offset + len);
}

/*
 * What is mapped at the extent's edges and ends inside a block is told apart
 * already: so nothing is reserved here, which could fail where the extent has
 * no pages at its edges.
 */
enum err memextent_unmap_all(struct memextent *me)
{
	enum err err = prepare_all(me, 0, me->size);

	if (err == ERR_OK) {
		err = take_all(me, 0, me->size);
	}
	if (err != ERR_RESTART) {
		owner_settle(pa(me->base), me->size);
	}
	return err;
}

bool memextent_forget_space(struct addrspace *as)
{
	unsigned entries = 0;

	while (!list_empty(&as->mappings)) {
		struct mapping *m = container_of(as->mappings.next,
		                                 struct mapping, in_space);
		struct memextent *me = m->me;
		enum err err;

		if (entries >= MEMMAP_PIECE && !mutant(maps_at_once)) {
			return false;
		}
		err = take(m, m->low, m->high, &entries);
		memmap_settle_places(me);
		if (err == ERR_RESTART) {
			return false;
		}
		ASSERT(err == ERR_OK); /* whole mappings split nothing */
		entries += MAPPING_COST;
	}
	return true;
}
