/* SPDX-License-Identifier: BSD-2-Clause */
/* Parcels in the hands of those who may use them: a borrower, or ourselves. */
#include <stdlib.h>
#include <string.h>

#include "rm/env.h"
#include "rm/launch.h"
#include "rm/parcel.h"
#include "rm/vms.h"
#include "rt/hv.h"
#include "rt/vmtree.h"

#define PAGE        4096ull
#define MAP_PARTIAL 0x1ull

void (*parcel_on_release)(const struct parcel *p, uint16_t vmid);

/* Stage-2 access of a borrower: the same for its kernel and its users. */
static uint64_t map_attrs(uint8_t rights)
{
	if (strcmp(launch_mutant, "rm-acl-ignored") == 0) {
		return MAP_RWX;
	}
	return (MAP_R & ~0xffull) | (uint64_t)rights << 4 | rights;
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
