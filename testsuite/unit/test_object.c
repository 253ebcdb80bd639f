/* SPDX-License-Identifier: BSD-2-Clause */
/* obj/object and obj/partition: life, death and who pays. */
#include "greatest.h"

#include "heap.h"
#include "mem/phys.h"
#include "obj/partition.h"

#define LIMIT (1u << 20)

/* A type for tests: an object may hold a reference on another one. */
struct dummy {
	struct object obj;
	struct object *friend;
	unsigned pieces;    /* its end takes */
	char payload[1500]; /* larger than a slab's largest */
};

static enum err activate_result;
static int destroyed;
static int orphaned;

static enum err activate_dummy(struct object *obj)
{
	(void)obj;
	return activate_result;
}

static void orphan_dummy(struct object *obj)
{
	(void)obj;
	orphaned++;
}

static enum obj_end is_dummy_quiet(struct object *obj)
{
	struct dummy *d = (struct dummy *)obj;

	d->pieces -= d->pieces != 0;
	return d->pieces == 0 ? OBJ_QUIET : OBJ_MORE;
}

static void destroy_dummy(struct object *obj)
{
	struct dummy *d = (struct dummy *)obj;

	destroyed++;
	if (d->friend != NULL) {
		object_put(d->friend);
	}
}

static const struct obj_ops dummy_ops = {
	.name = "dummy",
	.size = sizeof(struct dummy),
	.rights = OBJ_MAY_ACTIVATE,
	.activate = activate_dummy,
	.orphan = orphan_dummy,
	.is_quiet = is_dummy_quiet,
	.destroy = destroy_dummy,
};

const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_DOORBELL] = &dummy_ops,
};

static void set_up(void *unused)
{
	(void)unused;
	partition_init_root(LIMIT);
	activate_result = ERR_OK;
	destroyed = 0;
	orphaned = 0;
	heap_fail_after(-1);
}

static bool is_clean(void)
{
	return heap_bytes() == 0 && root_partition.used == 0 &&
	       root_partition.limit == LIMIT && root_partition.obj.refs == 1 &&
	       object_count(OBJ_DOORBELL) == 0 &&
	       object_count(OBJ_PARTITION) == 0;
}

TEST an_object_lives_until_its_last_reference(void)
{
	struct object *obj;

	ASSERT_EQ(ERR_OK, object_create(OBJ_DOORBELL, &root_partition, &obj));
	ASSERT_EQ(1, object_count(OBJ_DOORBELL));
	ASSERT_EQ(2048, root_partition.used > 2048 ? 2048 : 0);
	object_get(obj);
	object_put(obj);
	ASSERT_FALSE(object_has_dead());
	object_put(obj);
	ASSERT(object_has_dead());
	ASSERT_EQ(0, destroyed); /* not before the reaper comes */
	object_reap();
	ASSERT_EQ(1, destroyed);
	ASSERT_FALSE(object_has_dead());
	ASSERT(is_clean());
	PASS();
}

TEST a_chain_of_deaths_is_followed_to_its_end(void)
{
	struct object *obj[50];

	for (int i = 0; i < 50; i++) {
		ASSERT_EQ(ERR_OK, object_create(OBJ_DOORBELL, &root_partition,
		                                &obj[i]));
		if (i > 0) {
			((struct dummy *)obj[i])->friend = obj[i - 1];
		}
	}
	object_put(obj[49]);
	object_reap();
	ASSERT_EQ(50, destroyed);
	ASSERT(is_clean());
	PASS();
}

static struct object *make(unsigned pieces)
{
	struct object *obj;

	if (object_create(OBJ_DOORBELL, &root_partition, &obj) != ERR_OK) {
		abort();
	}
	((struct dummy *)obj)->pieces = pieces;
	return obj;
}

/* Who let something go buries that, and what dies of it, and nothing else. */
TEST who_lets_go_buries_his_own(void)
{
	struct object *mine = make(3);
	struct object *yours = make(5);

	((struct dummy *)mine)->friend = make(2);
	object_blame(1);
	object_put(yours);
	object_blame(2);
	object_put(mine);
	object_blame(0);
	ASSERT(object_owes(1) && object_owes(2) && !object_owes(3));
	ASSERT_EQ(REAP_DONE, object_reap_piece(3));
	ASSERT_EQ_FMT(2u, object_dead_count(), "%u");
	ASSERT_EQ(REAP_MORE, object_reap_piece(2));
	ASSERT_EQ(REAP_MORE, object_reap_piece(2));
	ASSERT_EQ(REAP_MORE, object_reap_piece(2)); /* its friend */
	ASSERT_EQ(1, destroyed);
	ASSERT(object_owes(2));
	ASSERT_EQ(REAP_DONE, object_reap_piece(2));
	ASSERT_FALSE(object_owes(2));
	ASSERT_EQ(2, destroyed);
	ASSERT_EQ(5, ((struct dummy *)yours)->pieces);
	ASSERT(object_owes(1));
	ASSERT(object_reap_is_due()); /* the scheduler comes for all */
	ASSERT_EQ(REAP_MORE, object_reap_try());
	object_reap();
	ASSERT_FALSE(object_owes(1));
	ASSERT(is_clean());
	PASS();
}

/* Nobody's are not before everybody else's. */
TEST the_scheduler_takes_one_after_the_other(void)
{
	struct object *obj[4];

	for (unsigned i = 0; i < 4; i++) {
		obj[i] = make(2);
		object_blame(i * 80);
		object_put(obj[i]);
	}
	object_blame(0);
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	}
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_EQ_FMT(1u, ((struct dummy *)obj[i])->pieces, "%u");
	}
	object_reap();
	ASSERT(is_clean());
	PASS();
}

TEST activation_happens_once_and_may_be_refused(void)
{
	struct object *obj;

	ASSERT_EQ(ERR_OK, object_create(OBJ_DOORBELL, &root_partition, &obj));
	activate_result = ERR_CONFIG;
	ASSERT_EQ(ERR_CONFIG, object_activate(obj));
	ASSERT_FALSE(object_is_active(obj));
	activate_result = ERR_OK;
	ASSERT_EQ(ERR_OK, object_activate(obj));
	ASSERT(object_is_active(obj));
	ASSERT_EQ(ERR_STATE, object_activate(obj));
	object_put(obj);
	object_reap();
	ASSERT(is_clean());
	PASS();
}

TEST c229_a_spent_quota_is_an_error_and_then_recovers(void)
{
	struct object *obj[LIMIT / PAGE_SIZE + 1];
	unsigned made = 0;

	while (object_create(OBJ_DOORBELL, &root_partition, &obj[made]) ==
	       ERR_OK) {
		made++;
		ASSERT_LTE(made, LIMIT / PAGE_SIZE);
	}
	ASSERT_EQ_FMT((unsigned)(LIMIT / PAGE_SIZE), made, "%u");
	object_put(obj[--made]);
	object_reap();
	ASSERT_EQ(ERR_OK,
	          object_create(OBJ_DOORBELL, &root_partition, &obj[made++]));
	while (made > 0) {
		object_put(obj[--made]);
	}
	object_reap();
	ASSERT(is_clean());
	PASS();
}

TEST a_child_partition_spends_what_it_was_given(void)
{
	struct partition *child;
	struct object *p;
	struct object *obj;

	ASSERT_EQ(ERR_OK, object_create(OBJ_PARTITION, &root_partition, &p));
	child = (struct partition *)p;
	ASSERT_EQ(ERR_OK, object_activate(p));
	ASSERT_EQ(ERR_NOMEM, object_create(OBJ_DOORBELL, child, &obj));
	ASSERT_EQ(ERR_NOMEM,
	          partition_move_limit(&root_partition, child, LIMIT));
	ASSERT_EQ(ERR_OK, partition_move_limit(&root_partition, child, 4096));
	ASSERT_EQ(ERR_OK, object_create(OBJ_DOORBELL, child, &obj));
	ASSERT_EQ(ERR_NOMEM, partition_move_limit(&root_partition, child, -1));
	ASSERT_EQ(ERR_INVAL, partition_move_limit(child, &root_partition, 1));
	ASSERT_EQ(ERR_INVAL,
	          partition_move_limit(&root_partition, child, INT64_MIN));

	object_put(p); /* the object still pays from it */
	object_reap();
	ASSERT_EQ(1, object_count(OBJ_PARTITION));
	object_put(obj);
	object_reap();
	ASSERT_EQ(0, object_count(OBJ_PARTITION));
	ASSERT(is_clean());
	PASS();
}

TEST c275_creation_fails_without_a_trace_of_it(void)
{
	struct object *obj;

	heap_fail_after(0);
	ASSERT_EQ(ERR_NOMEM,
	          object_create(OBJ_DOORBELL, &root_partition, &obj));
	ASSERT(is_clean());
	PASS();
}

SUITE(objects)
{
	SET_SETUP(set_up, NULL);
	RUN_TEST(an_object_lives_until_its_last_reference);
	RUN_TEST(a_chain_of_deaths_is_followed_to_its_end);
	RUN_TEST(who_lets_go_buries_his_own);
	RUN_TEST(the_scheduler_takes_one_after_the_other);
	RUN_TEST(activation_happens_once_and_may_be_refused);
	RUN_TEST(c229_a_spent_quota_is_an_error_and_then_recovers);
	RUN_TEST(a_child_partition_spends_what_it_was_given);
	RUN_TEST(c275_creation_fails_without_a_trace_of_it);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(objects);
	GREATEST_MAIN_END();
}
