/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of harness/tally.c: a report adds up as <abi/frame.h> says, or there
 * is a fault; no sequence of frames passes for a report that it is not.
 */
#include "dice.h"
#include "greatest.h"
#include "tally.h"
#include "util.h"

#define STREAM 0x11

static struct tally tally;
static unsigned long next;

static void begin(void *unused)
{
	(void)unused;
	tally_init(&tally, STREAM);
	next = 0;
}

static void end(void *unused)
{
	(void)unused;
	tally_fini(&tally);
}

static void feed_as(unsigned src, unsigned long seq, enum frame_kind kind,
                    const char *text)
{
	struct frame frame = { .src = src, .seq = seq, .kind = kind };

	snprintf(frame.text, sizeof(frame.text), "%s", text);
	tally_frame(&tally, &frame);
}

static void feed(enum frame_kind kind, const char *text)
{
	feed_as(STREAM, next++, kind, text);
}

static bool is_good(void)
{
	tally_finish(&tally);
	return tally.fault == NULL;
}

struct line {
	enum frame_kind kind;
	const char *text;
};

static void feed_all(const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		feed(lines[i].kind, lines[i].text);
	}
}

static const struct line good[] = {
	{ KIND_SUITE, "one" },      { KIND_PLAN, "2" },
	{ KIND_BEGIN, "c5_a" },     { KIND_PASS, "c5_a" },
	{ KIND_NOTE, "a note" },    { KIND_BEGIN, "b" },
	{ KIND_BENCH, "row 3 us" }, { KIND_SKIP, "b no device" },
	{ KIND_SUITE, "two" },      { KIND_PLAN, "1" },
	{ KIND_BEGIN, "c" },        { KIND_FAIL, "c x.c:9 1 != 2" },
	{ KIND_END, "1 1 1" },
};
#define GOOD_COUNT (sizeof(good) / sizeof(good[0]))

TEST a_good_report_adds_up(void)
{
	feed_all(good, GOOD_COUNT);
	ASSERT(is_good());
	ASSERT_EQ(1u, tally.passed);
	ASSERT_EQ(1u, tally.failed);
	ASSERT_EQ(1u, tally.skipped);
	ASSERT_EQ((size_t)3, tally.found.case_count);
	PASS();
}

TEST a_case_knows_its_place_and_its_numbers(void)
{
	feed_all(good, GOOD_COUNT);
	const struct case_result *cases = tally.found.cases;
	ASSERT_EQ((size_t)1, cases[0].id_count);
	ASSERT_EQ(5u, cases[0].ids[0]);
	ASSERT_STR_EQ("no device", cases[1].message);
	ASSERT_STR_EQ("x.c", cases[2].file);
	ASSERT_EQ(9u, cases[2].line);
	ASSERT_STR_EQ("1 != 2", cases[2].message);
	PASS();
}

TEST a_figure_is_kept(void)
{
	feed_all(good, GOOD_COUNT);
	ASSERT_EQ((size_t)1, tally.found.figure_count);
	ASSERT_STR_EQ("row", tally.found.figures[0].row);
	ASSERT_EQ(3.0, tally.found.figures[0].value);
	PASS();
}

TEST any_frame_left_out_is_a_fault(void)
{
	for (size_t out = 0; out < GOOD_COUNT; out++) {
		begin(NULL);
		for (size_t i = 0; i < GOOD_COUNT; i++) {
			if (i != out) {
				feed_as(STREAM, i, good[i].kind, good[i].text);
			}
		}
		ASSERT_FALSE(is_good());
		end(NULL);
	}
	PASS();
}

/* Left out and numbered as if nothing were: what it means must not fit. */
TEST any_frame_but_a_note_hushed_up_is_a_fault(void)
{
	for (size_t out = 0; out < GOOD_COUNT; out++) {
		begin(NULL);
		for (size_t i = 0; i < GOOD_COUNT; i++) {
			if (i != out) {
				feed(good[i].kind, good[i].text);
			}
		}
		bool is_silent = good[out].kind == KIND_NOTE ||
		                 good[out].kind == KIND_BENCH;
		ASSERT_EQm(good[out].text, is_silent, is_good());
		end(NULL);
	}
	PASS();
}

TEST any_frame_doubled_is_a_fault(void)
{
	for (size_t twice = 0; twice < GOOD_COUNT; twice++) {
		begin(NULL);
		for (size_t i = 0; i < GOOD_COUNT; i++) {
			feed_as(STREAM, i, good[i].kind, good[i].text);
			if (i == twice) {
				feed_as(STREAM, i, good[i].kind, good[i].text);
			}
		}
		ASSERT_FALSEm(good[twice].text, is_good());
		end(NULL);
	}
	PASS();
}

TEST any_two_frames_in_the_wrong_order_are_a_fault(void)
{
	for (size_t at = 0; at + 1 < GOOD_COUNT; at++) {
		begin(NULL);
		for (size_t i = 0; i < GOOD_COUNT; i++) {
			size_t k = i == at ? i + 1 : i == at + 1 ? i - 1 : i;
			feed_as(STREAM, k, good[k].kind, good[k].text);
		}
		ASSERT_FALSEm(good[at].text, is_good());
		end(NULL);
	}
	PASS();
}

TEST a_report_cut_anywhere_is_a_fault(void)
{
	for (size_t cut = 0; cut < GOOD_COUNT; cut++) {
		begin(NULL);
		feed_all(good, cut);
		ASSERT_FALSE(is_good());
		end(NULL);
	}
	PASS();
}

TEST a_frame_of_another_source_is_a_fault(void)
{
	for (size_t other = 0; other < GOOD_COUNT; other++) {
		begin(NULL);
		for (size_t i = 0; i < GOOD_COUNT; i++) {
			feed_as(i == other ? STREAM + 1 : STREAM, i,
			        good[i].kind, good[i].text);
		}
		ASSERT_FALSE(is_good());
		end(NULL);
	}
	PASS();
}

TEST a_broken_line_is_a_fault(void)
{
	for (size_t at = 0; at <= GOOD_COUNT; at++) {
		begin(NULL);
		feed_all(good, at);
		tally_broken(&tally, "wrong checksum");
		feed_all(good + at, GOOD_COUNT - at);
		ASSERT_FALSE(is_good());
		end(NULL);
	}
	PASS();
}

TEST what_does_not_fit_is_a_fault(void)
{
	static const struct line rows[][5] = {
		{ { KIND_END, "1 0 0" } },
		{ { KIND_END, "0 0" } },
		{ { KIND_END, "0 0 0 0" } },
		{ { KIND_END, "0 0 0" }, { KIND_NOTE, "late" } },
		{ { KIND_PLAN, "1" }, { KIND_END, "0 0 0" } },
		{ { KIND_SUITE, "s" }, { KIND_END, "0 0 0" } },
		{ { KIND_SUITE, "s" }, { KIND_PLAN, "-1" } },
		{ { KIND_SUITE, "s" }, { KIND_PLAN, "one" } },
		{ { KIND_SUITE, "s" }, { KIND_PLAN, "0" }, { KIND_PLAN, "0" } },
		{ { KIND_PASS, "a" }, { KIND_END, "1 0 0" } },
		{ { KIND_SUITE, "s" },
		  { KIND_PLAN, "2" },
		  { KIND_BEGIN, "a" },
		  { KIND_PASS, "a" },
		  { KIND_END, "1 0 0" } },
		{ { KIND_SUITE, "s" },
		  { KIND_PLAN, "0" },
		  { KIND_BEGIN, "a" },
		  { KIND_PASS, "a" },
		  { KIND_END, "1 0 0" } },
		{ { KIND_BEGIN, "a" }, { KIND_END, "0 0 0" } },
		{ { KIND_BEGIN, "a" },
		  { KIND_BEGIN, "b" },
		  { KIND_PASS, "b" },
		  { KIND_END, "1 0 0" } },
		{ { KIND_BEGIN, "a" },
		  { KIND_PASS, "ab" },
		  { KIND_END, "1 0 0" } },
	};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		begin(NULL);
		for (size_t k = 0; k < 5 && rows[i][k].text != NULL; k++) {
			feed(rows[i][k].kind, rows[i][k].text);
		}
		ASSERT_FALSEm(rows[i][0].text, is_good());
		end(NULL);
	}
	PASS();
}

/* Whatever comes: no harm, and what adds up really does. */
TEST random_frames_do_no_harm(void)
{
	static const char *const texts[] = { "",      "a",      "a x.c:1 m",
		                             "0",     "1",      "1 0 0",
		                             "0 0 0", "a 3 us", "a why" };
	struct dice dice = dice_new();

	for (unsigned round = 0; round < 20000; round++) {
		begin(NULL);
		unsigned count = dice_roll(&dice, 12);
		for (unsigned i = 0; i < count; i++) {
			feed((enum frame_kind)dice_roll(&dice, KIND_COUNT),
			     texts[dice_roll(&dice, ARRAY_COUNT(texts))]);
		}
		if (is_good()) {
			ASSERT(tally.is_ended);
			ASSERT_EQ(tally.found.case_count,
			          (size_t)tally.passed + tally.failed +
			                  tally.skipped);
		}
		end(NULL);
	}
	PASS();
}

SUITE(tallies)
{
	SET_SETUP(begin, NULL);
	SET_TEARDOWN(end, NULL);
	RUN_TEST(a_good_report_adds_up);
	RUN_TEST(a_case_knows_its_place_and_its_numbers);
	RUN_TEST(a_figure_is_kept);
	RUN_TEST(any_frame_left_out_is_a_fault);
	RUN_TEST(any_frame_but_a_note_hushed_up_is_a_fault);
	RUN_TEST(any_frame_doubled_is_a_fault);
	RUN_TEST(any_two_frames_in_the_wrong_order_are_a_fault);
	RUN_TEST(a_report_cut_anywhere_is_a_fault);
	RUN_TEST(a_frame_of_another_source_is_a_fault);
	RUN_TEST(a_broken_line_is_a_fault);
	RUN_TEST(what_does_not_fit_is_a_fault);
	RUN_TEST(random_frames_do_no_harm);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(tallies);
	GREATEST_MAIN_END();
}
