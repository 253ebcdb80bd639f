/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of the limits: the host's load slows it, and nothing else. */
#include "greatest.h"
#include "patience.h"

TEST rate_follows_the_load(void)
{
	/* One of them is who reads it. */
	ASSERT_IN_RANGE(1.0, patience_rate("0.1 0.2 0.3 1/99 7\n", 2), 0.0);
	ASSERT_IN_RANGE(1.0, patience_rate("9.1 0.2 0.3 3/99 7\n", 2), 0.0);
	ASSERT_IN_RANGE(0.5, patience_rate("0.1 0.2 0.3 5/99 7\n", 2), 1e-9);
	ASSERT_IN_RANGE(0.25, patience_rate("0.1 0.2 0.3 9/99 7\n", 2), 1e-9);
	PASS();
}

TEST rate_has_bounds(void)
{
	ASSERT_IN_RANGE(0.05, patience_rate("0 0 0 9999/9999 1", 2), 1e-9);
	ASSERT_IN_RANGE(1.0, patience_rate(NULL, 2), 0.0);
	ASSERT_IN_RANGE(1.0, patience_rate("", 2), 0.0);
	ASSERT_IN_RANGE(1.0, patience_rate("no numbers", 2), 0.0);
	ASSERT_IN_RANGE(1.0, patience_rate("0 0 0 9/9 1", 0), 0.0);
	PASS();
}

TEST clock_goes_at_the_rate(void)
{
	struct patience p;

	patience_init(&p, 1000);
	ASSERT_EQ_FMT(1100L, (long)patience_advance(&p, 1100, 1), "%ld");
	ASSERT_EQ_FMT(1150L, (long)patience_advance(&p, 1200, 0.5), "%ld");
	/* Small steps add up. */
	for (int64_t now = 1201; now <= 1300; now++) {
		patience_advance(&p, now, 0.25);
	}
	ASSERT_EQ_FMT(1175L, (long)patience_advance(&p, 1300, 0.25), "%ld");
	PASS();
}

TEST wakes_in_time(void)
{
	struct patience p;

	patience_init(&p, 1000);
	ASSERT_EQ_FMT(1010L, (long)patience_wake(&p, 1010, 1), "%ld");
	ASSERT_EQ_FMT(1040L, (long)patience_wake(&p, 1010, 0.25), "%ld");
	ASSERT_EQ_FMT(1000L, (long)patience_wake(&p, 900, 1), "%ld");
	/* The rate may rise meanwhile. */
	ASSERT_EQ_FMT(1250L, (long)patience_wake(&p, 60000, 0.05), "%ld");
	ASSERT(patience_wake(&p, INT64_MAX, 0.5) == INT64_MAX);
	PASS();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_TEST(rate_follows_the_load);
	RUN_TEST(rate_has_bounds);
	RUN_TEST(clock_goes_at_the_rate);
	RUN_TEST(wakes_in_time);
	GREATEST_MAIN_END();
}
