/* SPDX-License-Identifier: BSD-2-Clause */
/* obj/cspace: ids, rights, copies, deletion, revocation. */
#include "greatest.h"

#include "cspace_rig.h"
#include "heap.h"

/* An object that only capabilities hold. */
static uint64_t make(struct cspace *cs, struct object **out)
{
	struct object *obj;
	uint64_t id;

	if (object_create(OBJ_DOORBELL, &root_partition, &obj) != ERR_OK ||
	    cspace_add(cs, obj, &id) != ERR_OK) {
		abort();
	}
	object_put(obj);
	if (out != NULL) {
		*out = obj;
	}
	return id;
}

static enum err use(struct cspace *cs, uint64_t id, uint32_t rights)
{
	struct object *obj;
	enum err err = cspace_get_any_state(cs, id, OBJ_DOORBELL, rights, &obj);

	if (err == ERR_OK) {
		object_put(obj);
	}
	return err;
}

TEST a_cap_finds_its_object_and_nothing_else_does(void)
{
	struct object *obj;
	struct object *got;
	uint64_t id = make(rig.a, &obj);

	ASSERT_EQ(ERR_OK, cspace_get_any(rig.a, id, 0, &got));
	ASSERT_EQ(obj, got);
	object_put(got);
	ASSERT_EQ(ERR_CAP_NULL, use(rig.a, 0, 0));
	ASSERT_EQ(ERR_CAP_NULL, use(rig.a, UINT64_MAX, 0));
	ASSERT_EQ(ERR_CAP_NULL, use(rig.b, id, 0)); /* foreign */
	for (int bit = 0; bit < 64; bit++) {
		ASSERT_EQ(ERR_CAP_NULL, use(rig.a, id ^ 1ull << bit, 0));
	}
	for (int i = 0; i < 100000; i++) {
		ASSERT_EQ(ERR_CAP_NULL,
		          use(rig.a, test_random(&rig.random_state), 0));
	}
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST c61_a_cap_of_the_wrong_type_is_told_so(void)
{
	struct object *obj;
	uint64_t id = make(rig.a, NULL);

	ASSERT_EQ(ERR_TYPE,
	          cspace_get_any_state(rig.a, id, OBJ_MSGQUEUE, 0, &obj));
	/* The type is looked at before the rights. */
	ASSERT_EQ(ERR_TYPE,
	          cspace_get_any_state(rig.a, id, OBJ_MSGQUEUE, 0x4000, &obj));
	ASSERT_EQ(ERR_RIGHTS, use(rig.a, id, 0x4000));
	ASSERT_EQ(ERR_STATE, cspace_get(rig.a, id, OBJ_DOORBELL, 0, &obj));
	ASSERT_EQ(NULL, obj); /* nothing that could be given back twice */
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST c246_a_copy_has_no_right_its_parent_lacks(void)
{
	uint64_t id = make(rig.a, NULL);
	uint64_t send;
	uint64_t none;
	uint64_t more;

	ASSERT_EQ(ERR_OK,
	          cspace_copy(rig.a, id, rig.b, DOORBELL_MAY_SEND, &send));
	ASSERT_EQ(ERR_OK, use(rig.b, send, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_RIGHTS, use(rig.b, send, DOORBELL_MAY_RECEIVE));
	ASSERT_EQ(ERR_RIGHTS,
	          use(rig.b, send, DOORBELL_MAY_SEND | DOORBELL_MAY_RECEIVE));
	ASSERT_EQ(ERR_OK, cspace_copy(rig.b, send, rig.a, UINT32_MAX, &more));
	ASSERT_EQ(ERR_RIGHTS, use(rig.a, more, DOORBELL_MAY_RECEIVE));
	ASSERT_EQ(ERR_OK, cspace_copy(rig.b, send, rig.a, 0, &none));
	ASSERT_EQ(ERR_RIGHTS, use(rig.a, none, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_OK, use(rig.a, none, 0));
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST c60_a_deleted_cap_stays_dead_when_its_slot_lives_again(void)
{
	uint64_t stale[200];

	for (int i = 0; i < 200; i++) {
		stale[i] = make(rig.a, NULL);
		ASSERT_EQ(ERR_OK, cspace_delete(rig.a, stale[i]));
		object_reap();
		ASSERT_EQ(ERR_CAP_NULL, cspace_delete(rig.a, stale[i]));
	}
	ASSERT_EQ(200, rig.destroyed);
	ASSERT_EQ(200, rig.orphaned);
	uint64_t live = make(rig.a, NULL);

	for (int i = 0; i < 200; i++) {
		ASSERT_NEQ(live, stale[i]);
		ASSERT_EQ(ERR_CAP_NULL, use(rig.a, stale[i], 0));
	}
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST revoking_a_master_kills_all_copies_and_only_them(void)
{
	uint64_t other = make(rig.a, NULL);
	uint64_t id = make(rig.a, NULL);
	uint64_t child;
	uint64_t grandchild;

	ASSERT_EQ(ERR_OK, cspace_copy(rig.a, id, rig.b, UINT32_MAX, &child));
	ASSERT_EQ(ERR_OK,
	          cspace_copy(rig.b, child, rig.a, UINT32_MAX, &grandchild));
	ASSERT_EQ(ERR_RIGHTS, cspace_revoke_children(rig.b, child));
	ASSERT_EQ(ERR_OK, cspace_revoke_children(rig.a, id));
	ASSERT_EQ(ERR_CAP_REVOKED, use(rig.b, child, 0));
	ASSERT_EQ(ERR_CAP_REVOKED, use(rig.a, grandchild, 0));
	ASSERT_EQ(ERR_OK, use(rig.a, id, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_OK, use(rig.a, other, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_CAP_REVOKED, cspace_revoke_children(rig.b, child));
	uint64_t again;

	ASSERT_EQ(ERR_CAP_REVOKED, cspace_copy(rig.b, child, rig.a, 0, &again));
	ASSERT_EQ(ERR_OK, cspace_delete(rig.b, child));
	ASSERT_EQ(ERR_CAP_NULL, use(rig.b, child, 0));
	ASSERT_EQ(ERR_OK, cspace_delete(rig.a, id));
	object_reap();
	ASSERT_EQ(1, rig.destroyed); /* revoked copies hold nothing */
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST c68_a_space_takes_its_size_and_not_one_more(void)
{
	struct object *obj;
	uint64_t id[101];

	ASSERT_EQ(ERR_OK, object_create(OBJ_DOORBELL, &root_partition, &obj));
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(ERR_OK, cspace_add(rig.b, obj, &id[i]));
		for (int k = 0; k < i; k++) {
			ASSERT_NEQ(id[k], id[i]);
		}
	}
	ASSERT_EQ(ERR_CSPACE_FULL, cspace_add(rig.b, obj, &id[100]));
	ASSERT_EQ(ERR_OK, cspace_delete(rig.b, id[50]));
	ASSERT_EQ(ERR_OK, cspace_add(rig.b, obj, &id[50]));
	ASSERT_EQ(ERR_CSPACE_FULL, cspace_add(rig.b, obj, &id[100]));
	object_put(obj);
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST only_a_configured_space_becomes_active_and_takes_caps(void)
{
	struct object *obj;
	struct cspace *cs;
	uint64_t id;

	ASSERT_EQ(ERR_OK, object_create(OBJ_CSPACE, &root_partition, &obj));
	cs = (struct cspace *)obj;
	ASSERT_EQ(ERR_CONFIG, object_activate(obj));
	ASSERT_EQ(ERR_INVAL, cspace_configure(cs, 0));
	ASSERT_EQ(ERR_INVAL, cspace_configure(cs, CSPACE_CAPS_MAX + 1));
	ASSERT_EQ(ERR_INVAL, cspace_configure(cs, 1ull << 32 | 1));
	ASSERT_EQ(ERR_OK, cspace_configure(cs, CSPACE_CAPS_MAX));
	ASSERT_EQ(ERR_STATE, cspace_add(cs, obj, &id));
	ASSERT_EQ(ERR_OK, object_activate(obj));
	ASSERT_EQ(ERR_STATE, cspace_configure(cs, 10));
	object_put(obj);
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST c275_running_out_of_memory_changes_nothing(void)
{
	struct object *obj;
	uint64_t id;

	ASSERT_EQ(ERR_OK, object_create(OBJ_DOORBELL, &root_partition, &obj));
	for (int i = 0; i < 65; i++) {
		uint64_t bytes = heap_bytes();
		uint64_t used = root_partition.used;
		enum err err;

		heap_fail_after(0);
		err = cspace_add(rig.a, obj, &id);
		if (err == ERR_NOMEM) {
			ASSERT(i == 0 || i == 64); /* a page holds 64 */
			ASSERT_EQ(bytes, heap_bytes());
			ASSERT_EQ(used, root_partition.used);
			ASSERT_EQ(1 + (uint32_t)i, obj->refs);
			heap_fail_after(-1);
			err = cspace_add(rig.a, obj, &id);
		}
		ASSERT_EQ(ERR_OK, err);
	}
	heap_fail_after(-1);
	object_put(obj);
	ASSERT(rig_drop_spaces());
	PASS();
}

TEST a_space_that_holds_itself_can_still_be_given_up(void)
{
	uint64_t outside;
	uint64_t inside;

	/* a names b; b names itself: as a VM that may configure its space. */
	ASSERT_EQ(ERR_OK, cspace_add(rig.a, &rig.b->obj, &outside));
	ASSERT_EQ(ERR_OK,
	          cspace_copy(rig.a, outside, rig.b, UINT32_MAX, &inside));
	make(rig.b, NULL);
	object_put(&rig.b->obj);
	ASSERT_EQ(ERR_OK, cspace_delete(rig.a, outside));
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(1, rig.destroyed);
	object_put(&rig.a->obj);
	object_reap();
	ASSERT_EQ(0, heap_bytes());
	PASS();
}

/* a names b, b names c, c names b: a VM that made spaces of its own. */
TEST c225_spaces_that_hold_each_other_can_still_be_given_up(void)
{
	struct cspace *c = rig_make_space(10);
	uint64_t outside;
	uint64_t id;

	ASSERT_EQ(ERR_OK, cspace_add(rig.a, &rig.b->obj, &outside));
	ASSERT_EQ(ERR_OK, cspace_add(rig.b, &c->obj, &id));
	ASSERT_EQ(ERR_OK, cspace_add(c, &rig.b->obj, &id));
	make(rig.b, NULL);
	make(c, NULL);
	object_put(&rig.b->obj);
	object_put(&c->obj);
	object_reap();
	ASSERT_EQ_FMT(3u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(ERR_OK, cspace_delete(rig.a, outside));
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(2, rig.destroyed);
	object_put(&rig.a->obj);
	object_reap();
	ASSERT_EQ(0, heap_bytes());
	PASS();
}

/* Whoever is held by somebody else keeps all that it can reach. */
TEST a_circle_lives_while_one_of_it_is_held(void)
{
	struct cspace *c = rig_make_space(10);
	uint64_t outside;
	uint64_t id;

	ASSERT_EQ(ERR_OK, cspace_add(rig.a, &rig.b->obj, &outside));
	ASSERT_EQ(ERR_OK, cspace_add(rig.b, &c->obj, &id));
	ASSERT_EQ(ERR_OK, cspace_add(c, &rig.b->obj, &id));
	object_put(&rig.b->obj);
	ASSERT_EQ(ERR_OK, cspace_delete(rig.a, outside)); /* c is the test's */
	object_reap();
	ASSERT_EQ_FMT(3u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(ERR_OK, cspace_copy(c, id, rig.a, 0, &outside));
	object_put(&c->obj);
	object_reap();
	ASSERT_EQ_FMT(3u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(ERR_OK, cspace_delete(rig.a, outside));
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	object_put(&rig.a->obj);
	object_reap();
	ASSERT_EQ(0, heap_bytes());
	PASS();
}

/* What the random test believes to be true of one capability. */
struct belief {
	bool is_there;
	bool is_revoked;
	bool is_master;
	int object;
	uint32_t rights;
	uint64_t id;
};

#define SLOTS   24
#define OBJECTS 6

static struct belief beliefs[2][SLOTS];
static struct object *objects[OBJECTS];

static int caps_of(int object)
{
	int count = 0;

	for (int s = 0; s < 2 * SLOTS; s++) {
		const struct belief *one = &beliefs[s / SLOTS][s % SLOTS];

		count += one->is_there && !one->is_revoked &&
		         one->object == object;
	}
	return count;
}

static enum err believed(const struct belief *one, uint32_t rights)
{
	if (!one->is_there) {
		return ERR_CAP_NULL;
	}
	if (one->is_revoked) {
		return ERR_CAP_REVOKED;
	}
	return (one->rights & rights) == rights ? ERR_OK : ERR_RIGHTS;
}

static bool play_copy(uint64_t r, struct belief *one, int space)
{
	int to = (int)(r >> 16 & 1);
	struct belief *into = &beliefs[to][(r >> 20) % SLOTS];
	uint32_t mask = (uint32_t)(r >> 32);
	uint64_t id;

	if (into->is_there) {
		return true;
	}
	enum err err = cspace_copy(space ? rig.b : rig.a, one->id,
	                           to ? rig.b : rig.a, mask, &id);

	if (err != believed(one, 0)) {
		return false;
	}
	if (err == ERR_OK) {
		*into = (struct belief){ .is_there = true,
			                 .object = one->object,
			                 .rights = one->rights & mask,
			                 .id = id };
	}
	return true;
}

static bool play_revoke(struct belief *one, int space)
{
	enum err want = believed(one, 0);

	if (want == ERR_OK && !one->is_master) {
		want = ERR_RIGHTS;
	}
	if (cspace_revoke_children(space ? rig.b : rig.a, one->id) != want) {
		return false;
	}
	for (int s = 0; want == ERR_OK && s < 2 * SLOTS; s++) {
		struct belief *other = &beliefs[s / SLOTS][s % SLOTS];

		if (other != one && other->is_there && !other->is_revoked &&
		    other->object == one->object) {
			other->is_revoked = true;
		}
	}
	return true;
}

static bool play_delete(struct belief *one, int space)
{
	int before = rig.destroyed;
	bool had = one->is_there && !one->is_revoked;
	enum err want = one->is_there ? ERR_OK : ERR_CAP_NULL;

	if (cspace_delete(space ? rig.b : rig.a, one->id) != want) {
		return false;
	}
	one->is_there = false;
	object_reap();
	bool dies = had && caps_of(one->object) == 0;

	if (dies) {
		objects[one->object] = NULL;
	}
	return rig.destroyed - before == dies;
}

static bool play_create(uint64_t r, struct belief *one, int space)
{
	int which = (int)((r >> 40) % OBJECTS);

	if (objects[which] != NULL || one->is_there) {
		return true;
	}
	*one = (struct belief){ .is_there = true,
		                .is_master = true,
		                .object = which,
		                .rights = obj_types[OBJ_DOORBELL]->rights };
	one->id = make(space ? rig.b : rig.a, &objects[which]);
	return true;
}

static bool play_one(void)
{
	uint64_t r = test_random(&rig.random_state);
	int space = (int)(r >> 8 & 1);
	struct belief *one = &beliefs[space][(r >> 10) % SLOTS];

	switch (r % 8) {
	case 0:
	case 1:
		return play_copy(r, one, space);
	case 2:
		return (r >> 50) % 4 != 0 || play_revoke(one, space);
	case 3:
		return play_delete(one, space);
	case 4:
		return play_create(r, one, space);
	default:
		return use(space ? rig.b : rig.a, one->id,
		           (uint32_t)(r >> 32) & 7) ==
		       believed(one, (uint32_t)(r >> 32) & 7);
	}
}

TEST random_use_agrees_with_a_plain_model(void)
{
	for (int i = 0; i < 200000; i++) {
		ASSERTm("space and model agree", play_one());
	}
	memset(beliefs, 0, sizeof(beliefs));
	memset(objects, 0, sizeof(objects));
	ASSERT(rig_drop_spaces());
	PASS();
}

SUITE(cspace)
{
	SET_SETUP(rig_set_up, NULL);
	RUN_TEST(a_cap_finds_its_object_and_nothing_else_does);
	RUN_TEST(c61_a_cap_of_the_wrong_type_is_told_so);
	RUN_TEST(c246_a_copy_has_no_right_its_parent_lacks);
	RUN_TEST(c60_a_deleted_cap_stays_dead_when_its_slot_lives_again);
	RUN_TEST(revoking_a_master_kills_all_copies_and_only_them);
	RUN_TEST(c68_a_space_takes_its_size_and_not_one_more);
	RUN_TEST(only_a_configured_space_becomes_active_and_takes_caps);
	RUN_TEST(c275_running_out_of_memory_changes_nothing);
	RUN_TEST(a_space_that_holds_itself_can_still_be_given_up);
	RUN_TEST(c225_spaces_that_hold_each_other_can_still_be_given_up);
	RUN_TEST(a_circle_lives_while_one_of_it_is_held);
	RUN_TEST(random_use_agrees_with_a_plain_model);
}

SUITE_EXTERN(cspace_search); /* cspace_search.c */

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(cspace);
	RUN_SUITE(cspace_search);
	GREATEST_MAIN_END();
}
