/* SPDX-License-Identifier: BSD-2-Clause */
/* MEM_NOTIFY, and the notifications about parcels. */
#include "rm/mem_notify.h"

#include "rm/client.h"
#include "rm/lists.h"
#include "rm/request.h"

void mem_tell_owner(const struct parcel *p, uint32_t id, uint16_t borrower)
{
	const struct rm_mem_news news = { p->handle, borrower, 0, p->tag };
	struct vm *owner = vms_find(p->owner);

	if (owner != NULL) {
		client_notify(owner, id, &news, sizeof(news));
	}
}

/* What somebody is to be told. */
struct note {
	uint32_t id;
	uint8_t data[sizeof(struct rm_mem_shared) + 3 * 4 +
	             PARCEL_ACL_MAX * sizeof(struct rm_acl_entry) +
	             PARCEL_RANGES_MAX * sizeof(uint64_t)];
	size_t len;
};
_Static_assert(sizeof(((struct note *)0)->data) <= RM_MESSAGE_MAX,
               "it is one message");

static void put(struct note *n, const void *data, size_t len)
{
	memcpy(n->data + n->len, data, len);
	n->len += len;
}

static void put_head(struct note *n, unsigned count)
{
	const uint16_t head[2] = { (uint16_t)count, 0 };

	put(n, head, sizeof(head));
}

static void write_shared(struct note *n, const struct parcel *p)
{
	const struct rm_mem_shared head = {
		.handle = p->handle,
		.type = RM_MEM_NORMAL,
		.transfer = (uint8_t)parcel_transfer(p),
		.flags = p->sanitize ? RM_MEM_SANITIZE : 0,
		.owner = p->owner,
		.label = p->label,
		.tag = p->tag,
	};

	n->id = RM_MEM_SHARED;
	n->len = 0;
	put(n, &head, sizeof(head));
	put_head(n, p->acl_count);
	for (unsigned i = 0; i < p->acl_count; i++) {
		const struct rm_acl_entry acl = { p->acl[i].vmid,
			                          p->acl[i].rights, 0 };

		put(n, &acl, sizeof(acl));
	}
	put_head(n, p->range_count);
	for (unsigned i = 0; i < p->range_count; i++) {
		put(n, &p->range[i].size, sizeof(p->range[i].size));
	}
	put_head(n, 0); /* attributes: nobody keeps them */
}

/* By which an owner asks for its memory. */
static void write_recall(struct note *n, const struct parcel *p)
{
	const uint32_t data[2] = { p->handle, p->label };

	n->id = RM_MEM_RECALL;
	n->len = 0;
	put(n, data, sizeof(data));
}

/* Who is to be told: all of the ACL, or those of the list, if there is one. */
struct audience {
	uint16_t vmid[PARCEL_ACL_MAX];
	unsigned count;
};

static enum rm_error read_audience(struct parcel *p, const struct request *rq,
                                   struct audience *to)
{
	struct list_cursor c = { rq->in + sizeof(struct rm_mem_notify),
		                 rq->len - sizeof(struct rm_mem_notify) };
	struct list_seen list;

	if (c.left == 0) {
		for (to->count = 0; to->count < p->acl_count; to->count++) {
			to->vmid[to->count] = p->acl[to->count].vmid;
		}
		return RM_ERR_OK;
	}
	if (!list_next_plain(&c, 4, &list) || c.left != 0) {
		return RM_ERR_MSG_INVALID;
	}
	if (list.count == 0 || list.count > p->acl_count) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	for (to->count = 0; to->count < list.count; to->count++) {
		uint16_t *vmid = &to->vmid[to->count];

		memcpy(vmid, list.entry + 4 * to->count, sizeof(*vmid));
		if (vms_find(*vmid) == NULL) {
			return RM_ERR_VMID_INVALID;
		}
		if (parcel_borrower(p, *vmid) == NULL) {
			return RM_ERR_ARGUMENT_INVALID;
		}
	}
	return RM_ERR_OK;
}

/* All of them hear it, or nobody. */
static enum rm_error tell(const struct audience *to, const struct note *n)
{
	for (unsigned i = 0; i < to->count; i++) {
		if (client_is_behind(vms_find(to->vmid[i]))) {
			return RM_ERR_BUSY;
		}
	}
	for (unsigned i = 0; i < to->count; i++) {
		struct vm *vm = vms_find(to->vmid[i]);

		if (vm != NULL) {
			client_notify(vm, n->id, n->data, n->len);
		}
	}
	return RM_ERR_OK;
}

static enum rm_error notify_borrowers(struct parcel *p,
                                      const struct request *rq, uint8_t flags)
{
	static struct note note; /* too large for the stack */
	struct audience to;
	enum rm_error error = read_audience(p, rq, &to);

	if (error != RM_ERR_OK) {
		return error;
	}
	if (flags == RM_NOTIFY_RECALL) {
		write_recall(&note, p);
	} else {
		write_shared(&note, p);
	}
	return tell(&to, &note);
}

static enum rm_error notify_owner(const struct parcel *p, uint16_t borrower,
                                  bool has_it, uint8_t flags)
{
	if (flags == RM_NOTIFY_RELEASED && has_it) {
		return RM_ERR_MEM_INUSE;
	}
	if (flags == RM_NOTIFY_ACCEPTED && !has_it) {
		return RM_ERR_MEM_RELEASED;
	}
	if (client_is_behind(vms_find(p->owner))) {
		return RM_ERR_BUSY;
	}
	mem_tell_owner(p,
	               flags == RM_NOTIFY_RELEASED ? RM_MEM_RELEASED
	                                           : RM_MEM_ACCEPTED,
	               borrower);
	return RM_ERR_OK;
}

/* The first SHARED that is heard gives a parcel its tag. */
static enum rm_error notify_shared(struct parcel *p, const struct request *rq,
                                   uint32_t tag)
{
	bool had_tag = p->has_tag;
	enum rm_error error;

	p->tag = tag;
	p->has_tag = true;
	error = notify_borrowers(p, rq, RM_NOTIFY_SHARED);
	if (error != RM_ERR_OK && !had_tag) {
		p->tag = 0;
		p->has_tag = false;
	}
	return error;
}

static bool may_notify(const struct parcel *p, uint16_t vmid, bool is_borrower,
                       uint8_t flags)
{
	switch (flags) {
	case RM_NOTIFY_SHARED:
	case RM_NOTIFY_RECALL:
		return p->owner == vmid;
	case RM_NOTIFY_RELEASED:
	case RM_NOTIFY_ACCEPTED:
		return is_borrower;
	default:
		return false;
	}
}

enum rm_error mem_notify(struct request *rq)
{
	struct rm_mem_notify n;
	const struct parcel_borrower *b;
	struct parcel *p;

	memcpy(&n, rq->in, sizeof(n));
	p = parcel_find(n.handle);
	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	b = parcel_borrower(p, rq->from->vmid);
	if (!may_notify(p, rq->from->vmid, b != NULL, n.flags)) {
		return RM_ERR_DENIED;
	}
	if (p->has_tag && p->tag != n.tag) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	if (n.flags == RM_NOTIFY_SHARED) {
		return notify_shared(p, rq, n.tag);
	}
	if (n.flags == RM_NOTIFY_RECALL) {
		return notify_borrowers(p, rq, n.flags);
	}
	return notify_owner(p, rq->from->vmid, b->use == PARCEL_ACCEPTED,
	                    n.flags);
}
