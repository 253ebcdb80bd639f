/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about memory: from their payload to parcel.h. */
#include "rm/client.h"
#include "rm/launch.h"
#include "rm/lists.h"
#include "rm/mem_notify.h"
#include "rm/parcel.h"
#include "rm/request.h"

/* Entries in a message have no alignment: a copy of them has. */
static const struct rm_sgl_entry *copy_sgl(const struct list_seen *list)
{
	static struct rm_sgl_entry copy[RM_SGL_MAX];

	memcpy(copy, list->entry, list->count * sizeof(copy[0]));
	return copy;
}

/* What a request to make a parcel says. */
struct order {
	struct rm_mem_create head;
	struct rm_acl_entry acl[PARCEL_ACL_MAX];
	unsigned acl_count;
	const struct rm_sgl_entry *sgl; /* until the next request */
	unsigned sgl_count;
};

/* @needs_attrs  the list of attributes may not be missing */
static enum rm_error read_order(const struct request *rq, bool needs_attrs,
                                struct order *o)
{
	struct list_cursor c = { rq->in + sizeof(o->head),
		                 rq->len - sizeof(o->head) };
	struct list_seen acl, sgl, attrs = { 0 };

	memcpy(&o->head, rq->in, sizeof(o->head));
	if (!list_next_plain(&c, sizeof(struct rm_acl_entry), &acl) ||
	    !list_next_plain(&c, sizeof(struct rm_sgl_entry), &sgl) ||
	    ((needs_attrs || c.left != 0) && !list_next_plain(&c, 4, &attrs)) ||
	    c.left != 0 || sgl.count > RM_SGL_MAX) {
		return RM_ERR_MSG_INVALID;
	}
	if (acl.count > PARCEL_ACL_MAX || attrs.count > acl.count) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	o->acl_count = acl.count;
	memcpy(o->acl, acl.entry, acl.count * sizeof(o->acl[0]));
	o->sgl_count = sgl.count;
	o->sgl = copy_sgl(&sgl);
	return RM_ERR_OK;
}

static enum rm_error make(struct request *rq, enum parcel_kind kind)
{
	struct order o;
	enum rm_error error = read_order(rq, true, &o);
	const struct parcel *p;

	if (error != RM_ERR_OK) {
		return error;
	}
	p = parcel_make(kind, rq->from->vmid, &o.head, o.acl, o.acl_count,
	                o.sgl, o.sgl_count, &error);
	if (p != NULL) {
		request_put(rq, &p->handle, sizeof(p->handle));
	}
	return error;
}

enum rm_error mem_donate(struct request *rq)
{
	return make(rq, PARCEL_DONATE);
}

enum rm_error mem_lend(struct request *rq)
{
	return make(rq, PARCEL_LEND);
}

enum rm_error mem_share(struct request *rq)
{
	return make(rq, PARCEL_SHARE);
}

static bool is_ordered(const struct parcel *p, const struct order *o)
{
	if (p->label != o->head.label || p->acl_count != o->acl_count ||
	    p->range_count != o->sgl_count ||
	    memcmp(p->range, o->sgl, o->sgl_count * sizeof(o->sgl[0])) != 0) {
		return false;
	}
	for (unsigned i = 0; i < o->acl_count; i++) {
		if (p->acl[i].vmid != o->acl[i].vmid) {
			return false;
		}
	}
	return true;
}

/* As who makes a parcel asks; answer: its handle. */
enum rm_error mem_lookup(struct request *rq)
{
	const struct parcel *p;
	struct order o;
	enum rm_error error = read_order(rq, false, &o);

	if (error != RM_ERR_OK) {
		return error;
	}
	for (unsigned i = 0; (p = parcel_next(&i)) != NULL;) {
		if (p->owner == rq->from->vmid && is_ordered(p, &o) &&
		    strcmp(launch_mutant, "rm-parcel-lost") != 0) {
			request_put(rq, &p->handle, sizeof(p->handle));
			return RM_ERR_OK;
		}
	}
	return RM_ERR_LOOKUP_FAILED;
}

static struct parcel *find(const struct request *rq)
{
	uint32_t handle;

	memcpy(&handle, rq->in, sizeof(handle));
	return parcel_find(handle);
}

/* u32 handle, u8 flags (bit 0: the last), u8 0, u16 0, list of ranges */
enum rm_error mem_append(struct request *rq)
{
	struct list_cursor c = { rq->in + 8, rq->len - 8 };
	struct parcel *p = find(rq);
	struct list_seen sgl;

	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	if (p->owner != rq->from->vmid) {
		return RM_ERR_DENIED;
	}
	if (!list_next_plain(&c, sizeof(struct rm_sgl_entry), &sgl) ||
	    c.left != 0 || sgl.count > RM_SGL_MAX) {
		return RM_ERR_MSG_INVALID;
	}
	return parcel_append(p, copy_sgl(&sgl), sgl.count,
	                     (rq->in[4] & 1) != 0);
}

struct acceptance {
	struct rm_mem_accept head;
	struct list_seen acl, sgl;
};

static enum rm_error read_acceptance(const struct request *rq,
                                     struct acceptance *a)
{
	struct list_cursor c = { rq->in + sizeof(a->head),
		                 rq->len - sizeof(a->head) };
	struct list_seen attrs;

	memcpy(&a->head, rq->in, sizeof(a->head));
	if (!list_next_plain(&c, sizeof(struct rm_acl_entry), &a->acl) ||
	    !list_next(&c, sizeof(struct rm_sgl_entry), &a->sgl) ||
	    !list_next_plain(&c, 4, &attrs) || c.left != 0 ||
	    a->sgl.count > RM_SGL_MAX) {
		return RM_ERR_MSG_INVALID;
	}
	if ((a->head.flags & RM_ACCEPT_MAP_OTHER) != 0) {
		return RM_ERR_UNIMPLEMENTED;
	}
	return a->sgl.more == 0 ? RM_ERR_OK : RM_ERR_MSG_INVALID;
}

/* Is it the parcel's ACL, in any order? */
static bool is_acl_of(const struct parcel *p, const struct list_seen *acl)
{
	unsigned found = 0; /* bits */

	if (acl->count != p->acl_count) {
		return false;
	}
	for (unsigned i = 0; i < acl->count; i++) {
		struct rm_acl_entry want;

		memcpy(&want, acl->entry + i * sizeof(want), sizeof(want));
		for (unsigned k = 0; k < p->acl_count; k++) {
			if (p->acl[k].vmid == want.vmid &&
			    p->acl[k].rights == want.rights) {
				found |= 1u << k;
			}
		}
	}
	return found == (1u << p->acl_count) - 1;
}

/* What the borrower believes of the parcel.  Attributes are kept by nobody. */
static bool is_believed(const struct parcel *p, const struct acceptance *a)
{
	uint8_t flags = a->head.flags;

	return a->head.type == RM_MEM_NORMAL &&
	       a->head.transfer == parcel_transfer(p) &&
	       ((flags & RM_ACCEPT_SANITIZED) == 0 || p->sanitize) &&
	       ((flags & RM_ACCEPT_ACL) == 0 || is_acl_of(p, &a->acl)) &&
	       ((flags & RM_ACCEPT_LABEL) == 0 || a->head.label == p->label);
}

enum rm_error mem_accept(struct request *rq)
{
	static uint64_t ipa[RM_SGL_MAX];
	struct parcel *p = find(rq);
	struct acceptance a;
	enum rm_error error = read_acceptance(rq, &a);
	struct vm *owner;

	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	if (error != RM_ERR_OK) {
		return error;
	}
	owner = vms_find(p->owner);
	if (parcel_borrower(p, rq->from->vmid) != NULL) {
		if (!is_believed(p, &a)) {
			return RM_ERR_VALIDATE_FAILED;
		}
		if (client_is_behind(owner)) {
			return RM_ERR_BUSY;
		}
	}
	for (unsigned i = 0; i < a.sgl.count; i++) {
		memcpy(&ipa[i], a.sgl.entry + i * sizeof(struct rm_sgl_entry),
		       sizeof(ipa[i]));
	}
	error = parcel_accept(p, rq->from->vmid, ipa, a.sgl.count);
	if (error == RM_ERR_OK && owner != NULL) {
		mem_tell_owner(p, RM_MEM_ACCEPTED, rq->from->vmid);
	}
	return error;
}

enum rm_error mem_release(struct request *rq)
{
	struct parcel *p = find(rq);

	return p == NULL ? RM_ERR_HANDLE_INVALID
	                 : parcel_release(p, rq->from->vmid);
}

enum rm_error mem_reclaim(struct request *rq)
{
	struct parcel *p = find(rq);

	return p == NULL ? RM_ERR_HANDLE_INVALID
	                 : parcel_reclaim(p, rq->from->vmid);
}
