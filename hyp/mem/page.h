/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of EL2's own heap: a buddy allocator over the RAM behind the image.
 *
 * Every page is accounted under what it is used for; the ledger reads that.
 */
#ifndef MEM_PAGE_H
#define MEM_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "mem/phys.h"

/* clang-format off */
#define PAGE_USES(X)                                                          \
	X(STAGE1, "EL2 translation tables")                                   \
	X(STAGE2, "stage-2 translation tables")                               \
	X(STACK,  "per-CPU stacks")                                           \
	X(SLAB,   "small objects")                                            \
	X(VCPU,   "vCPUs")                                                    \
	X(VGIC,   "virtual interrupt controllers")                            \
	X(OBJECT, "capability tables, queues, large objects")                 \
	X(OWNER,  "page ownership")
/* clang-format on */

#define PAGE_USE_ENUM(name, text) PAGE_##name,
enum page_use { PAGE_USES(PAGE_USE_ENUM) PAGE_USE_COUNT };

#define PAGE_ORDER_MAX 10 /* 4 MiB */

/** Give [base, base + size) to the heap. Context: once, at boot. */
void page_init(pa_t base, uint64_t size);

/**
 * Allocate 2^order zeroed pages in a row, aligned to their size.
 *
 * @return  NULL: none left
 * Context: any CPU. Takes and releases the heap's lock.
 */
void *page_alloc_order(unsigned order, enum page_use use);
void page_free_order(void *pages, unsigned order, enum page_use use);

static inline void *page_alloc(enum page_use use)
{
	return page_alloc_order(0, use);
}

static inline void page_free(void *page, enum page_use use)
{
	page_free_order(page, 0, use);
}

/** The order that holds @size bytes. */
unsigned page_order(size_t size);

/** Pages in use under @use. */
uint64_t page_used(enum page_use use);

/** Pages free. */
uint64_t page_unused(void);

/**
 * For the seeded fault alloc-fails: the @n-th allocation of pages or small
 * objects from here on fails; 0: none does.
 */
void page_fail_at(uint64_t n);

/** @return whether this allocation is to fail. Context: any. */
bool page_is_refused(void);

#endif
