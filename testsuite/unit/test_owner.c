/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem/owner: the life of a page, step by step and in the table.
 *
 * The first suite asks for every state, event and circumstance, and compares
 * with the rules written out a second time, as sentences instead of a table.
 * The second plays random ranges against a plain array of pages.
 */
#include "greatest.h"

#include "arch/cache.h"
#include "heap.h"
#include "mem/owner.h"
#include "mem/page.h"

#define RAM_BASE  0x40100000ull /* not on a 2 MiB boundary */
#define RAM_PAGES 3000u

/* Nothing here is raw: owner_vouch. */
void cache_scrub(void *at, size_t len)
{
	(void)at;
	(void)len;
	abort();
}

static const char *const state_names[] = { "NONE",       "HYP",    "FREE",
	                                   "OWNED",      "SHARED", "LENT",
	                                   "LENT_SHARED" };

static bool is_mappable(enum owner_state s)
{
	return s == OWNER_OWNED || s == OWNER_SHARED || s == OWNER_LENT ||
	       s == OWNER_LENT_SHARED;
}

/* The rules of the header, as sentences. */
static enum err expected(struct owner_page *p, enum owner_event event,
                         uint16_t to)
{
	bool owned = p->state == OWNER_OWNED;
	bool lent = p->state == OWNER_LENT;
	bool base_owned = owned || p->state == OWNER_SHARED;

	switch (event) {
	case OWNER_CLAIM:
		if (p->state != OWNER_FREE) {
			return ERR_DENIED;
		}
		p->state = OWNER_OWNED;
		p->holder = to;
		p->is_dirty = true;
		return ERR_OK;
	case OWNER_RELEASE:
		if (!owned || p->maps != 0 || p->is_dirty) {
			return ERR_DENIED;
		}
		p->state = OWNER_FREE;
		p->holder = OWNER_NOBODY;
		return ERR_OK;
	case OWNER_LEND:
		if (!(owned || lent) || p->maps != 0) {
			return ERR_DENIED;
		}
		p->state = OWNER_LENT;
		p->holder = to;
		p->is_dirty = true;
		return ERR_OK;
	case OWNER_RETURN:
	case OWNER_RETURN2:
		if (!lent || p->maps != 0 || p->is_dirty) {
			return ERR_DENIED;
		}
		p->state = event == OWNER_RETURN ? OWNER_OWNED : OWNER_LENT;
		p->holder = to;
		p->is_dirty = true;
		return ERR_OK;
	case OWNER_PASS:
		if (!(owned || lent) || p->maps != 0 || p->is_dirty) {
			return ERR_DENIED;
		}
		p->holder = to;
		p->is_dirty = true;
		return ERR_OK;
	case OWNER_SCRUB:
		if (!(owned || lent) || p->maps != 0) {
			return ERR_DENIED;
		}
		p->is_dirty = false;
		return ERR_OK;
	case OWNER_MAP:
		if (!is_mappable(p->state)) {
			return ERR_DENIED;
		}
		if (p->maps >= OWNER_MAPS_MAX) {
			return ERR_MAPPINGS_FULL;
		}
		p->maps++;
		p->is_dirty = true;
		break;
	case OWNER_UNMAP:
		if (!is_mappable(p->state) || p->maps == 0) {
			return ERR_DENIED;
		}
		p->maps--;
		break;
	case OWNER_EVENT_COUNT:
		return ERR_FAILURE;
	}
	if (base_owned) {
		p->state = p->maps < 2 ? OWNER_OWNED : OWNER_SHARED;
	} else {
		p->state = p->maps < 2 ? OWNER_LENT : OWNER_LENT_SHARED;
	}
	return ERR_OK;
}

/* Circumstances that can exist: a shared state means two mappings or more. */
static bool can_exist(const struct owner_page *p)
{
	bool is_shared =
		p->state == OWNER_SHARED || p->state == OWNER_LENT_SHARED;

	if (!is_mappable(p->state)) {
		return p->maps == 0;
	}
	return is_shared == (p->maps >= 2) && (p->maps == 0 || p->is_dirty);
}

static bool same(struct owner_page a, struct owner_page b)
{
	return a.state == b.state && a.maps == b.maps &&
	       a.is_dirty == b.is_dirty && a.holder == b.holder;
}

TEST c224_every_event_in_every_state_of_a_page(int state)
{
	unsigned tried = 0;

	for (unsigned n = 0; n < 16u * OWNER_EVENT_COUNT; n++) {
		enum owner_event event = (enum owner_event)(n / 16);
		struct owner_page page = {
			.state = (enum owner_state)state,
			.maps = n % 8,
			.is_dirty = n % 16 >= 8,
			.holder = is_mappable((enum owner_state)state) ? 5 : 0,
		};
		struct owner_page want = page;

		if (!can_exist(&page)) {
			continue;
		}
		enum err err = expected(&want, event, 9);

		ASSERT_EQ_FMT((int)err, (int)owner_step(&page, event, 9), "%d");
		ASSERTm(state_names[state], same(page, want));
		tried++;
	}
	ASSERT_GTE(tried, (unsigned)OWNER_EVENT_COUNT);
	PASS();
}

SUITE(owner_steps)
{
	for (int state = 0; state < OWNER_STATE_COUNT; state++) {
		RUN_TESTp(c224_every_event_in_every_state_of_a_page, state);
	}
}

/* The plain array that the table is compared with. */
static struct owner_page model[RAM_PAGES];
static uint64_t heap_at_rest;

static void init_once(void)
{
	static const struct owner_range ram = {
		.base = RAM_BASE,
		.size = RAM_PAGES * PAGE_SIZE,
	};
	static bool is_done;

	if (is_done) {
		return;
	}
	is_done = true;
	if (owner_init(&ram, 1) != ERR_OK ||
	    owner_vouch(pa(ram.base), ram.size) != ERR_OK) {
		abort();
	}
	for (unsigned i = 0; i < RAM_PAGES; i++) {
		model[i] = (struct owner_page){ .state = OWNER_FREE,
			                        .is_dirty = true };
	}
	heap_at_rest = heap_bytes();
}

static pa_t page_at(unsigned i)
{
	return pa(RAM_BASE + (uint64_t)i * PAGE_SIZE);
}

/* What the array says to the same request. */
static enum err model_check(unsigned at, unsigned count, enum owner_event event,
                            uint16_t from)
{
	for (unsigned i = at; i < at + count; i++) {
		struct owner_page page = model[i];

		if (page.holder != from || page.state == OWNER_HYP) {
			return ERR_NOT_OWNER;
		}
		enum err err = expected(&page, event, from);

		if (err != ERR_OK) {
			return err;
		}
	}
	return ERR_OK;
}

static void model_apply(unsigned at, unsigned count, enum owner_event event,
                        uint16_t to)
{
	for (unsigned i = at; i < at + count; i++) {
		if (expected(&model[i], event, to) != ERR_OK) {
			abort();
		}
	}
}

/* What is said to be alike from page @i on is, and ends where it shall. */
static bool runs_are_alike(unsigned i, unsigned max)
{
	uint64_t len;

	(void)owner_look(page_at(i), (uint64_t)max * PAGE_SIZE, &len);
	if (len == 0 || len % PAGE_SIZE != 0 ||
	    len > (uint64_t)max * PAGE_SIZE) {
		return false;
	}
	for (unsigned k = 1; k < len / PAGE_SIZE; k++) {
		if (!same(model[i], model[i + k])) {
			return false;
		}
	}
	return true;
}

static bool table_equals_model(void)
{
	uint64_t counts[OWNER_STATE_COUNT] = { 0 };
	uint64_t run;

	for (unsigned i = 0; i < RAM_PAGES; i++) {
		if (!same(owner_look(page_at(i), PAGE_SIZE, &run), model[i]) ||
		    !runs_are_alike(i, RAM_PAGES - i) ||
		    !runs_are_alike(i, 1 + (RAM_PAGES - i) / 2)) {
			return false;
		}
		counts[model[i].state]++;
	}
	for (int s = OWNER_HYP; s < OWNER_STATE_COUNT; s++) {
		if (owner_count((enum owner_state)s) != counts[s]) {
			return false;
		}
	}
	return true;
}

static bool play_one(uint64_t *random)
{
	uint64_t r = test_random(random);
	bool is_wide = (r & 1) != 0;
	unsigned at = (unsigned)(r >> 8) % RAM_PAGES;
	unsigned count = 1 + (unsigned)(r >> 24) % (is_wide ? 1300 : 9);
	enum owner_event event =
		(enum owner_event)((r >> 40) % OWNER_EVENT_COUNT);
	uint16_t from = model[at].holder;
	uint16_t to = (uint16_t)(1 + (r >> 50) % 4);

	if (event == OWNER_MAP || event == OWNER_UNMAP ||
	    event == OWNER_SCRUB) {
		to = from;
	}
	if (count > RAM_PAGES - at) {
		count = RAM_PAGES - at;
	}
	while (count > 1 && model[at + count - 1].holder != from) {
		count -= count / 2; /* most ranges shall be of one holder */
	}
	heap_fail_after((r >> 60) == 0 ? (int)(r >> 56) % 2 : -1);
	enum err want = model_check(at, count, event, from);
	enum err got = owner_check(page_at(at), (uint64_t)count * PAGE_SIZE,
	                           event, from);

	if (got == ERR_NOMEM && want == ERR_OK) {
		return heap_has_failed() != 0;
	}
	if (got != want) {
		return false;
	}
	if (got != ERR_OK) {
		return true;
	}
	heap_fail_after(0); /* no apply may allocate */
	owner_apply(page_at(at), (uint64_t)count * PAGE_SIZE, event, from, to);
	owner_settle(page_at(at), (uint64_t)count * PAGE_SIZE);
	model_apply(at, count, event, to);
	return heap_has_failed() == 0;
}

TEST the_table_does_what_a_plain_array_does(void)
{
	uint64_t random = test_seed();

	init_once();
	for (int i = 0; i < 60000; i++) {
		ASSERTm("table and array agree on the answer",
		        play_one(&random));
		if (i % 500 == 0) {
			ASSERTm("and on every page", table_equals_model());
		}
	}
	heap_fail_after(-1);
	ASSERT(table_equals_model());
	PASS();
}

/* Let go of everything, as the destruction of extents would. */
TEST pages_all_alike_need_no_leaf(void)
{
	init_once();
	heap_fail_after(-1);
	for (unsigned i = 0; i < RAM_PAGES; i++) {
		static const enum owner_event home[] = { OWNER_RETURN,
			                                 OWNER_RELEASE };
		uint64_t len = PAGE_SIZE;

		while (model[i].maps != 0) {
			ASSERT_EQ(ERR_OK,
			          owner_check(page_at(i), len, OWNER_UNMAP,
			                      model[i].holder));
			owner_apply(page_at(i), len, OWNER_UNMAP,
			            model[i].holder, 0);
			model_apply(i, 1, OWNER_UNMAP, 0);
		}
		if (model[i].state == OWNER_FREE) {
			if (!model[i].is_dirty) {
				continue;
			}
			ASSERT_EQ(ERR_OK,
			          owner_check(page_at(i), len, OWNER_CLAIM, 0));
			owner_apply(page_at(i), len, OWNER_CLAIM, 0, 1);
			model_apply(i, 1, OWNER_CLAIM, 1);
		}
		for (int k = 0; k < 2; k++) {
			uint16_t from = model[i].holder;

			if (model[i].state == OWNER_FREE) {
				break;
			}
			ASSERT_EQ(ERR_OK, owner_check(page_at(i), len,
			                              OWNER_SCRUB, from));
			owner_apply(page_at(i), len, OWNER_SCRUB, from, 0);
			model_apply(i, 1, OWNER_SCRUB, 0);
			if (owner_check(page_at(i), len, home[k], from) !=
			    ERR_OK) {
				continue;
			}
			owner_apply(page_at(i), len, home[k], from, 1);
			model_apply(i, 1, home[k], 1);
		}
	}
	owner_settle(page_at(0), (uint64_t)RAM_PAGES * PAGE_SIZE);
	ASSERT(table_equals_model());
	ASSERT_EQ_FMT((uint64_t)RAM_PAGES, owner_count(OWNER_FREE), "%zu");
	/* The first and last block are partly no RAM: their leaves stay. */
	ASSERT_EQ_FMT((size_t)heap_at_rest, (size_t)heap_bytes(), "%zu");
	PASS();
}

TEST ranges_beyond_ram_belong_to_nobody(void)
{
	uint64_t len;

	init_once();
	ASSERT_EQ(ERR_NOT_OWNER, owner_check(pa(RAM_BASE - PAGE_SIZE),
	                                     2 * PAGE_SIZE, OWNER_CLAIM, 0));
	ASSERT_EQ(ERR_NOT_OWNER, owner_check(page_at(RAM_PAGES - 1),
	                                     2 * PAGE_SIZE, OWNER_CLAIM, 0));
	ASSERT_EQ(ERR_NOT_OWNER, owner_check(pa(0), PAGE_SIZE, OWNER_CLAIM, 0));
	ASSERT_EQ(ERR_NOT_OWNER,
	          owner_check(pa(UINT64_MAX - 0xfff), 0x2000, OWNER_CLAIM, 0));
	/* However little is asked: it is passed in one step, not in many. */
	ASSERT_EQ(OWNER_NONE, owner_look(pa(0), PAGE_SIZE, &len).state);
	ASSERT_EQ_FMT((size_t)(RAM_BASE & ~(BLOCK2_SIZE - 1)), (size_t)len,
	              "%zx");
	ASSERT_EQ(OWNER_NONE,
	          owner_look(pa(1ull << 40), PAGE_SIZE, &len).state);
	ASSERT(len >= 1ull << 48);
	PASS();
}

TEST what_el2_takes_is_nobody_elses(void)
{
	init_once();
	ASSERT_EQ(ERR_OK, owner_take_for_hyp(page_at(100), 700 * PAGE_SIZE));
	for (unsigned i = 100; i < 800; i++) {
		model[i] = (struct owner_page){ .state = OWNER_HYP };
	}
	for (int event = 0; event < OWNER_EVENT_COUNT; event++) {
		ASSERT_EQ(ERR_NOT_OWNER,
		          owner_check(page_at(799), PAGE_SIZE,
		                      (enum owner_event)event, 0));
	}
	ASSERT(table_equals_model());
	PASS();
}

SUITE(owner_table)
{
	RUN_TEST(the_table_does_what_a_plain_array_does);
	RUN_TEST(pages_all_alike_need_no_leaf);
	RUN_TEST(ranges_beyond_ram_belong_to_nobody);
	RUN_TEST(what_el2_takes_is_nobody_elses);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(owner_steps);
	RUN_SUITE(owner_table);
	GREATEST_MAIN_END();
}
