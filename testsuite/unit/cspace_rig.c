/* SPDX-License-Identifier: BSD-2-Clause */
/* See cspace_rig.h. */
#include "cspace_rig.h"

#include <stdlib.h>

#include "heap.h"

#define LIMIT (64u << 20)

struct dummy {
	struct object obj;
};

static void orphan_dummy(struct object *obj)
{
	(void)obj;
	rig.orphaned++;
}

static void destroy_dummy(struct object *obj)
{
	(void)obj;
	rig.destroyed++;
}

static const struct obj_ops doorbell_ops = {
	.name = "doorbell",
	.size = sizeof(struct dummy),
	.rights = DOORBELL_MAY_SEND | DOORBELL_MAY_RECEIVE | DOORBELL_MAY_BIND |
	          OBJ_MAY_ACTIVATE,
	.orphan = orphan_dummy,
	.destroy = destroy_dummy,
};

const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_CSPACE] = &cspace_ops,
	[OBJ_DOORBELL] = &doorbell_ops,
};

struct cspace_rig rig;

struct cspace *rig_make_space(uint64_t caps_max)
{
	struct object *obj;

	if (object_create(OBJ_CSPACE, &root_partition, &obj) != ERR_OK ||
	    cspace_configure((struct cspace *)obj, caps_max) != ERR_OK ||
	    object_activate(obj) != ERR_OK) {
		abort();
	}
	return (struct cspace *)obj;
}

void rig_set_up(void *unused)
{
	(void)unused;
	heap_fail_after(-1);
	partition_init_root(LIMIT);
	rig.destroyed = 0;
	rig.orphaned = 0;
	rig.random_state = test_seed();
	rig.a = rig_make_space(300);
	rig.b = rig_make_space(100);
}

bool rig_drop_spaces(void)
{
	object_put(&rig.a->obj);
	object_put(&rig.b->obj);
	object_reap();
	return heap_bytes() == 0 && root_partition.used == 0 &&
	       root_partition.obj.refs == 1 &&
	       object_count(OBJ_DOORBELL) == 0 && object_count(OBJ_CSPACE) == 0;
}
