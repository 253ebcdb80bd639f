/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory extents: the right to a range of physical memory.
 *
 *     partition's RAM   |..............................................|
 *     extent A          |<------------ claimed ----------------->|
 *     B, derived from A        |<-- lent to B -->|
 *
 * An extent covers a range, and holds those of its pages that are not lent to
 * extents derived from it.  Only pages that it holds can be mapped through it.
 * A BASIC extent takes all its pages when it is activated; a SPARSE one starts
 * without any and gets them by memextent_donate, in pieces.
 *
 * What takes long is done in pieces: ERR_RESTART says that there is more.  Other
 * calls may come in between, and find it half done.
 *
 * A mapping is a place in an address space: extent offset 0 would be at one
 * IPA; which pages are mapped there, the stage-2 table itself knows.  When
 * pages leave an extent, its mappings of them go first.
 *
 * Context of all functions here: configuration lock held.
 */
#ifndef VM_MEMEXTENT_H
#define VM_MEMEXTENT_H

#include <arm64/bits.h>

#include "lib/list.h"
#include "mem/phys.h"
#include "obj/object.h"
#include "vm/addrspace.h"

#define MEMEXTENT_MAPS_NEAR  4  /* places in the extent itself */
#define MEMEXTENT_MAPS_MAX   64 /* places at a time; of a page OWNER_MAPS_MAX */
#define MEMEXTENT_NUMBER_MAX 4095 /* extents at a time */

/* Attributes of an extent ("MemExtent Attributes") */
#define MEMEXTENT_ATTR_ACCESS  0x00000007ull
#define MEMEXTENT_ATTR_MEMTYPE 0x00000300ull
#define MEMEXTENT_ATTR_TYPE    0x00030000ull
#define MEMEXTENT_ATTR_APPEND  0x80000000ull
#define MEMEXTENT_DEVICE       0x00000100ull /* a value of MEMTYPE */
#define MEMEXTENT_SPARSE       0x00010000ull /* a value of TYPE */

enum memextent_memtype {
	MEMTYPE_ANY,
	MEMTYPE_DEVICE,
	MEMTYPE_UNCACHED,
	MEMTYPE_CACHED,
};

/* Access rights, of extents and of mappings */
#define ACCESS_X 1u
#define ACCESS_W 2u
#define ACCESS_R 4u

/* Attributes of a mapping ("Map Attributes") */
#define MAP_ATTR_USER    0x00000007ull
#define MAP_ATTR_KERNEL  0x00000070ull
#define MAP_ATTR_MEMTYPE 0x00ff0000ull
#define MAP_RAM          0x000f0077ull /* everything, write-back */

/* "Map Flags" */
#define MAP_FLAG_PARTIAL 0x00000001ull
#define MAP_FLAG_NOSYNC  0x80000000ull

/*
 * How far a call has come that is made in pieces.  0 to begin with, and for
 * whoever calls again with ERR_RESTART's; he may have made it up, too.
 */
#define MARK_DONE FIELD(28, 0)  /* pages, from the first of the range on */
#define MARK_WHY  FIELD(31, 29) /* not 0: they are taken back, and why */

struct mapping {
	struct addrspace *as; /* NULL: unused */
	struct list in_space; /* addrspace.mappings */
	struct memextent *me;
	uint64_t zero;      /* IPA of extent offset 0, modulo 2^64 */
	uint64_t pages;     /* mapped there; 0 only while unused */
	uint64_t low, high; /* offsets between which all of them lie */
};

struct memextent {
	struct object obj;
	uint16_t number; /* holder in mem/owner */
	uint8_t access;
	uint8_t memtype;
	bool is_sparse;
	bool is_configured;
	uint64_t base; /* physical, bytes */
	uint64_t size;
	struct memextent *parent; /* a reference; NULL: claimed directly */
	struct mapping maps[MEMEXTENT_MAPS_NEAR];
	struct mapping *more; /* the other places; NULL while all are unused */
};

extern const struct obj_ops memextent_ops;

/**
 * Say what an extent that is still INIT is to cover.
 *
 * @return  ERR_STATE     it is ACTIVE
 *          ERR_ALIGN     base or size not page aligned
 *          ERR_INVAL     empty, wraps, attributes unknown
 *          ERR_DENIED    the partition is not the root partition
 */
MUST_USE enum err memextent_configure(struct memextent *me, uint64_t base,
                                      uint64_t size, uint64_t attrs);

/**
 * The same for a part of another extent.
 *
 * @return  ERR_INVAL   not inside @parent; more access than it, or a memory
 *                      type or kind that it does not allow
 */
MUST_USE enum err memextent_configure_derived(struct memextent *me,
                                              struct memextent *parent,
                                              uint64_t offset, uint64_t size,
                                              uint64_t attrs);

/* Where in an address space, and which part of the extent. */
struct map_request {
	struct addrspace *as;
	struct memextent *me;
	uint64_t ipa;    /* of the first byte */
	uint64_t attrs;  /* MAP_ATTR_*; not for unmap */
	uint64_t flags;  /* MAP_FLAG_* */
	uint64_t offset; /* with MAP_FLAG_PARTIAL */
	uint64_t size;   /* with MAP_FLAG_PARTIAL */
};

/**
 * Map what the extent holds of the range, all or nothing.
 *
 * @return  ERR_INVAL          unknown bits; more access than the extent has;
 *                             partial, but the extent is not sparse
 *          ERR_DENIED         a memory type that the extent does not allow
 *          ERR_ALIGN, ERR_OVERFLOW, ERR_ADDR   the addresses
 *          ERR_NOT_OWNER      the extent holds none of it (partial: not all)
 *          ERR_MAPPINGS_FULL  too many places, or too many for one page
 *          ERR_EXISTS         something is mapped there already
 *          ERR_NOMEM          no memory, or no quota, for tables
 *          ERR_RESTART        a piece is done: call again with the same @mark
 */
MUST_USE enum err memextent_map(const struct map_request *req, uint32_t *mark);

/**
 * Unmap it again.
 * @return  ERR_INVAL    nothing of the extent is mapped there
 *          ERR_RESTART  a piece is done: call again
 *          others as above
 */
MUST_USE enum err memextent_unmap(const struct map_request *req);

/**
 * Change the access rights of what is mapped there, all or nothing: only the
 * first piece needs memory, unless others change the same pages in between.
 *
 * @return  as memextent_map; ERR_INVAL when nothing is mapped there
 */
MUST_USE enum err memextent_update_access(const struct map_request *req,
                                          uint32_t *mark);

/* What memextent_look_up found. */
struct map_found {
	uint64_t offset; /* in the extent */
	uint64_t size;   /* that is mapped alike, at most what was asked, and
	                  * of single pages at most about 128 MiB */
	uint64_t attrs;  /* MAP_ATTR_* */
};

/**
 * What is mapped at [ipa, ipa + size)?
 *
 * @return  ERR_SIZE, ERR_ALIGN, ERR_OVERFLOW
 *          ERR_ADDR       nothing is mapped at @ipa
 *          ERR_NOT_OWNER  it is not this extent's
 */
MUST_USE enum err memextent_look_up(struct addrspace *as, struct memextent *me,
                                    uint64_t ipa, uint64_t size,
                                    struct map_found *found);

/** Unmap the whole extent everywhere. @return ERR_NOMEM; ERR_RESTART: again */
MUST_USE enum err memextent_unmap_all(struct memextent *me);

/**
 * Zero the pages of [offset, offset + size) that @me holds, or clean, or clean
 * and invalidate them in the caches.
 *
 * @done    bytes, from @offset on, that are done
 * @return  ERR_SIZE, ERR_ALIGN, ERR_INVAL  the range
 *          ERR_RESTART  a piece is done: call again for the rest
 */
enum extent_op { EXTENT_ZERO = 1, EXTENT_CLEAN = 2, EXTENT_FLUSH = 3 };
MUST_USE enum err memextent_modify_range(struct memextent *me,
                                         enum extent_op op, uint64_t offset,
                                         uint64_t size, uint64_t *done);

/**
 * Move pages from one sparse extent to another: to one derived from it, back
 * to the one it is derived from, or to one with the same parent.  A NULL
 * extent stands for the root partition.
 *
 * The pages leave all mappings of @from; they arrive zeroed, except on the way
 * from parent to child.
 *
 * @offset  in @from; with from == NULL, the physical address
 * @return  ERR_EXTENT_TYPE  one is not sparse
 *          ERR_INVAL        they are not so related; outside one of them
 *          ERR_SIZE         empty, or wraps
 *          ERR_ALIGN
 *          ERR_NOT_OWNER    @from does not hold all of it
 *          ERR_NOMEM
 *          ERR_RESTART      a piece is zeroed: call again, the same way
 */
enum donation { TO_CHILD, TO_PARENT, TO_SIBLING };
MUST_USE enum err memextent_donate(enum donation how, struct memextent *from,
                                   struct memextent *to, uint64_t offset,
                                   uint64_t size);

/** An address space dies: forget all mappings in it. @return false: again */
bool memextent_forget_space(struct addrspace *as);

#endif
