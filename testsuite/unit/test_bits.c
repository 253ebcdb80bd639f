/* SPDX-License-Identifier: BSD-2-Clause */
/* Promise of hyp/lib/bits.h: bits are counted. */
#include "lib/bits.h"

#include "dice.h"
#include "greatest.h"

static uint32_t count_slowly(uint32_t word)
{
	uint32_t count = 0;

	for (; word != 0; word >>= 1) {
		count += word & 1;
	}
	return count;
}

TEST each_single_bit_counts_one(void)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		ASSERT_EQ_FMT(1u, bits_count(1u << bit), "%u");
		ASSERT_EQ_FMT(31u, bits_count(~(1u << bit)), "%u");
	}
	PASS();
}

TEST none_and_all_count(void)
{
	ASSERT_EQ_FMT(0u, bits_count(0), "%u");
	ASSERT_EQ_FMT(32u, bits_count(UINT32_MAX), "%u");
	PASS();
}

TEST random_words_count_as_bit_by_bit(void)
{
	struct dice dice = dice_new();

	for (unsigned round = 0; round < 10000; round++) {
		uint32_t word = dice_roll(&dice, UINT32_MAX);
		ASSERT_EQ_FMT(count_slowly(word), bits_count(word), "%u");
	}
	PASS();
}

SUITE(bits)
{
	RUN_TEST(each_single_bit_counts_one);
	RUN_TEST(none_and_all_count);
	RUN_TEST(random_words_count_as_bit_by_bit);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(bits);
	GREATEST_MAIN_END();
}
