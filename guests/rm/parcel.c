/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of parcels, and how one is made. */
#include "rm/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "rm/parcel_parts.h"
#include "rm/vms.h"

static struct parcel parcels[PARCELS_MAX];
static uint32_t last_handle = 0x100;

struct parcel *parcel_find(uint32_t handle)
{
	for (unsigned i = 0; handle != 0 && i < PARCELS_MAX; i++) {
		if (parcels[i].handle == handle) {
			return &parcels[i];
		}
	}
	return NULL;
}

struct parcel *parcel_next(unsigned *i)
{
	while (*i < PARCELS_MAX) {
		struct parcel *p = &parcels[(*i)++];

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

/* Would that be more than an owner may have?  Others need some, too. */
static bool is_too_much(uint16_t owner, unsigned more_parcels,
                        unsigned more_ranges)
{
	const struct parcel *p;

	for (unsigned i = 0; (p = parcel_next(&i)) != NULL;) {
		if (p->owner == owner) {
			more_parcels++;
			more_ranges += p->range_count;
		}
	}
	return owner != RM_VMID_PRIMARY && (more_parcels > PARCELS_OF_VM ||
	                                    more_ranges > PARCEL_RANGES_OF_VM);
}

void parcel_forget(struct parcel *p)
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
	*error = parcel_add_ranges(p, sgl, sgl_count);
	if (*error != RM_ERR_OK) {
		parcel_forget(p);
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
	error = parcel_add_ranges(p, sgl, count);
	if (error == RM_ERR_OK && is_last) {
		p->is_open = false;
	}
	return error;
}
