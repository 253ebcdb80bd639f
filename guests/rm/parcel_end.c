/* SPDX-License-Identifier: BSD-2-Clause */
/* How parcels end: reclaimed by their owner, or with a VM. */
#include "rm/parcel_parts.h"

/*
 * All of it to its owner.  What cannot be mapped is offered to nobody any
 * more, and waits for its owner to reclaim it.
 */
static bool go_home(struct parcel *p)
{
	while (p->range_count > 0 && parcel_give_back(p, p->range_count - 1)) {
		p->range_count--;
	}
	p->acl_count = 0; /* none of them has it accepted */
	if (p->range_count > 0) {
		return false;
	}
	parcel_forget(p);
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
	struct parcel *p;

	for (unsigned i = 0; (p = parcel_next(&i)) != NULL;) {
		const struct parcel_borrower *b = parcel_borrower(p, vmid);

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
	struct parcel *p;

	parcel_forget_borrower(vmid);
	for (unsigned i = 0; (p = parcel_next(&i)) != NULL;) {
		struct parcel_borrower *b = parcel_borrower(p, vmid);

		if (b != NULL) {
			b->vmid = 0; /* of no VM: whoever looks finds nobody */
		}
	}
}

/* Nobody has it any more. */
static void release_all(struct parcel *p)
{
	for (unsigned i = 0; i < p->acl_count; i++) {
		if (p->acl[i].use == PARCEL_ACCEPTED) {
			parcel_release(p, p->acl[i].vmid);
		}
	}
}

bool parcel_forget_owner(uint16_t vmid)
{
	struct parcel *p;

	for (unsigned i = 0; (p = parcel_next(&i)) != NULL;) {
		if (p->owner != vmid) {
			continue;
		}
		release_all(p);
		p->acl_count = 0; /* nor will anybody, between two steps */
		if (parcel_give_step(p)) {
			return true;
		}
		parcel_forget(p);
	}
	return false;
}
