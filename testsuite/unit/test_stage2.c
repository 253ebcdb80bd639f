// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stage-2 tables against a model: one word for each page of 16 MiB beside a
 * boundary of 1 GiB, so that blocks of both sizes come and go.
 */
#include <stdlib.h>
#include <string.h>

#include "greatest.h"

#include "dice.h"
#include "heap.h"
#include "mem/stage2.h"

#define BASE  (3ull * BLOCK1_SIZE - 4 * BLOCK2_SIZE)
#define PAGES 4096u /* 16 MiB */
#define PA    0x80000000ull
#define RW    (S2_R | S2_W)

static struct stage2 s2;
static uint64_t heap_at_rest;

/* What each page should be; 0: not mapped. */
static struct {
	uint64_t pa;
	unsigned attr;
} model[PAGES];

static void set_up(void *arg)
{
	(void)arg;
	heap_fail_after(-1);
	heap_at_rest = heap_bytes();
	memset(model, 0, sizeof(model));
	stage2_probe();
	if (stage2_init(&s2, 1) != ERR_OK) {
		abort();
	}
}

static void tear_down(void *arg)
{
	(void)arg;
	heap_fail_after(-1);
	stage2_fini(&s2);
	if (heap_bytes() != heap_at_rest) {
		abort();
	}
}

static ipa_t page_ipa(unsigned page)
{
	return ipa(BASE + (uint64_t)page * PAGE_SIZE);
}

/* Table and model say the same about every page. */
static enum greatest_test_res agree(void)
{
	for (unsigned i = 0; i < PAGES; i++) {
		struct stage2_entry e;
		bool found = stage2_lookup(&s2, page_ipa(i), &e);

		ASSERT_EQ(model[i].attr != 0, found);
		if (found) {
			ASSERT_EQ_FMT(model[i].pa, e.pa.v, "%#lx");
			ASSERT_EQ_FMT(model[i].attr, e.attr, "%#x");
			ASSERT(e.size >= PAGE_SIZE);
		}
	}
	PASS();
}

static void model_map(unsigned page, unsigned count, uint64_t to, unsigned attr)
{
	for (unsigned i = 0; i < count; i++) {
		model[page + i].pa = to + (uint64_t)i * PAGE_SIZE;
		model[page + i].attr = attr;
	}
}

static bool any_mapped(unsigned page, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (model[page + i].attr != 0) {
			return true;
		}
	}
	return false;
}

static bool all_mapped(unsigned page, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (model[page + i].attr == 0) {
			return false;
		}
	}
	return true;
}

static enum err map_pages(unsigned page, unsigned count, uint64_t to,
                          unsigned attr)
{
	return stage2_map(&s2, page_ipa(page), pa(to),
	                  (uint64_t)count * PAGE_SIZE, attr);
}

TEST blocks_are_used_where_they_fit(void)
{
	struct stage2_entry e;

	ASSERT_EQ(ERR_OK, stage2_map(&s2, ipa(BLOCK1_SIZE), pa(PA),
	                             2ull * BLOCK1_SIZE, S2_RAM));
	ASSERT_EQ_FMT(2u, s2.table_pages, "%u"); /* the root alone */
	ASSERT(stage2_lookup(&s2, ipa(BLOCK1_SIZE), &e));
	ASSERT_EQ_FMT((uint64_t)BLOCK1_SIZE, e.size, "%#lx");
	PASS();
}

TEST a_hole_splits_and_merging_undoes_it(void)
{
	ipa_t hole = ipa(BLOCK1_SIZE + 5 * PAGE_SIZE);

	ASSERT_EQ(ERR_OK, stage2_map(&s2, ipa(BLOCK1_SIZE), pa(PA), BLOCK1_SIZE,
	                             S2_RAM));
	ASSERT_EQ(ERR_OK, stage2_protect(&s2, hole, PAGE_SIZE, S2_R));
	ASSERT_EQ_FMT(4u, s2.table_pages, "%u");
	stage2_merge(&s2, hole, PAGE_SIZE, ipa(0), ipa(1ull << 40));
	ASSERT_EQ_FMT(4u, s2.table_pages, "%u"); /* not alike */
	ASSERT_EQ(ERR_OK,
	          stage2_protect(&s2, hole, PAGE_SIZE, S2_R | S2_W | S2_X));
	stage2_merge(&s2, hole, PAGE_SIZE, hole, ipa(1ull << 40));
	ASSERT_EQ_FMT(4u, s2.table_pages, "%u"); /* beyond the bound */
	stage2_merge(&s2, hole, PAGE_SIZE, ipa(BLOCK1_SIZE),
	             ipa(2ull * BLOCK1_SIZE));
	ASSERT_EQ_FMT(2u, s2.table_pages, "%u");
	PASS();
}

TEST what_is_bad_changes_nothing(void)
{
	ASSERT_EQ(ERR_INVAL, map_pages(0, 0, PA, S2_RAM));
	ASSERT_EQ(ERR_ALIGN,
	          stage2_map(&s2, ipa(BASE + 1), pa(PA), PAGE_SIZE, S2_RAM));
	ASSERT_EQ(ERR_ALIGN,
	          stage2_map(&s2, ipa(BASE), pa(PA + 1), PAGE_SIZE, S2_RAM));
	ASSERT_EQ(ERR_ADDR, stage2_map(&s2, ipa(1ull << s2.ipa_bits), pa(PA),
	                               PAGE_SIZE, S2_RAM));
	ASSERT_EQ(ERR_ADDR, stage2_map(&s2, ipa(-(uint64_t)PAGE_SIZE), pa(PA),
	                               2 * PAGE_SIZE, S2_RAM));
	ASSERT_EQ(ERR_INVAL, map_pages(0, 1, PA, S2_R | S2_XP | S2_DEVICE));
	ASSERT_EQ(ERR_INVAL, map_pages(0, 1, PA, 0x80000000u));
	ASSERT_EQ(ERR_ADDR, stage2_protect(&s2, page_ipa(0), PAGE_SIZE, RW));
	CHECK_CALL(agree());
	ASSERT_EQ_FMT(2u, s2.table_pages, "%u");
	PASS();
}

TEST every_attribute_comes_back(void)
{
	static const unsigned mems[] = { 0, 1, 2, 3, 5, 0xf };

	for (unsigned m = 0; m < sizeof(mems) / sizeof(mems[0]); m++) {
		for (unsigned perm = 1; perm <= S2_PERM; perm++) {
			unsigned attr = perm | S2_MEM(mems[m]);
			struct stage2_entry e;

			if (mems[m] < 4 && (perm & S2_X) != 0) {
				continue;
			}
			ASSERT_EQ(ERR_OK, map_pages(0, 1, PA, attr));
			ASSERT(stage2_lookup(&s2, page_ipa(0), &e));
			ASSERT_EQ_FMT(attr, e.attr, "%#x");
			ASSERT_EQ(ERR_OK,
			          stage2_unmap(&s2, page_ipa(0), PAGE_SIZE));
		}
	}
	PASS();
}

/* One random change to table and model. */
static enum greatest_test_res step(struct dice *dice)
{
	unsigned page = dice_roll(dice, PAGES);
	unsigned count = 1 + dice_roll(dice, PAGES - page);
	uint64_t to = PA + (uint64_t)page * PAGE_SIZE;
	uint64_t len;
	enum err err;

	if (dice_roll(dice, 2) == 0) { /* sizes of blocks, often */
		page &= ~511u;
		count = (count + 511) & ~511u;
		to = PA + (uint64_t)page * PAGE_SIZE;
	}
	len = (uint64_t)count * PAGE_SIZE;
	switch (dice_roll(dice, 4)) {
	case 0:
		err = map_pages(page, count, to, S2_RAM);
		ASSERT(err == ERR_OK || err == ERR_NOMEM ||
		       (err == ERR_EXISTS && any_mapped(page, count)));
		if (err == ERR_OK) {
			ASSERT(!any_mapped(page, count));
			model_map(page, count, to, S2_RAM);
		}
		break;
	case 1:
		err = stage2_unmap(&s2, page_ipa(page), len);
		ASSERT(err == ERR_OK || err == ERR_NOMEM);
		if (err == ERR_OK) {
			model_map(page, count, 0, 0);
		}
		break;
	case 2:
		err = stage2_protect(&s2, page_ipa(page), len, RW);
		ASSERT(err == ERR_OK || err == ERR_NOMEM ||
		       (err == ERR_ADDR && !all_mapped(page, count)));
		for (unsigned i = 0; err == ERR_OK && i < count; i++) {
			model[page + i].attr = RW | S2_NORMAL;
		}
		break;
	default:
		stage2_merge(&s2, page_ipa(page), len, ipa(0), ipa(1ull << 40));
		break;
	}
	PASS();
}

static enum greatest_test_res random_walk(uint32_t seed, bool starve)
{
	struct dice dice = dice_new();

	dice.state += seed;
	for (unsigned i = 0; i < 400; i++) {
		heap_fail_after(starve ? (int)dice_roll(&dice, 4) : -1);
		CHECK_CALL(step(&dice));
		heap_fail_after(-1);
		if (i % 8 == 0) {
			CHECK_CALL(agree());
		}
	}
	CHECK_CALL(agree());
	ASSERT_EQ(ERR_OK,
	          stage2_unmap(&s2, page_ipa(0), (uint64_t)PAGES * PAGE_SIZE));
	memset(model, 0, sizeof(model));
	CHECK_CALL(agree());
	ASSERT_EQ_FMT(2u, s2.table_pages, "%u"); /* nothing is left over */
	PASS();
}

TEST random_changes_do_what_the_model_does(void)
{
	CHECK_CALL(random_walk(1, false));
	CHECK_CALL(random_walk(2, false));
	PASS();
}

TEST without_memory_nothing_changes_half(void)
{
	CHECK_CALL(random_walk(3, true));
	CHECK_CALL(random_walk(4, true));
	PASS();
}

SUITE(stage2)
{
	SET_SETUP(set_up, NULL);
	SET_TEARDOWN(tear_down, NULL);
	RUN_TEST(blocks_are_used_where_they_fit);
	RUN_TEST(a_hole_splits_and_merging_undoes_it);
	RUN_TEST(what_is_bad_changes_nothing);
	RUN_TEST(every_attribute_comes_back);
	RUN_TEST(random_changes_do_what_the_model_does);
	RUN_TEST(without_memory_nothing_changes_half);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(stage2);
	GREATEST_MAIN_END();
}
