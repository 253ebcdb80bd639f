/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partitions: who pays for what EL2 allocates.
 *
 * All memory that an object needs inside EL2 (itself, its tables, its buffers)
 * is charged to the partition it was made from.  A partition may use at most
 * its limit; a child starts with a limit of nothing and gets some from its
 * parent, so that the limits of all partitions together never exceed the heap.
 * When a partition dies, its limit goes back to the parent.
 *
 * An allocation is charged by what it takes from the heap: small ones by their
 * slab class, large ones by whole pages.
 */
#ifndef OBJ_PARTITION_H
#define OBJ_PARTITION_H

#include <stddef.h>

#include "arch/spinlock.h"
#include "obj/object.h"

struct partition {
	struct object obj;
	struct partition *parent; /* a reference; NULL: the root partition */
	struct spinlock lock;     /* limit, used */
	uint64_t limit;           /* bytes it may use or give to children */
	uint64_t used;            /* bytes in use or given to children */
};

extern const struct obj_ops partition_ops;

/** The root partition, which exists from boot and is never destroyed. */
extern struct partition root_partition;

/**
 * Set up the root partition.
 *
 * @limit  bytes of EL2's heap that partitions may use
 * Context: boot, before the first object.
 */
void partition_init_root(uint64_t limit);

/** Zeroed memory charged to @p, or NULL: its quota or the heap is spent. */
void *partition_alloc(struct partition *p, size_t size);

/** Give back what partition_alloc(@p, @size) gave; NULL is allowed. */
void partition_free(struct partition *p, void *mem, size_t size);

/**
 * Charge @bytes that somebody else allocates for @p (a stage-2 table).
 * @return ERR_NOMEM when the quota is spent; nothing is charged then.
 */
MUST_USE enum err partition_charge(struct partition *p, uint64_t bytes);
void partition_uncharge(struct partition *p, uint64_t bytes);

/**
 * Move @bytes of limit from @parent to its child, or back when @bytes is
 * negative.
 *
 * @return  ERR_INVAL  @child is no child of @parent
 *          ERR_NOMEM             the giver does not have that much unused
 * Context: configuration lock held.
 */
MUST_USE enum err partition_move_limit(struct partition *parent,
                                       struct partition *child, int64_t bytes);

#endif
