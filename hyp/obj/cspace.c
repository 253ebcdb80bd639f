/* SPDX-License-Identifier: BSD-2-Clause */
#include "obj/cspace.h"

#include "lib/assert.h"
#include "lib/mutant.h"
#include "lib/random.h"
#include "obj/partition.h"

#define SLOT_BITS 16
#define SLOT_MASK 0xffffu
#define TAG_MASK  (~(uint64_t)SLOT_MASK)

static uint64_t caps_total; /* configuration lock */

uint64_t cspace_caps_total(void)
{
	return caps_total;
}

/*
 * Within one space the scrambled number is unique per slot, and the tag hides
 * the order in which slots were handed out.
 */
static uint64_t id_of(const struct cspace *cs, const struct cap *cap)
{
	uint64_t mix = (cap->tag >> SLOT_BITS) ^ cs->scramble;

	return cap->tag | ((cap->slot ^ mix) & SLOT_MASK);
}

/* The slot that @id names, in whatever state, or NULL. */
static struct cap *find_locked(struct cspace *cs, uint64_t id)
{
	uint64_t mix = (id >> SLOT_BITS) ^ cs->scramble;
	uint32_t slot = (uint32_t)(id ^ mix) & SLOT_MASK;
	struct cap *cap;

	if (slot >= CSPACE_CAPS_MAX ||
	    cs->pages[slot / CSPACE_SLOTS_PER_PAGE].slots == NULL) {
		return NULL;
	}
	cap = &cs->pages[slot / CSPACE_SLOTS_PER_PAGE]
	               .slots[slot % CSPACE_SLOTS_PER_PAGE];
	if (cap->state == CAP_FREE ||
	    (cap->tag != (id & TAG_MASK) && !mutant(stale_cap_good))) {
		return NULL;
	}
	return cap;
}

static enum err find_valid_locked(struct cspace *cs, uint64_t id,
                                  struct cap **out)
{
	struct cap *cap = find_locked(cs, id);

	if (cap == NULL) {
		return ERR_CAP_NULL;
	}
	if (cap->state == CAP_IS_REVOKED) {
		return ERR_CAP_REVOKED;
	}
	*out = cap;
	return ERR_OK;
}

enum err cspace_get_any(struct cspace *cs, uint64_t id, uint32_t rights,
                        struct object **out)
{
	struct cap *cap;
	enum err err;

	spin_lock(&cs->lock);
	err = find_valid_locked(cs, id, &cap);
	if (err == ERR_OK && (cap->rights & rights) != rights &&
	    !mutant(cap_rights_ignored)) {
		err = ERR_RIGHTS;
	}
	if (err == ERR_OK) {
		object_get(cap->obj);
		*out = cap->obj;
	}
	spin_unlock(&cs->lock);
	return err;
}

enum err cspace_get_any_state(struct cspace *cs, uint64_t id,
                              enum obj_type type, uint32_t rights,
                              struct object **out)
{
	struct cap *cap;
	enum err err;

	spin_lock(&cs->lock);
	err = find_valid_locked(cs, id, &cap);
	if (err == ERR_OK && cap->obj->type != type) {
		err = ERR_TYPE;
	}
	if (err == ERR_OK && (cap->rights & rights) != rights &&
	    !mutant(cap_rights_ignored)) {
		err = ERR_RIGHTS;
	}
	if (err == ERR_OK) {
		object_get(cap->obj);
		*out = cap->obj;
	}
	spin_unlock(&cs->lock);
	return err;
}

enum err cspace_get(struct cspace *cs, uint64_t id, enum obj_type type,
                    uint32_t rights, struct object **out)
{
	TRY(cspace_get_any_state(cs, id, type, rights, out));
	if (!object_is_active(*out)) {
		object_put(*out);
		*out = NULL;
		return ERR_STATE;
	}
	return ERR_OK;
}

/* 48 random bits; no id may be 0 or -1, which callers use for "none". */
static uint64_t fresh_tag(struct cspace *cs)
{
	uint64_t tag;

	do {
		tag = random_next(&cs->random) & TAG_MASK;
	} while (tag == 0 || tag == TAG_MASK);
	return tag;
}

/* A page with room, the lowest; there is one, as CSPACE_CAPS_MAX says. */
static uint32_t page_with_room(const struct cspace *cs)
{
	uint32_t word = 0;

	while (cs->full[word] == UINT64_MAX) {
		word++;
	}
	return word * 64 + (uint32_t)__builtin_ctzll(~cs->full[word]);
}

static enum err take_slot_locked(struct cspace *cs, struct cap **out)
{
	struct cap_page *page;
	struct cap *cap;
	uint32_t nr;
	uint32_t in;

	if (cs->caps_used >= cs->caps_max) {
		return ERR_CSPACE_FULL;
	}
	nr = page_with_room(cs);
	page = &cs->pages[nr];
	if (page->slots == NULL) {
		page->slots = partition_alloc(cs->obj.partition, PAGE_SIZE);
		if (page->slots == NULL) {
			return ERR_NOMEM;
		}
	}
	in = (uint32_t)__builtin_ctzll(~page->used);
	page->used |= UINT64_C(1) << in;
	if (page->used == UINT64_MAX) {
		cs->full[nr / 64] |= UINT64_C(1) << (nr % 64);
	}
	cs->caps_used++;
	caps_total++;
	cap = &page->slots[in];
	cap->home = cs;
	cap->slot = nr * CSPACE_SLOTS_PER_PAGE + in;
	cap->tag = fresh_tag(cs);
	*out = cap;
	return ERR_OK;
}

static void free_slot_locked(struct cspace *cs, struct cap *cap)
{
	uint32_t nr = cap->slot / CSPACE_SLOTS_PER_PAGE;
	uint32_t in = cap->slot % CSPACE_SLOTS_PER_PAGE;
	struct cap_page *page = &cs->pages[nr];

	cap->state = CAP_FREE;
	cap->obj = NULL;
	cs->caps_used--;
	caps_total--;
	cs->full[nr / 64] &= ~(UINT64_C(1) << (nr % 64));
	page->used &= ~(UINT64_C(1) << in);
	if (page->used == 0) {
		partition_free(cs->obj.partition, page->slots, PAGE_SIZE);
		page->slots = NULL;
	}
}

static void link_cap(struct object *obj, struct cap *cap)
{
	cap->prev = NULL;
	cap->next = obj->caps;
	if (obj->caps != NULL) {
		obj->caps->prev = cap;
	}
	obj->caps = cap;
	obj->cap_count++;
}

static void unlink_cap(struct cap *cap)
{
	struct object *obj = cap->obj;

	if (cap->prev != NULL) {
		cap->prev->next = cap->next;
	} else {
		obj->caps = cap->next;
	}
	if (cap->next != NULL) {
		cap->next->prev = cap->prev;
	}
	obj->cap_count--;
}

static enum err add(struct cspace *cs, struct object *obj, uint32_t rights,
                    bool is_master, uint64_t *id)
{
	struct cap *cap;
	enum err err;

	if (!object_is_active(&cs->obj)) {
		return ERR_STATE;
	}
	spin_lock(&cs->lock);
	err = take_slot_locked(cs, &cap);
	if (err == ERR_OK) {
		object_get(obj);
		cap->obj = obj;
		cap->rights = rights;
		cap->is_master = is_master;
		cap->state = CAP_VALID;
		link_cap(obj, cap);
		*id = id_of(cs, cap);
	}
	spin_unlock(&cs->lock);
	return err;
}

enum err cspace_add(struct cspace *cs, struct object *obj, uint64_t *id)
{
	return add(cs, obj, obj_types[obj->type]->rights, true, id);
}

enum err cspace_copy(struct cspace *from, uint64_t id, struct cspace *to,
                     uint32_t rights_mask, uint64_t *new_id)
{
	struct object *obj;
	uint32_t rights;
	struct cap *cap;
	enum err err;

	spin_lock(&from->lock);
	err = find_valid_locked(from, id, &cap);
	if (err == ERR_OK) {
		obj = cap->obj;
		rights = cap->rights & rights_mask;
		if (mutant(cap_copy_keeps_rights)) {
			rights = cap->rights;
		}
	}
	spin_unlock(&from->lock);
	if (err != ERR_OK) {
		return err;
	}
	/* The configuration lock keeps the capability, thus the object. */
	return add(to, obj, rights, false, new_id);
}

/*
 * A space that nothing names but itself is out of everybody's reach: take its
 * capabilities to itself away, so that it can die.  The caller holds one
 * reference, every other one would be an attached thread.
 */
static void open_circle(struct cspace *cs)
{
	for (struct cap *cap = cs->obj.caps; cap != NULL; cap = cap->next) {
		if (cap->home != cs) {
			return;
		}
	}
	if (__atomic_load_n(&cs->obj.refs, __ATOMIC_RELAXED) !=
	    cs->obj.cap_count + 1) {
		return;
	}
	while (cs->obj.caps != NULL) {
		struct cap *cap = cs->obj.caps;

		spin_lock(&cs->lock);
		unlink_cap(cap);
		free_slot_locked(cs, cap);
		spin_unlock(&cs->lock);
		object_put(&cs->obj);
	}
}

/* @obj lost a capability; the reference goes, too. */
static void drop(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];

	if (obj->cap_count == 0 && ops->orphan != NULL) {
		ops->orphan(obj);
	}
	if (obj->type == OBJ_CSPACE) {
		open_circle((struct cspace *)obj);
	}
	object_put(obj);
}

void cspace_release(struct cspace *cs)
{
	open_circle(cs);
	object_put(&cs->obj);
}

enum err cspace_delete(struct cspace *cs, uint64_t id)
{
	struct object *obj = NULL;
	struct cap *cap;

	spin_lock(&cs->lock);
	cap = find_locked(cs, id);
	if (cap == NULL) {
		spin_unlock(&cs->lock);
		return ERR_CAP_NULL;
	}
	if (cap->state == CAP_VALID) {
		obj = cap->obj;
		unlink_cap(cap);
	}
	free_slot_locked(cs, cap);
	spin_unlock(&cs->lock);
	if (obj != NULL) {
		drop(obj);
	}
	return ERR_OK;
}

enum err cspace_revoke_children(struct cspace *cs, uint64_t id)
{
	struct object *obj;
	struct cap *master;
	struct cap *next;
	enum err err;

	spin_lock(&cs->lock);
	err = find_valid_locked(cs, id, &master);
	spin_unlock(&cs->lock);
	if (err != ERR_OK) {
		return err;
	}
	if (!master->is_master) {
		return ERR_RIGHTS;
	}
	obj = master->obj;
	for (struct cap *cap = obj->caps; cap != NULL; cap = next) {
		next = cap->next;
		if (cap == master || mutant(revoke_ignored)) {
			continue;
		}
		spin_lock(&cap->home->lock);
		unlink_cap(cap);
		cap->state = CAP_IS_REVOKED;
		cap->obj = NULL;
		spin_unlock(&cap->home->lock);
		object_put(obj); /* never the last: the master holds one */
	}
	return ERR_OK;
}

enum err cspace_configure(struct cspace *cs, uint64_t caps_max)
{
	if (object_is_active(&cs->obj)) {
		return ERR_STATE;
	}
	if (caps_max == 0 || caps_max > CSPACE_CAPS_MAX) {
		return ERR_INVAL;
	}
	cs->caps_max = (uint32_t)caps_max;
	return ERR_OK;
}

static enum err init_cspace(struct object *obj)
{
	struct cspace *cs = (struct cspace *)obj;

	cs->random = random_seed();
	cs->scramble = (uint16_t)random_next(&cs->random);
	return ERR_OK;
}

static enum err activate_cspace(struct object *obj)
{
	return ((struct cspace *)obj)->caps_max != 0 ? ERR_OK : ERR_CONFIG;
}

static void destroy_page(struct cspace *cs, struct cap_page *page)
{
	if (page->slots == NULL) {
		return;
	}
	for (uint32_t i = 0; i < CSPACE_SLOTS_PER_PAGE; i++) {
		struct cap *cap = &page->slots[i];

		if (cap->state == CAP_VALID) {
			unlink_cap(cap);
			drop(cap->obj);
		}
		caps_total -= cap->state != CAP_FREE;
	}
	partition_free(cs->obj.partition, page->slots, PAGE_SIZE);
}

static void destroy_cspace(struct object *obj)
{
	struct cspace *cs = (struct cspace *)obj;

	/* Nobody can look anything up here any more: no lock is needed. */
	for (uint32_t i = 0; i < CSPACE_PAGES_MAX; i++) {
		destroy_page(cs, &cs->pages[i]);
	}
}

const struct obj_ops cspace_ops = {
	.name = "cspace",
	.size = sizeof(struct cspace),
	.rights = CSPACE_MAY_CREATE_CAP | CSPACE_MAY_DELETE_CAP |
	          CSPACE_MAY_COPY_CAP | CSPACE_MAY_ATTACH |
	          CSPACE_MAY_REVOKE_CAP | OBJ_MAY_ACTIVATE,
	.init = init_cspace,
	.activate = activate_cspace,
	.destroy = destroy_cspace,
};
