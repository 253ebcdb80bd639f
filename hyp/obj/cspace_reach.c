/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which capability spaces can still be reached, and the end of the others.
 *
 * A space is kept by the capabilities to it and by the threads that use it, and
 * those by capabilities again: all of which may lie in the space itself, or in
 * a circle of several.  References alone would keep such a circle for ever,
 * and with it everything that it names.
 *
 *     space --has a capability to--> space
 *     space --has a capability to--> thread --uses--> space
 *
 * No other object holds a space or a thread, so these are all the ways.  They
 * are followed backwards: from a space that has lost a capability or a thread
 * to those that keep it, until one is found that somebody else holds: the root
 * VM's, which EL2 holds for ever.  If there is none, nobody can ever reach any
 * of those that were found.  What names them is taken away, the rest follows:
 * threads are killed, spaces are emptied.
 *
 * Both are done in pieces, one search at a time, and what changes between two
 * pieces is seen to: who gets a new capability to something found is found,
 * too; what is forgotten meanwhile may make a search take somebody for kept who
 * no longer is, but then who lost it is in doubt, and one after the other goes.
 */
#include "obj/cspace_slot.h"

#include "lib/mutant.h"

/* Capabilities looked at, or taken away, before others may have a turn. */
#define PIECE 256

static struct list doubts = { &doubts, &doubts }; /* cspace.in_doubt */

/*
 * How often something was lost.  A space that was found to be kept is so until
 * this changes, and with it what keeps it: many that are in doubt at a time,
 * each behind the other, are not searched for one by one.
 */
static uint64_t losses = 1;

enum phase { PHASE_NONE, PHASE_LOOK, PHASE_CUT };

static struct {
	enum phase phase;
	struct list spaces;    /* found, in this order; cspace.found */
	struct list *at;       /* whose keepers are being looked for */
	struct list *user;     /* of its users; NULL: no more of its keepers */
	struct cap *cap;       /* the next to look at, of those that name it */
	struct cspace *keeper; /* found, and held by another */
	uint64_t losses;       /* when it was begun */
	unsigned culprit;      /* who is to wait for it */
} search = { .spaces = { &search.spaces, &search.spaces },
	     .at = &search.spaces };

static bool is_cutting; /* what is lost was nobody's */

static struct cspace *space_of(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];

	return ops->space_of != NULL ? ops->space_of(obj) : NULL;
}

void cspace_doubt(struct object *obj)
{
	struct cspace *cs = space_of(obj);

	if (cs == NULL) {
		return;
	}
	losses += is_cutting ? 0 : 1;
	if (list_empty(&cs->in_doubt)) {
		list_add_tail(&doubts, &cs->in_doubt);
		cs->doubter = (uint16_t)object_culprit();
		object_owe(cs->doubter, 1);
		object_reap_again();
	}
}

void cap_dropped(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];

	if (obj->cap_count == 0) {
		obj->culprit = (uint16_t)object_culprit();
	}
	if (obj->cap_count == 0 && ops->orphan != NULL) {
		ops->orphan(obj);
	}
	cspace_doubt(obj);
	object_put(obj);
}

/* EL2 itself, or a host test: no call holds a space outside of our lock. */
static bool has_other_holder(const struct cspace *cs)
{
	return __atomic_load_n(&cs->obj.refs, __ATOMIC_RELAXED) >
	       cs->obj.cap_count + cs->user_count;
}

static bool is_found(const struct cspace *cs)
{
	return !list_empty(&cs->found);
}

/* @cs keeps @whom, which was found. */
static void note(struct cspace *cs, struct cspace *whom)
{
	if (is_found(cs) || search.keeper != NULL) {
		return;
	}
	list_add_tail(&search.spaces, &cs->found);
	cs->found_for = whom;
	if (has_other_holder(cs) || cs->kept_at == losses) {
		search.keeper = cs;
	}
}

/* The search has to go on behind the one in front of @cs. */
static void step_back(struct cspace *cs)
{
	if (search.at == &cs->found) {
		search.at = cs->found.prev;
		search.user = NULL;
		search.cap = NULL;
	}
	list_del(&cs->found);
}

void cspace_forget(struct cspace *cs)
{
	if (!list_empty(&cs->in_doubt)) {
		list_del(&cs->in_doubt);
		object_owe(cs->doubter, -1);
	}
	losses++;
	step_back(cs);
}

void cspace_linked(struct object *obj, const struct cap *cap)
{
	struct cspace *cs = search.phase == PHASE_LOOK ? space_of(obj) : NULL;

	if (cs != NULL && is_found(cs)) {
		note(cap->home, cs);
	}
}

void cspace_unlinking(const struct cap *cap)
{
	if (search.cap == cap) {
		search.cap = cap->next;
	}
}

void cspace_used(struct cspace *cs)
{
	if (search.phase == PHASE_LOOK && is_found(cs)) {
		step_back(cs); /* and look at all its users again */
		list_add_tail(&search.spaces, &cs->found);
	}
}

void cspace_unusing(const struct cspace_user *user)
{
	if (search.user == &user->node) {
		search.user = user->node.prev;
	}
}

static struct cspace *found_at(struct list *node)
{
	return container_of(node, struct cspace, found);
}

/* The next object whose capabilities keep what was found. @return false: all */
static bool next_object(void)
{
	if (search.user != NULL &&
	    search.user->next != &found_at(search.at)->users) {
		search.user = search.user->next;
		search.cap = container_of(search.user, struct cspace_user, node)
		                     ->obj->caps;
		return true;
	}
	search.at = search.at->next;
	if (search.at == &search.spaces) {
		search.user = NULL;
		return false;
	}
	search.user = &found_at(search.at)->users;
	search.cap = found_at(search.at)->obj.caps;
	return true;
}

static void begin(struct cspace *cs)
{
	list_del(&cs->in_doubt);
	search.phase = PHASE_LOOK;
	search.at = &search.spaces;
	search.user = NULL;
	search.cap = NULL;
	search.keeper = NULL;
	search.losses = losses;
	search.culprit = cs->doubter;
	note(cs, NULL);
}

/* @return  whether that is all: somebody else keeps them, or nobody */
static bool look(unsigned *left)
{
	for (; *left != 0 && search.keeper == NULL; --*left) {
		if (search.cap != NULL) {
			note(search.cap->home, found_at(search.at));
			search.cap = search.cap->next;
		} else if (!next_object()) {
			return true;
		}
	}
	return search.keeper != NULL;
}

static void end(void)
{
	struct cspace *cs = search.losses == losses ? search.keeper : NULL;

	for (; cs != NULL; cs = cs->found_for) {
		cs->kept_at = losses;
	}
	while (!list_empty(&search.spaces)) {
		list_del(search.spaces.next);
	}
	search.at = &search.spaces;
	search.phase = PHASE_NONE;
	object_owe(search.culprit, -1);
}

static void take_caps(struct object *obj, unsigned *left)
{
	while (obj->caps != NULL && *left != 0) {
		struct cap *cap = obj->caps;
		struct cspace *home = cap->home;

		spin_lock(&home->lock);
		cap_unlink(cap);
		cap_free_locked(home, cap);
		spin_unlock(&home->lock);
		cap_dropped(obj); /* at most condemned: still there */
		--*left;
	}
}

/* @return  whether that is all */
static bool cut_off(unsigned *left)
{
	is_cutting = true;
	object_blame(search.culprit);
	list_for_each (node, &search.spaces) {
		struct cspace *cs = found_at(node);

		list_for_each (user, &cs->users) {
			take_caps(container_of(user, struct cspace_user, node)
			                  ->obj,
			          left);
		}
		take_caps(&cs->obj, left);
	}
	object_blame(0);
	is_cutting = false;
	return *left != 0;
}

/* The one to begin with; NULL: there is none for @culprit. */
static struct cspace *next_doubt(unsigned culprit)
{
	list_for_each (node, &doubts) {
		struct cspace *cs = container_of(node, struct cspace, in_doubt);

		if (culprit == 0 || cs->doubter == culprit) {
			return cs;
		}
	}
	return NULL;
}

/* Go on with the search. @return  whether that is all of it */
static bool go_on(unsigned *left)
{
	if (search.phase == PHASE_LOOK) {
		if (!look(left)) {
			return false;
		}
		search.phase = PHASE_CUT;
	}
	if (search.keeper == NULL && !mutant(circles_live) && !cut_off(left)) {
		return false;
	}
	end();
	return true;
}

enum obj_swept cspace_sweep(unsigned culprit)
{
	unsigned left = PIECE;

	for (;;) {
		if (search.phase == PHASE_NONE ||
		    (culprit != 0 && culprit != search.culprit)) {
			/* One that is under way is finished first. */
			struct cspace *cs = next_doubt(culprit);

			if (cs == NULL) {
				break;
			}
			if (search.phase == PHASE_NONE) {
				begin(cs);
			}
		}
		if (!go_on(&left)) {
			return SWEPT_MORE;
		}
	}
	return left != PIECE ? SWEPT_SOME : SWEPT_NOTHING;
}
