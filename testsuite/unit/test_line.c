/* SPDX-License-Identifier: BSD-2-Clause */
/* What typed bytes become. */
#include <string.h>

#include "greatest.h"

#include "dice.h"
#include "vmm/line.h"

/* The lines of @typed, each with a '|' behind it. */
static void type(const char *typed, char *got)
{
	struct line line = { 0 };

	*got = '\0';
	for (; *typed != '\0'; typed++) {
		enum line_event event = line_take(&line, (uint8_t)*typed);

		if (event != LINE_MORE) {
			strcat(got, event == LINE_DONE ? line.text : "LONG");
			strcat(got, "|");
		}
	}
}

TEST becomes(const char *typed, const char *lines)
{
	char got[1024];

	type(typed, got);
	ASSERT_STR_EQ(lines, got);
	PASS();
}

TEST too_long_is_told_once(size_t len, const char *lines)
{
	char typed[LINE_MAX + 16] = { 0 }, got[1024];

	memset(typed, 'x', len);
	strcat(typed, "\003ps\n");
	type(typed, got);
	ASSERT_STR_EQ("ps|", got);
	memset(typed, 'x', len);
	strcpy(typed + len, "\nps\n");
	type(typed, got);
	ASSERT_STR_EQ(lines, got + (got[0] == 'x' ? len : 0));
	PASS();
}

TEST any_bytes_make_printable_lines(void)
{
	struct dice dice = dice_new();
	struct line line = { 0 };

	for (unsigned i = 0; i < 1000000; i++) {
		uint32_t below = dice_roll(&dice, 64) == 0 ? 256 : 128;
		uint8_t byte = (uint8_t)dice_roll(&dice, below);

		if (line_take(&line, byte) == LINE_MORE) {
			ASSERT(line.len < LINE_MAX);
			continue;
		}
		ASSERT(byte == '\r' || byte == '\n');
		for (const char *c = line.text; *c != '\0'; c++) {
			ASSERT(*c == '\t' || (*c >= ' ' && *c <= '~'));
		}
	}
	PASS();
}

SUITE(line)
{
	RUN_TESTp(becomes, "ps\nmem\rps\r\n\n", "ps|mem|ps||");
	RUN_TESTp(becomes, "\bpx\bs\n", "ps|");
	RUN_TESTp(becomes, "kill\025ps\nkill\003mem\n", "ps|mem|");
	RUN_TESTp(becomes, "p\033[As\033[1;5C\033OP\033x\n", "ps|");
	RUN_TESTp(becomes, "ps\033\nps\033[\nps\033[1\rps\033O\n",
	          "ps|ps|ps|ps|");
	RUN_TESTp(becomes, "p\033\033[As\n", "ps|");
	RUN_TESTp(becomes, "p\001\303\244\377s\n", "ps|");
	RUN_TESTp(too_long_is_told_once, LINE_MAX - 1, "|ps|");
	RUN_TESTp(too_long_is_told_once, LINE_MAX, "LONG|ps|");
	RUN_TEST(any_bytes_make_printable_lines);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(line);
	GREATEST_MAIN_END();
}
