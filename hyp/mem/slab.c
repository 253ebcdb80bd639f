/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slabs: a page of objects of one size, its header in the first object's
 * place.  Pages with room stand in their class's list.
 */
#include "mem/slab.h"

#include <stdint.h>

#include "arch/spinlock.h"
#include "lib/assert.h"
#include "lib/list.h"
#include "lib/string.h"
#include "mem/page.h"

#define CLASS_MIN   5 /* 32 bytes */
#define CLASS_COUNT 6 /* to 1024 */

struct slab {
	struct list node; /* in its class's list while it has room */
	void *free;       /* chain through the objects' first words */
	uint32_t used;    /* objects */
	uint32_t class;
};
_Static_assert(sizeof(struct slab) <= 64, "takes one or two small objects");

static struct spinlock slab_lock;
static struct list with_room[CLASS_COUNT];
static size_t slab_objects;

static unsigned class_of(size_t size)
{
	unsigned class = 0;

	ASSERT(size > 0 && size <= SLAB_SIZE_MAX);
	while ((1ul << (class + CLASS_MIN)) < size) {
		class ++;
	}
	return class;
}

static struct slab *slab_of(void *object)
{
	return (struct slab *)((uint64_t)object & ~(uint64_t)(PAGE_SIZE - 1));
}

static struct slab *make_slab(unsigned class)
{
	size_t size = 1ul << (class + CLASS_MIN);
	size_t at = size > sizeof(struct slab) ? size : sizeof(struct slab);
	struct slab *slab = page_alloc(PAGE_SLAB);

	if (slab == NULL) {
		return NULL;
	}
	slab->class = class;
	for (; at + size <= PAGE_SIZE; at += size) {
		void **object = (void **)((char *)slab + at);

		*object = slab->free;
		slab->free = object;
	}
	list_add_head(&with_room[class], &slab->node);
	return slab;
}

void *slab_alloc(size_t size)
{
	unsigned class = class_of(size);
	struct slab *slab = NULL;
	void **object = NULL;

	if (page_is_refused()) {
		return NULL;
	}
	spin_lock(&slab_lock);
	if (with_room[class].next == NULL) {
		list_init(&with_room[class]);
	}
	if (!list_empty(&with_room[class])) {
		slab = container_of(with_room[class].next, struct slab, node);
	} else {
		slab = make_slab(class);
	}
	if (slab != NULL) {
		object = slab->free;
		slab->free = *object;
		slab->used++;
		slab_objects++;
		if (slab->free == NULL) {
			list_del(&slab->node);
		}
	}
	spin_unlock(&slab_lock);
	if (object != NULL) {
		memset(object, 0, 1ul << (class + CLASS_MIN));
	}
	return object;
}

void slab_free(void *object, size_t size)
{
	struct slab *slab = slab_of(object);

	if (object == NULL) {
		return;
	}
	spin_lock(&slab_lock);
	ASSERT(slab->class == class_of(size) && slab->used > 0);
	if (slab->free == NULL) {
		list_add_head(&with_room[slab->class], &slab->node);
	}
	*(void **)object = slab->free;
	slab->free = object;
	slab->used--;
	slab_objects--;
	if (slab->used == 0) {
		list_del(&slab->node);
		page_free(slab, PAGE_SLAB);
	}
	spin_unlock(&slab_lock);
}

size_t slab_count(void)
{
	return slab_objects;
}
