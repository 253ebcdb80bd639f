/* SPDX-License-Identifier: BSD-2-Clause */
/* ipc/doorbell, and what can be bound to a VIC. */
#include "greatest.h"

#include "heap.h"
#include "ipc/doorbell.h"
#include "obj/partition.h"
#include "vm/addrspace.h"
#include "vm_irq.h"

#define IRQ 40u

struct some_space {
	struct object obj;
	char rest[512];
};

static const struct obj_ops space_ops = {
	.name = "addrspace",
	.size = sizeof(struct some_space),
};

const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_ADDRSPACE] = &space_ops,
	[OBJ_DOORBELL] = &doorbell_ops,
	[OBJ_VIC] = &vic_ops,
};

static struct vic *vic;
static struct doorbell *db;
static struct fake_irq *irq;

static struct doorbell *make(void)
{
	struct object *obj;

	if (object_create(OBJ_DOORBELL, &root_partition, &obj) != ERR_OK) {
		abort();
	}
	return (struct doorbell *)obj;
}

static void set_up(void *unused)
{
	(void)unused;
	vic = fake_vic(true);
	db = make();
	irq = &fake_irqs[IRQ];
	if (vic_bind(vic, &db->virq, IRQ) != ERR_OK) {
		abort();
	}
}

static bool all_gone(void)
{
	object_put(&db->obj);
	object_put(&vic->obj);
	object_reap();
	return heap_bytes() == 0 && root_partition.used == 0 &&
	       vic_bound_count() == 0;
}

TEST c241_flags_add_up_and_are_cleared_one_by_one(void)
{
	ASSERT_EQ(0, doorbell_send(db, 5));
	ASSERT_EQ(5, doorbell_send(db, 2));
	ASSERT_EQ(7, doorbell_receive(db, 3));
	ASSERT_EQ(4, doorbell_receive(db, UINT64_MAX));
	ASSERT_EQ(0, doorbell_receive(db, UINT64_MAX));
	ASSERT(all_gone());
	PASS();
}

TEST c241_the_interrupt_is_high_while_an_enabled_flag_is_set(void)
{
	ASSERT_FALSE(irq->level);
	doorbell_send(db, 3);
	ASSERT(irq->level);
	doorbell_receive(db, 1);
	ASSERT(irq->level);
	doorbell_receive(db, 2);
	ASSERT_FALSE(irq->level);
	ASSERT(all_gone());
	PASS();
}

TEST c241_masked_flags_assert_nothing_until_they_are_enabled(void)
{
	doorbell_mask(db, 2, 0);
	doorbell_send(db, 1);
	ASSERT_FALSE(irq->level);
	ASSERT_EQ(1, irq->events); /* an edge always asserts */
	doorbell_mask(db, 1, 0);
	ASSERT(irq->level);
	ASSERT_EQ(2, irq->events);
	doorbell_mask(db, 4, 0);
	ASSERT_FALSE(irq->level);
	ASSERT(all_gone());
	PASS();
}

TEST c241_acknowledged_flags_are_gone_but_were_told_of(void)
{
	doorbell_mask(db, UINT64_MAX, 0xf0);
	ASSERT_EQ(0, doorbell_send(db, 0x10));
	ASSERT_EQ(1, irq->pulses);
	ASSERT_FALSE(irq->level);
	ASSERT_EQ(0, doorbell_send(db, 0x11));
	ASSERT(irq->level); /* flag 0 is not acknowledged */
	ASSERT_EQ(1, doorbell_receive(db, UINT64_MAX));
	ASSERT(all_gone());
	PASS();
}

TEST c241_reset_forgets_flags_and_masks(void)
{
	doorbell_mask(db, 1, 2);
	doorbell_send(db, 1);
	doorbell_reset(db);
	ASSERT_FALSE(irq->level);
	ASSERT_EQ(0, doorbell_send(db, 0x8000));
	ASSERT(irq->level);
	ASSERT(all_gone());
	PASS();
}

TEST an_interrupt_has_one_source_and_a_source_one_interrupt(void)
{
	struct doorbell *other = make();

	ASSERT_EQ(ERR_VIRQ_BOUND, vic_bind(vic, &db->virq, 41));
	ASSERT_EQ(ERR_BUSY, vic_bind(vic, &other->virq, IRQ));
	vic_unbind(&db->virq);
	vic_unbind(&db->virq);
	ASSERT_EQ(ERR_OK, vic_bind(vic, &other->virq, IRQ));
	ASSERT_EQ(1, vic_bound_count());
	doorbell_send(db, 1);
	ASSERT_FALSE(irq->level);
	doorbell_send(other, 1);
	ASSERT(irq->level);
	vic_unbind(&other->virq);
	ASSERT_FALSE(irq->level); /* nobody is left to lower it */
	ASSERT_EQ(ERR_OK, vic_bind(vic, &db->virq, IRQ));
	ASSERT(irq->level); /* it has had something to say all the time */
	object_put(&other->obj);
	ASSERT(all_gone());
	PASS();
}

TEST c158_interrupts_that_do_not_exist_are_refused(void)
{
	static const uint64_t bad[] = {
		0,     15,           96,
		1019,  1020,         1023,
		4096,  0xffffff,     1ull << 32 | 41,
		~0ull, 1 << 24 | 41, 4 << 24 | 16,
	};
	struct doorbell *other = make();

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(ERR_INVAL, vic_bind(vic, &other->virq, bad[i]));
	}
	ASSERT_EQ(ERR_BUSY, vic_bind(vic, &other->virq, 27)); /* a timer's */
	ASSERT_EQ(ERR_OK, vic_bind(vic, &other->virq, 3 << 24 | 16));
	object_put(&other->obj);
	ASSERT(all_gone());
	PASS();
}

TEST a_dead_vic_lets_go_of_its_sources(void)
{
	object_put(&vic->obj);
	object_reap();
	ASSERT_EQ(0, vic_bound_count());
	ASSERT_EQ(NULL, db->virq.vic);
	ASSERT_EQ(0, doorbell_send(db, 1));
	object_put(&db->obj);
	object_reap();
	ASSERT_EQ(0, heap_bytes());
	PASS();
}

TEST what_rings_before_the_vm_is_there_is_heard_then(void)
{
	ASSERT(all_gone());
	vic = fake_vic(false);
	db = make();
	ASSERT_EQ(ERR_OK, vic_bind(vic, &db->virq, IRQ));
	doorbell_send(db, 1);
	ASSERT_FALSE(irq->level);
	fake_vic_connect(vic);
	ASSERT(irq->level);
	ASSERT_EQ(1, irq->events);
	ASSERT(all_gone());
	PASS();
}

static bool lingers;

static bool must_wait(const struct virq_source *source, const struct vm *vm)
{
	(void)vm;
	return lingers && source == &db->virq;
}

/* What the VM's VIC before this one has left behind goes first. */
TEST a_vic_waits_for_what_is_left_of_the_one_before(void)
{
	ASSERT(all_gone());
	vic = fake_vic(false);
	db = make();
	db->virq.must_wait = must_wait;
	ASSERT_EQ(ERR_OK, vic_bind(vic, &db->virq, IRQ));
	doorbell_send(db, 1);
	lingers = true;
	ASSERT_EQ(ERR_RETRY, vic_attach_space(vic, fake_space()));
	ASSERT_EQ(NULL, vic->as);
	ASSERT_EQ(0, fake_space()->vic_count);
	ASSERT_FALSE(irq->level);
	lingers = false;
	fake_vic_connect(vic);
	ASSERT(irq->level);
	ASSERT(all_gone());
	PASS();
}

/* A wake-up may wake who has one, too: its lock is never held meanwhile. */
TEST a_wake_up_is_signalled_with_its_lock_free(void)
{
	struct virq_source wake = { .is_unlocked = true };

	ASSERT(all_gone());
	vic = fake_vic(false);
	db = make();
	virq_source_init(&wake, &fake_outer_lock);
	ASSERT_EQ(ERR_OK, vic_bind(vic, &wake, IRQ));
	virq_pulse_unlocked(&wake);
	virq_pulse_unlocked(&wake);
	ASSERT_EQ(0, irq->pulses);
	fake_vic_connect(vic);
	ASSERT_EQ(1, irq->pulses);
	virq_pulse_unlocked(&wake);
	ASSERT_EQ(2, irq->pulses);
	vic_unbind(&wake);
	ASSERT(all_gone());
	PASS();
}

/* Random use against the sentences of the documentation. */
TEST random_use_agrees_with_a_plain_model(void)
{
	uint64_t random = test_seed();
	uint64_t flags = 0;
	uint64_t enabled = UINT64_MAX;

	for (int i = 0; i < 100000; i++) {
		uint64_t r = test_random(&random);
		uint64_t bits = test_random(&random) & 0xff;

		switch (r % 8) {
		case 0:
		case 1:
		case 2:
			ASSERT_EQ(flags, doorbell_send(db, bits));
			flags |= bits;
			break;
		case 3:
		case 4:
		case 5:
			ASSERT_EQ(flags, doorbell_receive(db, bits));
			flags &= ~bits;
			break;
		case 6:
			doorbell_mask(db, bits, 0);
			enabled = bits;
			break;
		default:
			if (r >> 60 == 0) {
				doorbell_reset(db);
				flags = 0;
				enabled = UINT64_MAX;
			}
			break;
		}
		ASSERT_EQ((flags & enabled) != 0, irq->level);
	}
	ASSERT(all_gone());
	PASS();
}

SUITE(doorbells)
{
	SET_SETUP(set_up, NULL);
	RUN_TEST(c241_flags_add_up_and_are_cleared_one_by_one);
	RUN_TEST(c241_the_interrupt_is_high_while_an_enabled_flag_is_set);
	RUN_TEST(c241_masked_flags_assert_nothing_until_they_are_enabled);
	RUN_TEST(c241_acknowledged_flags_are_gone_but_were_told_of);
	RUN_TEST(c241_reset_forgets_flags_and_masks);
	RUN_TEST(an_interrupt_has_one_source_and_a_source_one_interrupt);
	RUN_TEST(c158_interrupts_that_do_not_exist_are_refused);
	RUN_TEST(a_dead_vic_lets_go_of_its_sources);
	RUN_TEST(what_rings_before_the_vm_is_there_is_heard_then);
	RUN_TEST(a_wake_up_is_signalled_with_its_lock_free);
	RUN_TEST(a_vic_waits_for_what_is_left_of_the_one_before);
	RUN_TEST(random_use_agrees_with_a_plain_model);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(doorbells);
	GREATEST_MAIN_END();
}
