/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on partitions, capability spaces, and objects of whatever type.
 * What each takes and returns: docs/abi.md.
 */
#include "call/caller.h"
#include "call/hvc_table.h"
#include "obj/partition.h"

/* All the create calls: (partition, cspace) -> capability. */
static enum err create(struct vcpu *v, const uint64_t *arg, uint64_t *out,
                       enum obj_type type)
{
	OBJECT_REF(p);
	OBJECT_REF(cs);
	OBJECT_REF(made);

	TRY(caller_get(v, arg[0], OBJ_PARTITION, PARTITION_MAY_CREATE, &p));
	TRY(caller_get(v, arg[1], OBJ_CSPACE, CSPACE_MAY_CREATE_CAP, &cs));
	TRY(object_create(type, (struct partition *)p, &made));
	/* If there is no room for the capability, made goes again. */
	return cspace_add((struct cspace *)cs, made, &out[0]);
}

#define CREATE(name, type)                                              \
	enum err hvc_create_##name(struct vcpu *v, const uint64_t *arg, \
	                           uint64_t *out)                       \
	{                                                               \
		return create(v, arg, out, type);                       \
	}

CREATE(partition, OBJ_PARTITION)
CREATE(cspace, OBJ_CSPACE)
CREATE(addrspace, OBJ_ADDRSPACE)
CREATE(memextent, OBJ_MEMEXTENT)
CREATE(thread, OBJ_THREAD)
CREATE(doorbell, OBJ_DOORBELL)
CREATE(msgqueue, OBJ_MSGQUEUE)
CREATE(watchdog, OBJ_WATCHDOG)
CREATE(vic, OBJ_VIC)
CREATE(vpm_group, OBJ_VPM_GROUP)

enum err hvc_object_activate(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	struct cspace *cs = caller_cspace(v);
	OBJECT_REF(obj);

	(void)out;
	if (cs == NULL) {
		return ERR_CAP_NULL;
	}
	TRY(cspace_get_any(cs, arg[0], OBJ_MAY_ACTIVATE, &obj));
	return object_activate(obj);
}

enum err hvc_object_activate_from(struct vcpu *v, const uint64_t *arg,
                                  uint64_t *out)
{
	OBJECT_REF(cs);
	OBJECT_REF(obj);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_CSPACE, CSPACE_MAY_ATTACH, &cs));
	TRY(cspace_get_any((struct cspace *)cs, arg[1], OBJ_MAY_ACTIVATE,
	                   &obj));
	return object_activate(obj);
}

/* object_reset and its like: known, and not implemented by anybody. */
enum err hvc_unimplemented(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	(void)v;
	(void)arg;
	(void)out;
	return ERR_UNIMPLEMENTED;
}

enum err hvc_cspace_delete_cap_from(struct vcpu *v, const uint64_t *arg,
                                    uint64_t *out)
{
	OBJECT_REF(cs);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_CSPACE, CSPACE_MAY_DELETE_CAP, &cs));
	return cspace_delete((struct cspace *)cs, arg[1]);
}

enum err hvc_cspace_copy_cap_from(struct vcpu *v, const uint64_t *arg,
                                  uint64_t *out)
{
	OBJECT_REF(from);
	OBJECT_REF(to);

	TRY(caller_get(v, arg[0], OBJ_CSPACE, CSPACE_MAY_COPY_CAP, &from));
	TRY(caller_get(v, arg[2], OBJ_CSPACE, CSPACE_MAY_CREATE_CAP, &to));
	if (arg[3] > UINT32_MAX) {
		return ERR_INVAL;
	}
	return cspace_copy((struct cspace *)from, arg[1], (struct cspace *)to,
	                   (uint32_t)arg[3], &out[0]);
}

enum err hvc_cspace_configure(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	OBJECT_REF(cs);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_CSPACE, &cs));
	return cspace_configure((struct cspace *)cs, arg[1]);
}

enum err hvc_cspace_revoke_caps_from(struct vcpu *v, const uint64_t *arg,
                                     uint64_t *out)
{
	OBJECT_REF(cs);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_CSPACE, CSPACE_MAY_REVOKE_CAP, &cs));
	return cspace_revoke_children((struct cspace *)cs, arg[1]);
}

enum err hvc_cspace_attach_thread(struct vcpu *v, const uint64_t *arg,
                                  uint64_t *out)
{
	OBJECT_REF(cs);
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_CSPACE, CSPACE_MAY_ATTACH, &cs));
	TRY(caller_get_init(v, arg[1], OBJ_THREAD, &t));
	return thread_attach_cspace((struct thread *)t, (struct cspace *)cs);
}

enum err hvc_ts_partition_limit(struct vcpu *v, const uint64_t *arg,
                                uint64_t *out)
{
	OBJECT_REF(parent);
	OBJECT_REF(child);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_PARTITION, PARTITION_MAY_DONATE,
	               &parent));
	TRY(caller_get(v, arg[1], OBJ_PARTITION, PARTITION_MAY_DONATE, &child));
	return partition_move_limit((struct partition *)parent,
	                            (struct partition *)child, (int64_t)arg[2]);
}
