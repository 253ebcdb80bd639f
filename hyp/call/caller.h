/* SPDX-License-Identifier: BSD-2-Clause */
/* From the capability ids of a caller to objects, for one hypercall. */
#ifndef CALL_CALLER_H
#define CALL_CALLER_H

#include "obj/cspace.h"
#include "vm/thread.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

static inline void caller_drop(struct object **obj)
{
	if (*obj != NULL) {
		object_put(*obj);
	}
}

/* A reference that is given back wherever the function is left. */
#define OBJECT_REF(name) \
	struct object *name __attribute__((cleanup(caller_drop))) = NULL

/* The caller's capability space; NULL: it was given none. */
static inline struct cspace *caller_cspace(const struct vcpu *v)
{
	const struct thread *t = v->object;

	return t != NULL ? t->cspace : NULL;
}

/** As cspace_get, in the caller's space. */
MUST_USE static inline enum err caller_get(const struct vcpu *v, uint64_t id,
                                           enum obj_type type, uint32_t rights,
                                           struct object **out)
{
	struct cspace *cs = caller_cspace(v);

	return cs != NULL ? cspace_get(cs, id, type, rights, out)
	                  : ERR_CAP_NULL;
}

/**
 * For calls that configure: the right to activate, then the type; any state.
 *
 * @return  ERR_CAP_NULL, ERR_CAP_REVOKED, ERR_RIGHTS, ERR_TYPE
 */
MUST_USE static inline enum err caller_get_init(const struct vcpu *v,
                                                uint64_t id, enum obj_type type,
                                                struct object **out)
{
	struct cspace *cs = caller_cspace(v);

	if (cs == NULL) {
		return ERR_CAP_NULL;
	}
	TRY(cspace_get_any(cs, id, OBJ_MAY_ACTIVATE, out));
	return (*out)->type == type ? ERR_OK : ERR_TYPE;
}

/** As cspace_get_any_state, in the caller's space. */
MUST_USE static inline enum err
caller_get_any_state(const struct vcpu *v, uint64_t id, enum obj_type type,
                     uint32_t rights, struct object **out)
{
	struct cspace *cs = caller_cspace(v);

	return cs != NULL ? cspace_get_any_state(cs, id, type, rights, out)
	                  : ERR_CAP_NULL;
}

#endif
