/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on doorbells and message queues.
 * What each takes and returns: docs/abi.md.
 */
#include <arm64/bits.h>

#include "call/caller.h"
#include "call/hvc_table.h"
#include "ipc/doorbell.h"
#include "ipc/msgqueue.h"

#define QUEUE_DEPTH FIELD(15, 0) /* "MessageQueueCreateInfo" */
#define QUEUE_SIZE  FIELD(31, 16)
#define QUEUE_MBZ   FIELD(63, 32)

#define SEND_PUSH 1u /* "MsgQSendFlags" */

enum err hvc_doorbell_bind_virq(struct vcpu *v, const uint64_t *arg,
                                uint64_t *out)
{
	OBJECT_REF(db);
	OBJECT_REF(vic);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_DOORBELL, DOORBELL_MAY_BIND, &db));
	TRY(caller_get(v, arg[1], OBJ_VIC, VIC_MAY_BIND_SOURCE, &vic));
	return vic_bind((struct vic *)vic, &((struct doorbell *)db)->virq,
	                arg[2]);
}

enum err hvc_doorbell_unbind_virq(struct vcpu *v, const uint64_t *arg,
                                  uint64_t *out)
{
	OBJECT_REF(db);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_DOORBELL, DOORBELL_MAY_BIND, &db));
	vic_unbind(&((struct doorbell *)db)->virq);
	return ERR_OK;
}

enum err hvc_doorbell_send(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(db);

	TRY(caller_get(v, arg[0], OBJ_DOORBELL, DOORBELL_MAY_SEND, &db));
	out[0] = doorbell_send((struct doorbell *)db, arg[1]);
	trace_vcpu(TRACE_DOORBELL, v, 1, arg[1], out[0]);
	return ERR_OK;
}

enum err hvc_doorbell_receive(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	OBJECT_REF(db);

	TRY(caller_get(v, arg[0], OBJ_DOORBELL, DOORBELL_MAY_RECEIVE, &db));
	if (arg[1] == 0) {
		return ERR_INVAL;
	}
	out[0] = doorbell_receive((struct doorbell *)db, arg[1]);
	trace_vcpu(TRACE_DOORBELL, v, 0, arg[1], out[0]);
	return ERR_OK;
}

enum err hvc_doorbell_reset(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(db);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_DOORBELL, DOORBELL_MAY_RECEIVE, &db));
	doorbell_reset((struct doorbell *)db);
	return ERR_OK;
}

enum err hvc_doorbell_mask(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(db);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_DOORBELL, DOORBELL_MAY_RECEIVE, &db));
	doorbell_mask((struct doorbell *)db, arg[1], arg[2]);
	return ERR_OK;
}

/* Either end of a queue. */
static enum err bind_end(struct vcpu *v, const uint64_t *arg, uint32_t right)
{
	OBJECT_REF(obj);
	OBJECT_REF(vic);
	struct msgqueue *mq;

	TRY(caller_get(v, arg[0], OBJ_MSGQUEUE, right, &obj));
	TRY(caller_get(v, arg[1], OBJ_VIC, VIC_MAY_BIND_SOURCE, &vic));
	mq = (struct msgqueue *)obj;
	return vic_bind((struct vic *)vic,
	                right == MSGQUEUE_MAY_BIND_SEND ? &mq->send_virq
	                                                : &mq->receive_virq,
	                arg[2]);
}

static enum err unbind_end(struct vcpu *v, const uint64_t *arg, uint32_t right)
{
	OBJECT_REF(obj);
	struct msgqueue *mq;

	TRY(caller_get(v, arg[0], OBJ_MSGQUEUE, right, &obj));
	mq = (struct msgqueue *)obj;
	vic_unbind(right == MSGQUEUE_MAY_BIND_SEND ? &mq->send_virq
	                                           : &mq->receive_virq);
	return ERR_OK;
}

enum err hvc_msgqueue_bind_send_virq(struct vcpu *v, const uint64_t *arg,
                                     uint64_t *out)
{
	(void)out;
	return bind_end(v, arg, MSGQUEUE_MAY_BIND_SEND);
}

enum err hvc_msgqueue_bind_receive_virq(struct vcpu *v, const uint64_t *arg,
                                        uint64_t *out)
{
	(void)out;
	return bind_end(v, arg, MSGQUEUE_MAY_BIND_RECEIVE);
}

enum err hvc_msgqueue_unbind_send_virq(struct vcpu *v, const uint64_t *arg,
                                       uint64_t *out)
{
	(void)out;
	return unbind_end(v, arg, MSGQUEUE_MAY_BIND_SEND);
}

enum err hvc_msgqueue_unbind_receive_virq(struct vcpu *v, const uint64_t *arg,
                                          uint64_t *out)
{
	(void)out;
	return unbind_end(v, arg, MSGQUEUE_MAY_BIND_RECEIVE);
}

enum err hvc_msgqueue_send(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	bool not_full = false;
	OBJECT_REF(mq);

	TRY(caller_get(v, arg[0], OBJ_MSGQUEUE, MSGQUEUE_MAY_SEND, &mq));
	if ((arg[3] & ~(uint64_t)SEND_PUSH) != 0) {
		return ERR_INVAL;
	}
	TRY(msgqueue_send((struct msgqueue *)mq, &v->vm->s2, arg[2], arg[1],
	                  (arg[3] & SEND_PUSH) != 0, &not_full));
	out[0] = not_full;
	trace_vcpu(TRACE_MSGQUEUE, v, 1, arg[1], not_full);
	return ERR_OK;
}

enum err hvc_msgqueue_receive(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	bool not_empty = false;
	OBJECT_REF(mq);

	TRY(caller_get(v, arg[0], OBJ_MSGQUEUE, MSGQUEUE_MAY_RECEIVE, &mq));
	TRY(msgqueue_receive((struct msgqueue *)mq, &v->vm->s2, arg[1], arg[2],
	                     &out[0], &not_empty));
	out[1] = not_empty;
	trace_vcpu(TRACE_MSGQUEUE, v, 0, out[0], not_empty);
	return ERR_OK;
}

enum err hvc_msgqueue_flush(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(mq);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_MSGQUEUE, MSGQUEUE_MAY_RECEIVE, &mq));
	msgqueue_flush((struct msgqueue *)mq);
	return ERR_OK;
}

enum err hvc_msgqueue_configure_send(struct vcpu *v, const uint64_t *arg,
                                     uint64_t *out)
{
	OBJECT_REF(mq);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_MSGQUEUE, MSGQUEUE_MAY_SEND, &mq));
	return msgqueue_configure_send((struct msgqueue *)mq, arg[1], arg[2]);
}

enum err hvc_msgqueue_configure_receive(struct vcpu *v, const uint64_t *arg,
                                        uint64_t *out)
{
	OBJECT_REF(mq);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_MSGQUEUE, MSGQUEUE_MAY_RECEIVE, &mq));
	return msgqueue_configure_receive((struct msgqueue *)mq, arg[1],
	                                  arg[2]);
}

enum err hvc_msgqueue_configure(struct vcpu *v, const uint64_t *arg,
                                uint64_t *out)
{
	OBJECT_REF(mq);

	(void)out;
	TRY(caller_get_init(v, arg[0], OBJ_MSGQUEUE, &mq));
	if ((arg[1] & QUEUE_MBZ) != 0) {
		return ERR_INVAL;
	}
	return msgqueue_configure((struct msgqueue *)mq,
	                          field_get(QUEUE_DEPTH, arg[1]),
	                          field_get(QUEUE_SIZE, arg[1]));
}
