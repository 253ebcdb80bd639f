/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about memory: from their payload to parcel.h. */
#include "rm/client.h"
#include "rm/launch.h"
#include "rm/parcel.h"
#include "rm/request.h"

/* A list in a payload: u16 count, u16 0, entries. */
struct cursor {
	const uint8_t *at;
	size_t left;
};

static bool next_list(struct cursor *c, size_t entry_size, const void **list,
                      unsigned *count)
{
	uint16_t head[2];

	if (c->left < sizeof(head)) {
		return false;
	}
	memcpy(head, c->at, sizeof(head));
	c->at += sizeof(head);
	c->left -= sizeof(head);
	if (head[1] != 0 || head[0] * entry_size > c->left) {
		return false;
	}
	*list = c->at;
	*count = head[0];
	c->at += head[0] * entry_size;
	c->left -= head[0] * entry_size;
	return true;
}

/* Entries in a message have no alignment: a copy of them has. */
static const struct rm_sgl_entry *copy_sgl(const void *list, unsigned count)
{
	static struct rm_sgl_entry copy[RM_SGL_MAX];

	memcpy(copy, list, count * sizeof(copy[0]));
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

static enum rm_error read_order(const struct request *rq, struct order *o)
{
	struct cursor c = { rq->in + sizeof(o->head),
		            rq->len - sizeof(o->head) };
	const void *acl_list, *sgl_list, *attr_list;
	unsigned attr_count;

	memcpy(&o->head, rq->in, sizeof(o->head));
	if (!next_list(&c, sizeof(struct rm_acl_entry), &acl_list,
	               &o->acl_count) ||
	    !next_list(&c, sizeof(struct rm_sgl_entry), &sgl_list,
	               &o->sgl_count) ||
	    !next_list(&c, 4, &attr_list, &attr_count) || c.left != 0 ||
	    o->sgl_count > RM_SGL_MAX) {
		return RM_ERR_MSG_INVALID;
	}
	if (o->acl_count > PARCEL_ACL_MAX || attr_count > o->acl_count) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	memcpy(o->acl, acl_list, o->acl_count * sizeof(o->acl[0]));
	o->sgl = copy_sgl(sgl_list, o->sgl_count);
	return RM_ERR_OK;
}

static enum rm_error make(struct request *rq, enum parcel_kind kind)
{
	struct order o;
	enum rm_error error = read_order(rq, &o);
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
	enum rm_error error = read_order(rq, &o);

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
	struct cursor c = { rq->in + 8, rq->len - 8 };
	struct parcel *p = find(rq);
	const void *list;
	unsigned count;

	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	if (p->owner != rq->from->vmid) {
		return RM_ERR_DENIED;
	}
	if (!next_list(&c, sizeof(struct rm_sgl_entry), &list, &count) ||
	    c.left != 0 || count > RM_SGL_MAX) {
		return RM_ERR_MSG_INVALID;
	}
	return parcel_append(p, copy_sgl(list, count), count,
	                     (rq->in[4] & 1) != 0);
}

/*
 * u32 handle, u8 type, u8 transfer, u8 flags, u8 0, then, as flags say: an
 * ACL list and an attribute list, which are not compared; a list of ranges,
 * whose addresses say where; the label, which must be right.
 */
enum rm_error mem_accept(struct request *rq)
{
	struct cursor c = { rq->in + 8, rq->len - 8 };
	struct parcel *p = find(rq);
	static uint64_t ipa[RM_SGL_MAX];
	unsigned count, unused;
	const void *list;
	uint8_t flags = rq->in[6];
	uint32_t label;
	enum rm_error error;
	struct vm *owner;

	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	if ((flags & RM_ACCEPT_MAP_OTHER) != 0) {
		return RM_ERR_UNIMPLEMENTED;
	}
	if (!next_list(&c, sizeof(struct rm_acl_entry), &list, &unused) ||
	    !next_list(&c, sizeof(struct rm_sgl_entry), &list, &count) ||
	    count > RM_SGL_MAX) {
		return RM_ERR_MSG_INVALID;
	}
	for (unsigned i = 0; i < count; i++) {
		memcpy(&ipa[i],
		       (const uint8_t *)list + i * sizeof(struct rm_sgl_entry),
		       sizeof(ipa[i]));
	}
	if ((flags & RM_ACCEPT_LABEL) != 0) {
		if (c.left < sizeof(label) + 4) {
			return RM_ERR_MSG_INVALID;
		}
		memcpy(&label, c.at + 4, sizeof(label));
		if (label != p->label) {
			return RM_ERR_VALIDATE_FAILED;
		}
	}
	if ((flags & RM_ACCEPT_SANITIZED) != 0 && !p->sanitize) {
		return RM_ERR_VALIDATE_FAILED;
	}
	owner = vms_find(p->owner);
	if (parcel_borrower(p, rq->from->vmid) != NULL &&
	    client_is_behind(owner)) {
		return RM_ERR_BUSY;
	}
	error = parcel_accept(p, rq->from->vmid, ipa, count);
	if (error == RM_ERR_OK) {
		if (owner != NULL) {
			struct {
				uint32_t handle;
				uint16_t vmid, reserved;
			} note = { p->handle, rq->from->vmid, 0 };

			client_notify(owner, RM_MEM_ACCEPTED, &note,
			              sizeof(note));
		}
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

#define NOTIFY_SHARED   0x1
#define NOTIFY_RELEASED 0x2
#define NOTIFY_ACCEPTED 0x4
#define NOTIFY_RECALL   0x8

/* Something about a parcel: all its borrowers hear it, or nobody. */
static enum rm_error tell_borrowers(const struct parcel *p, uint32_t id,
                                    const void *note, size_t len)
{
	for (unsigned i = 0; i < p->acl_count; i++) {
		if (client_is_behind(vms_find(p->acl[i].vmid))) {
			return RM_ERR_BUSY;
		}
	}
	for (unsigned i = 0; i < p->acl_count; i++) {
		struct vm *vm = vms_find(p->acl[i].vmid);

		if (vm != NULL) {
			client_notify(vm, id, note, len);
		}
	}
	return RM_ERR_OK;
}

static enum rm_error tell_owner(const struct parcel *p, uint32_t id,
                                const void *note, size_t len)
{
	struct vm *owner = vms_find(p->owner);

	if (client_is_behind(owner)) {
		return RM_ERR_BUSY;
	}
	if (owner != NULL) {
		client_notify(owner, id, note, len);
	}
	return RM_ERR_OK;
}

/*
 * u32 handle, u8 flags, 3 zero bytes, u32 label: told to the other side, with
 * the VMID of who says it; RECALL, by which an owner asks for its memory, is
 * handle and label alone.
 */
enum rm_error mem_notify(struct request *rq)
{
	struct parcel *p = find(rq);
	uint8_t flags = rq->in[4];
	uint32_t note[3], recall[2];

	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	memcpy(note, rq->in, sizeof(note));
	note[1] = rq->from->vmid;
	if (p->owner == rq->from->vmid && flags == NOTIFY_SHARED) {
		return tell_borrowers(p, RM_MEM_SHARED, note, sizeof(note));
	}
	if (p->owner == rq->from->vmid && flags == NOTIFY_RECALL) {
		recall[0] = note[0];
		recall[1] = note[2];
		return tell_borrowers(p, RM_MEM_RECALL, recall, sizeof(recall));
	}
	if (parcel_borrower(p, rq->from->vmid) == NULL) {
		return RM_ERR_DENIED;
	}
	if (flags == NOTIFY_RELEASED) {
		return tell_owner(p, RM_MEM_RELEASED, note, sizeof(note));
	}
	if (flags == NOTIFY_ACCEPTED) {
		return tell_owner(p, RM_MEM_ACCEPTED, note, sizeof(note));
	}
	return RM_ERR_DENIED;
}
