/* SPDX-License-Identifier: BSD-2-Clause */
/* obj/cspace: ids, rights, copies, deletion, revocation. */
#include "greatest.h"

#include "heap.h"
#include "obj/cspace.h"
#include "obj/partition.h"

#define LIMIT (64u << 20)

struct dummy {
	struct object obj;
};

static int destroyed;
static int orphaned;

static void orphan_dummy(struct object *obj)
{
	(void)obj;
	orphaned++;
}

static void destroy_dummy(struct object *obj)
{
	(void)obj;
	destroyed++;
}

static const struct obj_ops doorbell_ops = {
	.name = "doorbell",
	.size = sizeof(struct dummy),
	.rights = DOORBELL_MAY_SEND | DOORBELL_MAY_RECEIVE | DOORBELL_MAY_BIND |
	          OBJ_MAY_ACTIVATE,
	.orphan = orphan_dummy,
	.destroy = destroy_dummy,
};

const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_CSPACE] = &cspace_ops,
	[OBJ_DOORBELL] = &doorbell_ops,
};

static struct cspace *a;
static struct cspace *b;
static uint64_t random_state;

static struct cspace *make_space(uint64_t caps_max)
{
	struct object *obj;

	if (object_create(OBJ_CSPACE, &root_partition, &obj) != ERR_OK ||
	    cspace_configure((struct cspace *)obj, caps_max) != ERR_OK ||
	    object_activate(obj) != ERR_OK) {
		abort();
	}
	return (struct cspace *)obj;
}

static void set_up(void *unused)
{
	(void)unused;
	heap_fail_after(-1);
	partition_init_root(LIMIT);
	destroyed = 0;
	orphaned = 0;
	random_state = test_seed();
	a = make_space(300);
	b = make_space(100);
}

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

static bool drop_spaces(void)
{
	object_put(&a->obj);
	object_put(&b->obj);
	object_reap();
	return heap_bytes() == 0 && root_partition.used == 0 &&
	       root_partition.obj.refs == 1 &&
	       object_count(OBJ_DOORBELL) == 0 && object_count(OBJ_CSPACE) == 0;
}

TEST a_cap_finds_its_object_and_nothing_else_does(void)
{
	struct object *obj;
	struct object *got;
	uint64_t id = make(a, &obj);

	ASSERT_EQ(ERR_OK, cspace_get_any(a, id, 0, &got));
	ASSERT_EQ(obj, got);
	object_put(got);
	ASSERT_EQ(ERR_CAP_NULL, use(a, 0, 0));
	ASSERT_EQ(ERR_CAP_NULL, use(a, UINT64_MAX, 0));
	ASSERT_EQ(ERR_CAP_NULL, use(b, id, 0)); /* foreign */
	for (int bit = 0; bit < 64; bit++) {
		ASSERT_EQ(ERR_CAP_NULL, use(a, id ^ 1ull << bit, 0));
	}
	for (int i = 0; i < 100000; i++) {
		ASSERT_EQ(ERR_CAP_NULL, use(a, test_random(&random_state), 0));
	}
	ASSERT(drop_spaces());
	PASS();
}

TEST c61_a_cap_of_the_wrong_type_is_told_so(void)
{
	struct object *obj;
	uint64_t id = make(a, NULL);

	ASSERT_EQ(ERR_TYPE, cspace_get_any_state(a, id, OBJ_MSGQUEUE, 0, &obj));
	/* The type is looked at before the rights. */
	ASSERT_EQ(ERR_TYPE,
	          cspace_get_any_state(a, id, OBJ_MSGQUEUE, 0x4000, &obj));
	ASSERT_EQ(ERR_RIGHTS, use(a, id, 0x4000));
	ASSERT_EQ(ERR_STATE, cspace_get(a, id, OBJ_DOORBELL, 0, &obj));
	ASSERT_EQ(NULL, obj); /* nothing that could be given back twice */
	ASSERT(drop_spaces());
	PASS();
}

TEST c246_a_copy_has_no_right_its_parent_lacks(void)
{
	uint64_t id = make(a, NULL);
	uint64_t send;
	uint64_t none;
	uint64_t more;

	ASSERT_EQ(ERR_OK, cspace_copy(a, id, b, DOORBELL_MAY_SEND, &send));
	ASSERT_EQ(ERR_OK, use(b, send, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_RIGHTS, use(b, send, DOORBELL_MAY_RECEIVE));
	ASSERT_EQ(ERR_RIGHTS,
	          use(b, send, DOORBELL_MAY_SEND | DOORBELL_MAY_RECEIVE));
	ASSERT_EQ(ERR_OK, cspace_copy(b, send, a, UINT32_MAX, &more));
	ASSERT_EQ(ERR_RIGHTS, use(a, more, DOORBELL_MAY_RECEIVE));
	ASSERT_EQ(ERR_OK, cspace_copy(b, send, a, 0, &none));
	ASSERT_EQ(ERR_RIGHTS, use(a, none, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_OK, use(a, none, 0));
	ASSERT(drop_spaces());
	PASS();
}

TEST c60_a_deleted_cap_stays_dead_when_its_slot_lives_again(void)
{
	uint64_t stale[200];

	for (int i = 0; i < 200; i++) {
		stale[i] = make(a, NULL);
		ASSERT_EQ(ERR_OK, cspace_delete(a, stale[i]));
		object_reap();
		ASSERT_EQ(ERR_CAP_NULL, cspace_delete(a, stale[i]));
	}
	ASSERT_EQ(200, destroyed);
	ASSERT_EQ(200, orphaned);
	uint64_t live = make(a, NULL);

	for (int i = 0; i < 200; i++) {
		ASSERT_NEQ(live, stale[i]);
		ASSERT_EQ(ERR_CAP_NULL, use(a, stale[i], 0));
	}
	ASSERT(drop_spaces());
	PASS();
}

TEST revoking_a_master_kills_all_copies_and_only_them(void)
{
	uint64_t other = make(a, NULL);
	uint64_t id = make(a, NULL);
	uint64_t child;
	uint64_t grandchild;

	ASSERT_EQ(ERR_OK, cspace_copy(a, id, b, UINT32_MAX, &child));
	ASSERT_EQ(ERR_OK, cspace_copy(b, child, a, UINT32_MAX, &grandchild));
	ASSERT_EQ(ERR_RIGHTS, cspace_revoke_children(b, child));
	ASSERT_EQ(ERR_OK, cspace_revoke_children(a, id));
	ASSERT_EQ(ERR_CAP_REVOKED, use(b, child, 0));
	ASSERT_EQ(ERR_CAP_REVOKED, use(a, grandchild, 0));
	ASSERT_EQ(ERR_OK, use(a, id, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_OK, use(a, other, DOORBELL_MAY_SEND));
	ASSERT_EQ(ERR_CAP_REVOKED, cspace_revoke_children(b, child));
	uint64_t again;

	ASSERT_EQ(ERR_CAP_REVOKED, cspace_copy(b, child, a, 0, &again));
	ASSERT_EQ(ERR_OK, cspace_delete(b, child));
	ASSERT_EQ(ERR_CAP_NULL, use(b, child, 0));
	ASSERT_EQ(ERR_OK, cspace_delete(a, id));
	object_reap();
	ASSERT_EQ(1, destroyed); /* revoked copies hold nothing */
	ASSERT(drop_spaces());
	PASS();
}

TEST c68_a_space_takes_its_size_and_not_one_more(void)
{
	struct object *obj;
	uint64_t id[101];

	ASSERT_EQ(ERR_OK, object_create(OBJ_DOORBELL, &root_partition, &obj));
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(ERR_OK, cspace_add(b, obj, &id[i]));
		for (int k = 0; k < i; k++) {
			ASSERT_NEQ(id[k], id[i]);
		}
	}
	ASSERT_EQ(ERR_CSPACE_FULL, cspace_add(b, obj, &id[100]));
	ASSERT_EQ(ERR_OK, cspace_delete(b, id[50]));
	ASSERT_EQ(ERR_OK, cspace_add(b, obj, &id[50]));
	ASSERT_EQ(ERR_CSPACE_FULL, cspace_add(b, obj, &id[100]));
	object_put(obj);
	ASSERT(drop_spaces());
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
	ASSERT(drop_spaces());
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
		err = cspace_add(a, obj, &id);
		if (err == ERR_NOMEM) {
			ASSERT(i == 0 || i == 64); /* a page holds 64 */
			ASSERT_EQ(bytes, heap_bytes());
			ASSERT_EQ(used, root_partition.used);
			ASSERT_EQ(1 + (uint32_t)i, obj->refs);
			heap_fail_after(-1);
			err = cspace_add(a, obj, &id);
		}
		ASSERT_EQ(ERR_OK, err);
	}
	heap_fail_after(-1);
	object_put(obj);
	ASSERT(drop_spaces());
	PASS();
}

TEST a_space_that_holds_itself_can_still_be_given_up(void)
{
	uint64_t outside;
	uint64_t inside;

	/* a names b; b names itself: as a VM that may configure its space. */
	ASSERT_EQ(ERR_OK, cspace_add(a, &b->obj, &outside));
	ASSERT_EQ(ERR_OK, cspace_copy(a, outside, b, UINT32_MAX, &inside));
	make(b, NULL);
	object_put(&b->obj);
	ASSERT_EQ(ERR_OK, cspace_delete(a, outside));
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(1, destroyed);
	object_put(&a->obj);
	object_reap();
	ASSERT_EQ(0, heap_bytes());
	PASS();
}

/* a names b, b names c, c names b: a VM that made spaces of its own. */
TEST c225_spaces_that_hold_each_other_can_still_be_given_up(void)
{
	struct cspace *c = make_space(10);
	uint64_t outside;
	uint64_t id;

	ASSERT_EQ(ERR_OK, cspace_add(a, &b->obj, &outside));
	ASSERT_EQ(ERR_OK, cspace_add(b, &c->obj, &id));
	ASSERT_EQ(ERR_OK, cspace_add(c, &b->obj, &id));
	make(b, NULL);
	make(c, NULL);
	object_put(&b->obj);
	object_put(&c->obj);
	object_reap();
	ASSERT_EQ_FMT(3u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(ERR_OK, cspace_delete(a, outside));
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(2, destroyed);
	object_put(&a->obj);
	object_reap();
	ASSERT_EQ(0, heap_bytes());
	PASS();
}

/* Whoever is held by somebody else keeps all that it can reach. */
TEST a_circle_lives_while_one_of_it_is_held(void)
{
	struct cspace *c = make_space(10);
	uint64_t outside;
	uint64_t id;

	ASSERT_EQ(ERR_OK, cspace_add(a, &b->obj, &outside));
	ASSERT_EQ(ERR_OK, cspace_add(b, &c->obj, &id));
	ASSERT_EQ(ERR_OK, cspace_add(c, &b->obj, &id));
	object_put(&b->obj);
	ASSERT_EQ(ERR_OK, cspace_delete(a, outside)); /* c is the test's */
	object_reap();
	ASSERT_EQ_FMT(3u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(ERR_OK, cspace_copy(c, id, a, 0, &outside));
	object_put(&c->obj);
	object_reap();
	ASSERT_EQ_FMT(3u, object_count(OBJ_CSPACE), "%u");
	ASSERT_EQ(ERR_OK, cspace_delete(a, outside));
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	object_put(&a->obj);
	object_reap();
	ASSERT_EQ(0, heap_bytes());
	PASS();
}

/* How many pieces it takes until nothing is left. */
static unsigned reap_all(void)
{
	unsigned pieces = 1;

	while (object_reap_piece(0) != REAP_DONE) {
		pieces++;
	}
	return pieces;
}

#define CHAIN 600

static struct cspace *chain[CHAIN];

/* Each names the next one; they are held by nobody else but @head's caps. */
static void make_chain(struct cspace *head)
{
	uint64_t id;

	for (unsigned i = 0; i < CHAIN; i++) {
		chain[i] = make_space(10);
		if (cspace_add(i == 0 ? head : chain[i - 1], &chain[i]->obj,
		               &id) != ERR_OK) {
			abort();
		}
		object_put(&chain[i]->obj);
	}
}

/*
 * All of a long chain of spaces lose a capability at once: each search must
 * not go all the way to who holds the first one.
 */
TEST c71_a_chain_of_spaces_is_not_searched_again_and_again(void)
{
	struct cspace *all = make_space(CHAIN);
	uint64_t id;

	make_chain(a);
	for (unsigned i = 0; i < CHAIN; i++) {
		ASSERT_EQ(ERR_OK, cspace_add(all, &chain[i]->obj, &id));
	}
	object_put(&all->obj);
	unsigned pieces = reap_all();

	ASSERT_LTE(pieces, 40);
	ASSERT_EQ_FMT(2u + CHAIN, object_count(OBJ_CSPACE), "%u");
	ASSERT(drop_spaces());
	PASS();
}

/* A search through more than a piece of them, and what comes in between. */
TEST c71_a_search_is_made_in_pieces(void)
{
	uint64_t outside;
	uint64_t held;
	uint64_t back;
	unsigned pieces;

	for (int turn = 0; turn < 3; turn++) {
		ASSERT_EQ(ERR_OK, cspace_add(a, &b->obj, &outside));
		make_chain(b);
		ASSERT_EQ(ERR_OK, cspace_add(chain[CHAIN - 1], &b->obj, &back));
		object_put(&b->obj);
		object_reap();
		ASSERT_EQ(ERR_OK, cspace_delete(a, outside));
		ASSERT_EQ(REAP_MORE, object_reap_piece(0));
		if (turn == 1) {
			/* Somebody gets hold of one that was looked at. */
			ASSERT_EQ(ERR_OK,
			          cspace_add(a, &chain[CHAIN - 2]->obj, &held));
			object_reap();
			ASSERT_EQ_FMT(2u + CHAIN, object_count(OBJ_CSPACE),
			              "%u");
			ASSERT_EQ(ERR_OK, cspace_delete(a, held));
		} else if (turn == 2) {
			/* The circle is broken: they go one by one. */
			ASSERT_EQ(ERR_OK,
			          cspace_delete(chain[CHAIN - 1], back));
		}
		pieces = reap_all();
		ASSERT_LTE(2, pieces);
		ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
		b = make_space(100);
	}
	ASSERT(drop_spaces());
	PASS();
}

/* Where a search has stopped there is soon nothing any more. */
TEST c71_a_search_goes_on_where_capabilities_went(void)
{
	struct cspace *c = make_space(10);
	uint64_t outside;
	uint64_t back;
	uint64_t id[400];

	b->caps_max = 400;
	ASSERT_EQ(ERR_OK, cspace_add(a, &c->obj, &outside));
	for (int i = 0; i < 400; i++) {
		ASSERT_EQ(ERR_OK, cspace_add(b, &c->obj, &id[i]));
	}
	ASSERT_EQ(ERR_OK, cspace_add(c, &b->obj, &back));
	object_put(&b->obj);
	object_put(&c->obj);
	ASSERT_EQ(ERR_OK, cspace_delete(a, outside));
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	for (int i = 0; i < 384; i++) {
		ASSERT_EQ(ERR_OK, cspace_delete(b, id[i]));
	}
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	b = make_space(100);
	ASSERT(drop_spaces());
	PASS();
}

/* The end of a circle is put down to who has cut it off. */
TEST who_cuts_a_circle_off_waits_for_its_end(void)
{
	uint64_t outside;
	uint64_t back;

	ASSERT_EQ(ERR_OK, cspace_add(a, &b->obj, &outside));
	make_chain(b);
	ASSERT_EQ(ERR_OK, cspace_add(chain[CHAIN - 1], &b->obj, &back));
	object_put(&b->obj);
	object_blame(9);
	ASSERT_EQ(ERR_OK, cspace_delete(a, outside));
	object_blame(0);
	ASSERT(object_owes(9));
	ASSERT_EQ(REAP_DONE, object_reap_piece(8));
	ASSERT_EQ(REAP_MORE, object_reap_piece(9));
	while (object_reap_piece(9) != REAP_DONE) {
		ASSERT(object_owes(9));
	}
	ASSERT_FALSE(object_owes(9));
	ASSERT_FALSE(object_reap_is_due());
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	b = make_space(100);
	ASSERT(drop_spaces());
	PASS();
}

/*
 * Who names whom, at random, and pieces of searches in between: a ring of
 * spaces with many capabilities to their neighbours, few of them in the first.
 */
#define NODES      10
#define EDGES      1500
#define ROOT_EDGES 3

static struct cspace *nodes[NODES]; /* NULL: there is none */

static struct {
	int from, to;
	uint64_t id; /* 0: there is none */
} edges[EDGES];

/* What the first one reaches. */
static unsigned mark_reached(bool *is_reached)
{
	unsigned count = 1;
	unsigned before;

	for (int i = 0; i < NODES; i++) {
		is_reached[i] = i == 0;
	}
	do {
		before = count;
		for (int i = 0; i < EDGES; i++) {
			if (edges[i].id != 0 && is_reached[edges[i].from] &&
			    !is_reached[edges[i].to]) {
				is_reached[edges[i].to] = true;
				count++;
			}
		}
	} while (count != before);
	return count;
}

/* Who is out of reach does nothing, and what it had is gone. */
static void forget_unreached(void)
{
	bool is_reached[NODES];

	(void)mark_reached(is_reached);
	for (int i = 0; i < EDGES; i++) {
		edges[i].id = is_reached[edges[i].from] ? edges[i].id : 0;
	}
	for (int i = 0; i < NODES; i++) {
		nodes[i] = is_reached[i] ? nodes[i] : NULL;
	}
}

static bool play_edge(uint64_t r)
{
	int i = (int)((r >> 8) % EDGES);
	int from = (int)(1 + (r >> 24) % (NODES - 1));
	int to = (int)(1 + (from + (r >> 40) % 3) % (NODES - 1));

	if (i < ROOT_EDGES) {
		from = 0;
	}
	if (edges[i].id != 0) {
		if (cspace_delete(nodes[edges[i].from], edges[i].id) !=
		    ERR_OK) {
			return false;
		}
		edges[i].id = 0;
		forget_unreached();
		return true;
	}
	if (nodes[from] == NULL) {
		return true;
	}
	edges[i].from = from;
	edges[i].to = to;
	if (nodes[to] != NULL) {
		return cspace_add(nodes[from], &nodes[to]->obj, &edges[i].id) ==
		       ERR_OK;
	}
	nodes[to] = make_space(CSPACE_CAPS_MAX);
	if (cspace_add(nodes[from], &nodes[to]->obj, &edges[i].id) != ERR_OK) {
		return false;
	}
	object_put(&nodes[to]->obj);
	return true;
}

TEST c225_what_is_out_of_reach_ends_whatever_comes_in_between(void)
{
	bool is_reached[NODES];
	unsigned more = 0;

	object_put(&a->obj);
	a = make_space(CSPACE_CAPS_MAX);
	object_reap();
	memset(edges, 0, sizeof(edges));
	memset(nodes, 0, sizeof(nodes));
	nodes[0] = a;
	for (int i = 0; i < 60000; i++) {
		uint64_t r = test_random(&random_state);

		ASSERT(play_edge(r));
		if ((r & 7) == 0) {
			/* Few, and those that lead here. */
			ASSERT(play_edge(r >> 8 << 24 | (r & 3) << 8));
		}
		more += (r & 0x30) == 0 && object_reap_piece(0) == REAP_MORE;
		if (i % 500 == 0) {
			object_reap();
			ASSERT_EQ_FMT(mark_reached(is_reached) + 1,
			              object_count(OBJ_CSPACE), "%u");
		}
	}
	ASSERT_LTE(20, more);
	ASSERT(drop_spaces());
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
	enum err err =
		cspace_copy(space ? b : a, one->id, to ? b : a, mask, &id);

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
	if (cspace_revoke_children(space ? b : a, one->id) != want) {
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
	int before = destroyed;
	bool had = one->is_there && !one->is_revoked;
	enum err want = one->is_there ? ERR_OK : ERR_CAP_NULL;

	if (cspace_delete(space ? b : a, one->id) != want) {
		return false;
	}
	one->is_there = false;
	object_reap();
	bool dies = had && caps_of(one->object) == 0;

	if (dies) {
		objects[one->object] = NULL;
	}
	return destroyed - before == dies;
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
		                .rights = doorbell_ops.rights };
	one->id = make(space ? b : a, &objects[which]);
	return true;
}

static bool play_one(void)
{
	uint64_t r = test_random(&random_state);
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
		return use(space ? b : a, one->id, (uint32_t)(r >> 32) & 7) ==
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
	ASSERT(drop_spaces());
	PASS();
}

SUITE(cspace)
{
	SET_SETUP(set_up, NULL);
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
	RUN_TEST(c71_a_chain_of_spaces_is_not_searched_again_and_again);
	RUN_TEST(c71_a_search_is_made_in_pieces);
	RUN_TEST(who_cuts_a_circle_off_waits_for_its_end);
	RUN_TEST(c71_a_search_goes_on_where_capabilities_went);
	RUN_TEST(c225_what_is_out_of_reach_ends_whatever_comes_in_between);
	RUN_TEST(random_use_agrees_with_a_plain_model);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(cspace);
	GREATEST_MAIN_END();
}
