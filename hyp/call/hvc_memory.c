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
#define MODIFY_UNIT   0x10000u /* of its mark, bytes */

#define FLAGS_MARK FIELD(63, 32) /* not the caller's: see take_mark */

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

/*
 * A call that is made in pieces has how far it came in the upper half of its
 * flags: the caller's own register, as his vCPU may do anything else in
 * between, and another one may go on with it.  The bits must be zero when it
 * begins and are so when it is over.  Only a VM that has such a call open may
 * set them: what they say wrongly then is harm to itself.
 */
static uint32_t take_mark(const struct vcpu *v, uint64_t *flags)
{
	uint64_t mark = 0;

	if (v->vm->open_calls != 0) {
		mark = field_get(FLAGS_MARK, *flags);
		*flags &= ~FLAGS_MARK;
	}
	return (uint32_t)mark;
}

/* @arg  the flags; they came with @before, and @flags is the rest of them */
static void put_mark(struct vcpu *v, const uint64_t *arg, uint64_t flags,
                     uint32_t before, uint32_t mark, enum err err)
{
	uint64_t *x = &v->regs.x[arg - v->regs.x];
	bool is_open = err == ERR_RESTART && mark != 0;

	if (is_open && before == 0) {
		v->vm->open_calls++;
	} else if (!is_open && before != 0) {
		v->vm->open_calls--;
	}
	*x = flags | (is_open ? field_put(FLAGS_MARK, mark) : 0);
}

typedef enum err mapping_fn(const struct map_request *req, uint32_t *mark);

/* The two mapping calls that have attributes. */
static enum err change(struct vcpu *v, const uint64_t *arg, mapping_fn *fn)
{
	uint64_t flags = arg[4];
	uint32_t before = take_mark(v, &flags);
	uint32_t mark = before;
	OBJECT_REF(as);
	OBJECT_REF(me);
	enum err err = get_pair(v, arg, &as, &me);

	if (err == ERR_OK) {
		err = fn(&(struct map_request){ .as = (struct addrspace *)as,
		                                .me = (struct memextent *)me,
		                                .ipa = arg[2],
		                                .attrs = arg[3],
		                                .flags = flags,
		                                .offset = arg[5],
		                                .size = arg[6] },
		         &mark);
	}
	put_mark(v, &arg[4], flags, before, mark, err);
	return err;
}

enum err hvc_addrspace_map(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	(void)out;
	return change(v, arg, memextent_map);
}

enum err hvc_addrspace_update_access(struct vcpu *v, const uint64_t *arg,
                                     uint64_t *out)
{
	(void)out;
	return change(v, arg, memextent_update_access);
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

/* A piece, from @done on, which it counts on. */
static enum err modify_range(struct memextent *me, enum extent_op op,
                             uint64_t offset, uint64_t size, uint64_t *done)
{
	uint64_t piece = 0;
	enum err err;

	if (*done == 0) {
		return memextent_modify_range(me, op, offset, size, done);
	}
	if (*done >= size) {
		return ERR_INVAL;
	}
	err = memextent_modify_range(me, op, offset + *done, size - *done,
	                             &piece);
	*done += piece;
	return err;
}

static enum err modify(struct vcpu *v, const uint64_t *arg, uint64_t flags,
                       uint64_t *done)
{
	bool is_nosync = (flags & MODIFY_NOSYNC) != 0;
	uint64_t op = field_get(MODIFY_OP, flags);
	OBJECT_REF(me);

	TRY(caller_get(v, arg[0], OBJ_MEMEXTENT, MEMEXTENT_MAY_MAP, &me));
	if ((flags & ~(MODIFY_OP | MODIFY_NOSYNC)) != 0) {
		return ERR_INVAL;
	}
	switch (op) {
	case MODIFY_UNMAP_ALL:
		return memextent_unmap_all((struct memextent *)me);
	case MODIFY_ZERO:
	case MODIFY_CLEAN:
	case MODIFY_FLUSH:
		return is_nosync ? modify_range((struct memextent *)me,
		                                (enum extent_op)op, arg[2],
		                                arg[3], done)
		                 : ERR_INVAL;
	case MODIFY_SYNC_ALL:
		/* Every change is complete when its call returns. */
		return is_nosync ? ERR_INVAL : ERR_OK;
	default:
		return ERR_INVAL;
	}
}

enum err hvc_memextent_modify(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	uint64_t flags = arg[1];
	uint32_t before = take_mark(v, &flags);
	uint64_t done = (uint64_t)before * MODIFY_UNIT;
	enum err err = modify(v, arg, flags, &done);

	(void)out;
	/* Rounded down: some of it is done twice. */
	put_mark(v, &arg[1], flags, before, (uint32_t)(done / MODIFY_UNIT),
	         err);
	return err;
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
