/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory extents: what they cover, what they hold. Mappings: vm/memmap.c. */
#include "vm/memextent.h"

#include <arm64/bits.h>

#include "arch/cache.h"
#include "lib/assert.h"
#include "lib/mutant.h"
#include "lib/range.h"
#include "mem/owner.h"
#include "obj/partition.h"
#include "vm/memmap.h"

/* Bytes to zero or clean before somebody else may have a turn. */
#define PIECE     (1u << 20)
/* Zeroed or unmapped by one of many that die in a piece. */
#define FEW_PAGES 16

#define PA_BITS_MAX 48 /* what a 64-bit CPU can have, without FEAT_LPA */

/* Numbers in use: holders that mem/owner knows. Bit 0 stays set: nobody. */
static uint64_t numbers[(MEMEXTENT_NUMBER_MAX + 1) / 64] = { 1 };

static uint16_t take_number(void)
{
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i] != UINT64_MAX) {
			unsigned bit = (unsigned)__builtin_ctzll(~numbers[i]);

			numbers[i] |= BIT(bit);
			return (uint16_t)(i * 64 + bit);
		}
	}
	return OWNER_NOBODY;
}

static void give_number(uint16_t number)
{
	numbers[number / 64] &= ~BIT(number % 64);
}

static enum err check_extent(uint64_t base, uint64_t size, uint64_t attrs)
{
	if ((attrs & ~(MEMEXTENT_ATTR_ACCESS | MEMEXTENT_ATTR_MEMTYPE |
	               MEMEXTENT_ATTR_TYPE)) != 0 ||
	    field_get(MEMEXTENT_ATTR_TYPE, attrs) > 1) {
		return ERR_INVAL; /* "append" is no function of this EL2 */
	}
	if (!is_page_aligned(base | size)) {
		return ERR_ALIGN;
	}
	if (size == 0 || !range_is_good(base, size) ||
	    (base + size - 1) >> PA_BITS_MAX != 0) {
		return ERR_INVAL;
	}
	return ERR_OK;
}

static void cover(struct memextent *me, uint64_t base, uint64_t size,
                  uint64_t attrs)
{
	me->base = base;
	me->size = size;
	me->access = (uint8_t)field_get(MEMEXTENT_ATTR_ACCESS, attrs);
	me->memtype = (uint8_t)field_get(MEMEXTENT_ATTR_MEMTYPE, attrs);
	me->is_sparse = field_get(MEMEXTENT_ATTR_TYPE, attrs) == 1;
	me->is_configured = true;
}

static void set_parent(struct memextent *me, struct memextent *parent)
{
	if (parent != NULL) {
		object_get(&parent->obj);
	}
	if (me->parent != NULL) {
		object_put(&me->parent->obj);
	}
	me->parent = parent;
}

enum err memextent_configure(struct memextent *me, uint64_t base, uint64_t size,
                             uint64_t attrs)
{
	if (object_is_active(&me->obj)) {
		return ERR_STATE;
	}
	TRY(check_extent(base, size, attrs));
	if (me->obj.partition->parent != NULL) {
		return ERR_DENIED; /* only the root partition has RAM */
	}
	set_parent(me, NULL);
	cover(me, base, size, attrs);
	return ERR_OK;
}

enum err memextent_configure_derived(struct memextent *me,
                                     struct memextent *parent, uint64_t offset,
                                     uint64_t size, uint64_t attrs)
{
	uint64_t access = field_get(MEMEXTENT_ATTR_ACCESS, attrs);
	uint64_t memtype = field_get(MEMEXTENT_ATTR_MEMTYPE, attrs);

	if (object_is_active(&me->obj)) {
		return ERR_STATE;
	}
	TRY(check_extent(offset, size, attrs));
	if (!range_holds(0, parent->size, offset, size) ||
	    (access & ~(uint64_t)parent->access) != 0) {
		return ERR_INVAL;
	}
	if (parent->memtype != MEMTYPE_ANY && parent->memtype != memtype) {
		return ERR_INVAL;
	}
	if (!parent->is_sparse && (attrs & MEMEXTENT_ATTR_TYPE) != 0) {
		return ERR_INVAL; /* nobody could donate to it */
	}
	set_parent(me, parent);
	cover(me, parent->base + offset, size, attrs);
	return ERR_OK;
}

/* Registers are for extents of device memory only. */
static enum err check_memtype(const struct memextent *me, uint64_t base,
                              uint64_t size)
{
	return me->memtype != MEMTYPE_DEVICE && owner_has_device(pa(base), size)
	               ? ERR_DENIED
	               : ERR_OK;
}

/* A BASIC extent gets all its pages, from its parent or from the partition. */
static enum err take_pages(struct memextent *me)
{
	struct memextent *from = me->parent;
	uint16_t holder = from != NULL ? from->number : OWNER_NOBODY;
	enum owner_event event = from != NULL ? OWNER_LEND : OWNER_CLAIM;

	if (from != NULL) {
		TRY(memmap_check_held(from, me->base - from->base, me->size));
		TRY(memmap_clear(from, me->base - from->base, me->size));
	} else {
		TRY(check_memtype(me, me->base, me->size));
		TRY(owner_check(pa(me->base), me->size, event, holder));
	}
	owner_apply(pa(me->base), me->size, event, holder, me->number);
	owner_settle(pa(me->base), me->size);
	return ERR_OK;
}

static enum err activate_memextent(struct object *obj)
{
	struct memextent *me = (struct memextent *)obj;

	if (!me->is_configured) {
		return ERR_CONFIG;
	}
	me->number = take_number();
	if (me->number == OWNER_NOBODY) {
		return ERR_NORESOURCES;
	}
	if (!me->is_sparse) {
		enum err err = take_pages(me);

		if (err != ERR_OK) {
			give_number(me->number);
			me->number = OWNER_NOBODY;
			return err;
		}
	}
	return ERR_OK;
}

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Of @len bytes at @at, those in the same block: what takes time goes in steps
 * that are no larger. */
static uint64_t in_block(uint64_t at, uint64_t len)
{
	return min_of(len, BLOCK2_SIZE - at % BLOCK2_SIZE);
}

/*
 * Zero what is dirty of [at, at + len), which @me holds and nobody maps: at
 * least one run of pages, at most about PIECE bytes.
 * @zeroed  how many
 * @return  false: there is more
 */
static bool scrub_piece(struct memextent *me, uint64_t at, uint64_t len,
                        uint64_t *zeroed)
{
	uint64_t run;

	*zeroed = 0;
	for (uint64_t off = 0; off < len; off += run) {
		struct owner_page page =
			owner_look(pa(at + off), len - off, &run);
		void *here = phys_to_virt(pa(at + off));

		if (page.holder != me->number || !page.is_dirty ||
		    mutant(owner_dirty_return)) {
			continue;
		}
		run = in_block(at + off, run);
		if (*zeroed >= PIECE) {
			return false;
		}
		if (!page.is_device) {
			/* A VM with its caches off must see zeros, too. */
			cache_scrub(here, run);
		}
		owner_apply(pa(at + off), run, OWNER_SCRUB, me->number,
		            me->number);
		*zeroed += run;
	}
	return true;
}

enum err memextent_scrub_raw(struct memextent *me, uint64_t offset,
                             uint64_t size)
{
	uint64_t zeroed = 0;
	uint64_t run;

	for (uint64_t off = offset; off < offset + size; off += run) {
		pa_t at = pa(me->base + off);
		struct owner_page page =
			owner_look(at, offset + size - off, &run);

		if (page.holder != me->number || !page.is_raw ||
		    mutant(raw_is_seen)) {
			continue;
		}
		run = in_block(at.v, run);
		if (zeroed >= PIECE) {
			return ERR_RESTART;
		}
		owner_scrub_raw(at);
		zeroed += BLOCK2_SIZE;
	}
	return ERR_OK;
}

/* The event by which @me's pages go to where they came from. */
static enum owner_event way_home(const struct memextent *me)
{
	if (me->parent == NULL) {
		return OWNER_RELEASE;
	}
	return me->parent->parent == NULL ? OWNER_RETURN : OWNER_RETURN2;
}

static uint16_t home_of(const struct memextent *me)
{
	return me->parent != NULL ? me->parent->number : OWNER_NOBODY;
}

/*
 * All of them are clean. Needs no memory: where @me's pages end inside a block,
 * there is a leaf already, because the neighbour belongs to somebody else.
 */
static void give_pages_back(struct memextent *me)
{
	uint64_t run;

	for (uint64_t off = 0; off < me->size; off += run) {
		pa_t at = pa(me->base + off);
		struct owner_page page = owner_look(at, me->size - off, &run);
		enum err err;

		if (page.holder != me->number) {
			continue;
		}
		err = owner_check(at, run, way_home(me), me->number);
		ASSERT(err == ERR_OK);
		owner_apply(at, run, way_home(me), me->number, home_of(me));
	}
	owner_settle(pa(me->base), me->size);
}

static uint64_t mapped_pages(struct memextent *me)
{
	uint64_t pages = 0;

	for (unsigned i = 0; i < memmap_place_count(me); i++) {
		const struct mapping *m = memmap_place(me, i);

		pages += m->as != NULL ? m->pages : 0;
	}
	return pages;
}

/* Many may die together: who has taken much ends the piece, though he is done. */
static enum obj_end memextent_is_quiet(struct object *obj)
{
	struct memextent *me = (struct memextent *)obj;
	uint64_t pages = mapped_pages(me);
	uint64_t zeroed;
	enum err err;

	if (me->number == OWNER_NOBODY) {
		return OBJ_QUIET;
	}
	err = memextent_unmap_all(me);
	if (err == ERR_RESTART) {
		return OBJ_MORE;
	}
	ASSERT(err == ERR_OK); /* whole extents split no block */
	if (!scrub_piece(me, me->base, me->size, &zeroed) ||
	    zeroed / PAGE_SIZE + pages > FEW_PAGES) {
		return OBJ_MORE;
	}
	return OBJ_QUIET;
}

static void destroy_memextent(struct object *obj)
{
	struct memextent *me = (struct memextent *)obj;

	if (me->number != OWNER_NOBODY) {
		give_pages_back(me);
		give_number(me->number);
	}
	set_parent(me, NULL);
}

static enum err check_donation(enum donation how, const struct memextent *from,
                               const struct memextent *to)
{
	const struct memextent *parent = from != NULL ? from->parent : NULL;

	if ((from != NULL && !from->is_sparse) ||
	    (to != NULL && !to->is_sparse)) {
		return ERR_EXTENT_TYPE;
	}
	switch (how) {
	case TO_CHILD:
		return to != NULL && to->parent == from ? ERR_OK : ERR_INVAL;
	case TO_PARENT:
		return from != NULL && parent == to ? ERR_OK : ERR_INVAL;
	case TO_SIBLING:
		return from != NULL && to != NULL && from != to &&
		                       to->parent == parent
		               ? ERR_OK
		               : ERR_INVAL;
	}
	return ERR_INVAL;
}

static enum owner_event donation_event(enum donation how,
                                       const struct memextent *from)
{
	if (from == NULL) {
		return OWNER_CLAIM;
	}
	if (how == TO_SIBLING) {
		return OWNER_PASS;
	}
	return how == TO_PARENT ? way_home(from) : OWNER_LEND;
}

enum err memextent_donate(enum donation how, struct memextent *from,
                          struct memextent *to, uint64_t offset, uint64_t size)
{
	uint64_t base = (from != NULL ? from->base : 0) + offset;
	uint16_t giver = from != NULL ? from->number : OWNER_NOBODY;
	enum owner_event event;
	uint64_t zeroed;

	TRY(check_donation(how, from, to));
	if (size == 0 || !range_is_good(offset, size) ||
	    !range_is_good(base, size)) {
		return ERR_SIZE;
	}
	if (!is_page_aligned(offset | size)) {
		return ERR_ALIGN;
	}
	if ((from != NULL && !range_holds(0, from->size, offset, size)) ||
	    (to != NULL && !range_holds(to->base, to->size, base, size))) {
		return ERR_INVAL;
	}
	if (how == TO_SIBLING && from->memtype == MEMTYPE_DEVICE &&
	    to->memtype != MEMTYPE_DEVICE) {
		return ERR_DENIED;
	}
	event = donation_event(how, from);
	if (from != NULL) {
		TRY(memmap_check_held(from, offset, size));
		TRY(memmap_clear(from, offset, size)); /* reserves, too */
		if (event != OWNER_LEND &&
		    !scrub_piece(from, base, size, &zeroed)) {
			owner_settle(pa(base), size);
			return ERR_RESTART;
		}
	} else {
		TRY(check_memtype(to, base, size));
		TRY(owner_check(pa(base), size, event, giver));
	}
	owner_apply(pa(base), size, event, giver,
	            to != NULL ? to->number : OWNER_NOBODY);
	owner_settle(pa(base), size);
	return ERR_OK;
}

static enum err check_range(const struct memextent *me, uint64_t offset,
                            uint64_t size)
{
	if (size == 0 || !range_is_good(offset, size)) {
		return ERR_SIZE;
	}
	if (!is_page_aligned(offset | size)) {
		return ERR_ALIGN;
	}
	return range_holds(0, me->size, offset, size) ? ERR_OK : ERR_INVAL;
}

static void modify(enum extent_op op, void *here, uint64_t len)
{
	switch (op) {
	case EXTENT_ZERO:
		cache_scrub(here, len);
		break;
	case EXTENT_CLEAN:
		cache_clean(here, len);
		break;
	case EXTENT_FLUSH:
		cache_flush(here, len);
		break;
	}
}

enum err memextent_modify_range(struct memextent *me, enum extent_op op,
                                uint64_t offset, uint64_t size, uint64_t *done)
{
	uint64_t run;

	TRY(check_range(me, offset, size));
	for (*done = 0; *done < size; *done += run) {
		pa_t at = pa(me->base + offset + *done);
		struct owner_page page =
			owner_look(at, in_block(at.v, size - *done), &run);

		if (*done >= PIECE) {
			return ERR_RESTART;
		}
		if (page.holder == me->number && !page.is_device) {
			modify(op, phys_to_virt(at), run);
		}
	}
	return ERR_OK;
}

const struct obj_ops memextent_ops = {
	.name = "memextent",
	.size = sizeof(struct memextent),
	.rights = MEMEXTENT_MAY_MAP | MEMEXTENT_MAY_DERIVE |
	          MEMEXTENT_MAY_ATTACH | MEMEXTENT_MAY_LOOKUP |
	          MEMEXTENT_MAY_DONATE | OBJ_MAY_ACTIVATE,
	.activate = activate_memextent,
	.is_quiet = memextent_is_quiet,
	.destroy = destroy_memextent,
};
