/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of an owner's RAM: taken from it for a parcel, and given back. */
#include <stdlib.h>

#include "rm/env.h"
#include "rm/parcel_parts.h"
#include "rm/vms.h"
#include "rt/hv.h"
#include "rt/vmtree.h"

#define PAGE        4096ull
#define MAP_PARTIAL 0x1ull
#define TO_CHILD    0
#define TO_PARENT   1
#define STEP        (2ull << 20)  /* bytes; a scrub of 120 000 instructions */
#define MODIFY_ZERO 0x80000001ull /* and "no sync" */

static bool is_ram_of(const struct vm *vm, const struct rm_sgl_entry *r)
{
	return r->size != 0 && (r->ipa | r->size) % PAGE == 0 &&
	       r->ipa >= VMTREE_RAM_BASE && vm->objects.ram_cap != 0 &&
	       r->ipa - VMTREE_RAM_BASE <= vm->objects.ram.size &&
	       r->size <= vm->objects.ram.size - (r->ipa - VMTREE_RAM_BASE);
}

static bool meets_any(const struct rm_sgl_entry *r,
                      const struct rm_sgl_entry *range, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (r->ipa < range[i].ipa + range[i].size &&
		    range[i].ipa < r->ipa + r->size) {
			return true;
		}
	}
	return false;
}

/* SHARE leaves no mark on the pages: look for whoever has them already. */
static bool is_given_away(uint16_t owner, const struct rm_sgl_entry *r)
{
	const struct parcel *p;

	for (unsigned i = 0; (p = parcel_next(&i)) != NULL;) {
		if (p->owner == owner &&
		    meets_any(r, p->range, p->range_count)) {
			return true;
		}
	}
	return false;
}

/* The owner sees @r again. @return false: it cannot be mapped there */
static bool return_range(const struct vm *owner, const struct rm_sgl_entry *r)
{
	return HV(ADDRSPACE_MAP, owner->objects.addrspace,
	          owner->objects.ram_cap, r->ipa, MAP_RWX, MAP_PARTIAL,
	          r->ipa - VMTREE_RAM_BASE, r->size)
	               .err == HV_OK;
}

/* An extent of its own for @r, so that its owner cannot see it. 0: failed */
static uint64_t take_range(struct vm *owner, const struct rm_sgl_entry *r,
                           bool sanitize, enum rm_error *error)
{
	struct objects *o = &owner->objects;
	struct hv made =
		HV(PARTITION_CREATE_MEMEXTENT, env.partition, env.cspace);
	uint64_t cap = made.out[0];
	int64_t err = made.err;
	bool is_taken = false;

	if (err != HV_OK) {
		*error = RM_ERR_NOMEM;
		return 0;
	}
	err = HV(MEMEXTENT_CONFIGURE_DERIVE, cap, o->ram_cap,
	         r->ipa - VMTREE_RAM_BASE, r->size, EXTENT_RWX | EXTENT_SPARSE)
	              .err;
	if (err == HV_OK) {
		err = HV(OBJECT_ACTIVATE, cap).err;
	}
	if (err == HV_OK) {
		err = HV(MEMEXTENT_DONATE, TO_CHILD, o->ram_cap, cap,
		         r->ipa - VMTREE_RAM_BASE, r->size)
		              .err;
		is_taken = err == HV_OK;
	}
	if (err == HV_OK && sanitize) {
		err = HV(MEMEXTENT_MODIFY, cap, MODIFY_ZERO, 0, r->size).err;
	}
	if (err != HV_OK) {
		HV(CSPACE_DELETE_CAP_FROM, env.cspace, cap);
		if (is_taken) {
			return_range(owner, r);
		}
		*error = err == HV_NOMEM ? RM_ERR_NOMEM : RM_ERR_MEM_INUSE;
		return 0;
	}
	return cap;
}

bool parcel_give_back(struct parcel *p, unsigned i)
{
	const struct vm *owner = vms_find(p->owner);

	if (p->kind == PARCEL_SHARE) {
		return true;
	}
	if (p->cap[i] != 0) {
		HV(CSPACE_DELETE_CAP_FROM, env.cspace, p->cap[i]);
		p->cap[i] = 0;
	}
	return owner == NULL || return_range(owner, &p->range[i]);
}

void parcel_drop_ranges(struct parcel *p, unsigned from)
{
	while (p->range_count > from) {
		parcel_give_back(p, --p->range_count);
	}
}

bool parcel_give_step(struct parcel *p)
{
	const struct vm *owner = vms_find(p->owner);
	uint64_t cap, left;

	if (p->kind == PARCEL_SHARE || p->range_count == 0) {
		return false;
	}
	cap = p->cap[p->range_count - 1];
	left = p->range[p->range_count - 1].size - p->home;
	if (left > STEP && owner != NULL &&
	    HV(MEMEXTENT_DONATE, TO_PARENT, cap, owner->objects.ram_cap,
	       p->home, STEP)
	                    .err == HV_OK) {
		p->home += STEP;
		return true;
	}
	if (cap != 0) {
		HV(CSPACE_DELETE_CAP_FROM, env.cspace, cap);
	}
	p->home = 0;
	return --p->range_count > 0;
}

/*
 * All of a list, before any of it is taken: what is taken and given back comes
 * back zeroed, and who asked for too much is not to lose it.
 */
static enum rm_error check_list(const struct vm *owner,
                                const struct rm_sgl_entry *sgl, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (!is_ram_of(owner, &sgl[i])) {
			return RM_ERR_MEM_INVALID;
		}
		if (is_given_away(owner->vmid, &sgl[i]) ||
		    meets_any(&sgl[i], sgl, i)) {
			return RM_ERR_MEM_INUSE;
		}
	}
	return RM_ERR_OK;
}

static bool make_room(struct parcel *p, size_t total)
{
	void *more = realloc(p->range, total * sizeof(p->range[0]));

	if (more == NULL) {
		return false;
	}
	p->range = more;
	more = realloc(p->cap, total * sizeof(p->cap[0]));
	if (more == NULL) {
		return false;
	}
	p->cap = more;
	return true;
}

enum rm_error parcel_add_ranges(struct parcel *p,
                                const struct rm_sgl_entry *sgl, unsigned count)
{
	struct vm *owner = vms_find(p->owner);
	unsigned before = p->range_count;
	enum rm_error error = check_list(owner, sgl, count);

	if (error != RM_ERR_OK) {
		return error;
	}
	if (count > PARCEL_RANGES_MAX - before) {
		return RM_ERR_NORESOURCE;
	}
	if (!make_room(p, before + count)) {
		return RM_ERR_NOMEM;
	}
	for (unsigned i = 0; i < count; i++) {
		uint64_t taken = 0;

		if (p->kind != PARCEL_SHARE) {
			taken = take_range(owner, &sgl[i], p->sanitize, &error);
		}
		if (error != RM_ERR_OK) {
			parcel_drop_ranges(p, before);
			return error;
		}
		p->cap[p->range_count] = taken;
		p->range[p->range_count++] = sgl[i];
	}
	return RM_ERR_OK;
}
