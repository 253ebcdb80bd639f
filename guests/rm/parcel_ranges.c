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
#define MODIFY_ZERO 0x80000001ull /* and "no sync" */

static bool is_ram_of(const struct vm *vm, const struct rm_sgl_entry *r)
{
	return r->size != 0 && (r->ipa | r->size) % PAGE == 0 &&
	       r->ipa >= VMTREE_RAM_BASE && vm->objects.ram_cap != 0 &&
	       r->ipa - VMTREE_RAM_BASE <= vm->objects.ram.size &&
	       r->size <= vm->objects.ram.size - (r->ipa - VMTREE_RAM_BASE);
}

/* SHARE leaves no mark on the pages: look for whoever has them already. */
static bool is_given_away(uint16_t owner, const struct rm_sgl_entry *r)
{
	const struct parcel *p;

	for (unsigned i = 0; (p = parcel_next(&i)) != NULL;) {
		if (p->owner != owner) {
			continue;
		}
		for (unsigned k = 0; k < p->range_count; k++) {
			if (r->ipa < p->range[k].ipa + p->range[k].size &&
			    p->range[k].ipa < r->ipa + r->size) {
				return true;
			}
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

enum rm_error parcel_add_ranges(struct parcel *p,
                                const struct rm_sgl_entry *sgl, unsigned count)
{
	struct vm *owner = vms_find(p->owner);
	unsigned before = p->range_count;
	size_t total = before + count;
	enum rm_error error = RM_ERR_OK;
	void *range, *cap;

	if (total > PARCEL_RANGES_MAX) {
		return RM_ERR_NORESOURCE;
	}
	range = realloc(p->range, total * sizeof(p->range[0]));
	p->range = range != NULL ? range : p->range;
	cap = realloc(p->cap, total * sizeof(p->cap[0]));
	p->cap = cap != NULL ? cap : p->cap;
	if (range == NULL || cap == NULL) {
		return RM_ERR_NOMEM;
	}
	for (unsigned i = 0; i < count && error == RM_ERR_OK; i++) {
		uint64_t taken = 0;

		if (!is_ram_of(owner, &sgl[i])) {
			error = RM_ERR_MEM_INVALID;
		} else if (is_given_away(p->owner, &sgl[i])) {
			error = RM_ERR_MEM_INUSE;
		} else if (p->kind != PARCEL_SHARE) {
			taken = take_range(owner, &sgl[i], p->sanitize, &error);
		}
		if (error == RM_ERR_OK) {
			p->cap[p->range_count] = taken;
			p->range[p->range_count++] = sgl[i];
		}
	}
	if (error != RM_ERR_OK) {
		parcel_drop_ranges(p, before);
	}
	return error;
}
