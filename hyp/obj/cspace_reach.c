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
 */
#include "obj/cspace_slot.h"

#include "lib/mutant.h"

/* Capabilities taken away before others may have a turn. */
#define PIECE 256

static struct list doubts = { &doubts, &doubts }; /* cspace.in_doubt */

/* The spaces found by one search. */
struct found {
	struct cspace *first, *last; /* by cspace.next_found */
	bool is_kept;
};

void cspace_doubt(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];
	struct cspace *cs = ops->space_of != NULL ? ops->space_of(obj) : NULL;

	if (cs != NULL && list_empty(&cs->in_doubt)) {
		list_add_tail(&doubts, &cs->in_doubt);
		object_reap_again();
	}
}

void cspace_trust(struct cspace *cs)
{
	list_del(&cs->in_doubt);
	list_init(&cs->in_doubt);
}

void cap_dropped(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];

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

static void note(struct found *found, struct cspace *cs)
{
	if (cs->is_found) {
		return;
	}
	cs->is_found = true;
	cs->next_found = NULL;
	if (found->first == NULL) {
		found->first = cs;
	} else {
		found->last->next_found = cs;
	}
	found->last = cs;
	found->is_kept |= has_other_holder(cs);
}

static void note_homes(struct found *found, const struct object *obj)
{
	for (const struct cap *cap = obj->caps; cap != NULL && !found->is_kept;
	     cap = cap->next) {
		note(found, cap->home);
	}
}

/* All that keep @cs, and what keeps them, until one is kept by another. */
static struct found search(struct cspace *cs)
{
	struct found found = { NULL, NULL, false };

	note(&found, cs);
	for (; cs != NULL && !found.is_kept; cs = cs->next_found) {
		note_homes(&found, &cs->obj);
		list_for_each (node, &cs->users) {
			note_homes(&found,
			           container_of(node, struct cspace_user, node)
			                   ->obj);
		}
	}
	return found;
}

/* @return  how many of @most are left */
static unsigned take_caps(struct object *obj, unsigned most)
{
	while (obj->caps != NULL && most != 0) {
		struct cap *cap = obj->caps;
		struct cspace *home = cap->home;

		spin_lock(&home->lock);
		cap_unlink(cap);
		cap_free_locked(home, cap);
		spin_unlock(&home->lock);
		cap_dropped(obj); /* at most condemned: still there */
		most--;
	}
	return most;
}

static unsigned cut_off(const struct found *found, unsigned most)
{
	for (struct cspace *cs = found->first; cs != NULL;
	     cs = cs->next_found) {
		list_for_each (node, &cs->users) {
			struct cspace_user *user =
				container_of(node, struct cspace_user, node);

			most = take_caps(user->obj, most);
		}
		most = take_caps(&cs->obj, most);
	}
	return most;
}

enum obj_swept cspace_sweep(void)
{
	unsigned left = PIECE;

	while (left != 0 && !list_empty(&doubts)) {
		struct cspace *cs =
			container_of(doubts.next, struct cspace, in_doubt);
		struct found found = search(cs);

		cspace_trust(cs);
		if (!found.is_kept && !mutant(circles_live)) {
			left = cut_off(&found, left);
			if (left == 0) {
				cspace_doubt(&cs->obj);
			}
		}
		for (cs = found.first; cs != NULL; cs = cs->next_found) {
			cs->is_found = false;
		}
	}
	if (left == 0) {
		return SWEPT_MORE;
	}
	return left != PIECE ? SWEPT_SOME : SWEPT_NOTHING;
}
