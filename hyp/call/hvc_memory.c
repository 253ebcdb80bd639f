/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on address spaces and memory extents.
 * What each takes and returns: docs/abi.md.
 */
#include <arm64/bits.h>

#include "call/caller.h"
#include "call/hvc_table.h"
#include "vgic/vic.h"
#include "vm/memextent.h"

#define MODIFY_OP     FIELD(7, 0) /* "MemExtent Modify Flags" */
#define MODIFY_NOSYNC BIT(31)

#define DONATE_TYPE   FIELD(7, 0) /* "Memextent Donate Options" */
#define DONATE_NOSYNC BIT(31)

#define VDEVICE_FRAME 0x10000u /* of GICD, and of each half of a GICR */

enum err hvc_addrspace_attach_thread(struct vcpu *v, const uint64_t *arg,
                                     uint64_t *out)
{
	OBJECT_REF(as);
	OBJECT_REF(t);

	(void)out;
	TRY(caller_get_init(v, arg[1], OBJ_THREAD, &t));
	TRY(caller_get(v, arg[0], OBJ_ADDRSPACE, ADDRSPACE_MAY_ATTACH, &as));
	return thread_attach_space((struct thread *)t, (struct addrspace *)as);
}

/* Address space and extent of the three mapping calls. */
static enum err get_pair(struct vcpu *v, const uint64_t *arg,
                         struct object **as, struct object **me)
{
	TRY(caller_get(v, arg[0], OBJ_ADDRSPACE, ADDRSPACE_MAY_MAP, as));
	return caller_get(v, arg[1], OBJ_MEMEXTENT, MEMEXTENT_MAY_MAP, me);
}

enum err hvc_addrspace_map(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(as);
	OBJECT_REF(me);

	(void)out;
	TRY(get_pair(v, arg, &as, &me));
	return memextent_map(
		&(struct map_request){ .as = (struct addrspace *)as,
	                               .me = (struct memextent *)me,
	                               .ipa = arg[2],
	                               .attrs = arg[3],
	                               .flags = arg[4],
	                               .offset = arg[5],
	                               .size = arg[6] });
}

enum err hvc_addrspace_unmap(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(as);
	OBJECT_REF(me);

	(void)out;
	TRY(get_pair(v, arg, &as, &me));
	return memextent_unmap(
		&(struct map_request){ .as = (struct addrspace *)as,
	                               .me = (struct memextent *)me,
	                               .ipa = arg[2],
	                               .flags = arg[3],
	                               .offset = arg[4],
	                               .size = arg[5] });
}

enum err hvc_addrspace_update_access(struct vcpu *v, const uint64_t *arg,
                                     uint64_t *out)
{
	OBJECT_REF(as);
	OBJECT_REF(me);

	(void)out;
	TRY(get_pair(v, arg, &as, &me));
	return memextent_update_access(
		&(struct map_request){ .as = (struct addrspace *)as,
	                               .me = (struct memextent *)me,
	                               .ipa = arg[2],
	                               .attrs = arg[3],
	                               .flags = arg[4],
	                               .offset = arg[5],
	                               .size = arg[6] });
}

enum err hvc_addrspace_configure(struct vcpu *v, const uint64_t *arg,
                                 uint64_t *out)
{
	OBJECT_REF(as);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_ADDRSPACE, &as));
	return addrspace_configure((struct addrspace *)as, arg[1]);
}

enum err hvc_addrspace_lookup(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	struct map_found found;
	OBJECT_REF(as);
	OBJECT_REF(me);

	TRY(caller_get(v, arg[0], OBJ_ADDRSPACE, ADDRSPACE_MAY_LOOKUP, &as));
	TRY(caller_get(v, arg[1], OBJ_MEMEXTENT, MEMEXTENT_MAY_LOOKUP, &me));
	TRY(memextent_look_up((struct addrspace *)as, (struct memextent *)me,
	                      arg[2], arg[3], &found));
	out[0] = found.offset;
	out[1] = found.size;
	out[2] = found.attrs;
	return ERR_OK;
}

enum vmmio_op { VMMIO_ADD, VMMIO_REMOVE };

enum err hvc_addrspace_configure_vmmio(struct vcpu *v, const uint64_t *arg,
                                       uint64_t *out)
{
	OBJECT_REF(as);

	(void)out;
	TRY(caller_get_any_state(v, arg[0], OBJ_ADDRSPACE,
	                         ADDRSPACE_MAY_ADD_VMMIO, &as));
	if (arg[3] == VMMIO_ADD) {
		return addrspace_add_vmmio((struct addrspace *)as, arg[1],
		                           arg[2]);
	}
	if (arg[3] == VMMIO_REMOVE) {
		return addrspace_remove_vmmio((struct addrspace *)as, arg[1],
		                              arg[2]);
	}
	return ERR_UNIMPLEMENTED;
}

/* The vGIC has its place in every VM; attaching says whose it is. */
enum err hvc_addrspace_attach_vdevice(struct vcpu *v, const uint64_t *arg,
                                      uint64_t *out)
{
	OBJECT_REF(as);
	OBJECT_REF(vic);
	uint64_t base;

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_ADDRSPACE, ADDRSPACE_MAY_MAP, &as));
	TRY(caller_get(v, arg[1], OBJ_VIC, VIC_MAY_ATTACH_VDEV, &vic));
	if (arg[2] > ((struct vic *)vic)->vcpus_max) {
		return ERR_INVAL;
	}
	base = arg[2] == 0 ? VIC_GICD_IPA
	                   : VIC_GICR_IPA + 2 * VDEVICE_FRAME * (arg[2] - 1);
	if (arg[3] != base || arg[4] < VDEVICE_FRAME) {
		return ERR_INVAL;
	}
	return vic_attach_space((struct vic *)vic, (struct addrspace *)as);
}

enum err hvc_memextent_configure(struct vcpu *v, const uint64_t *arg,
                                 uint64_t *out)
{
	OBJECT_REF(me);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_MEMEXTENT, &me));
	return memextent_configure((struct memextent *)me, arg[1], arg[2],
	                           arg[3]);
}

enum err hvc_memextent_configure_derive(struct vcpu *v, const uint64_t *arg,
                                        uint64_t *out)
{
	OBJECT_REF(me);
	OBJECT_REF(parent);

	(void)out;
	TRY(caller_get(v, arg[1], OBJ_MEMEXTENT, MEMEXTENT_MAY_DERIVE,
	               &parent));
	TRY(caller_get_init(v, arg[0], OBJ_MEMEXTENT, &me));
	return memextent_configure_derived((struct memextent *)me,
	                                   (struct memextent *)parent, arg[2],
	                                   arg[3], arg[4]);
}

enum modify_op {
	MODIFY_UNMAP_ALL = 0,
	MODIFY_ZERO = 1,
	MODIFY_CLEAN = 2,
	MODIFY_FLUSH = 3,
	MODIFY_SYNC_ALL = 255,
};

/* In pieces: what is done is taken off the caller's arguments. */
static enum err modify_range(struct vcpu *v, struct memextent *me,
                             enum extent_op op, const uint64_t *arg)
{
	uint64_t *x = &v->regs.x[arg - v->regs.x];
	uint64_t done = 0;
	enum err err = memextent_modify_range(me, op, arg[2], arg[3], &done);

	if (err == ERR_RESTART) {
		x[2] += done;
		x[3] -= done;
	}
	return err;
}

enum err hvc_memextent_modify(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	bool is_nosync = (arg[1] & MODIFY_NOSYNC) != 0;
	uint64_t op = field_get(MODIFY_OP, arg[1]);
	OBJECT_REF(me);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_MEMEXTENT, MEMEXTENT_MAY_MAP, &me));
	if ((arg[1] & ~(MODIFY_OP | MODIFY_NOSYNC)) != 0) {
		return ERR_INVAL;
	}
	switch (op) {
	case MODIFY_UNMAP_ALL:
		return memextent_unmap_all((struct memextent *)me);
	case MODIFY_ZERO:
	case MODIFY_CLEAN:
	case MODIFY_FLUSH:
		return is_nosync ? modify_range(v, (struct memextent *)me,
		                                (enum extent_op)op, arg)
		                 : ERR_INVAL;
	case MODIFY_SYNC_ALL:
		/* Every change is complete when its call returns. */
		return is_nosync ? ERR_INVAL : ERR_OK;
	default:
		return ERR_INVAL;
	}
}

/* An extent; where a partition may stand instead, NULL is the partition. */
static enum err get_party(struct vcpu *v, uint64_t id, bool may_be_partition,
                          struct object **held, struct memextent **me)
{
	enum err err =
		caller_get(v, id, OBJ_MEMEXTENT, MEMEXTENT_MAY_DONATE, held);

	*me = (struct memextent *)*held;
	if (err != ERR_TYPE || !may_be_partition) {
		return err;
	}
	TRY(caller_get(v, id, OBJ_PARTITION, PARTITION_MAY_DONATE, held));
	*me = NULL;
	/* All RAM that is free belongs to the root partition. */
	return (*held)->partition == (struct partition *)*held ? ERR_OK
	                                                       : ERR_DENIED;
}

enum err hvc_memextent_donate(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	uint64_t how = field_get(DONATE_TYPE, arg[0]);
	struct memextent *from;
	struct memextent *to;
	OBJECT_REF(giver);
	OBJECT_REF(taker);

	(void)out;
	if ((arg[0] & ~(DONATE_TYPE | DONATE_NOSYNC)) != 0 ||
	    how > TO_SIBLING) {
		return ERR_INVAL;
	}
	TRY(get_party(v, arg[1], how == TO_CHILD, &giver, &from));
	TRY(get_party(v, arg[2], how == TO_PARENT, &taker, &to));
	return memextent_donate((enum donation)how, from, to, arg[3], arg[4]);
}
