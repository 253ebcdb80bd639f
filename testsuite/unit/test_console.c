/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of harness/console.c: the wire of <abi/console.h> is split without
 * loss, however it is cut into pieces, and what is no mark is not taken away.
 */
#include "console.h"
#include "dice.h"
#include "greatest.h"

#define STREAMS 256

static struct bytes got[STREAMS];

static void collect(void *ctx, unsigned stream, const uint8_t *data, size_t len)
{
	(void)ctx;
	bytes_add(&got[stream], data, len);
}

static void forget(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < STREAMS; i++) {
		bytes_fini(&got[i]);
		got[i] = (struct bytes){ 0 };
	}
}

/* Feeds @len bytes in pieces of @piece, to the end of the wire. */
static void feed(const void *data, size_t len, size_t piece)
{
	struct console con;
	const uint8_t *next = data;

	console_init(&con, true, CONSOLE_STREAM_HYP);
	while (len > 0) {
		size_t some = len < piece ? len : piece;
		console_feed(&con, next, some, collect, NULL);
		next += some;
		len -= some;
	}
	console_flush(&con, collect, NULL);
}

static bool stream_is(unsigned stream, const char *text)
{
	return got[stream].len == strlen(text) &&
	       (got[stream].len == 0 ||
	        memcmp(got[stream].data, text, got[stream].len) == 0);
}

TEST marks_split_the_wire_however_it_is_cut(void)
{
	static const char wire[] = "hyp\033_T01\033\\one\033_Tff\033\\root"
				   "\033_E\033\\[m\033_T00\033\\more";
	for (size_t piece = 1; piece < sizeof(wire); piece++) {
		forget(NULL);
		feed(wire, sizeof(wire) - 1, piece);
		ASSERT(stream_is(0, "hypmore"));
		ASSERT(stream_is(1, "one"));
		ASSERT(stream_is(0xff, "root\033[m"));
	}
	PASS();
}

TEST what_is_no_mark_stays(void)
{
	static const char *const wires[] = {
		"\033",           "\033_",          "\033_T",
		"\033_T0",        "\033_T00",       "\033_T00\033",
		"\033_T0G\033\\", "\033_TFF\033\\", "\033_T001\033\\",
		"\033_E",         "\033_E\033",     "\033_E\033x",
		"\033[2J",        "\033\033\033",   "\033_X\033\\",
		"a\033_T0\033_",  "\033\033_T",
	};
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		for (size_t piece = 1; piece < 8; piece++) {
			forget(NULL);
			feed(wires[i], strlen(wires[i]), piece);
			ASSERTm(wires[i] + 1, stream_is(0, wires[i]));
		}
	}
	PASS();
}

TEST a_mark_may_follow_a_broken_one(void)
{
	feed("\033\033_T01\033\\x", 9, 1);
	ASSERT(stream_is(0, "\033"));
	ASSERT(stream_is(1, "x"));
	PASS();
}

TEST nothing_is_marked_on_lane_ref(void)
{
	struct console con;

	console_init(&con, false, 0xfe);
	console_feed(&con, (const uint8_t *)"a\033_T01\033\\b", 9, collect,
	             NULL);
	console_flush(&con, collect, NULL);
	ASSERT(stream_is(0xfe, "a\033_T01\033\\b"));
	PASS();
}

/* What the hypervisor would read from the other end of the wire. */
TEST input_comes_out_of_the_marks_as_it_went_in(void)
{
	struct console con;
	struct bytes wire = { 0 };
	struct bytes said[4] = { 0 };
	static const unsigned ids[4] = { 0, 1, 3, 0xff };
	struct dice dice = dice_new();

	console_init(&con, true, CONSOLE_STREAM_HYP);
	for (unsigned round = 0; round < 5000; round++) {
		uint8_t text[8];
		size_t len = dice_roll(&dice, sizeof(text));
		unsigned who = dice_roll(&dice, 4);

		for (size_t i = 0; i < len; i++) {
			text[i] = (uint8_t)(dice_roll(&dice, 3)
			                            ? dice_roll(&dice, 256)
			                            : CONSOLE_ESC);
		}
		bytes_add(&said[who], text, len);
		console_encode(&con, ids[who], text, len, &wire);
	}
	/* Both directions use the same marks. */
	for (size_t piece = 1; piece < 20; piece += 3) {
		forget(NULL);
		feed(wire.data, wire.len, piece);
		for (unsigned i = 0; i < 4; i++) {
			ASSERT_EQ_FMT(said[i].len, got[ids[i]].len, "%zu");
			ASSERT_MEM_EQ(said[i].data, got[ids[i]].data,
			              said[i].len);
		}
	}
	for (unsigned i = 0; i < 4; i++) {
		bytes_fini(&said[i]);
	}
	bytes_fini(&wire);
	PASS();
}

TEST random_bytes_are_all_kept_but_for_marks(void)
{
	static const uint8_t bits[] = "\033\033\033_TE01ff\\\\ab\n";
	struct dice dice = dice_new();

	for (unsigned round = 0; round < 5000; round++) {
		uint8_t wire[64];
		size_t len = dice_roll(&dice, sizeof(wire));
		size_t kept[2] = { 0, 0 };

		for (size_t i = 0; i < len; i++) {
			wire[i] = bits[dice_roll(&dice, sizeof(bits))];
		}
		for (unsigned way = 0; way < 2; way++) {
			forget(NULL);
			feed(wire, len, way == 0 ? 1 : len + 1);
			for (unsigned s = 0; s < STREAMS; s++) {
				kept[way] += got[s].len;
			}
		}
		ASSERT_EQ_FMT(kept[0], kept[1], "%zu");
		ASSERT(kept[0] <= len);
		/* The shortest mark has five bytes and keeps none or one. */
		ASSERT(kept[0] * 7 + 7 >= len);
	}
	PASS();
}

SUITE(console)
{
	SET_SETUP(forget, NULL);
	SET_TEARDOWN(forget, NULL);
	RUN_TEST(marks_split_the_wire_however_it_is_cut);
	RUN_TEST(what_is_no_mark_stays);
	RUN_TEST(a_mark_may_follow_a_broken_one);
	RUN_TEST(nothing_is_marked_on_lane_ref);
	RUN_TEST(input_comes_out_of_the_marks_as_it_went_in);
	RUN_TEST(random_bytes_are_all_kept_but_for_marks);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(console);
	GREATEST_MAIN_END();
}
