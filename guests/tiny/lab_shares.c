/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs on one CPU: who has it, for how long, and what a switch leaves behind. */
#include <stdio.h>

#include "greatest.h"
#include "lab.h"
#include "lab_rig.h"
#include "rt/hv.h"

/* lab_code.S */
extern const char lab_spinner[], lab_sleeper[], lab_stamper[];

/* Load-exclusive, another VM runs, store-exclusive. @return 0: it stored */
static uint32_t exclusive_over_yield(uint64_t *word)
{
	uint64_t value;
	uint32_t failed;

	__asm__ volatile("	ldxr	%0, [%2]\n"
	                 "	mov	x0, #0\n"
	                 "	mov	x1, #0\n"
	                 "	mov	x2, #0\n"
	                 "	hvc	#0x603b\n"
	                 "	stxr	%w1, %0, [%2]\n"
	                 : "=&r"(value), "=&r"(failed)
	                 : "r"(word)
	                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8",
	                   "x9", "x10", "x11", "x12", "x13", "x14", "x15",
	                   "x16", "x17", "memory");
	return failed;
}

TEST c136_the_exclusive_monitor_is_cleared_by_a_switch(void)
{
	static uint64_t word __attribute__((aligned(64)));
	unsigned turns = 0, yields = 0;

	ASSERT(hv_ledger(ledger));
	ASSERT(make(0, 0, 0));
	ASSERT(start(0, lab_memory));
	let_them_run(1, 2);
	for (; turns < 50 && yields < 500; yields++) {
		uint64_t rounds = vms[0].data[LAB_ROUNDS];

		ASSERT_EQ(1u, exclusive_over_yield(&word));
		/* A slice may be too short for it: the host has a say in it. */
		turns += vms[0].data[LAB_ROUNDS] > rounds;
	}
	ASSERT_EQ(50u, turns);
	ASSERT(end(1));
	ASSERT(all_back());
	PASS();
}

/*
 * How many rounds each of @count makes while we sleep 200 ms; longer, until
 * those of the mask @runners have made some: the host may not have run us.
 */
static void watch(unsigned count, unsigned runners, uint64_t *rounds)
{
	uint64_t from[VMS_MAX];
	bool done = false;

	for (unsigned n = 0; n < count; n++) {
		from[n] = vms[n].data[LAB_ROUNDS];
	}
	while (!done) {
		labvm_sleep_us(200000);
		done = true;
		for (unsigned n = 0; n < count; n++) {
			rounds[n] = vms[n].data[LAB_ROUNDS] - from[n];
			done &= (runners >> n & 1) == 0 || rounds[n] > 1000;
		}
	}
	for (unsigned n = 0; n < count; n++) {
		printf("lab: vm %u: %lu rounds\n", n, (unsigned long)rounds[n]);
	}
}

TEST c312_equals_share_the_cpu_evenly(void)
{
	uint64_t rounds[3], sum = 0;

	ASSERT(hv_ledger(ledger));
	for (unsigned n = 0; n < 3; n++) {
		ASSERT(make(n, BELOW, 0));
		ASSERT(start(n, lab_spinner));
	}
	watch(3, 7, rounds);
	for (unsigned n = 0; n < 3; n++) {
		sum += rounds[n];
	}
	ASSERT(end(3));
	for (unsigned n = 0; n < 3; n++) {
		if (counts_instructions()) {
			ASSERT_GT(rounds[n] * 3, sum - sum / 10);
			ASSERT_LT(rounds[n] * 3, sum + sum / 10);
		}
	}
	ASSERT(all_back());
	PASS();
}

/* Three become ready, in this order, before any of them can run. */
TEST c313_the_highest_of_those_that_are_ready_is_first(void)
{
	static const unsigned priority[3] = { BELOW - 2, BELOW, BELOW - 1 };
	uint64_t at[3];

	ASSERT(hv_ledger(ledger));
	for (unsigned n = 0; n < 3; n++) {
		ASSERT(make(n, priority[n], 0));
	}
	for (unsigned n = 0; n < 3; n++) {
		ASSERT(start(n, lab_stamper));
	}
	do {
		labvm_sleep_us(1000);
		for (unsigned n = 0; n < 3; n++) {
			at[n] = vms[n].data[LAB_ROUNDS];
		}
	} while (at[0] == 0 || at[1] == 0 || at[2] == 0);
	ASSERT(end(3));
	ASSERT_LT(at[1], at[2]);
	ASSERT_LT(at[2], at[0]);
	ASSERT(all_back());
	PASS();
}

TEST c313_a_higher_priority_has_the_cpu_to_itself(void)
{
	uint64_t rounds[2];

	ASSERT(hv_ledger(ledger));
	ASSERT(make(0, BELOW, 0));
	ASSERT(make(1, BELOW + 1, 0));
	ASSERT(start(0, lab_spinner));
	ASSERT(start(1, lab_spinner));
	watch(2, 2, rounds);
	ASSERT(end(2));
	ASSERT_EQ_FMT(0ul, (unsigned long)rounds[0], "%lu");
	ASSERT(all_back());
	PASS();
}

TEST c320_a_longer_slice_is_a_larger_share(void)
{
	uint64_t rounds[2];

	ASSERT(hv_ledger(ledger));
	ASSERT(make(0, BELOW, 4000));
	ASSERT(make(1, BELOW, 12000));
	ASSERT(start(0, lab_spinner));
	ASSERT(start(1, lab_spinner));
	watch(2, 3, rounds);
	ASSERT(end(2));
	if (counts_instructions()) {
		ASSERT_GT(rounds[1], rounds[0] * 5 / 2);
		ASSERT_LT(rounds[1], rounds[0] * 7 / 2);
	}
	ASSERT(all_back());
	PASS();
}

/* Who sleeps costs nobody anything. */
TEST c314_wfi_leaves_the_cpu_to_others(void)
{
	uint64_t alone, rounds[2];

	ASSERT(hv_ledger(ledger));
	ASSERT(make(0, BELOW, 0));
	ASSERT(start(0, lab_spinner));
	watch(1, 1, rounds);
	alone = rounds[0];
	ASSERT(make(1, BELOW, 0));
	ASSERT(start(1, lab_sleeper));
	watch(2, 1, rounds);
	ASSERT(end(2));
	ASSERT_EQ_FMT(0ul, (unsigned long)rounds[1], "%lu");
	if (counts_instructions()) {
		ASSERT_GT(rounds[0], alone - alone / 10);
	}
	ASSERT(all_back());
	PASS();
}

/* Before those in which who is not preempted keeps us from looking. */
SUITE(who_is_first)
{
	RUN_TEST(c313_the_highest_of_those_that_are_ready_is_first);
}

SUITE(vms_on_one_cpu)
{
	RUN_TEST(c136_the_exclusive_monitor_is_cleared_by_a_switch);
	RUN_TEST(c312_equals_share_the_cpu_evenly);
	RUN_TEST(c313_a_higher_priority_has_the_cpu_to_itself);
	RUN_TEST(c320_a_longer_slice_is_a_larger_share);
	RUN_TEST(c314_wfi_leaves_the_cpu_to_others);
}
