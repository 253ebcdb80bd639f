/* SPDX-License-Identifier: BSD-2-Clause */
#include "heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/spinlock.h"
#include "lib/assert.h"
#include "lib/random.h"
#include "mem/page.h"
#include "mem/slab.h"

static int fail_after = -1;
static int has_failed;
static uint64_t bytes;
static uint64_t used[PAGE_USE_COUNT];
static uint64_t slabs;

void heap_fail_after(int n)
{
	fail_after = n;
	has_failed = 0;
}

int heap_has_failed(void)
{
	return has_failed;
}

uint64_t heap_bytes(void)
{
	return bytes;
}

static int must_fail(void)
{
	if (fail_after < 0) {
		return 0;
	}
	if (fail_after-- == 0) {
		has_failed = 1;
		return 1;
	}
	return 0;
}

unsigned page_order(size_t size)
{
	unsigned order = 0;

	while (((size_t)PAGE_SIZE << order) < size) {
		order++;
	}
	return order;
}

void *page_alloc_order(unsigned order, enum page_use use)
{
	size_t size = (size_t)PAGE_SIZE << order;
	void *mem;

	if (must_fail()) {
		return NULL;
	}
	mem = aligned_alloc(PAGE_SIZE, size);
	if (mem == NULL) {
		abort();
	}
	memset(mem, 0, size);
	bytes += size;
	used[use] += size / PAGE_SIZE;
	return mem;
}

void page_free_order(void *pages, unsigned order, enum page_use use)
{
	size_t size = (size_t)PAGE_SIZE << order;

	bytes -= size;
	used[use] -= size / PAGE_SIZE;
	free(pages);
}

uint64_t page_used(enum page_use use)
{
	return used[use];
}

uint64_t page_unused(void)
{
	return 1u << 20;
}

void *slab_alloc(size_t size)
{
	if (must_fail()) {
		return NULL;
	}
	void *mem = calloc(1, size);

	if (mem == NULL) {
		abort();
	}
	bytes += size;
	slabs++;
	return mem;
}

void slab_free(void *object, size_t size)
{
	if (object == NULL) {
		return;
	}
	bytes -= size;
	slabs--;
	free(object);
}

size_t slab_count(void)
{
	return slabs;
}

/* Weak: machine.c has its own. */
__attribute__((weak)) void hyp_panic(const char *file, int line,
                                     const char *what)
{
	fprintf(stderr, "%s:%d: ASSERT: %s\n", file, line, what);
	abort();
}

__attribute__((weak)) void fake_lock_fault(const char *what)
{
	fprintf(stderr, "lock: %s\n", what);
	abort();
}

uint64_t test_random(uint64_t *state)
{
	return random_next(state);
}

uint64_t test_seed(void)
{
	const char *text = getenv("UNIT_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : 1;
}

uint64_t random_seed(void)
{
	static uint64_t state = 12345;

	return random_next(&state);
}

bool random_entropy(uint64_t *bits)
{
	*bits = random_seed();
	return true;
}
