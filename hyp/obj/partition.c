/* SPDX-License-Identifier: BSD-2-Clause */
#include "obj/partition.h"

#include "lib/assert.h"
#include "mem/page.h"
#include "mem/slab.h"

struct partition root_partition;

/* What the heap really loses for an allocation of @size bytes. */
static uint64_t cost_of(size_t size)
{
	uint64_t cost = 16; /* the smallest class of the slabs */

	if (size > SLAB_SIZE_MAX) {
		return (uint64_t)PAGE_SIZE << page_order(size);
	}
	while (cost < size) {
		cost *= 2;
	}
	return cost;
}

void partition_init_root(uint64_t limit)
{
	struct partition *p = &root_partition;

	p->obj.type = OBJ_PARTITION;
	p->obj.state = OBJ_ACTIVE;
	p->obj.refs = 1; /* EL2's own, for ever */
	p->obj.partition = p;
	p->limit = limit;
}

enum err partition_charge(struct partition *p, uint64_t bytes)
{
	enum err refused = ERR_NOMEM;

	spin_lock(&p->lock);
	if (bytes <= p->limit - p->used) {
		p->used += bytes;
		refused = ERR_OK;
	}
	spin_unlock(&p->lock);
	return refused;
}

void partition_uncharge(struct partition *p, uint64_t bytes)
{
	spin_lock(&p->lock);
	ASSERT(bytes <= p->used);
	p->used -= bytes;
	spin_unlock(&p->lock);
}

void *partition_alloc(struct partition *p, size_t size)
{
	uint64_t cost = cost_of(size);
	void *mem;

	if (partition_charge(p, cost) != ERR_OK) {
		return NULL;
	}
	if (size <= SLAB_SIZE_MAX) {
		mem = slab_alloc(size);
	} else {
		mem = page_alloc_order(page_order(size), PAGE_OBJECT);
	}
	if (mem == NULL) {
		partition_uncharge(p, cost);
	}
	return mem;
}

void partition_free(struct partition *p, void *mem, size_t size)
{
	uint64_t cost = cost_of(size);

	if (mem == NULL) {
		return;
	}
	if (size <= SLAB_SIZE_MAX) {
		slab_free(mem, size);
	} else {
		page_free_order(mem, page_order(size), PAGE_OBJECT);
	}
	partition_uncharge(p, cost);
}

enum err partition_move_limit(struct partition *parent, struct partition *child,
                              int64_t bytes)
{
	if (child->parent != parent || bytes == INT64_MIN) {
		return ERR_INVAL;
	}
	if (bytes >= 0) {
		TRY(partition_charge(parent, (uint64_t)bytes));
		spin_lock(&child->lock);
		child->limit += (uint64_t)bytes;
		spin_unlock(&child->lock);
		return ERR_OK;
	}

	enum err refused = ERR_NOMEM;
	uint64_t back = (uint64_t)-bytes;

	spin_lock(&child->lock);
	if (back <= child->limit - child->used) {
		child->limit -= back;
		refused = ERR_OK;
	}
	spin_unlock(&child->lock);
	if (refused == ERR_OK) {
		partition_uncharge(parent, back);
	}
	return refused;
}

static enum err init_partition(struct object *obj)
{
	struct partition *p = (struct partition *)obj;

	/* The reference is the one that object_create takes for obj. */
	p->parent = obj->partition;
	return ERR_OK;
}

static void destroy_partition(struct object *obj)
{
	struct partition *p = (struct partition *)obj;

	/* Whatever was charged to it held a reference, so nothing is left. */
	ASSERT(p->used == 0);
	partition_uncharge(p->parent, p->limit);
}

const struct obj_ops partition_ops = {
	.name = "partition",
	.size = sizeof(struct partition),
	.rights =
		PARTITION_MAY_CREATE | PARTITION_MAY_DONATE | OBJ_MAY_ACTIVATE,
	.init = init_partition,
	.destroy = destroy_partition,
};
