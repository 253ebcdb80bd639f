/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of harness/frame.c: a line is a frame, a broken frame, or none, as
 * <abi/frame.h> has it; and nothing that arrives does harm.
 */
#include <abi/crc32.h>
#include <stdint.h>

#include "dice.h"
#include "frame.h"
#include "greatest.h"

static char line[2 * FRAME_MAX];

/* @body with the checksum it deserves. @return the length. */
static size_t seal(const char *body)
{
	size_t len = strlen(body);
	return (size_t)sprintf(line, "%s ~%08x", body,
	                       (unsigned)abi_crc32(0, body, len));
}

static enum frame_status parse(const char *body, struct frame *frame)
{
	const char *why = NULL;
	return frame_parse(line, seal(body), frame, &why);
}

TEST a_good_frame_is_taken_apart(void)
{
	struct frame frame;

	ASSERT_EQ(FRAME_OK, parse("@T ff 12 fail t a.c:3 no", &frame));
	ASSERT_EQ_FMT(0xffu, frame.src, "%x");
	ASSERT_EQ_FMT(12ul, frame.seq, "%lu");
	ASSERT_EQ(KIND_FAIL, frame.kind);
	ASSERT_STR_EQ("t a.c:3 no", frame.text);
	PASS();
}

TEST each_kind_is_known(void)
{
	for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
		struct frame frame;
		char body[64];
		const char *name = frame_kind_name((enum frame_kind)kind);

		sprintf(body, "@T 01 0 %s x", name);
		ASSERT_EQm(name, FRAME_OK, parse(body, &frame));
		ASSERT_EQm(name, kind, (unsigned)frame.kind);
	}
	PASS();
}

TEST an_empty_text_is_a_text(void)
{
	struct frame frame;

	ASSERT_EQ(FRAME_OK, parse("@T 01 0 note ", &frame));
	ASSERT_STR_EQ("", frame.text);
	PASS();
}

TEST lines_without_the_mark_are_none(void)
{
	static const char *const lines[] = {
		"", "@", "@T", "hello", " @T 0", "@t 01 0 note "
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct frame frame;
		const char *why;
		ASSERT_EQm(
			lines[i], FRAME_NOT,
			frame_parse(lines[i], strlen(lines[i]), &frame, &why));
	}
	PASS();
}

TEST sealed_nonsense_is_broken_and_says_why(void)
{
	static const char *const bodies[] = {
		"@T ",
		"@T f",
		"@T FF 0 note x",
		"@T gg 0 note ",
		"@T ff",
		"@T ff x note x",
		"@T ff -1 note",
		"@T ff  note x",
		"@T ff 0",
		"@T ff 0 ",
		"@T ff 0 nota x",
		"@T ff 0 note",
		"@T ff 0x1 note x",
		"@T fff 0 note x",
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct frame frame;
		const char *why = NULL;
		size_t len = seal(bodies[i]);

		ASSERT_EQm(bodies[i], FRAME_BROKEN,
		           frame_parse(line, len, &frame, &why));
		ASSERTm(bodies[i], why != NULL && *why != '\0');
	}
	PASS();
}

TEST any_changed_byte_of_a_frame_is_noticed(void)
{
	size_t len = seal("@T ff 3 pass c21_version");

	for (size_t i = 0; i < len; i++) {
		char kept = line[i];
		for (unsigned byte = 0; byte < 256; byte++) {
			struct frame frame;
			const char *why;
			line[i] = (char)byte;
			if (line[i] != kept) {
				ASSERT_NEQ(FRAME_OK, frame_parse(line, len,
				                                 &frame, &why));
			}
		}
		line[i] = kept;
	}
	PASS();
}

TEST a_frame_cut_anywhere_is_none(void)
{
	size_t len = seal("@T ff 3 pass c21_version");

	for (size_t cut = 0; cut < len; cut++) {
		struct frame frame;
		const char *why;
		ASSERT_NEQ(FRAME_OK, frame_parse(line, cut, &frame, &why));
	}
	PASS();
}

TEST the_longest_frame_is_one_byte_less_than_too_long(void)
{
	char body[FRAME_MAX + 1] = "@T ff 3 note ";
	struct frame frame;
	/* FRAME_MAX counts the newline; " ~" and the checksum are ten. */
	size_t most = FRAME_MAX - 1 - 10;

	memset(body + strlen(body), 'x', sizeof(body) - strlen(body));
	body[most] = '\0';
	ASSERT_EQ(FRAME_OK, parse(body, &frame));
	ASSERT_EQ_FMT(most - strlen("@T ff 3 note "), strlen(frame.text),
	              "%zu");
	body[most] = 'x';
	body[most + 1] = '\0';
	ASSERT_EQ(FRAME_NOT, parse(body, &frame));
	PASS();
}

TEST random_lines_are_never_frames_and_do_no_harm(void)
{
	static const char bits[] = "@T ff01 2 pass~\\x5c\0\n\033 e";
	struct dice dice = dice_new();

	for (unsigned round = 0; round < 200000; round++) {
		size_t len = dice_roll(&dice, 60);
		/* An allocation of the exact size, for the sanitizer. */
		char *exact = malloc(len);
		for (size_t i = 0; i < len; i++) {
			exact[i] = bits[dice_roll(&dice, sizeof(bits))];
		}
		if (len >= 3 && dice_roll(&dice, 2) == 0) {
			memcpy(exact, "@T ", 3);
		}
		struct frame frame;
		const char *why;
		enum frame_status status =
			frame_parse(exact, len, &frame, &why);
		free(exact);
		ASSERT_NEQ(FRAME_OK, status);
	}
	PASS();
}

TEST random_bodies_with_a_good_checksum_do_no_harm(void)
{
	static const char bits[] = "ff0 1 2 pass end plan \\x41~@T";
	struct dice dice = dice_new();

	for (unsigned round = 0; round < 100000; round++) {
		char body[64] = "@T ";
		size_t len = 3 + dice_roll(&dice, 60);
		for (size_t i = 3; i < len; i++) {
			body[i] = bits[dice_roll(&dice, sizeof(bits) - 1)];
		}
		struct frame frame = { .kind = KIND_COUNT };
		if (parse(body, &frame) == FRAME_OK) {
			ASSERT(frame.kind < KIND_COUNT);
			ASSERT(frame.src <= 0xff);
			ASSERT(strlen(frame.text) < len);
			frame_unescape(frame.text);
		}
	}
	PASS();
}

TEST escapes_become_what_may_be_printed(void)
{
	char text[] = "a\\x5cb\\x0ac\\xffd\\x4\\x";

	frame_unescape(text);
	ASSERT_STR_EQ("a\\b\\x0ac\\xffd\\x4\\x", text);
	PASS();
}

SUITE(frames)
{
	RUN_TEST(a_good_frame_is_taken_apart);
	RUN_TEST(each_kind_is_known);
	RUN_TEST(an_empty_text_is_a_text);
	RUN_TEST(lines_without_the_mark_are_none);
	RUN_TEST(sealed_nonsense_is_broken_and_says_why);
	RUN_TEST(any_changed_byte_of_a_frame_is_noticed);
	RUN_TEST(a_frame_cut_anywhere_is_none);
	RUN_TEST(the_longest_frame_is_one_byte_less_than_too_long);
	RUN_TEST(random_lines_are_never_frames_and_do_no_harm);
	RUN_TEST(random_bodies_with_a_good_checksum_do_no_harm);
	RUN_TEST(escapes_become_what_may_be_printed);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(frames);
	GREATEST_MAIN_END();
}
