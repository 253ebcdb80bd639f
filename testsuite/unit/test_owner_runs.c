/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem/owner_table: runs of blocks, over more of them than one word of bits has.
 *
 * Ranges of blocks and of pages are set at random and compared with a plain
 * array of words, one for each page, in two tables and the hole between them.
 */
#include "greatest.h"

#include "heap.h"
#include "mem/owner_table.h"
#include "mem/page.h"

#define PAGES_PER_BLOCK (BLOCK2_SIZE / PAGE_SIZE)
#define BLOCKS          200u /* of each table: four words of bits */
#define PAGES           (BLOCKS * PAGES_PER_BLOCK)
#define HOLE            (3ull * BLOCK2_SIZE)
#define LOW_BASE        0x40000000ull
#define HIGH_BASE       (LOW_BASE + BLOCKS * BLOCK2_SIZE + HOLE)

static const uint64_t bases[] = { LOW_BASE, HIGH_BASE };
static uint32_t model[2][PAGES];
static size_t heap_at_rest;

static void begin(void)
{
	if (heap_at_rest == 0) {
		for (unsigned t = 0; t < 2; t++) {
			if (owner_table_add(bases[t], BLOCKS * BLOCK2_SIZE) !=
			    ERR_OK) {
				abort();
			}
		}
		heap_at_rest = heap_bytes();
	}
}

/* Give pages [first, first + count) of table @t the word, here and there. */
static bool put(unsigned t, unsigned first, unsigned count, uint32_t word,
                bool is_part)
{
	uint64_t at = bases[t] + (uint64_t)first * PAGE_SIZE;
	uint64_t len = (uint64_t)count * PAGE_SIZE;
	struct owner_span span;

	if ((at % BLOCK2_SIZE != 0 || len < BLOCK2_SIZE) &&
	    owner_table_part(at) != ERR_OK) {
		return false;
	}
	if ((at + len) % BLOCK2_SIZE != 0 &&
	    owner_table_part(at + len - PAGE_SIZE) != ERR_OK) {
		return false;
	}
	for (uint64_t off = 0; off < len; off += span.len) {
		span = owner_table_look(at + off, len - off);
		owner_table_set(&span, word, is_part);
	}
	for (unsigned i = first; i < first + count; i++) {
		model[t][i] = word;
	}
	return true;
}

/* All pages, span by span; @most  no span is longer, or there are more spans. */
static bool is_as_the_model(uint64_t most)
{
	for (unsigned t = 0; t < 2; t++) {
		struct owner_span span;

		for (uint64_t i = 0; i < PAGES; i += span.len / PAGE_SIZE) {
			uint64_t max = (PAGES - i) * PAGE_SIZE;

			max = max < most ? max : most;
			span = owner_table_look(bases[t] + i * PAGE_SIZE, max);
			if (span.len == 0 || span.len > max) {
				return false;
			}
			for (uint64_t k = 0; k < span.len / PAGE_SIZE; k++) {
				if (model[t][i + k] != span.word) {
					return false;
				}
			}
		}
	}
	return true;
}

static unsigned spans_of(unsigned t)
{
	struct owner_span span;
	unsigned n = 0;

	for (uint64_t off = 0; off < BLOCKS * BLOCK2_SIZE; off += span.len) {
		span = owner_table_look(bases[t] + off,
		                        BLOCKS * BLOCK2_SIZE - off);
		n++;
	}
	return n;
}

/* How many spans there must be when nothing is told apart without need. */
static unsigned changes_of(unsigned t)
{
	unsigned n = 1;

	for (unsigned i = 1; i < PAGES; i++) {
		n += model[t][i] != model[t][i - 1];
	}
	return n;
}

TEST blocks_do_what_a_plain_array_does(void)
{
	uint64_t random = test_seed();

	begin();
	for (int i = 0; i < 20000; i++) {
		uint64_t r = test_random(&random);
		unsigned t = (r & 1) != 0;
		unsigned first = (unsigned)(r >> 8) % BLOCKS;
		unsigned count = 1 + (unsigned)(r >> 20) % (BLOCKS - first);

		ASSERT(put(t, first * PAGES_PER_BLOCK, count * PAGES_PER_BLOCK,
		           (uint32_t)(r >> 40) % 3, false));
		if (i % 200 == 0) {
			ASSERT(is_as_the_model(UINT64_MAX));
			/* Equal neighbours are one run, always. */
			ASSERT_EQ_FMT(changes_of(t), spans_of(t), "%u");
		}
	}
	ASSERT(is_as_the_model(UINT64_MAX));
	ASSERT(is_as_the_model(70 * BLOCK2_SIZE + PAGE_SIZE));
	ASSERT_EQ_FMT(heap_at_rest, (size_t)heap_bytes(), "%zu");
	PASS();
}

TEST pages_do_so_between_them(void)
{
	uint64_t random = test_seed();

	begin();
	for (int i = 0; i < 20000; i++) {
		uint64_t r = test_random(&random);
		unsigned t = (r & 1) != 0;
		bool is_wide = (r & 6) == 0;
		unsigned first = (unsigned)(r >> 8) % PAGES;
		unsigned count =
			1 + (unsigned)(r >> 32) % (is_wide ? PAGES : 700);
		uint64_t at = bases[t] + (uint64_t)first * PAGE_SIZE;

		count = count < PAGES - first ? count : PAGES - first;
		ASSERT(put(t, first, count, (uint32_t)(r >> 56) % 3, false));
		owner_table_fold(at, (uint64_t)count * PAGE_SIZE);
		if (i % 200 == 0) {
			ASSERT(is_as_the_model(UINT64_MAX));
		}
	}
	ASSERT(is_as_the_model(UINT64_MAX));
	for (unsigned t = 0; t < 2; t++) {
		ASSERT(put(t, 0, PAGES, 7, false));
	}
	/* Over both tables and what is no RAM before, between and behind. */
	owner_table_fold(0, HIGH_BASE + BLOCKS * BLOCK2_SIZE + HOLE);
	ASSERT_EQ_FMT(heap_at_rest, (size_t)heap_bytes(), "%zu");
	ASSERT_EQ_FMT(1u, spans_of(0), "%u");
	ASSERT_EQ_FMT(1u, spans_of(1), "%u");
	PASS();
}

/* A leaf whose parts are mapped apart is kept, though its pages are alike. */
TEST a_block_mapped_in_parts_keeps_its_leaf(void)
{
	const uint32_t mapped = 0x11, unmapped = 0x1;

	begin();
	ASSERT(put(0, 0, PAGES, unmapped, false));
	for (unsigned half = 0; half < 2; half++) {
		ASSERT(put(0, half * PAGES_PER_BLOCK / 2, PAGES_PER_BLOCK / 2,
		           mapped, true));
	}
	owner_table_fold(LOW_BASE, BLOCK2_SIZE);
	ASSERT_EQ_FMT(heap_at_rest + PAGE_SIZE, (size_t)heap_bytes(), "%zu");
	ASSERT(put(0, 0, PAGES_PER_BLOCK, unmapped, false));
	owner_table_fold(LOW_BASE, BLOCK2_SIZE);
	ASSERT_EQ_FMT(heap_at_rest, (size_t)heap_bytes(), "%zu");
	ASSERT_EQ_FMT(1u, spans_of(0), "%u");
	PASS();
}

TEST without_memory_nothing_changes(void)
{
	begin();
	ASSERT(put(0, 0, PAGES, 1, false));
	heap_fail_after(0);
	ASSERT_EQ(ERR_NOMEM, owner_table_part(LOW_BASE + 7 * BLOCK2_SIZE));
	ASSERT_EQ(ERR_OK, owner_table_part(0)); /* not RAM */
	heap_fail_after(-1);
	ASSERT_EQ_FMT(1u, spans_of(0), "%u");
	ASSERT_EQ_FMT(heap_at_rest, (size_t)heap_bytes(), "%zu");
	PASS();
}

TEST what_is_no_ram_is_passed_at_once(void)
{
	struct owner_span span;

	begin();
	span = owner_table_look(HIGH_BASE - HOLE, PAGE_SIZE);
	ASSERT_EQ(NULL, span.table);
	ASSERT_EQ_FMT((size_t)HOLE, (size_t)span.len, "%zu");
	span = owner_table_look(HIGH_BASE - PAGE_SIZE, PAGE_SIZE);
	ASSERT_EQ_FMT((size_t)PAGE_SIZE, (size_t)span.len, "%zu");
	span = owner_table_look(1ull << 45, PAGE_SIZE);
	ASSERT(span.table == NULL && span.len >= 1ull << 48);
	PASS();
}

/*
 * Ranges that share a block: RAM around two devices, say, listed after them.
 * A block has one table, whichever range is walked through.
 */
TEST tables_do_not_overlap(void)
{
	const uint64_t x = 1ull << 38, end = x + 5 * BLOCK2_SIZE;
	struct owner_span span;
	size_t rest;

	begin();
	ASSERT_EQ(ERR_OK, owner_table_add(x, PAGE_SIZE));
	ASSERT_EQ(ERR_OK, owner_table_add(end - PAGE_SIZE, PAGE_SIZE));
	/* From the middle of one to that of the other: what lies between. */
	ASSERT_EQ(ERR_OK, owner_table_add(x + PAGE_SIZE, 4 * BLOCK2_SIZE));
	span = owner_table_look(x + BLOCK2_SIZE, 4 * BLOCK2_SIZE);
	ASSERT(span.table != NULL);
	ASSERT_EQ_FMT((size_t)(3 * BLOCK2_SIZE), (size_t)span.len, "%zu");
	/* From before one to its middle. */
	ASSERT_EQ(ERR_OK, owner_table_add(x - 2 * BLOCK2_SIZE,
	                                  2 * BLOCK2_SIZE + BLOCK2_SIZE / 2));
	span = owner_table_look(x - 2 * BLOCK2_SIZE, 4 * BLOCK2_SIZE);
	ASSERT_EQ_FMT((size_t)(2 * BLOCK2_SIZE), (size_t)span.len, "%zu");
	rest = heap_bytes();
	ASSERT_EQ(ERR_OK, owner_table_add(x - BLOCK2_SIZE, 6 * BLOCK2_SIZE));
	ASSERT_EQ_FMT(rest, (size_t)heap_bytes(), "%zu");
	/* No leaf stays behind in a block that two ranges share. */
	ASSERT_EQ(ERR_OK, owner_table_part(x));
	ASSERT_EQ_FMT(rest + PAGE_SIZE, (size_t)heap_bytes(), "%zu");
	owner_table_fold(x - 2 * BLOCK2_SIZE, 7 * BLOCK2_SIZE);
	ASSERT_EQ_FMT(rest, (size_t)heap_bytes(), "%zu");
	PASS();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_TEST(blocks_do_what_a_plain_array_does);
	RUN_TEST(pages_do_so_between_them);
	RUN_TEST(a_block_mapped_in_parts_keeps_its_leaf);
	RUN_TEST(without_memory_nothing_changes);
	RUN_TEST(what_is_no_ram_is_passed_at_once);
	RUN_TEST(tables_do_not_overlap);
	GREATEST_MAIN_END();
}
