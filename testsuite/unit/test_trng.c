/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may rely on in TRNG calls (Arm DEN 0098). */
#include <inttypes.h>

#include <abi/smccc.h>

#include "greatest.h"

#include "call/trng.h"
#include "lib/random.h"

#define ONES    UINT64_MAX
#define INVALID ((uint64_t)-2)
#define NONE    ((uint64_t)-3)
#define ABSENT  ((uint64_t)-1)

/* The CPU: has it a generator, and after how many draws does it run dry? */
static bool has_generator;
static int draws_left;

bool random_has_entropy(void)
{
	return has_generator;
}

bool random_entropy(uint64_t *bits)
{
	*bits = ONES;
	return has_generator && draws_left-- > 0;
}

static uint64_t x[4];

static void call(uint32_t id, uint64_t arg)
{
	x[0] = id;
	x[1] = arg;
	x[2] = x[3] = 0x5555;
	trng_call(id, x);
}

static void setup(void *unused)
{
	(void)unused;
	has_generator = true;
	draws_left = 1000;
}

TEST c15_version_is_1_0(void)
{
	call(TRNG_VERSION, 0);
	ASSERT_EQ_FMT((uint64_t)0x10000, x[0], "%#" PRIx64);
	PASS();
}

TEST c15_features_tell_what_is_there(void)
{
	call(TRNG_FEATURES, TRNG_RND_64);
	ASSERT_EQ_FMT((uint64_t)0, x[0], "%#" PRIx64);
	call(TRNG_FEATURES, 0x84000000);
	ASSERT_EQ_FMT(ABSENT, x[0], "%#" PRIx64);
	PASS();
}

TEST c15_uuid_is_none_of_the_errors(void)
{
	call(TRNG_GET_UUID, 0);
	ASSERT(x[0] != 0xffffffff && x[0] != 0 && x[0] <= UINT32_MAX);
	ASSERT(x[1] <= UINT32_MAX && x[2] <= UINT32_MAX && x[3] <= UINT32_MAX);
	PASS();
}

TEST c15_bits_asked_for_and_no_more(uint32_t id, uint64_t bits, uint64_t top,
                                    uint64_t middle, uint64_t low)
{
	call(id, bits);
	ASSERT_EQ_FMT((uint64_t)0, x[0], "%#" PRIx64);
	ASSERT_EQ_FMT(top, x[1], "%#" PRIx64);
	ASSERT_EQ_FMT(middle, x[2], "%#" PRIx64);
	ASSERT_EQ_FMT(low, x[3], "%#" PRIx64);
	PASS();
}

static enum greatest_test_res refused(uint64_t status)
{
	ASSERT_EQ_FMT(status, x[0], "%#" PRIx64);
	ASSERT_EQ_FMT((uint64_t)0, x[1] | x[2] | x[3], "%#" PRIx64);
	PASS();
}

TEST c15_bad_counts_are_refused(uint32_t id, uint64_t bits)
{
	call(id, bits);
	return refused(INVALID);
}

TEST c15_dry_generator_gives_nothing(int draws)
{
	draws_left = draws;
	call(TRNG_RND_64, 192);
	return refused(NONE);
}

TEST c15_without_a_generator_there_is_no_interface(uint32_t id)
{
	has_generator = false;
	call(id, 64);
	return refused(ABSENT);
}

SUITE(trng)
{
	SET_SETUP(setup, NULL);
	RUN_TEST(c15_version_is_1_0);
	RUN_TEST(c15_features_tell_what_is_there);
	RUN_TEST(c15_uuid_is_none_of_the_errors);
	RUN_TESTp(c15_bits_asked_for_and_no_more, TRNG_RND_64, 1, 0, 0, 1);
	RUN_TESTp(c15_bits_asked_for_and_no_more, TRNG_RND_64, 64, 0, 0, ONES);
	RUN_TESTp(c15_bits_asked_for_and_no_more, TRNG_RND_64, 65, 0, 1, ONES);
	RUN_TESTp(c15_bits_asked_for_and_no_more, TRNG_RND_64, 192, ONES, ONES,
	          ONES);
	RUN_TESTp(c15_bits_asked_for_and_no_more, TRNG_RND_32, 33, 0, 1,
	          UINT32_MAX);
	RUN_TESTp(c15_bits_asked_for_and_no_more, TRNG_RND_32, 96, UINT32_MAX,
	          UINT32_MAX, UINT32_MAX);
	RUN_TESTp(c15_bits_asked_for_and_no_more, TRNG_RND_32,
	          0xffffffff00000001, 0, 0, 1);
	RUN_TESTp(c15_bad_counts_are_refused, TRNG_RND_64, 0);
	RUN_TESTp(c15_bad_counts_are_refused, TRNG_RND_64, 193);
	RUN_TESTp(c15_bad_counts_are_refused, TRNG_RND_64, ONES);
	RUN_TESTp(c15_bad_counts_are_refused, TRNG_RND_32, 97);
	RUN_TESTp(c15_dry_generator_gives_nothing, 0);
	RUN_TESTp(c15_dry_generator_gives_nothing, 2);
	RUN_TESTp(c15_without_a_generator_there_is_no_interface, TRNG_VERSION);
	RUN_TESTp(c15_without_a_generator_there_is_no_interface, TRNG_GET_UUID);
	RUN_TESTp(c15_without_a_generator_there_is_no_interface, TRNG_RND_64);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(trng);
	GREATEST_MAIN_END();
}
