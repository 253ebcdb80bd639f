/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability spaces: what a VM can name, and what it may do with it.
 *
 * A capability id is a random 64-bit number that means nothing outside its
 * space.  Inside, it is a slot's number and a random tag: the slot is found by
 * arithmetic, so the cost of a look-up does not depend on how many there are;
 * the tag changes whenever the slot is used again, so that a stale id is
 * refused.
 *
 *     id, 64 bits      [ tag, 48 random bits | slot, 16 bits, scrambled ]
 *     pages[]          one page for each 64 slots, there while one is in use
 *
 * The first capability of an object is its master; copies are its children,
 * whoever made them.  Revoking a master turns each child into a dead slot that
 * answers CAP_REVOKED until its holder deletes it.
 *
 * Spaces that the root VM can reach by no chain of capabilities end, even if
 * they keep each other: cspace_reach.c.
 */
#ifndef OBJ_CSPACE_H
#define OBJ_CSPACE_H

#include "arch/spinlock.h"
#include "lib/list.h"
#include "mem/phys.h"
#include "obj/object.h"

#define CSPACE_SLOTS_PER_PAGE 64
#define CSPACE_PAGES_MAX      128
#define CSPACE_CAPS_MAX       (CSPACE_SLOTS_PER_PAGE * CSPACE_PAGES_MAX)

enum cap_state { CAP_FREE, CAP_VALID, CAP_IS_REVOKED };

/* A slot. 64 bytes, so that a page holds a power of two of them. */
struct cap {
	uint64_t tag;       /* upper 48 bits of the id */
	struct object *obj; /* a reference while VALID */
	struct cap *next;   /* of the same object; configuration lock */
	struct cap *prev;
	struct cspace *home;
	uint32_t rights;
	uint32_t slot;
	uint8_t state; /* enum cap_state */
	uint8_t is_master;
	uint8_t reserved[14];
};
_Static_assert(sizeof(struct cap) == PAGE_SIZE / CSPACE_SLOTS_PER_PAGE,
               "slots fill their page");

/* A page of slots; it is there while one of them is in use. */
struct cap_page {
	struct cap *slots;
	uint64_t used; /* one bit per slot */
};

struct cspace {
	struct object obj;
	struct spinlock lock; /* all below; after the configuration lock */
	uint32_t caps_max;    /* 0: not configured */
	uint32_t caps_used;   /* VALID and REVOKED */
	uint16_t scramble;
	uint64_t random;                      /* its generator's state */
	uint64_t full[CSPACE_PAGES_MAX / 64]; /* pages without room */
	struct cap_page pages[CSPACE_PAGES_MAX];

	/* Under the configuration lock; cspace_reach.c. */
	struct list users; /* struct cspace_user */
	uint32_t user_count;
	struct list found;        /* by a search; alone: not */
	struct cspace *found_for; /* whom it keeps; NULL: what was asked for */
	uint64_t kept_at;         /* somebody else kept it then */
	struct list in_doubt;     /* alone: nobody asks */
	uint16_t doubter;         /* whom the answer is put down to */
};

/* A thread that uses a space, which it thereby keeps. */
struct cspace_user {
	struct list node;
	struct object *obj;
};

extern const struct obj_ops cspace_ops;

/**
 * Set the size of a space that is still INIT.
 *
 * @caps_max  1 to CSPACE_CAPS_MAX
 * @return  ERR_INVAL, ERR_STATE
 * Context: configuration lock held.
 */
MUST_USE enum err cspace_configure(struct cspace *cs, uint64_t caps_max);

/**
 * Look a capability up and take a reference on its object.
 *
 * @type    what it must name
 * @rights  all of which it must carry
 * @return  ERR_CAP_NULL     no such id here, or no longer
 *          ERR_CAP_REVOKED  its master was revoked
 *          ERR_TYPE         it names something else
 *          ERR_RIGHTS       it names the right thing, but may not do that
 *          ERR_STATE        the object is not ACTIVE (cspace_get only)
 * Context: any CPU. Takes and releases @cs's lock. Give the reference back
 * with object_put; on an error there is none, and *@out is NULL if it was.
 */
MUST_USE enum err cspace_get(struct cspace *cs, uint64_t id, enum obj_type type,
                             uint32_t rights, struct object **out);

/** As cspace_get, but the object may still be INIT. */
MUST_USE enum err cspace_get_any_state(struct cspace *cs, uint64_t id,
                                       enum obj_type type, uint32_t rights,
                                       struct object **out);

/** As cspace_get_any_state, for every type. */
MUST_USE enum err cspace_get_any(struct cspace *cs, uint64_t id,
                                 uint32_t rights, struct object **out);

/**
 * Put a master capability for @obj, with all rights of its type, into @cs.
 *
 * @return  ERR_CSPACE_FULL  caps_max are in use
 *          ERR_NOMEM        no page for more slots
 *          ERR_STATE        @cs is not ACTIVE
 * Takes a reference of its own. Context: configuration lock held.
 */
MUST_USE enum err cspace_add(struct cspace *cs, struct object *obj,
                             uint64_t *id);

/**
 * Copy capability @id of @from into @to with those of its rights that
 * @rights_mask keeps.
 *
 * @return  ERR_CAP_NULL, ERR_CAP_REVOKED, and as cspace_add
 * Context: configuration lock held.
 */
MUST_USE enum err cspace_copy(struct cspace *from, uint64_t id,
                              struct cspace *to, uint32_t rights_mask,
                              uint64_t *new_id);

/**
 * Delete one capability, revoked ones too.
 *
 * @return  ERR_CAP_NULL
 * Context: configuration lock held.
 */
MUST_USE enum err cspace_delete(struct cspace *cs, uint64_t id);

/**
 * Revoke all copies of master capability @id, in whatever space they are.
 *
 * @return  ERR_CAP_NULL, ERR_CAP_REVOKED
 *          ERR_RIGHTS  @id is a copy itself
 *          ERR_RESTART  a piece is done: call again
 * Context: configuration lock held.
 */
MUST_USE enum err cspace_revoke_children(struct cspace *cs, uint64_t id);

/**
 * @obj, in which @user is embedded, uses @cs from now on, or no more; it is to
 * be told apart from other holders of a reference (cspace_reach.c).
 *
 * Context: configuration lock held.
 */
void cspace_attach(struct cspace *cs, struct cspace_user *user,
                   struct object *obj);
void cspace_detach(struct cspace *cs, struct cspace_user *user);

/** Capabilities in all spaces, revoked ones too. */
uint64_t cspace_caps_total(void);

#endif
