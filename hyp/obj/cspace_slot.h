/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of capability spaces: what cspace.c, cspace_slot.c and cspace_reach.c
 * share.  Context of all: configuration lock held; _locked: the space's, too.
 */
#ifndef OBJ_CSPACE_SLOT_H
#define OBJ_CSPACE_SLOT_H

#include "obj/cspace.h"

/** The id by which @cap of @cs is known. */
uint64_t cap_id(const struct cspace *cs, const struct cap *cap);

/** The slot that @id names, in whatever state, or NULL; no other lock. */
struct cap *cap_find_locked(struct cspace *cs, uint64_t id);

/** A slot, FREE, with a tag. @return ERR_CSPACE_FULL, ERR_NOMEM */
MUST_USE enum err cap_take_locked(struct cspace *cs, struct cap **out);

/** Undo it, whatever the slot has become since; it names nothing any more. */
void cap_free_locked(struct cspace *cs, struct cap *cap);

/** @cap is one that names @obj; it is none any more. */
void cap_link(struct object *obj, struct cap *cap);
void cap_unlink(struct cap *cap);

/** A page of slots that name nothing, of a space that dies. */
void cap_forget_page(struct cspace *cs, struct cap_page *page);

/** @obj has lost a capability; now the reference goes, too. */
void cap_dropped(struct object *obj);

/* cspace_reach.c */

/** @obj has lost a capability or a reference: can its space be reached? */
void cspace_doubt(struct object *obj);

/** @cs dies: nobody needs to ask, and a search must not meet it. */
void cspace_forget(struct cspace *cs);

/** What a search that is under way has to know: @cap names @obj from now on, */
void cspace_linked(struct object *obj, const struct cap *cap);
/** ... soon no longer; */
void cspace_unlinking(const struct cap *cap);
/** ... @cs has a user more; */
void cspace_used(struct cspace *cs);
/** ... soon has it no longer. */
void cspace_unusing(const struct cspace_user *user);

/** obj_ops.sweep: answer the questions. */
enum obj_swept cspace_sweep(unsigned culprit);

#endif
