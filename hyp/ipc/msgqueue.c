/* SPDX-License-Identifier: BSD-2-Clause */
#include "ipc/msgqueue.h"

#include "lib/mutant.h"
#include "mem/guest.h"
#include "obj/partition.h"

/* One message in the ring. */
struct slot {
	uint64_t size; /* bytes used */
	uint8_t data[];
};

static struct slot *slot_at(const struct msgqueue *mq, unsigned nth)
{
	unsigned i = mq->head + nth;

	if (i >= mq->depth) {
		i -= mq->depth;
	}
	return (struct slot *)(void *)(mq->slots + (size_t)i * mq->slot_size);
}

enum fate { ARRIVES, IS_REFUSED, IS_LOST };

/* For tests: what becomes of the nth message from now. */
static uint64_t fate_in;
static enum fate fate;

void msgqueue_fail_at(uint64_t n)
{
	fate = (n & MSGQUEUE_FAIL_REFUSED) != 0 ? IS_REFUSED : IS_LOST;
	fate_in = n & ~MSGQUEUE_FAIL_REFUSED;
}

static enum fate next_fate(void)
{
	if (mutant(message_dropped)) {
		return IS_LOST;
	}
	if ((!mutant(message_fails) && !mutant(rm_parcel_lost)) ||
	    fate_in == 0 || --fate_in != 0) {
		return ARRIVES;
	}
	return fate;
}

static bool is_receiver_wanted(const struct msgqueue *mq)
{
	return mq->used >= mq->not_empty || mq->is_pushed;
}

enum err msgqueue_send(struct msgqueue *mq, struct stage2 *s2, uint64_t va,
                       uint64_t size, bool push, bool *not_full)
{
	enum err err = ERR_OK;
	enum fate comes;

	if (size == 0 || size > mq->size_max) {
		return ERR_SIZE;
	}
	comes = next_fate();
	spin_lock(&mq->lock);
	if (mq->used == mq->depth || comes == IS_REFUSED) {
		err = ERR_FULL;
	} else if (comes == ARRIVES) {
		struct slot *slot = slot_at(mq, mq->used);

		err = guest_copy_from_va(s2, slot->data, va, size);
		slot->size = size;
	}
	if (err == ERR_OK && comes == ARRIVES) {
		mq->used++;
		mq->is_pushed |= push;
		if (is_receiver_wanted(mq)) {
			virq_set(&mq->receive_virq, true, true);
		}
	}
	*not_full = mq->used < mq->depth || mutant(queue_never_full);
	spin_unlock(&mq->lock);
	return err;
}

/* The ring has become emptier; it had @before messages. */
static void note_room_locked(struct msgqueue *mq, unsigned before)
{
	if (mq->used == 0) {
		mq->is_pushed = false;
	}
	if (!is_receiver_wanted(mq)) {
		virq_set(&mq->receive_virq, false, false);
	}
	if (before > mq->not_full && mq->used <= mq->not_full) {
		virq_pulse(&mq->send_virq);
	}
}

/* The first message of the ring is done with. */
static void take_off_locked(struct msgqueue *mq)
{
	static unsigned taken; /* for a seeded fault */

	if (mutant(message_twice) && ++taken % 100 == 0) {
		return;
	}
	mq->head = (uint16_t)(mq->head + 1 == mq->depth ? 0 : mq->head + 1);
	mq->used--;
	note_room_locked(mq, mq->used + 1u);
}

enum err msgqueue_receive(struct msgqueue *mq, struct stage2 *s2, uint64_t va,
                          uint64_t room, uint64_t *size, bool *not_empty)
{
	enum err err = ERR_OK;
	struct slot *slot;

	spin_lock(&mq->lock);
	slot = slot_at(mq, 0);
	if (mq->used == 0) {
		err = ERR_EMPTY;
	} else if (slot->size > room) {
		err = ERR_OVERFLOW;
	} else {
		err = guest_copy_to_va(s2, va, slot->data, slot->size);
	}
	if (err == ERR_OK) {
		*size = mutant(message_size_lies) ? room : slot->size;
		take_off_locked(mq);
	}
	*not_empty = mq->used != 0;
	spin_unlock(&mq->lock);
	return err;
}

void msgqueue_flush(struct msgqueue *mq)
{
	unsigned before;

	spin_lock(&mq->lock);
	before = mq->used;
	mq->used = 0;
	note_room_locked(mq, before);
	spin_unlock(&mq->lock);
}

static enum err check_delay(uint64_t delay_us)
{
	return delay_us == MSGQUEUE_UNCHANGED || delay_us == 0
	               ? ERR_OK
	               : ERR_UNIMPLEMENTED;
}

enum err msgqueue_configure_send(struct msgqueue *mq, uint64_t threshold,
                                 uint64_t delay_us)
{
	if (threshold != MSGQUEUE_UNCHANGED && threshold >= mq->depth) {
		return ERR_INVAL;
	}
	TRY(check_delay(delay_us));
	if (threshold != MSGQUEUE_UNCHANGED) {
		spin_lock(&mq->lock);
		mq->not_full = (uint16_t)threshold;
		spin_unlock(&mq->lock);
	}
	return ERR_OK;
}

enum err msgqueue_configure_receive(struct msgqueue *mq, uint64_t threshold,
                                    uint64_t delay_us)
{
	if (threshold == MSGQUEUE_AT_DEPTH) {
		threshold = mq->depth;
	}
	if (threshold != MSGQUEUE_UNCHANGED &&
	    (threshold == 0 || threshold > mq->depth)) {
		return ERR_INVAL;
	}
	TRY(check_delay(delay_us));
	if (threshold != MSGQUEUE_UNCHANGED) {
		bool was;
		bool is;

		spin_lock(&mq->lock);
		was = is_receiver_wanted(mq);
		mq->not_empty = (uint16_t)threshold;
		is = is_receiver_wanted(mq);
		virq_set(&mq->receive_virq, is, is && !was);
		spin_unlock(&mq->lock);
	}
	return ERR_OK;
}

enum err msgqueue_configure(struct msgqueue *mq, uint64_t depth,
                            uint64_t size_max)
{
	if (object_is_active(&mq->obj)) {
		return ERR_STATE;
	}
	if (depth == 0 || depth > MSGQUEUE_DEPTH_MAX || size_max == 0 ||
	    size_max > MSGQUEUE_SIZE_MAX) {
		return ERR_INVAL;
	}
	mq->depth = (uint16_t)depth;
	mq->size_max = (uint16_t)size_max;
	return ERR_OK;
}

static enum err init_msgqueue(struct object *obj)
{
	struct msgqueue *mq = (struct msgqueue *)obj;

	virq_source_init(&mq->send_virq, &mq->lock);
	virq_source_init(&mq->receive_virq, &mq->lock);
	return ERR_OK;
}

static size_t ring_bytes(const struct msgqueue *mq)
{
	return (size_t)mq->slot_size * mq->depth;
}

static enum err activate_msgqueue(struct object *obj)
{
	struct msgqueue *mq = (struct msgqueue *)obj;

	if (mq->depth == 0) {
		return ERR_CONFIG;
	}
	mq->slot_size =
		(uint32_t)(sizeof(struct slot) + ((mq->size_max + 7u) & ~7u));
	mq->slots = partition_alloc(obj->partition, ring_bytes(mq));
	if (mq->slots == NULL) {
		return ERR_NOMEM;
	}
	mq->not_full = (uint16_t)(mq->depth - 1);
	mq->not_empty = 1;
	mq->used = mutant(queue_kept) ? 1 : 0;
	return ERR_OK;
}

static void destroy_msgqueue(struct object *obj)
{
	struct msgqueue *mq = (struct msgqueue *)obj;

	vic_unbind(&mq->receive_virq);
	vic_unbind(&mq->send_virq);
	partition_free(obj->partition, mq->slots, ring_bytes(mq));
}

const struct obj_ops msgqueue_ops = {
	.name = "msgqueue",
	.size = sizeof(struct msgqueue),
	.rights = MSGQUEUE_MAY_SEND | MSGQUEUE_MAY_RECEIVE |
	          MSGQUEUE_MAY_BIND_SEND | MSGQUEUE_MAY_BIND_RECEIVE |
	          OBJ_MAY_ACTIVATE,
	.init = init_msgqueue,
	.activate = activate_msgqueue,
	.destroy = destroy_msgqueue,
};
