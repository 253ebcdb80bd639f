/* SPDX-License-Identifier: BSD-2-Clause */
/* What memory extents and their mappings know of each other. */
#ifndef VM_MEMMAP_H
#define VM_MEMMAP_H

#include "vm/memextent.h"

/* Entries of tables that one piece of work looks at; the last table whole. */
#define MEMMAP_PIECE 512u

/* Pages [off, off + len) of an extent, found by a search that ends at end. */
struct run {
	uint64_t off, len, end;
	uint64_t most;    /* not 0: no more than about that is looked for */
	unsigned entries; /* of tables, that the search has found mapped */
};

/** The next pages from run->off + run->len on that @me holds. */
bool memmap_next_held(const struct memextent *me, struct run *run);

/**
 * The same, for those that are mapped by @m, too.  After MEMMAP_PIECE entries a
 * run ends wherever a block of physical memory does, so that it can be worked
 * on by itself.
 */
bool memmap_next_mapped(const struct mapping *m, struct run *run);

/** How many places @me has, used and unused ones, and each of them. */
unsigned memmap_place_count(const struct memextent *me);
struct mapping *memmap_place(struct memextent *me, unsigned i);

/** One that is unused, now or when there is memory for it.
 * @return ERR_MAPPINGS_FULL, ERR_NOMEM */
MUST_USE enum err memmap_take_place(struct memextent *me, struct mapping **m);

/**
 * Give back the memory for more places if none of them is used.
 * Context: nobody holds a pointer to one of @me's places.
 */
void memmap_settle_places(struct memextent *me);

/**
 * Let an entry of the table end at @m's offset @at, not around it; reserves
 * what addrspace_settle is to settle.
 * @return ERR_NOMEM
 */
MUST_USE enum err memmap_cut(struct mapping *m, uint64_t at);

/**
 * Take [off, end) out of @m, which is unused when nothing is left of it.
 *
 * @return  ERR_NOMEM    nothing has changed, if this was the first piece
 *          ERR_RESTART  a piece is done: call again
 */
MUST_USE enum err memmap_take(struct mapping *m, uint64_t off, uint64_t end);

/**
 * Rights of a mapping of @me as stage 2 has them: R and W are EL1's and EL0's.
 * @return ERR_INVAL
 */
MUST_USE enum err memmap_rights_of(const struct memextent *me, uint64_t attrs,
                                   unsigned *perm);

/** Its memory type, added to @attr. @return ERR_INVAL, ERR_DENIED */
MUST_USE enum err memmap_memattr_of(const struct memextent *me, uint64_t attrs,
                                    unsigned *attr);

/** Does @me hold all pages of [offset, offset + len)? @return ERR_NOT_OWNER */
MUST_USE enum err memmap_check_held(const struct memextent *me, uint64_t offset,
                                    uint64_t len);

/**
 * Take [offset, offset + len) of @me out of all address spaces, and make sure
 * that mem/owner can tell the range from its surroundings.
 *
 * @return  ERR_NOMEM    everything is mapped as it was
 *          ERR_RESTART  a piece is done: call again
 */
MUST_USE enum err memmap_clear(struct memextent *me, uint64_t offset,
                               uint64_t len);

/**
 * Zero what nobody has seen yet of [offset, offset + size): it is as the machine
 * was started with it.
 *
 * @return  ERR_RESTART: a piece is done, call again
 */
MUST_USE enum err memextent_scrub_raw(struct memextent *me, uint64_t offset,
                                      uint64_t size);

#endif
