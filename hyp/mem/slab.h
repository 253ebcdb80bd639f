/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small zeroed objects on heap pages, in classes of powers of two.
 *
 * A page without objects goes back to the heap at once, so that the ledger is
 * equal after what was made has been undone.
 */
#ifndef MEM_SLAB_H
#define MEM_SLAB_H

#include <stddef.h>

#define SLAB_SIZE_MAX 1024 /* bytes; larger: page_alloc_order */

/**
 * Allocate a zeroed object, aligned to 16 bytes at least.
 *
 * @size    1 to SLAB_SIZE_MAX
 * @return  NULL: out of pages
 * Context: any CPU. Takes and releases the slab's lock, then the heap's.
 */
void *slab_alloc(size_t size);

/** Free what slab_alloc(@size) gave; NULL does nothing. */
void slab_free(void *object, size_t size);

/** Objects allocated now. */
size_t slab_count(void);

#endif
