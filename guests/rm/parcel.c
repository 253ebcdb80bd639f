/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "rm/env.h"
#include "rm/launch.h"
#include "rm/vms.h"
#include "rt/hv.h"
#include "rt/vmtree.h"

#define PAGE        4096ull
#define MAP_PARTIAL 0x1ull
#define TO_CHILD    0
#define MODIFY_ZERO 0x80000001ull /* and "no sync" */

static struct parcel parcels[PARCELS_MAX];
static uint32_t last_handle = 0x100;

void (*parcel_on_release)(const struct parcel *p, uint16_t vmid);

struct parcel *parcel_find(uint32_t handle)
{
	for (unsigned i = 0; handle != 0 && i < PARCELS_MAX; i++) {
		if (parcels[i].handle == handle) {
			return &parcels[i];
		}
	}
	return NULL;
}

const struct parcel *parcel_next(unsigned *i)
{
	while (*i < PARCELS_MAX) {
		const struct parcel *p = &parcels[(*i)++];

		if (p->handle != 0) {
			return p;
		}
	}
	return NULL;
}

unsigned parcel_count(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < PARCELS_MAX; i++) {
		count += parcels[i].handle != 0;
	}
	return count;
}

struct parcel_borrower *parcel_borrower(struct parcel *p, uint16_t vmid)
{
	for (unsigned i = 0; i < p->acl_count; i++) {
		if (p->acl[i].vmid == vmid) {
			return &p->acl[i];
		}
	}
	return NULL;
}

uint64_t parcel_size(const struct parcel *p)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < p->range_count; i++) {
		size += p->range[i].size;
	}
	return size;
}

/* Stage-2 access of a borrower: the same for its kernel and its users. */
static uint64_t map_attrs(uint8_t rights)
{
	if (strcmp(launch_mutant, "rm-acl-ignored") == 0) {
		return MAP_RWX;
	}
	return (MAP_R & ~0xffull) | (uint64_t)rights << 4 | rights;
}

static bool is_ram_of(const struct vm *vm, const struct rm_sgl_entry *r)
{
	return r->size != 0 && (r->ipa | r->size) % PAGE == 0 &&
	       r->ipa >= VMTREE_RAM_BASE && vm->objects.ram_cap != 0 &&
	       r->ipa - VMTREE_RAM_BASE <= vm->objects.ram.size &&
	       r->size <= vm->objects.ram.size - (r->ipa - VMTREE_RAM_BASE);
}

static enum rm_error check_acl(uint16_t owner, enum parcel_kind kind,
                               const struct rm_acl_entry *acl, unsigned count)
{
	if (count == 0 || count > PARCEL_ACL_MAX ||
	    (kind == PARCEL_DONATE && count != 1)) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	for (unsigned i = 0; i < count; i++) {
		if (acl[i].vmid == owner || vms_find(acl[i].vmid) == NULL) {
			return RM_ERR_VMID_INVALID;
		}
		if (acl[i].rights == 0 ||
		    (acl[i].rights & ~(RM_ACL_X | RM_ACL_W | RM_ACL_R)) != 0) {
			return RM_ERR_ARGUMENT_INVALID;
		}
		for (unsigned k = 0; k < i; k++) {
			if (acl[k].vmid == acl[i].vmid) {
				return RM_ERR_ARGUMENT_INVALID;
			}
		}
	}
	return RM_ERR_OK;
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

/*
 * Give range @i back.
 * @return false: it is the owner's again, but cannot be mapped where it was
 */
static bool give_back(struct parcel *p, unsigned i)
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

/* Give ranges from index @from on back and forget them. */
static void drop_ranges(struct parcel *p, unsigned from)
{
	while (p->range_count > from) {
		give_back(p, --p->range_count);
	}
}

/* SHARE leaves no mark on the pages: look for whoever has them already. */
static bool is_given_away(uint16_t owner, const struct rm_sgl_entry *r)
{
	for (unsigned i = 0; i < PARCELS_MAX; i++) {
		const struct parcel *p = &parcels[i];

		if (p->handle == 0 || p->owner != owner) {
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

/* Would that be more than an owner may have?  Others need some, too. */
static bool is_too_much(uint16_t owner, unsigned more_parcels,
                        unsigned more_ranges)
{
	for (unsigned i = 0; i < PARCELS_MAX; i++) {
		if (parcels[i].handle != 0 && parcels[i].owner == owner) {
			more_parcels++;
			more_ranges += parcels[i].range_count;
		}
	}
	return owner != RM_VMID_PRIMARY && (more_parcels > PARCELS_OF_VM ||
	                                    more_ranges > PARCEL_RANGES_OF_VM);
}

static enum rm_error add_ranges(struct parcel *p,
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
		drop_ranges(p, before);
	}
	return error;
}

static void forget(struct parcel *p)
{
	for (unsigned i = 0; i < p->acl_count; i++) {
		free(p->acl[i].ipa);
	}
	free(p->range);
	free(p->cap);
	memset(p, 0, sizeof(*p));
}

struct parcel *parcel_make(enum parcel_kind kind, uint16_t owner,
                           const struct rm_mem_create *head,
                           const struct rm_acl_entry *acl, unsigned acl_count,
                           const struct rm_sgl_entry *sgl, unsigned sgl_count,
                           enum rm_error *error)
{
	struct parcel *p = NULL;

	*error = check_acl(owner, kind, acl, acl_count);
	if (*error == RM_ERR_OK &&
	    (head->type != RM_MEM_NORMAL || sgl_count == 0)) {
		*error = RM_ERR_ARGUMENT_INVALID;
	}
	for (unsigned i = 0; i < PARCELS_MAX && p == NULL; i++) {
		p = parcels[i].handle == 0 ? &parcels[i] : NULL;
	}
	if (*error != RM_ERR_OK || p == NULL ||
	    is_too_much(owner, 1, sgl_count)) {
		*error = *error != RM_ERR_OK ? *error : RM_ERR_NORESOURCE;
		return NULL;
	}
	p->kind = kind;
	p->owner = owner;
	p->label = head->label;
	p->sanitize = (head->flags & RM_MEM_SANITIZE) != 0;
	p->is_open = (head->flags & RM_MEM_MORE) != 0;
	p->acl_count = acl_count;
	for (unsigned i = 0; i < acl_count; i++) {
		p->acl[i].vmid = acl[i].vmid;
		p->acl[i].rights = acl[i].rights;
	}
	*error = add_ranges(p, sgl, sgl_count);
	if (*error != RM_ERR_OK) {
		forget(p);
		return NULL;
	}
	do {
		last_handle = last_handle + 1 != 0 ? last_handle + 1 : 1;
	} while (parcel_find(last_handle) != NULL);
	p->handle = last_handle;
	return p;
}

enum rm_error parcel_append(struct parcel *p, const struct rm_sgl_entry *sgl,
                            unsigned count, bool is_last)
{
	enum rm_error error;

	if (!p->is_open || count == 0) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	if (is_too_much(p->owner, 0, count)) {
		return RM_ERR_NORESOURCE;
	}
	error = add_ranges(p, sgl, count);
	if (error == RM_ERR_OK && is_last) {
		p->is_open = false;
	}
	return error;
}

/* Which part of which extent a range is. */
static uint64_t extent_of(const struct parcel *p, unsigned i, uint64_t *offset)
{
	const struct vm *owner = vms_find(p->owner);

	if (p->kind != PARCEL_SHARE) {
		*offset = 0;
		return p->cap[i];
	}
	*offset = p->range[i].ipa - VMTREE_RAM_BASE;
	return owner != NULL ? owner->objects.ram_cap : 0;
}

static int64_t map_range(const struct parcel *p, unsigned i,
                         const struct vm *vm, uint64_t ipa, uint64_t attrs)
{
	uint64_t offset;
	uint64_t cap = extent_of(p, i, &offset);

	return HV(ADDRSPACE_MAP, vm->objects.addrspace, cap, ipa, attrs,
	          MAP_PARTIAL, offset, p->range[i].size)
	        .err;
}

static void unmap_range(const struct parcel *p, unsigned i, const struct vm *vm,
                        uint64_t ipa)
{
	uint64_t offset;
	uint64_t cap = extent_of(p, i, &offset);

	HV(ADDRSPACE_UNMAP, vm->objects.addrspace, cap, ipa, MAP_PARTIAL,
	   offset, p->range[i].size);
}

/* The range that holds all of [at, at + size), an offset in the parcel. */
static bool find_range(const struct parcel *p, uint64_t *at, uint64_t size,
                       unsigned *index)
{
	for (unsigned i = 0; i < p->range_count; i++) {
		if (*at < p->range[i].size) {
			*index = i;
			return size <= p->range[i].size - *at;
		}
		*at -= p->range[i].size;
	}
	return false;
}

void *parcel_open(const struct parcel *p, uint64_t at, uint64_t size)
{
	uint64_t in_page = at % PAGE;
	uint64_t offset, cap;
	uint8_t *window;
	unsigned i;

	if (size == 0 || !find_range(p, &at, size, &i)) {
		return NULL;
	}
	cap = extent_of(p, i, &offset);
	window = env_open_window(cap, offset + at - in_page,
	                         (in_page + size + PAGE - 1) & ~(PAGE - 1));
	return window != NULL ? window + in_page : NULL;
}

void parcel_close(const struct parcel *p, uint64_t at, uint64_t size)
{
	uint64_t in_page = at % PAGE;
	uint64_t offset, cap;
	unsigned i;

	if (find_range(p, &at, size, &i)) {
		cap = extent_of(p, i, &offset);
		env_close_window(cap, offset + at - in_page,
		                 (in_page + size + PAGE - 1) & ~(PAGE - 1));
	}
}

static bool choose_places(const struct parcel *p, const uint64_t *ipa,
                          unsigned count, uint64_t *at)
{
	uint64_t next = ipa[0];

	if (count != 1 && count != p->range_count) {
		return false;
	}
	for (unsigned i = 0; i < p->range_count; i++) {
		at[i] = count == 1 ? next : ipa[i];
		if (at[i] % PAGE != 0 || at[i] + p->range[i].size < at[i]) {
			return false;
		}
		next = at[i] + p->range[i].size;
	}
	return true;
}

enum rm_error parcel_accept(struct parcel *p, uint16_t vmid,
                            const uint64_t *ipa, unsigned count)
{
	struct parcel_borrower *b = parcel_borrower(p, vmid);
	const struct vm *vm = vms_find(vmid);
	uint64_t *at;

	if (b == NULL || vm == NULL || p->is_open) {
		return RM_ERR_DENIED;
	}
	if (b->use == PARCEL_ACCEPTED) {
		return RM_ERR_MEM_INUSE;
	}
	at = malloc(p->range_count * sizeof(at[0]));
	if (at == NULL || count == 0 || !choose_places(p, ipa, count, at)) {
		free(at);
		return at == NULL ? RM_ERR_NOMEM : RM_ERR_MEM_INVALID;
	}
	for (unsigned i = 0; i < p->range_count; i++) {
		if (map_range(p, i, vm, at[i], map_attrs(b->rights)) == HV_OK) {
			continue;
		}
		while (i-- > 0) {
			unmap_range(p, i, vm, at[i]);
		}
		free(at);
		return RM_ERR_MAP_FAILED;
	}
	b->ipa = at;
	b->use = PARCEL_ACCEPTED;
	return RM_ERR_OK;
}

enum rm_error parcel_release(struct parcel *p, uint16_t vmid)
{
	struct parcel_borrower *b = parcel_borrower(p, vmid);
	const struct vm *vm = vms_find(vmid);

	if (b == NULL) {
		return RM_ERR_DENIED;
	}
	if (b->use != PARCEL_ACCEPTED) {
		return RM_ERR_MEM_RELEASED;
	}
	for (unsigned i = 0; i < p->range_count; i++) {
		unmap_range(p, i, vm, b->ipa[i]);
	}
	free(b->ipa);
	b->ipa = NULL;
	b->use = PARCEL_RELEASED;
	if (parcel_on_release != NULL) {
		parcel_on_release(p, vmid);
	}
	return RM_ERR_OK;
}

/*
 * All of it to its owner.  What cannot be mapped is offered to nobody any
 * more, and waits for its owner to reclaim it.
 */
static bool go_home(struct parcel *p)
{
	while (p->range_count > 0 && give_back(p, p->range_count - 1)) {
		p->range_count--;
	}
	p->acl_count = 0; /* none of them has it accepted */
	if (p->range_count > 0) {
		return false;
	}
	forget(p);
	return true;
}

enum rm_error parcel_reclaim(struct parcel *p, uint16_t owner)
{
	if (p->owner != owner ||
	    (p->kind == PARCEL_DONATE && p->acl_count != 0)) {
		return RM_ERR_DENIED;
	}
	for (unsigned i = 0; i < p->acl_count; i++) {
		if (p->acl[i].use == PARCEL_ACCEPTED) {
			return RM_ERR_MEM_INUSE;
		}
	}
	return go_home(p) ? RM_ERR_OK : RM_ERR_MAP_FAILED;
}

void parcel_forget_borrower(uint16_t vmid)
{
	for (unsigned i = 0; i < PARCELS_MAX; i++) {
		struct parcel *p = &parcels[i];
		struct parcel_borrower *b;

		if (p->handle == 0) {
			continue;
		}
		b = parcel_borrower(p, vmid);
		if (b != NULL && b->use == PARCEL_ACCEPTED) {
			parcel_release(p, vmid);
		}
		if (b != NULL && p->kind == PARCEL_DONATE) {
			go_home(p);
		}
	}
}

void parcel_withdraw(uint16_t vmid)
{
	parcel_forget_borrower(vmid);
	for (unsigned i = 0; i < PARCELS_MAX; i++) {
		struct parcel_borrower *b =
			parcels[i].handle != 0
				? parcel_borrower(&parcels[i], vmid)
				: NULL;

		if (b != NULL) {
			b->vmid = 0; /* of no VM: whoever looks finds nobody */
		}
	}
}

void parcel_forget_owner(uint16_t vmid)
{
	for (unsigned i = 0; i < PARCELS_MAX; i++) {
		struct parcel *p = &parcels[i];

		if (p->handle == 0 || p->owner != vmid) {
			continue;
		}
		for (unsigned k = 0; k < p->acl_count; k++) {
			if (p->acl[k].use == PARCEL_ACCEPTED) {
				parcel_release(p, p->acl[k].vmid);
			}
		}
		p->owner = 0; /* nobody is to see it again */
		drop_ranges(p, 0);
		forget(p);
	}
}
