/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes of mappings: as calls have them, and as stage 2 has them.
 */
#include <arm64/bits.h>

#include "lib/range.h"
#include "mem/stage2.h"
#include "vm/memmap.h"
#include "vm/vm.h"

/* Entries of tables that a look up counts, about: nobody else has a turn. */
#define LOOK_MOST 32768u

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

enum err memmap_rights_of(const struct memextent *me, uint64_t attrs,
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

enum err memmap_memattr_of(const struct memextent *me, uint64_t attrs,
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
	unsigned looked = 0;
	unsigned entries;
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
	/* A row at a time, as it may be many pages; and not too many of them. */
	if (!stage2_look_run(&as->vm->s2, ipa(at), &entry, &entries)) {
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
		if (!memmap_next_held(me, &held) || held.off != first + total) {
			break;
		}
		total += held.len;
		looked += entries;
	} while (total < size && looked < LOOK_MOST &&
	         stage2_look_run(&as->vm->s2, ipa(at + total), &entry,
	                         &entries) &&
	         entry.attr == attr && entry.pa.v == me->base + first + total);
	if (total == 0) {
		return ERR_NOT_OWNER;
	}
	*found = (struct map_found){ .offset = first,
		                     .size = min_of(total, size),
		                     .attrs = attrs_of(attr) };
	return ERR_OK;
}
