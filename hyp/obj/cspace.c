/* SPDX-License-Identifier: BSD-2-Clause */
#include "obj/cspace.h"

#include "lib/mutant.h"
#include "lib/random.h"
#include "obj/cspace_slot.h"
#include "obj/partition.h"

/* Capabilities to revoke, pages of slots to give up, before others may have a
 * turn. */
#define REVOKE_PIECE 256
#define PAGES_PIECE  4

static enum err find_valid_locked(struct cspace *cs, uint64_t id,
                                  struct cap **out)
{
	struct cap *cap = cap_find_locked(cs, id);

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

static enum err add(struct cspace *cs, struct object *obj, uint32_t rights,
                    bool is_master, uint64_t *id)
{
	struct cap *cap;
	enum err err;

	if (!object_is_active(&cs->obj)) {
		return ERR_STATE;
	}
	spin_lock(&cs->lock);
	err = cap_take_locked(cs, &cap);
	if (err == ERR_OK) {
		object_get(obj);
		cap->obj = obj;
		cap->rights = rights;
		cap->is_master = is_master;
		cap->state = CAP_VALID;
		cap_link(obj, cap);
		*id = cap_id(cs, cap);
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

void cspace_attach(struct cspace *cs, struct cspace_user *user,
                   struct object *obj)
{
	object_get(&cs->obj);
	user->obj = obj;
	list_add_tail(&cs->users, &user->node);
	cs->user_count++;
	cspace_used(cs);
}

void cspace_detach(struct cspace *cs, struct cspace_user *user)
{
	cspace_unusing(user);
	list_del(&user->node);
	cs->user_count--;
	cspace_doubt(&cs->obj);
	object_put(&cs->obj);
}

enum err cspace_delete(struct cspace *cs, uint64_t id)
{
	struct object *obj = NULL;
	struct cap *cap;

	spin_lock(&cs->lock);
	cap = cap_find_locked(cs, id);
	if (cap == NULL) {
		spin_unlock(&cs->lock);
		return ERR_CAP_NULL;
	}
	if (cap->state == CAP_VALID) {
		obj = cap->obj;
		cap_unlink(cap);
	}
	cap_free_locked(cs, cap);
	spin_unlock(&cs->lock);
	if (obj != NULL) {
		cap_dropped(obj);
	}
	return ERR_OK;
}

enum err cspace_revoke_children(struct cspace *cs, uint64_t id)
{
	unsigned pieces = 0;
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
		if (pieces++ == REVOKE_PIECE) {
			return ERR_RESTART;
		}
		spin_lock(&cap->home->lock);
		cap_unlink(cap);
		cap->state = CAP_IS_REVOKED;
		cap->obj = NULL;
		spin_unlock(&cap->home->lock);
		object_put(obj); /* never the last: the master holds one */
	}
	cspace_doubt(obj);
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

	list_init(&cs->users);
	list_init(&cs->found);
	list_init(&cs->in_doubt);
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
	for (uint32_t i = 0; i < CSPACE_SLOTS_PER_PAGE; i++) {
		struct cap *cap = &page->slots[i];
		struct object *obj = cap->obj;

		if (cap->state == CAP_VALID) {
			cap_unlink(cap);
			cap_dropped(obj);
		}
	}
	cap_forget_page(cs, page);
}

/* Nobody can look anything up here any more: no lock is needed. */
static enum obj_end cspace_is_quiet(struct object *obj)
{
	struct cspace *cs = (struct cspace *)obj;
	unsigned pages = 0;

	for (uint32_t i = 0; i < CSPACE_PAGES_MAX; i++) {
		if (cs->pages[i].slots == NULL) {
			continue;
		}
		if (pages++ == PAGES_PIECE) {
			return OBJ_MORE;
		}
		destroy_page(cs, &cs->pages[i]);
	}
	return OBJ_QUIET;
}

static void destroy_cspace(struct object *obj)
{
	cspace_forget((struct cspace *)obj);
}

static struct cspace *itself(struct object *obj)
{
	return (struct cspace *)obj;
}

const struct obj_ops cspace_ops = {
	.name = "cspace",
	.size = sizeof(struct cspace),
	.rights = CSPACE_MAY_CREATE_CAP | CSPACE_MAY_DELETE_CAP |
	          CSPACE_MAY_COPY_CAP | CSPACE_MAY_ATTACH |
	          CSPACE_MAY_REVOKE_CAP | OBJ_MAY_ACTIVATE,
	.init = init_cspace,
	.activate = activate_cspace,
	.is_quiet = cspace_is_quiet,
	.destroy = destroy_cspace,
	.space_of = itself,
	.sweep = cspace_sweep,
};
