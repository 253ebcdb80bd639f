/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: what a capability can name.
 *
 * An object is born INIT by a create call, is configured, becomes ACTIVE once
 * and stays so.  It lives as long as somebody holds a reference: each
 * capability is one, each other object that is attached to it is one, and a
 * hypercall that works on it is one.  When the last reference goes, the object
 * is put on the list of the dead and destroyed by object_reap, at the end of
 * the hypercall or by the scheduler, with no lock held: so that nobody is
 * destroyed in the middle of somebody else's work, and no chain of destructions
 * recurses.
 *
 *     create ──▶ INIT ── activate ──▶ ACTIVE ── last reference ──▶ destroyed
 *                  └──────────────── last reference ───────────────▲
 *
 * What dies is put down to somebody, the VM whose call let it go, and so is
 * what dies of it: that VM has to wait for the end of it (object_owes), and
 * buries it in calls of its own.  The scheduler buries for everybody.
 *
 * Locks: calls that change how objects hang together (create, activate,
 * attach, copy, delete, revoke, map...) run one at a time, under the
 * configuration lock.  Calls that only use objects (send, receive, run) do not
 * take it; what protects them is the reference that cspace_get gave them.
 */
#ifndef OBJ_OBJECT_H
#define OBJ_OBJECT_H

#include <abi/rights.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct cap;
struct cspace;
struct partition;

/* How far the end of an object has come. */
enum obj_end {
	OBJ_QUIET, /* it may be destroyed */
	OBJ_MORE,  /* a piece of the work is done, another one waits */
	OBJ_SOON,  /* every CPU must leave EL2 once first (drv/grace.h) */
	OBJ_RUNS, /* it must go off first, which may take as long as it likes */
};

/* What is left of the work on all that died. */
enum obj_reap {
	REAP_DONE, /* nothing, but for what still runs */
	REAP_MORE, /* a piece is done, there is more */
	REAP_SOON, /* another CPU must do something first, and is about to */
};

/* What a look for objects that nobody can reach came to. */
enum obj_swept { SWEPT_NOTHING, SWEPT_SOME, SWEPT_MORE };

enum obj_state { OBJ_INIT, OBJ_ACTIVE };

struct object {
	uint32_t refs;      /* atomic */
	uint8_t type;       /* enum obj_type */
	uint8_t state;      /* enum obj_state; read with object_is_active */
	uint16_t culprit;   /* who let it go, once it is condemned */
	uint32_t cap_count; /* configuration lock */
	struct cap *caps;   /* all that name it; configuration lock */
	struct partition *partition; /* what it was paid from; a reference */
	struct object *next_dead;
};

/*
 * What a type can do.  Every row of obj_types is filled; a NULL function means
 * that there is nothing to do.
 */
struct obj_ops {
	const char *name;
	uint32_t size;   /* bytes of the whole object */
	uint32_t rights; /* all that exist for the type, OBJ_ACTIVATE too */

	/* Set up zeroed memory. On error nothing is kept. */
	enum err (*init)(struct object *obj);
	/* INIT to ACTIVE: check the configuration, reserve what it needs. */
	enum err (*activate)(struct object *obj);
	/* The last capability went, references remain: let go what runs. */
	void (*orphan)(struct object *obj);
	/* May it be destroyed now? If not: hurry it, and be asked again. */
	enum obj_end (*is_quiet)(struct object *obj);
	/* Undo everything, in reverse order; configuration lock held. */
	void (*destroy)(struct object *obj);
	/* The capability space that lives while this can be reached, or NULL. */
	struct cspace *(*space_of)(struct object *obj);
	/* Take away what keeps objects that nobody can reach; @culprit: only
	 * those that he, not 0, has to answer for. */
	enum obj_swept (*sweep)(unsigned culprit);
};

/* One row per type; filled by boot/obj_types.c, or by a unit test. */
extern const struct obj_ops *const obj_types[OBJ_TYPE_COUNT];

/** One more holder. @obj must be referenced by the caller already. */
void object_get(struct object *obj);

/** One more holder, unless the last one has gone. @return whether */
bool object_try_get(struct object *obj);

/** One holder less; the last one condemns @obj. Any lock may be held. */
void object_put(struct object *obj);

/** Whether @obj has been activated, and all that activation did is visible. */
bool object_is_active(const struct object *obj);

/**
 * Make an object of @type, in state INIT, with one reference: the caller's.
 *
 * @return  ERR_NOMEM  the partition's quota, or the heap, is spent
 *          others    from the type's own init
 * All or nothing. Context: configuration lock held.
 */
MUST_USE enum err object_create(enum obj_type type, struct partition *p,
                                struct object **out);

/**
 * INIT to ACTIVE.
 *
 * @return  ERR_STATE  it is ACTIVE already
 *          others           from the type: its configuration is not complete,
 *                           or what it needs is not there
 * On error nothing has changed. Context: configuration lock held.
 */
MUST_USE enum err object_activate(struct object *obj);

/* VMIDs; 0 is nobody, whom nothing is put down to. */
#define CULPRITS_MAX 256u

/**
 * Destroy the condemned, but for those that still run.  What takes long is done
 * in pieces.
 *
 * @culprit  only what is put down to him; 0: whoever it is
 * Context: no lock held, and no pointer to anything that nothing keeps.
 */
enum obj_reap object_reap_piece(unsigned culprit);

/** The same for all, unless another CPU is at it: REAP_SOON. Never waits. */
enum obj_reap object_reap_try(void);

/** The same, to the end: for boot and host tests. */
void object_reap(void);

/** From now on (0: no longer) it is @culprit who lets go; configuration lock. */
void object_blame(unsigned culprit);

/** Who that is. Context: the same. */
unsigned object_culprit(void);

/**
 * He has to wait for one thing more, or less (@change -1), until it is decided
 * who dies. Context: the same.
 */
void object_owe(unsigned culprit, int change);

/** Has anything that is put down to @culprit not ended yet? Costs one load. */
bool object_owes(unsigned culprit);

/** Whether any are condemned, those that still run too. */
bool object_has_dead(void);

/** How many there are, at this moment; any lock may be held. */
uint32_t object_dead_count(void);

extern uint32_t object_is_due; /* atomic */

/**
 * Whether object_reap_piece has something to do now; costs one load.  Whoever
 * makes it so sees to it that some CPU looks here again.
 */
static inline bool object_reap_is_due(void)
{
	/* Relaxed: the work itself is found under its lock. */
	return __atomic_load_n(&object_is_due, __ATOMIC_RELAXED) != 0;
}

/** Somebody for whom object_reap_piece waited has let go. Any context. */
void object_reap_again(void);

/** The configuration lock; see the head of this file. */
void object_config_lock(void);
void object_config_unlock(void);

/** How many objects of @type exist. */
uint32_t object_count(enum obj_type type);

#endif
