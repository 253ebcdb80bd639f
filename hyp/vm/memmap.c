/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings of memory extents in address spaces.
 *
 * Every change is made in two passes over the runs of pages that it concerns:
 * the first reserves and may fail, the second cannot.
 */
#include "vm/memmap.h"

#include <arm64/bits.h>

#include "lib/assert.h"
#include "lib/mutant.h"
#include "lib/range.h"
#include "mem/owner.h"
#include "mem/stage2.h"
#include "vm/vm.h"

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void clamp(const struct mapping *m, struct run *run)
{
	run->off = run->off > m->low ? run->off : m->low;
	run->end = min_of(run->end, m->high);
}

/* The part of the extent that a request is about. */
static enum err range_of(const struct map_request *req, struct run *run)
{
	bool is_partial = (req->flags & MAP_FLAG_PARTIAL) != 0;

	*run = (struct run){ .off = 0, .end = req->me->size };
	if ((req->flags & ~(MAP_FLAG_PARTIAL | MAP_FLAG_NOSYNC)) != 0 ||
	    (is_partial && !req->me->is_sparse)) {
		return ERR_INVAL;
	}
	if (!is_page_aligned(req->ipa)) {
		return ERR_ALIGN;
	}
	if (is_partial) {
		if (!is_page_aligned(req->offset | req->size)) {
			return ERR_ALIGN;
		}
		if (req->size == 0 || !range_is_good(req->offset, req->size) ||
		    !range_holds(0, req->me->size, req->offset, req->size)) {
			return ERR_INVAL;
		}
		*run = (struct run){ .off = req->offset,
			             .end = req->offset + req->size };
	}
	if (!range_is_good(req->ipa, run->end - run->off)) {
		return ERR_OVERFLOW;
	}
	return ERR_OK;
}

static struct mapping *find_mapping(struct memextent *me,
                                    const struct addrspace *as, uint64_t zero)
{
	for (unsigned i = 0; i < memmap_place_count(me); i++) {
		struct mapping *m = memmap_place(me, i);

		if (m->as == as && m->zero == zero) {
			return m;
		}
	}
	return NULL;
}

static void note_mapped(struct mapping *m, uint64_t off, uint64_t len)
{
	struct memextent *me = m->me;

	owner_apply(pa(me->base + off), len, OWNER_MAP, me->number, me->number);
	m->pages += len / PAGE_SIZE;
	m->low = min_of(m->low, off);
	m->high = m->high > off + len ? m->high : off + len;
}

/* Some pages that @m's extent holds: all of them, or none. */
static enum err map_pages(struct mapping *m, uint64_t off, uint64_t len,
                          unsigned attr)
{
	ipa_t at = ipa(m->zero + off);
	pa_t to = pa(m->me->base + off);
	enum err err = owner_check(to, len, OWNER_MAP, m->me->number);
	struct stage2_entry entry;

	if (err == ERR_MAPPINGS_FULL &&
	    stage2_lookup(&m->as->vm->s2, at, &entry)) {
		err = ERR_EXISTS; /* also with room for one more */
	}
	if (err == ERR_OK) {
		err = addrspace_reserve(m->as, at, to, len);
	}
	if (err == ERR_OK) {
		err = stage2_map(&m->as->vm->s2, at, to, len, attr);
	}
	addrspace_settle(m->as);
	if (err == ERR_OK) {
		note_mapped(m, off, len);
	}
	owner_settle(to, len);
	return err;
}

/*
 * Map what is held of @all, from its beginning; all->off says how far it came.
 * @return  ERR_RESTART: that is not all
 */
static enum err map_runs(struct mapping *m, struct run *all, unsigned attr)
{
	unsigned left = mutant(maps_at_once) ? UINT32_MAX : MEMMAP_PIECE;

	for (;;) {
		/* No entry goes beyond a gigabyte, so no search has to. */
		struct run run = { .off = all->off,
			           .end = all->end,
			           .most = BLOCK1_SIZE };

		if (!memmap_next_held(m->me, &run)) {
			return ERR_OK;
		}
		if (left == 0) {
			return ERR_RESTART;
		}
		run.len = min_of(run.len, BLOCK1_SIZE - (m->zero + run.off) %
		                                                BLOCK1_SIZE);
		run.len =
			stage2_piece(ipa(m->zero + run.off),
		                     pa(m->me->base + run.off), run.len, &left);
		TRY(map_pages(m, run.off, run.len, attr));
		all->off = run.off + run.len;
	}
}

/* What can stop a mapping after its first piece, as a mark has it. */
static const enum err reasons[] = {
	ERR_OK,        ERR_NOMEM, ERR_EXISTS, ERR_MAPPINGS_FULL,
	ERR_NOT_OWNER, ERR_ADDR,  ERR_DENIED,
};

_Static_assert(sizeof(reasons) / sizeof(reasons[0]) <=
                       field_get(MARK_WHY, MARK_WHY) + 1,
               "a mark has room for each reason");
/* All of an IPA space may be done before the next page is found beyond it. */
_Static_assert(1ull << STAGE2_IPA_BITS_MAX <=
                       field_get(MARK_DONE, MARK_DONE) * PAGE_SIZE,
               "a mark has room for an IPA space");

static uint32_t make_mark(uint64_t done, enum err why)
{
	unsigned i = 0;

	while (i < sizeof(reasons) / sizeof(reasons[0]) - 1 &&
	       reasons[i] != why) {
		i++;
	}
	return (uint32_t)(field_put(MARK_DONE, done / PAGE_SIZE) |
	                  field_put(MARK_WHY, i));
}

/* Take the first @done bytes of @all out again. @return  @why, in the end */
static enum err undo_map(struct mapping *m, const struct run *all,
                         uint64_t done, enum err why, uint32_t *mark)
{
	enum err err = ERR_OK;

	if (m != NULL && m->pages != 0) {
		err = memmap_take(m, all->off, all->off + done);
	}
	/* Out of memory: only if others have been at it, too. */
	*mark = make_mark(done, why);
	return err == ERR_RESTART ? ERR_RESTART : why;
}

static enum err take_mapping(const struct map_request *req, uint64_t zero,
                             struct mapping **m)
{
	*m = find_mapping(req->me, req->as, zero);
	if (*m == NULL) {
		TRY(memmap_take_place(req->me, m));
		**m = (struct mapping){ .as = req->as,
			                .me = req->me,
			                .zero = zero,
			                .low = UINT64_MAX };
		list_add_tail(&req->as->mappings, &(*m)->in_space);
	}
	return ERR_OK;
}

/* What is looked at once, before the first piece. */
static enum err check_first(const struct map_request *req,
                            const struct run *all)
{
	uint64_t size = all->end - all->off;

	TRY(memextent_scrub_raw(req->me, all->off, size));
	return (req->flags & MAP_FLAG_PARTIAL) != 0
	               ? memmap_check_held(req->me, all->off, size)
	               : ERR_OK;
}

/* The next piece of @all, of which @done bytes are mapped. */
static enum err map_on(const struct map_request *req, const struct run *all,
                       unsigned attr, uint64_t done, uint32_t *mark)
{
	struct run rest = { .off = all->off + done, .end = all->end };
	uint64_t zero = req->ipa - all->off;
	struct mapping *m;
	enum err err;

	if (done == 0) {
		TRY(check_first(req, all));
	}
	err = take_mapping(req, zero, &m);
	if (err == ERR_OK) {
		err = map_runs(m, &rest, attr);
		done = rest.off - all->off;
	}
	if (err == ERR_OK && done == 0) {
		err = ERR_NOT_OWNER; /* of nothing in there */
	}
	if (err == ERR_RESTART) {
		*mark = make_mark(done, ERR_OK);
	} else if (err != ERR_OK) {
		err = undo_map(m, all, done, err, mark);
	}
	if (m != NULL && m->as != NULL && m->pages == 0) {
		list_del(&m->in_space);
		m->as = NULL;
	}
	return err;
}

static enum err map_piece(const struct map_request *req, uint32_t *mark)
{
	uint64_t done = field_get(MARK_DONE, *mark) * PAGE_SIZE;
	uint64_t why = field_get(MARK_WHY, *mark);
	struct run all;
	unsigned attr;

	if ((req->attrs &
	     ~(MAP_ATTR_USER | MAP_ATTR_KERNEL | MAP_ATTR_MEMTYPE)) != 0) {
		return ERR_INVAL;
	}
	TRY(range_of(req, &all));
	TRY(memmap_rights_of(req->me, req->attrs, &attr));
	TRY(memmap_memattr_of(req->me, req->attrs, &attr));
	if (done > all.end - all.off ||
	    why >= sizeof(reasons) / sizeof(reasons[0])) {
		return ERR_INVAL;
	}
	if (why != 0) {
		return undo_map(
			find_mapping(req->me, req->as, req->ipa - all.off),
			&all, done, reasons[why], mark);
	}
	return map_on(req, &all, attr, done, mark);
}

enum err memextent_map(const struct map_request *req, uint32_t *mark)
{
	enum err err = map_piece(req, mark);

	memmap_settle_places(req->me);
	return err;
}

enum err memextent_unmap(const struct map_request *req)
{
	struct mapping *m;
	struct run all;
	struct run first;
	enum err err;

	TRY(range_of(req, &all));
	m = find_mapping(req->me, req->as, req->ipa - all.off);
	if (m == NULL) {
		return ERR_INVAL;
	}
	clamp(m, &all);
	first = all;
	if (!memmap_next_mapped(m, &first)) {
		return ERR_INVAL;
	}
	err = memmap_take(m, all.off, all.end);
	memmap_settle_places(req->me);
	return err;
}

/*
 * What was split for an earlier change of [off, end) may be whole again: but a
 * block holds pages of one extent only.  What another one has mapped in a hole
 * of @m's goes when that one does, and then there is nobody to pay for a table.
 * Nor does one go beyond where the next piece is to begin, if there is one: it
 * would have to be split again.
 */
static void merge_around(struct mapping *m, uint64_t off, uint64_t end,
                         bool is_last)
{
	uint64_t before = (m->zero + off) % BLOCK1_SIZE;
	uint64_t behind = BLOCK1_SIZE - (m->zero + end) % BLOCK1_SIZE;
	struct run run = { .off = off - min_of(before, off - m->low),
		           .end = end };

	if (is_last) {
		run.end += min_of(behind, m->high - end);
	}

	while (memmap_next_held(m->me, &run)) {
		uint64_t first = run.off > off ? run.off : off;
		uint64_t last = min_of(run.off + run.len, end);

		if (first < last) {
			stage2_merge(&m->as->vm->s2, ipa(m->zero + first),
			             last - first, ipa(m->zero + run.off),
			             ipa(m->zero + run.off + run.len));
		}
	}
}

/* The next piece of changing @run, of which some pages have been found. */
static enum err protect_runs(struct mapping *m, struct run *run, unsigned perm)
{
	uint64_t from = run->off;
	uint64_t to;
	bool is_last;

	do {
		TRY(stage2_protect(&m->as->vm->s2, ipa(m->zero + run->off),
		                   run->len, perm));
		to = run->off + run->len;
	} while ((run->entries < MEMMAP_PIECE || mutant(maps_at_once)) &&
	         memmap_next_mapped(m, run));
	is_last = run->len == 0 || !memmap_next_mapped(m, run);
	merge_around(m, from, to, is_last);
	return is_last ? ERR_OK : ERR_RESTART;
}

enum err memextent_update_access(const struct map_request *req, uint32_t *mark)
{
	struct mapping *m;
	struct run all;
	struct run run;
	uint64_t start;
	unsigned perm;
	enum err err;

	if ((req->attrs & ~(MAP_ATTR_USER | MAP_ATTR_KERNEL)) != 0) {
		return ERR_INVAL;
	}
	TRY(range_of(req, &all));
	TRY(memmap_rights_of(req->me, req->attrs, &perm));
	start = all.off;
	m = find_mapping(req->me, req->as, req->ipa - start);
	if (m == NULL) {
		return ERR_INVAL;
	}
	all.off += field_get(MARK_DONE, *mark) * PAGE_SIZE;
	clamp(m, &all);
	run = all;
	if (!memmap_next_mapped(m, &run)) {
		return *mark == 0 ? ERR_INVAL : ERR_OK;
	}
	err = memmap_cut(m, all.off);
	if (err == ERR_OK) {
		err = memmap_cut(m, all.end);
	}
	if (err == ERR_OK) {
		err = protect_runs(m, &run, perm);
	}
	addrspace_settle(m->as);
	if (err == ERR_RESTART) {
		*mark = make_mark(run.off - start, ERR_OK);
	}
	return err;
}
