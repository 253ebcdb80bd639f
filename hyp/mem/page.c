/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buddy allocator of the heap.
 *
 * A free block of 2^order pages holds its list node in its own first bytes.
 * One byte per page says what starts there: the order of a free or used block,
 * or nothing.  The byte also catches a double free and a wrong order.
 */
#include "mem/page.h"

#include "arch/cache.h"
#include "arch/spinlock.h"
#include "lib/assert.h"
#include "lib/list.h"
#include "lib/mutant.h"
#include "lib/string.h"

#define PAGE_INSIDE 0xff /* not the first page of a block */
#define PAGE_USED   0x40 /* | order */

static struct {
	struct spinlock lock;
	uint64_t base;  /* EL2 VA */
	uint64_t count; /* pages */
	uint8_t *what;  /* one byte per page */
	struct list free[PAGE_ORDER_MAX + 1];
	uint64_t free_pages;
	uint64_t used[PAGE_USE_COUNT];
} heap;

static uint64_t page_number(const void *at)
{
	return ((uint64_t)at - heap.base) >> PAGE_SHIFT;
}

static void *page_at(uint64_t number)
{
	return (void *)(heap.base + (number << PAGE_SHIFT));
}

static void put_free(uint64_t number, unsigned order)
{
	struct list *node = page_at(number);

	heap.what[number] = (uint8_t)order;
	list_add_head(&heap.free[order], node);
}

/* Buddies are aligned to physical addresses, which the heap's base is, too. */
static void free_run(uint64_t number, uint64_t count)
{
	while (count > 0) {
		unsigned order = PAGE_ORDER_MAX;

		while ((number & ((1ull << order) - 1)) != 0 ||
		       (1ull << order) > count) {
			order--;
		}
		put_free(number, order);
		number += 1ull << order;
		count -= 1ull << order;
	}
}

void page_init(pa_t base, uint64_t size)
{
	uint64_t align = (uint64_t)PAGE_SIZE << PAGE_ORDER_MAX;
	uint64_t first = base.v & ~(align - 1);
	uint64_t skip = (base.v - first) >> PAGE_SHIFT;
	uint64_t map_pages;
	unsigned order;

	for (order = 0; order <= PAGE_ORDER_MAX; order++) {
		list_init(&heap.free[order]);
	}
	/* Numbers count from an aligned address, so that buddies are. */
	heap.base = (uint64_t)phys_to_virt(pa(first));
	heap.count = skip + (size >> PAGE_SHIFT);
	map_pages = (heap.count + PAGE_SIZE - 1) >> PAGE_SHIFT;
	ASSERT(map_pages < size >> PAGE_SHIFT);
	heap.what = phys_to_virt(base);
	memset(heap.what, PAGE_INSIDE, heap.count);
	heap.free_pages = (size >> PAGE_SHIFT) - map_pages;
	free_run(skip + map_pages, heap.free_pages);
}

unsigned page_order(size_t size)
{
	unsigned order = 0;

	while (((size_t)PAGE_SIZE << order) < size) {
		order++;
	}
	return order;
}

/* @return  number of the block's first page, or heap.count */
static uint64_t take_locked(unsigned order)
{
	unsigned have = order;
	struct list *node;
	uint64_t number;

	assert_locked(&heap.lock);
	while (have <= PAGE_ORDER_MAX && list_empty(&heap.free[have])) {
		have++;
	}
	if (have > PAGE_ORDER_MAX) {
		return heap.count;
	}
	node = heap.free[have].next;
	list_del(node);
	number = page_number(node);
	while (have > order) {
		have--;
		put_free(number + (1ull << have), have);
	}
	heap.what[number] = (uint8_t)(PAGE_USED | order);
	return number;
}

static uint64_t fails_in;

void page_fail_at(uint64_t n)
{
	fails_in = n;
}

bool page_is_refused(void)
{
	return mutant(alloc_fails) && fails_in != 0 && --fails_in == 0;
}

void *page_alloc_order(unsigned order, enum page_use use)
{
	uint64_t number;

	if (order > PAGE_ORDER_MAX || page_is_refused()) {
		return NULL;
	}
	spin_lock(&heap.lock);
	number = take_locked(order);
	if (number != heap.count) {
		heap.free_pages -= 1ull << order;
		heap.used[use] += 1ull << order;
	}
	spin_unlock(&heap.lock);
	if (number == heap.count) {
		return NULL;
	}
	cache_zero(page_at(number), (size_t)PAGE_SIZE << order);
	return page_at(number);
}

void page_free_order(void *pages, unsigned order, enum page_use use)
{
	uint64_t number = page_number(pages);
	uint64_t size = 1ull << order;

	ASSERT(number < heap.count);
	spin_lock(&heap.lock);
	ASSERT(heap.what[number] == (PAGE_USED | order));
	ASSERT(heap.used[use] >= size);
	heap.used[use] -= size;
	heap.free_pages += size;
	while (order < PAGE_ORDER_MAX) {
		uint64_t buddy = number ^ (1ull << order);

		if (buddy >= heap.count || heap.what[buddy] != order) {
			break;
		}
		list_del(page_at(buddy));
		heap.what[buddy] = PAGE_INSIDE;
		heap.what[number] = PAGE_INSIDE;
		number &= ~(1ull << order);
		order++;
	}
	put_free(number, order);
	spin_unlock(&heap.lock);
}

uint64_t page_used(enum page_use use)
{
	return heap.used[use];
}

uint64_t page_unused(void)
{
	return heap.free_pages;
}
