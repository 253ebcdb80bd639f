/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the mappings of an extent are written down: few in the extent itself,
 * as nearly all have no more, and the others in a page that is there only while
 * one of them is used.  The RAM of a VM that shares much has many.
 */
#include "lib/string.h"
#include "obj/partition.h"
#include "vm/memmap.h"

#define FAR      (MEMEXTENT_MAPS_MAX - MEMEXTENT_MAPS_NEAR)
#define FAR_SIZE (FAR * sizeof(struct mapping))

_Static_assert(FAR_SIZE <= PAGE_SIZE, "one page");

unsigned memmap_place_count(const struct memextent *me)
{
	return me->more != NULL ? MEMEXTENT_MAPS_MAX : MEMEXTENT_MAPS_NEAR;
}

struct mapping *memmap_place(struct memextent *me, unsigned i)
{
	return i < MEMEXTENT_MAPS_NEAR ? &me->maps[i]
	                               : &me->more[i - MEMEXTENT_MAPS_NEAR];
}

enum err memmap_take_place(struct memextent *me, struct mapping **m)
{
	for (unsigned i = 0; i < memmap_place_count(me); i++) {
		*m = memmap_place(me, i);
		if ((*m)->as == NULL) {
			return ERR_OK;
		}
	}
	*m = NULL;
	if (me->more != NULL) {
		return ERR_MAPPINGS_FULL;
	}
	me->more = partition_alloc(me->obj.partition, FAR_SIZE);
	if (me->more == NULL) {
		return ERR_NOMEM;
	}
	memset(me->more, 0, FAR_SIZE);
	*m = me->more;
	return ERR_OK;
}

void memmap_settle_places(struct memextent *me)
{
	if (me->more == NULL) {
		return;
	}
	for (unsigned i = 0; i < FAR; i++) {
		if (me->more[i].as != NULL) {
			return;
		}
	}
	partition_free(me->obj.partition, me->more, FAR_SIZE);
	me->more = NULL;
}
