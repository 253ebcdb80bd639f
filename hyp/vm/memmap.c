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
#include "lib/range.h"
#include "mem/owner.h"
#include "mem/stage2.h"
#include "vm/vm.h"

/* Pages [off, off + len) of an extent, found by a search that ends at end. */
struct run {
	uint64_t off, len, end;
};

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The next pages from run->off + run->len on that @me holds. */
static bool next_held(const struct memextent *me, struct run *run)
{
	uint64_t at = run->off + run->len;
	uint64_t piece;

	run->len = 0;
	for (; at < run->end; at += piece) {
		struct owner_page page = owner_look(pa(me->base + at), &piece);

		piece = min_of(piece, run->end - at);
		if (page.holder != me->number) {
			if (run->len != 0) {
				break;
			}
			continue;
		}
		if (run->len == 0) {
			run->off = at;
		}
		run->len += piece;
	}
	return run->len != 0;
}

/* How much of the extent, from @at on, is mapped by @m; 0: that page isn't. */
static uint64_t mapped_at(const struct mapping *m, uint64_t at)
{
	struct stage2_entry entry;

	if (!stage2_lookup(&m->as->vm->s2, ipa(m->zero + at), &entry) ||
	    entry.pa.v != m->me->base + at) {
		return 0;
	}
	return entry.size;
}

/* As next_held: those that are mapped by @m, too. */
static bool next_mapped(const struct mapping *m, struct run *run)
{
	struct run held = { .off = run->off + run->len, .end = run->end };

	run->len = 0;
	while (run->len == 0 && next_held(m->me, &held)) {
		uint64_t at = held.off;
		uint64_t end = held.off + held.len;

		while (at < end) {
			uint64_t piece = min_of(mapped_at(m, at), end - at);

			if (piece == 0 && run->len != 0) {
				break;
			}
			if (piece != 0 && run->len == 0) {
				run->off = at;
			}
			run->len += piece;
			at += piece != 0 ? piece : PAGE_SIZE;
		}
	}
	return run->len != 0;
}

enum err memmap_check_held(const struct memextent *me, uint64_t offset,
                           uint64_t len)
{
	struct run run = { .off = offset, .end = offset + len };

	if (!next_held(me, &run) || run.off != offset || run.len != len) {
		return ERR_NOT_OWNER;
	}
	return ERR_OK;
}

/* Let an entry of the table end at @m's offset @at, not around it. */
static enum err cut(struct mapping *m, uint64_t at)
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

/* The first pass of taking [off, end) out of @m. */
static enum err prepare_removal(struct mapping *m, uint64_t off, uint64_t end)
{
	struct run run = { .off = off, .end = end };
	enum err err = cut(m, off);

	if (err == ERR_OK) {
		err = cut(m, end);
	}
	while (err == ERR_OK && next_mapped(m, &run)) {
		err = owner_check(pa(m->me->base + run.off), run.len,
		                  OWNER_UNMAP, m->me->number);
	}
	addrspace_settle(m->as);
	return err;
}

/* The second pass. @m is unused afterwards if nothing is left of it. */
static void remove_pages(struct mapping *m, uint64_t off, uint64_t end)
{
	struct memextent *me = m->me;
	struct run run = { .off = off, .end = end };

	while (next_mapped(m, &run)) {
		enum err err = stage2_unmap(&m->as->vm->s2,
		                            ipa(m->zero + run.off), run.len);

		ASSERT(err == ERR_OK); /* the cuts have been made */
		owner_apply(pa(me->base + run.off), run.len, OWNER_UNMAP,
		            me->number, me->number);
		m->pages -= run.len / PAGE_SIZE;
	}
	addrspace_settle(m->as);
	if (m->pages == 0) {
		list_del(&m->in_space);
		m->as = NULL;
	}
}

static void clamp(const struct mapping *m, uint64_t *off, uint64_t *end)
{
	*off = *off > m->low ? *off : m->low;
	*end = min_of(*end, m->high);
}

enum err memmap_clear(struct memextent *me, uint64_t offset, uint64_t len)
{
	enum err err = owner_reserve(pa(me->base + offset), len);

	for (unsigned i = 0; i < MEMEXTENT_MAPS_MAX && err == ERR_OK; i++) {
		uint64_t off = offset;
		uint64_t end = offset + len;

		if (me->maps[i].as != NULL) {
			clamp(&me->maps[i], &off, &end);
			err = prepare_removal(&me->maps[i], off, end);
		}
	}
	if (err != ERR_OK) {
		owner_settle(pa(me->base + offset), len);
		return err;
	}
	for (unsigned i = 0; i < MEMEXTENT_MAPS_MAX; i++) {
		uint64_t off = offset;
		uint64_t end = offset + len;

		if (me->maps[i].as != NULL) {
			clamp(&me->maps[i], &off, &end);
			remove_pages(&me->maps[i], off, end);
		}
	}
	return ERR_OK;
}

enum err memextent_unmap_all(struct memextent *me)
{
	enum err err = memmap_clear(me, 0, me->size);

	owner_settle(pa(me->base), me->size);
	return err;
}

void memextent_forget_space(struct addrspace *as)
{
	while (!list_empty(&as->mappings)) {
		struct mapping *m = container_of(as->mappings.next,
		                                 struct mapping, in_space);
		enum err err = prepare_removal(m, m->low, m->high);

		ASSERT(err == ERR_OK); /* whole mappings split nothing */
		uint64_t low = m->low;
		uint64_t high = m->high;

		remove_pages(m, low, high);
		owner_settle(pa(m->me->base + low), high - low);
	}
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

/* Rights of a mapping as stage 2 has them: R and W are EL1's and EL0's. */
static enum err rights_of(const struct memextent *me, uint64_t attrs,
                          unsigned *perm)
{
	unsigned user = (unsigned)field_get(MAP_ATTR_USER, attrs);
	unsigned kernel = (unsigned)field_get(MAP_ATTR_KERNEL, attrs);

	if (((user | kernel) & ~(unsigned)me->access) != 0 ||
	    ((user ^ kernel) & (ACCESS_R | ACCESS_W)) != 0) {
		return ERR_INVAL;
	}
	*perm = ((user & ACCESS_R) != 0 ? S2_R : 0) |
	        ((user & ACCESS_W) != 0 ? S2_W : 0) |
	        ((user & ACCESS_X) != 0 ? S2_XU : 0) |
	        ((kernel & ACCESS_X) != 0 ? S2_XP : 0);
	return ERR_OK;
}

#define MEMATTR_IS_DEVICE(attr) ((attr) < 4u)
#define MEMATTR_UNCACHED        0x5u
#define MEMATTR_CACHED          0xfu

static enum err memattr_of(const struct memextent *me, uint64_t attrs,
                           unsigned *attr)
{
	unsigned wish = (unsigned)field_get(MAP_ATTR_MEMTYPE, attrs);

	if (!MEMATTR_IS_DEVICE(wish) && wish != MEMATTR_UNCACHED &&
	    wish != MEMATTR_CACHED) {
		return ERR_INVAL;
	}
	switch ((enum memextent_memtype)me->memtype) {
	case MEMTYPE_ANY:
		break;
	case MEMTYPE_DEVICE:
		if (!MEMATTR_IS_DEVICE(wish)) {
			return ERR_DENIED;
		}
		break;
	case MEMTYPE_UNCACHED:
		wish = MEMATTR_UNCACHED;
		break;
	case MEMTYPE_CACHED:
		wish = MEMATTR_CACHED;
		break;
	}
	*attr |= S2_MEM(wish);
	return ERR_OK;
}

static struct mapping *find_mapping(struct memextent *me,
                                    const struct addrspace *as, uint64_t zero)
{
	for (unsigned i = 0; i < MEMEXTENT_MAPS_MAX; i++) {
		struct mapping *m = &me->maps[i];

		if (m->as == as && (as == NULL || m->zero == zero)) {
			return m;
		}
	}
	return NULL;
}

/* Map all runs in the table; on an error none. */
static enum err map_runs(struct mapping *m, const struct run *all,
                         unsigned attr)
{
	struct stage2 *s2 = &m->as->vm->s2;
	struct run run = *all;
	enum err err = ERR_OK;

	while (err == ERR_OK && next_held(m->me, &run)) {
		ipa_t at = ipa(m->zero + run.off);
		pa_t to = pa(m->me->base + run.off);

		err = addrspace_reserve(m->as, at, to, run.len);
		if (err == ERR_OK) {
			err = stage2_map(s2, at, to, run.len, attr);
		}
	}
	if (err == ERR_OK) {
		return ERR_OK;
	}

	/* run is the one that failed; take those before it out again. */
	struct run done = { .off = all->off, .end = run.off };

	while (next_held(m->me, &done)) {
		enum err undo =
			stage2_unmap(s2, ipa(m->zero + done.off), done.len);

		ASSERT(undo == ERR_OK); /* as whole as it was mapped */
	}
	return err;
}

static void note_mapped(struct mapping *m, const struct run *all)
{
	struct memextent *me = m->me;
	struct run run = *all;

	while (next_held(me, &run)) {
		owner_apply(pa(me->base + run.off), run.len, OWNER_MAP,
		            me->number, me->number);
		m->pages += run.len / PAGE_SIZE;
	}
	m->low = min_of(m->low, all->off);
	m->high = m->high > all->end ? m->high : all->end;
}

static enum err check_mappable(const struct map_request *req,
                               const struct run *all)
{
	struct run run = *all;
	bool any = false;

	if ((req->flags & MAP_FLAG_PARTIAL) != 0) {
		TRY(memmap_check_held(req->me, all->off, all->end - all->off));
	}
	while (next_held(req->me, &run)) {
		TRY(owner_check(pa(req->me->base + run.off), run.len, OWNER_MAP,
		                req->me->number));
		any = true;
	}
	return any ? ERR_OK : ERR_NOT_OWNER;
}

enum err memextent_map(const struct map_request *req)
{
	struct memextent *me = req->me;
	struct mapping *m;
	struct run all;
	unsigned attr;
	enum err err;

	if ((req->attrs &
	     ~(MAP_ATTR_USER | MAP_ATTR_KERNEL | MAP_ATTR_MEMTYPE)) != 0) {
		return ERR_INVAL;
	}
	TRY(range_of(req, &all));
	TRY(rights_of(me, req->attrs, &attr));
	TRY(memattr_of(me, req->attrs, &attr));
	TRY(memextent_scrub_raw(me, all.off, all.end - all.off));

	m = find_mapping(me, req->as, req->ipa - all.off);
	if (m == NULL) {
		m = find_mapping(me, NULL, 0);
		if (m == NULL) {
			return ERR_MAPPINGS_FULL;
		}
		*m = (struct mapping){ .as = req->as,
			               .me = me,
			               .zero = req->ipa - all.off,
			               .low = UINT64_MAX };
		list_add_tail(&req->as->mappings, &m->in_space);
	}
	err = check_mappable(req, &all);
	if (err == ERR_OK) {
		err = map_runs(m, &all, attr);
	}
	addrspace_settle(req->as);
	if (err == ERR_OK) {
		note_mapped(m, &all);
	}
	owner_settle(pa(me->base + all.off), all.end - all.off);
	if (m->pages == 0) {
		list_del(&m->in_space);
		m->as = NULL;
	}
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
	clamp(m, &all.off, &all.end);
	first = all;
	if (!next_mapped(m, &first)) {
		return ERR_INVAL;
	}
	err = prepare_removal(m, all.off, all.end);
	if (err != ERR_OK) {
		owner_settle(pa(req->me->base + all.off), all.end - all.off);
		return err;
	}
	remove_pages(m, all.off, all.end);
	owner_settle(pa(req->me->base + all.off), all.end - all.off);
	return ERR_OK;
}

/*
 * What was split for an earlier change of [off, end) may be whole again: but a
 * block holds pages of one extent only.  What another one has mapped in a hole
 * of @m's goes when that one does, and then there is nobody to pay for a table.
 */
static void merge_around(struct mapping *m, uint64_t off, uint64_t end)
{
	uint64_t before = (m->zero + off) % BLOCK1_SIZE;
	uint64_t behind = BLOCK1_SIZE - (m->zero + end) % BLOCK1_SIZE;
	struct run run = { .off = off - min_of(before, off - m->low),
		           .end = end + min_of(behind, m->high - end) };

	while (next_held(m->me, &run)) {
		uint64_t first = run.off > off ? run.off : off;
		uint64_t last = min_of(run.off + run.len, end);

		if (first < last) {
			stage2_merge(&m->as->vm->s2, ipa(m->zero + first),
			             last - first, ipa(m->zero + run.off),
			             ipa(m->zero + run.off + run.len));
		}
	}
}

enum err memextent_update_access(const struct map_request *req)
{
	struct mapping *m;
	struct run all;
	struct run run;
	unsigned perm;
	enum err err;

	if ((req->attrs & ~(MAP_ATTR_USER | MAP_ATTR_KERNEL)) != 0) {
		return ERR_INVAL;
	}
	TRY(range_of(req, &all));
	TRY(rights_of(req->me, req->attrs, &perm));
	m = find_mapping(req->me, req->as, req->ipa - all.off);
	if (m == NULL) {
		return ERR_INVAL;
	}
	clamp(m, &all.off, &all.end);
	run = all;
	if (!next_mapped(m, &run)) {
		return ERR_INVAL;
	}
	err = cut(m, all.off);
	if (err == ERR_OK) {
		err = cut(m, all.end);
	}
	addrspace_settle(m->as);
	TRY(err);
	do {
		TRY(stage2_protect(&m->as->vm->s2, ipa(m->zero + run.off),
		                   run.len, perm));
	} while (next_mapped(m, &run));
	merge_around(m, all.off, all.end);
	addrspace_settle(m->as);
	return ERR_OK;
}

static uint64_t attrs_of(unsigned attr)
{
	uint64_t both = ((attr & S2_R) != 0 ? ACCESS_R : 0) |
	                ((attr & S2_W) != 0 ? ACCESS_W : 0);
	uint64_t user = both | ((attr & S2_XU) != 0 ? ACCESS_X : 0);
	uint64_t kernel = both | ((attr & S2_XP) != 0 ? ACCESS_X : 0);

	return field_put(MAP_ATTR_USER, user) |
	       field_put(MAP_ATTR_KERNEL, kernel) |
	       field_put(MAP_ATTR_MEMTYPE, field_get(S2_MEM_MASK, attr));
}

enum err memextent_look_up(struct addrspace *as, struct memextent *me,
                           uint64_t at, uint64_t size, struct map_found *found)
{
	struct stage2_entry entry;
	uint64_t total = 0;
	unsigned attr;
	uint64_t first;

	if (size == 0) {
		return ERR_SIZE;
	}
	if (!is_page_aligned(at | size)) {
		return ERR_ALIGN;
	}
	if (!range_is_good(at, size)) {
		return ERR_OVERFLOW;
	}
	if (!stage2_lookup(&as->vm->s2, ipa(at), &entry)) {
		return ERR_ADDR;
	}
	attr = entry.attr;
	first = entry.pa.v - me->base;
	if (entry.pa.v < me->base || first >= me->size) {
		return ERR_NOT_OWNER;
	}
	do {
		struct run held = { .off = first + total,
			            .end = min_of(first + total + entry.size,
			                          me->size) };
		if (!next_held(me, &held) || held.off != first + total) {
			break;
		}
		total += held.len;
	} while (total < size &&
	         stage2_lookup(&as->vm->s2, ipa(at + total), &entry) &&
	         entry.attr == attr && entry.pa.v == me->base + first + total);
	if (total == 0) {
		return ERR_NOT_OWNER;
	}
	*found = (struct map_found){ .offset = first,
		                     .size = min_of(total, size),
		                     .attrs = attrs_of(attr) };
	return ERR_OK;
}
