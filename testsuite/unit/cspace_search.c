/* SPDX-License-Identifier: BSD-2-Clause */
/* obj/cspace_reach: who is reached by nobody, found in pieces. */
#include "greatest.h"

#include "cspace_rig.h"
#include "heap.h"

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
		chain[i] = rig_make_space(10);
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
	struct cspace *all = rig_make_space(CHAIN);
	uint64_t id;

	make_chain(rig.a);
	for (unsigned i = 0; i < CHAIN; i++) {
		ASSERT_EQ(ERR_OK, cspace_add(all, &chain[i]->obj, &id));
	}
	object_put(&all->obj);
	unsigned pieces = reap_all();

	ASSERT_LTE(pieces, 40);
	ASSERT_EQ_FMT(2u + CHAIN, object_count(OBJ_CSPACE), "%u");
	ASSERT(rig_drop_spaces());
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
		ASSERT_EQ(ERR_OK, cspace_add(rig.a, &rig.b->obj, &outside));
		make_chain(rig.b);
		ASSERT_EQ(ERR_OK,
		          cspace_add(chain[CHAIN - 1], &rig.b->obj, &back));
		object_put(&rig.b->obj);
		object_reap();
		ASSERT_EQ(ERR_OK, cspace_delete(rig.a, outside));
		ASSERT_EQ(REAP_MORE, object_reap_piece(0));
		if (turn == 1) {
			/* Somebody gets hold of one that was looked at. */
			ASSERT_EQ(ERR_OK,
			          cspace_add(rig.a, &chain[CHAIN - 2]->obj,
			                     &held));
			object_reap();
			ASSERT_EQ_FMT(2u + CHAIN, object_count(OBJ_CSPACE),
			              "%u");
			ASSERT_EQ(ERR_OK, cspace_delete(rig.a, held));
		} else if (turn == 2) {
			/* The circle is broken: they go one by one. */
			ASSERT_EQ(ERR_OK,
			          cspace_delete(chain[CHAIN - 1], back));
		}
		pieces = reap_all();
		ASSERT_LTE(2, pieces);
		ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
		rig.b = rig_make_space(100);
	}
	ASSERT(rig_drop_spaces());
	PASS();
}

/* Where a search has stopped there is soon nothing any more. */
TEST c71_a_search_goes_on_where_capabilities_went(void)
{
	struct cspace *c = rig_make_space(10);
	uint64_t outside;
	uint64_t back;
	uint64_t id[400];

	rig.b->caps_max = 400;
	ASSERT_EQ(ERR_OK, cspace_add(rig.a, &c->obj, &outside));
	for (int i = 0; i < 400; i++) {
		ASSERT_EQ(ERR_OK, cspace_add(rig.b, &c->obj, &id[i]));
	}
	ASSERT_EQ(ERR_OK, cspace_add(c, &rig.b->obj, &back));
	object_put(&rig.b->obj);
	object_put(&c->obj);
	ASSERT_EQ(ERR_OK, cspace_delete(rig.a, outside));
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	for (int i = 0; i < 384; i++) {
		ASSERT_EQ(ERR_OK, cspace_delete(rig.b, id[i]));
	}
	object_reap();
	ASSERT_EQ_FMT(1u, object_count(OBJ_CSPACE), "%u");
	rig.b = rig_make_space(100);
	ASSERT(rig_drop_spaces());
	PASS();
}

/* The end of a circle is put down to who has cut it off. */
TEST who_cuts_a_circle_off_waits_for_its_end(void)
{
	uint64_t outside;
	uint64_t back;

	ASSERT_EQ(ERR_OK, cspace_add(rig.a, &rig.b->obj, &outside));
	make_chain(rig.b);
	ASSERT_EQ(ERR_OK, cspace_add(chain[CHAIN - 1], &rig.b->obj, &back));
	object_put(&rig.b->obj);
	object_blame(9);
	ASSERT_EQ(ERR_OK, cspace_delete(rig.a, outside));
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
	rig.b = rig_make_space(100);
	ASSERT(rig_drop_spaces());
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
	nodes[to] = rig_make_space(CSPACE_CAPS_MAX);
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

	object_put(&rig.a->obj);
	rig.a = rig_make_space(CSPACE_CAPS_MAX);
	object_reap();
	memset(edges, 0, sizeof(edges));
	memset(nodes, 0, sizeof(nodes));
	nodes[0] = rig.a;
	for (int i = 0; i < 60000; i++) {
		uint64_t r = test_random(&rig.random_state);

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
	ASSERT(rig_drop_spaces());
	PASS();
}

SUITE(cspace_search)
{
	SET_SETUP(rig_set_up, NULL);
	RUN_TEST(c71_a_chain_of_spaces_is_not_searched_again_and_again);
	RUN_TEST(c71_a_search_is_made_in_pieces);
	RUN_TEST(c71_a_search_goes_on_where_capabilities_went);
	RUN_TEST(who_cuts_a_circle_off_waits_for_its_end);
	RUN_TEST(c225_what_is_out_of_reach_ends_whatever_comes_in_between);
}
