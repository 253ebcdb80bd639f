/* SPDX-License-Identifier: BSD-2-Clause */
/* ipc/msgqueue: order, sizes, thresholds, interrupts, memory. */
#include "greatest.h"

#include "heap.h"
#include "ipc/msgqueue.h"
#include "obj/partition.h"
#include "vm_irq.h"

#define TX 40u
#define RX 41u

struct fake_space {
	struct object obj;
	char rest[512];
};

static const struct obj_ops space_ops = {
	.name = "addrspace",
	.size = sizeof(struct fake_space),
};

const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_ADDRSPACE] = &space_ops,
	[OBJ_MSGQUEUE] = &msgqueue_ops,
	[OBJ_VIC] = &vic_ops,
};

static struct vic *vic;
static struct msgqueue *mq;
static uint8_t in[MSGQUEUE_SIZE_MAX + 1];
static uint8_t out[MSGQUEUE_SIZE_MAX + 1];

static struct msgqueue *make(unsigned depth, unsigned size)
{
	struct object *obj;

	if (object_create(OBJ_MSGQUEUE, &root_partition, &obj) != ERR_OK ||
	    msgqueue_configure((struct msgqueue *)obj, depth, size) != ERR_OK ||
	    object_activate(obj) != ERR_OK) {
		abort();
	}
	return (struct msgqueue *)obj;
}

static void set_up(void *unused)
{
	(void)unused;
	vic = fake_vic(true);
	mq = make(4, 240);
	if (vic_bind(vic, &mq->send_virq, TX) != ERR_OK ||
	    vic_bind(vic, &mq->receive_virq, RX) != ERR_OK) {
		abort();
	}
}

static bool all_gone(void)
{
	object_put(&mq->obj);
	object_put(&vic->obj);
	object_reap();
	return heap_bytes() == 0 && root_partition.used == 0 &&
	       vic_bound_count() == 0;
}

static enum err send(unsigned size, uint8_t fill, bool push, bool *not_full)
{
	memset(in, fill, size);
	return msgqueue_send(mq, NULL, (uint64_t)in, size, push, not_full);
}

static enum err receive(unsigned room, uint64_t *size, bool *not_empty)
{
	memset(out, 0xee, sizeof(out));
	return msgqueue_receive(mq, NULL, (uint64_t)out, room, size, not_empty);
}

TEST c231_sizes_1_and_max_arrive_0_and_max_plus_1_do_not(void)
{
	bool more;
	uint64_t size;

	ASSERT_EQ(ERR_SIZE, send(0, 1, false, &more));
	ASSERT_EQ(ERR_SIZE, send(241, 1, false, &more));
	ASSERT_EQ(ERR_EMPTY, receive(240, &size, &more));
	ASSERT_EQ(ERR_OK, send(1, 1, false, &more));
	ASSERT(more);
	ASSERT_EQ(ERR_OK, send(240, 2, false, &more));
	ASSERT_EQ(ERR_OK, receive(240, &size, &more));
	ASSERT_EQ(1, size);
	ASSERT(more);
	ASSERT_EQ(1, out[0]);
	ASSERT_EQ(0xee, out[1]); /* nothing behind the message */
	ASSERT_EQ(ERR_OK, receive(240, &size, &more));
	ASSERT_EQ(240, size);
	ASSERT_FALSE(more);
	ASSERT_EQ(2, out[239]);
	ASSERT(all_gone());
	PASS();
}

TEST c233_a_full_queue_says_so_and_then_that_there_is_room(void)
{
	bool more;
	uint64_t size;

	for (unsigned i = 0; i < 4; i++) {
		ASSERT_EQ(ERR_OK, send(8, (uint8_t)i, false, &more));
		ASSERT_EQ(i != 3, more);
	}
	ASSERT_EQ(ERR_FULL, send(8, 9, false, &more));
	ASSERT_EQ(0, fake_irqs[TX].pulses);
	ASSERT_EQ(ERR_OK, receive(8, &size, &more));
	ASSERT_EQ(1, fake_irqs[TX].pulses);
	ASSERT_EQ(ERR_OK, receive(8, &size, &more));
	ASSERT_EQ(1, fake_irqs[TX].pulses); /* only when it becomes so */
	ASSERT_EQ(1, out[0]);
	ASSERT(all_gone());
	PASS();
}

TEST c238_a_short_message_shows_nothing_of_the_last_one(void)
{
	bool more;
	uint64_t size;

	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(ERR_OK, send(240, 0x55, false, &more));
	}
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(ERR_OK, receive(240, &size, &more));
	}
	ASSERT_EQ(ERR_OK, send(3, 0x11, false, &more));
	ASSERT_EQ(ERR_OK, receive(240, &size, &more));
	ASSERT_EQ(3, size);
	for (int i = 3; i < 240; i++) {
		ASSERT_EQ(0xee, out[i]);
	}
	ASSERT(all_gone());
	PASS();
}

TEST a_message_that_does_not_fit_or_cannot_be_written_stays(void)
{
	bool more;
	uint64_t size;

	ASSERT_EQ(ERR_ADDR, msgqueue_send(mq, NULL, 8, 8, false, &more));
	ASSERT_EQ(ERR_EMPTY, receive(240, &size, &more));
	ASSERT_EQ(ERR_OK, send(100, 7, false, &more));
	ASSERT_EQ(ERR_OVERFLOW, receive(99, &size, &more));
	ASSERT_EQ(ERR_ADDR, msgqueue_receive(mq, NULL, 8, 240, &size, &more));
	ASSERT_EQ(ERR_OK, receive(100, &size, &more));
	ASSERT_EQ(100, size);
	ASSERT_EQ(7, out[99]);
	ASSERT(all_gone());
	PASS();
}

TEST the_receiver_is_told_at_its_threshold_or_by_a_push(void)
{
	bool more;
	uint64_t size;

	ASSERT_EQ(ERR_OK,
	          msgqueue_configure_receive(mq, 3, MSGQUEUE_UNCHANGED));
	ASSERT_EQ(ERR_OK, send(1, 1, false, &more));
	ASSERT_EQ(ERR_OK, send(1, 2, false, &more));
	ASSERT_FALSE(fake_irqs[RX].level);
	ASSERT_EQ(ERR_OK, send(1, 3, false, &more));
	ASSERT(fake_irqs[RX].level);
	ASSERT_EQ(ERR_OK, receive(1, &size, &more));
	ASSERT_FALSE(fake_irqs[RX].level);
	ASSERT_EQ(ERR_OK, receive(1, &size, &more));
	ASSERT_EQ(ERR_OK, send(1, 4, true, &more));
	ASSERT(fake_irqs[RX].level);
	ASSERT_EQ(ERR_OK, receive(1, &size, &more));
	ASSERT(fake_irqs[RX].level); /* until all that was pushed is out */
	ASSERT_EQ(ERR_OK, receive(1, &size, &more));
	ASSERT_FALSE(fake_irqs[RX].level);
	ASSERT(all_gone());
	PASS();
}

TEST thresholds_are_checked(void)
{
	uint64_t same = MSGQUEUE_UNCHANGED;

	ASSERT_EQ(ERR_INVAL, msgqueue_configure_receive(mq, 0, same));
	ASSERT_EQ(ERR_INVAL, msgqueue_configure_receive(mq, 5, same));
	ASSERT_EQ(ERR_OK,
	          msgqueue_configure_receive(mq, MSGQUEUE_AT_DEPTH, same));
	ASSERT_EQ(4, mq->not_empty);
	ASSERT_EQ(ERR_OK, msgqueue_configure_receive(mq, same, 0));
	ASSERT_EQ(4, mq->not_empty);
	ASSERT_EQ(ERR_UNIMPLEMENTED, msgqueue_configure_receive(mq, 1, 5));
	ASSERT_EQ(4, mq->not_empty);
	ASSERT_EQ(ERR_INVAL, msgqueue_configure_send(mq, 4, same));
	ASSERT_EQ(ERR_OK, msgqueue_configure_send(mq, 0, same));
	ASSERT_EQ(ERR_INVAL, msgqueue_configure_send(mq, -2ull, same));
	ASSERT(all_gone());
	PASS();
}

TEST the_sender_is_told_at_its_threshold(void)
{
	bool more;
	uint64_t size;

	ASSERT_EQ(ERR_OK, msgqueue_configure_send(mq, 0, MSGQUEUE_UNCHANGED));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(ERR_OK, send(1, 1, false, &more));
	}
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_EQ(0, fake_irqs[TX].pulses);
		ASSERT_EQ(ERR_OK, receive(1, &size, &more));
	}
	ASSERT_EQ(1, fake_irqs[TX].pulses);
	ASSERT_EQ(ERR_OK, send(1, 1, false, &more));
	msgqueue_flush(mq);
	ASSERT_EQ(2, fake_irqs[TX].pulses);
	ASSERT_FALSE(fake_irqs[RX].level);
	ASSERT_EQ(ERR_EMPTY, receive(1, &size, &more));
	ASSERT(all_gone());
	PASS();
}

TEST configuration_is_bounded_and_ends_with_activation(void)
{
	struct object *obj;
	struct msgqueue *other;

	ASSERT_EQ(ERR_OK, object_create(OBJ_MSGQUEUE, &root_partition, &obj));
	other = (struct msgqueue *)obj;
	ASSERT_EQ(ERR_CONFIG, object_activate(obj));
	ASSERT_EQ(ERR_INVAL, msgqueue_configure(other, 0, 1));
	ASSERT_EQ(ERR_INVAL, msgqueue_configure(other, 257, 1));
	ASSERT_EQ(ERR_INVAL, msgqueue_configure(other, 1, 0));
	ASSERT_EQ(ERR_INVAL, msgqueue_configure(other, 1, 1025));
	ASSERT_EQ(ERR_OK, msgqueue_configure(other, 256, 1024));
	heap_fail_after(0);
	ASSERT_EQ(ERR_NOMEM, object_activate(obj));
	heap_fail_after(-1);
	ASSERT_EQ(ERR_OK, object_activate(obj));
	ASSERT_EQ(ERR_STATE, msgqueue_configure(other, 1, 1));
	object_put(obj);
	object_reap();
	ASSERT(all_gone());
	PASS();
}

/* A FIFO that cannot be wrong. */
static struct {
	unsigned size;
	uint8_t fill;
} fifo[300];

static unsigned fifo_used;

TEST c240_random_use_loses_and_reorders_nothing(void)
{
	uint64_t random = test_seed();

	object_put(&mq->obj);
	object_reap();
	mq = make(37, 100);
	fifo_used = 0;
	for (int i = 0; i < 200000; i++) {
		uint64_t r = test_random(&random);
		unsigned size = 1 + (unsigned)(r >> 8) % 100;
		uint64_t got;
		bool more;

		if ((r & 1) != 0) {
			enum err err = send(size, (uint8_t)i, false, &more);

			ASSERT_EQ(fifo_used == 37 ? ERR_FULL : ERR_OK, err);
			if (err == ERR_OK) {
				fifo[fifo_used].size = size;
				fifo[fifo_used++].fill = (uint8_t)i;
			}
			ASSERT_EQ(fifo_used != 37, more);
			continue;
		}
		enum err err = receive(100, &got, &more);

		ASSERT_EQ(fifo_used == 0 ? ERR_EMPTY : ERR_OK, err);
		if (err == ERR_OK) {
			ASSERT_EQ(fifo[0].size, got);
			ASSERT_EQ(fifo[0].fill, out[0]);
			ASSERT_EQ(fifo[0].fill, out[got - 1]);
			ASSERT_EQ(0xee, out[got]);
			memmove(fifo, fifo + 1, --fifo_used * sizeof(fifo[0]));
		}
		ASSERT_EQ(fifo_used != 0, more);
	}
	ASSERT(all_gone());
	PASS();
}

SUITE(msgqueues)
{
	SET_SETUP(set_up, NULL);
	RUN_TEST(c231_sizes_1_and_max_arrive_0_and_max_plus_1_do_not);
	RUN_TEST(c233_a_full_queue_says_so_and_then_that_there_is_room);
	RUN_TEST(c238_a_short_message_shows_nothing_of_the_last_one);
	RUN_TEST(a_message_that_does_not_fit_or_cannot_be_written_stays);
	RUN_TEST(the_receiver_is_told_at_its_threshold_or_by_a_push);
	RUN_TEST(thresholds_are_checked);
	RUN_TEST(the_sender_is_told_at_its_threshold);
	RUN_TEST(configuration_is_bounded_and_ends_with_activation);
	RUN_TEST(c240_random_use_loses_and_reorders_nothing);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(msgqueues);
	GREATEST_MAIN_END();
}
