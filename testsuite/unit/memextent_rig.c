/* SPDX-License-Identifier: BSD-2-Clause */
/* See memextent_rig.h. */
#include "memextent_rig.h"

#include <stdlib.h>
#include <string.h>

#include "arch/cache.h"
#include "heap.h"
#include "obj/partition.h"

const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_ADDRSPACE] = &addrspace_ops,
	[OBJ_MEMEXTENT] = &memextent_ops,
};

/* Only what the extents use of a VM. */
enum err vm_create(uint16_t vmid, const char *name, struct vm **made)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	enum err err;

	(void)name;
	err = stage2_init(&vm->s2, vmid);
	if (err != ERR_OK) {
		free(vm);
		return err;
	}
	rig.vms++;
	*made = vm;
	return ERR_OK;
}

void vm_destroy(struct vm *vm)
{
	stage2_fini(&vm->s2);
	free(vm);
	rig.vms--;
}

void cache_scrub(void *at, size_t len)
{
	for (uint64_t off = 0; off < len; off += PAGE_SIZE) {
		rig.zeroed[((uint64_t)at + off - RAM_BASE) / PAGE_SIZE]++;
	}
}

void cache_clean(const void *at, size_t len)
{
	(void)at, (void)len;
}

void cache_flush(const void *at, size_t len)
{
	(void)at, (void)len;
}

static uint64_t heap_at_rest;
struct memextent_rig rig;

struct object *rig_make(enum obj_type type)
{
	struct object *obj;

	if (object_create(type, &root_partition, &obj) != ERR_OK) {
		abort();
	}
	return obj;
}

struct addrspace *rig_make_space(unsigned vmid)
{
	struct addrspace *as = (struct addrspace *)rig_make(OBJ_ADDRSPACE);

	if (addrspace_configure(as, vmid) != ERR_OK ||
	    object_activate(&as->obj) != ERR_OK) {
		abort();
	}
	return as;
}

struct memextent *rig_derive(struct memextent *from, uint64_t off,
                             uint64_t size, uint64_t attrs)
{
	struct memextent *me = (struct memextent *)rig_make(OBJ_MEMEXTENT);

	if (memextent_configure_derived(me, from, off, size, attrs) != ERR_OK ||
	    object_activate(&me->obj) != ERR_OK) {
		abort();
	}
	return me;
}

void rig_set_up(void *unused)
{
	static bool has_ram;
	static const struct owner_range ranges[] = {
		{ .base = RAM_BASE, .size = RAM_SIZE },
		{ .base = FAR_BASE, .size = FAR_SIZE, .is_device = true },
	};

	(void)unused;
	heap_fail_after(-1);
	if (!has_ram) {
		has_ram = true;
		stage2_probe();
		if (owner_init(ranges, 2) != ERR_OK ||
		    owner_vouch(pa(RAM_BASE), RAM_SIZE) != ERR_OK) {
			abort();
		}
	}
	heap_at_rest = heap_bytes();
	partition_init_root(LIMIT);
	memset(rig.zeroed, 0, sizeof(rig.zeroed));
	rig.vm1 = rig_make_space(1);
	rig.vm2 = rig_make_space(2);
	rig.pool = (struct memextent *)rig_make(OBJ_MEMEXTENT);
	if (memextent_configure(rig.pool, RAM_BASE, RAM_SIZE, RWX | SPARSE) !=
	            ERR_OK ||
	    object_activate(&rig.pool->obj) != ERR_OK ||
	    memextent_donate(TO_CHILD, NULL, rig.pool, RAM_BASE, RAM_SIZE) !=
	            ERR_OK) {
		abort();
	}
}

bool rig_drop(struct memextent *me)
{
	object_put(&me->obj);
	object_reap();
	return true;
}

/* Everything away; the machine must be as it was before set_up. */
bool rig_all_gone(void)
{
	rig_drop(rig.pool);
	object_put(&rig.vm1->obj);
	object_put(&rig.vm2->obj);
	object_reap();
	return object_count(OBJ_MEMEXTENT) == 0 &&
	       object_count(OBJ_ADDRSPACE) == 0 && rig.vms == 0 &&
	       root_partition.used == 0 && heap_bytes() == heap_at_rest &&
	       owner_count(OWNER_FREE) == (RAM_SIZE + FAR_SIZE) / PAGE_SIZE;
}

enum err rig_map_all(const struct map_request *req)
{
	uint32_t mark = 0;
	enum err err;

	rig.pieces = 0;
	do {
		err = memextent_map(req, &mark);
		rig.pieces++;
	} while (err == ERR_RESTART);
	return err;
}

enum err rig_unmap_all(const struct map_request *req)
{
	enum err err;

	rig.pieces = 0;
	do {
		err = memextent_unmap(req);
		rig.pieces++;
	} while (err == ERR_RESTART);
	return err;
}

enum err rig_protect_all(const struct map_request *req)
{
	uint32_t mark = 0;
	enum err err;

	rig.pieces = 0;
	do {
		err = memextent_update_access(req, &mark);
		rig.pieces++;
	} while (err == ERR_RESTART);
	return err;
}

enum err rig_map(struct memextent *me, struct addrspace *as, uint64_t at)
{
	struct map_request req = {
		.as = as, .me = me, .ipa = at, .attrs = ALL_RWX
	};

	return rig_map_all(&req);
}

enum err rig_map_part(struct memextent *me, struct addrspace *as, uint64_t at,
                      uint64_t off, uint64_t size)
{
	struct map_request req = { .as = as,
		                   .me = me,
		                   .ipa = at,
		                   .attrs = ALL_RWX,
		                   .flags = MAP_FLAG_PARTIAL,
		                   .offset = off,
		                   .size = size };

	return rig_map_all(&req);
}

enum err rig_unmap_part(struct memextent *me, struct addrspace *as, uint64_t at,
                        uint64_t off, uint64_t size)
{
	struct map_request req = { .as = as,
		                   .me = me,
		                   .ipa = at,
		                   .flags = MAP_FLAG_PARTIAL,
		                   .offset = off,
		                   .size = size };

	return rig_unmap_all(&req);
}

enum err rig_protect(struct memextent *me, struct addrspace *as, uint64_t at,
                     uint64_t attrs)
{
	struct map_request req = {
		.as = as, .me = me, .ipa = at, .attrs = attrs
	};

	return rig_protect_all(&req);
}

/* The physical address @as has at @at, or 0. */
uint64_t rig_seen(struct addrspace *as, uint64_t at)
{
	struct stage2_entry entry;

	return stage2_lookup(&as->vm->s2, ipa(at), &entry) ? entry.pa.v : 0;
}

enum owner_state rig_state_of(uint64_t phys)
{
	uint64_t run;

	return owner_look(pa(phys), PAGE_SIZE, &run).state;
}

/*
 * Every page that is seen by a VM is held by an extent, and mapped as often as
 * its owner entry says; nobody but that extent's mappings shows it.
 */
bool rig_audit(void)
{
	static unsigned maps[RAM_SIZE / PAGE_SIZE];
	struct addrspace *const spaces[] = { rig.vm1, rig.vm2 };

	memset(maps, 0, sizeof(maps));
	for (unsigned s = 0; s < 2; s++) {
		for (uint64_t at = 0; at < 3 * RAM_SIZE; at += PAGE_SIZE) {
			uint64_t phys = rig_seen(spaces[s], at);

			if (phys != 0) {
				maps[(phys - RAM_BASE) / PAGE_SIZE]++;
			}
		}
		if (spaces[s]->charged_pages != spaces[s]->vm->s2.table_pages) {
			return false;
		}
	}
	for (unsigned i = 0; i < RAM_SIZE / PAGE_SIZE; i++) {
		uint64_t run;
		struct owner_page page =
			owner_look(pa(RAM_BASE + (uint64_t)i * PAGE_SIZE),
		                   PAGE_SIZE, &run);

		if (page.maps != maps[i]) {
			return false;
		}
	}
	return true;
}
