/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of <abi/crc32.h>: it is the CRC-32 of IEEE 802.3, and can be carried
 * on in pieces.
 */
#include <abi/crc32.h>
#include <abi/frame.h>

#include "dice.h"
#include "greatest.h"

/* The definition, bit by bit. */
static uint32_t slow_crc32(const unsigned char *data, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++) {
			crc = crc & 1 ? crc >> 1 ^ FRAME_CRC_POLY : crc >> 1;
		}
	}
	return ~crc;
}

TEST nothing_has_checksum_zero(void)
{
	ASSERT_EQ_FMT(0u, abi_crc32(0, "", 0), "%08x");
	PASS();
}

TEST the_check_value_of_the_standard_comes_out(void)
{
	ASSERT_EQ_FMT(0xcbf43926u, abi_crc32(0, "123456789", 9), "%08x");
	PASS();
}

TEST it_agrees_with_the_definition(void)
{
	struct dice dice = dice_new();
	unsigned char data[300];

	for (unsigned round = 0; round < 2000; round++) {
		size_t len = dice_roll(&dice, sizeof(data));
		for (size_t i = 0; i < len; i++) {
			data[i] = (unsigned char)dice_roll(&dice, 256);
		}
		ASSERT_EQ_FMT(slow_crc32(data, len), abi_crc32(0, data, len),
		              "%08x");
	}
	PASS();
}

TEST pieces_give_what_the_whole_gives(void)
{
	static const char text[] = "@T ff 12 pass c21_version_is_1_1";
	uint32_t whole = abi_crc32(0, text, sizeof(text));

	for (size_t cut = 0; cut <= sizeof(text); cut++) {
		uint32_t crc = abi_crc32(0, text, cut);
		crc = abi_crc32(crc, text + cut, sizeof(text) - cut);
		ASSERT_EQ_FMT(whole, crc, "%08x");
	}
	PASS();
}

TEST any_one_wrong_bit_shows(void)
{
	char text[] = "@T ff 12 pass c21_version_is_1_1";
	uint32_t good = abi_crc32(0, text, sizeof(text));

	for (size_t bit = 0; bit < sizeof(text) * 8; bit++) {
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		ASSERT_NEQ(good, abi_crc32(0, text, sizeof(text)));
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
	}
	PASS();
}

SUITE(crc32)
{
	RUN_TEST(nothing_has_checksum_zero);
	RUN_TEST(the_check_value_of_the_standard_comes_out);
	RUN_TEST(it_agrees_with_the_definition);
	RUN_TEST(pieces_give_what_the_whole_gives);
	RUN_TEST(any_one_wrong_bit_shows);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(crc32);
	GREATEST_MAIN_END();
}
