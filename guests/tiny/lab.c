// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several VMs of the root VM's own: what one holds no other sees or
 * changes, each gets its share of time, and whatever one executes, EL2 lives
 * and gets all back (labvm.h, lab_code.S).
 *
 * bootargs: seed=N, runs=N for the random instructions, loose=1 where virtual
 * time is not counted in instructions, cpus=N when there are several.
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "lab.h"
#include "labvm.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"

#define VMS_MAX  4
#define FIRST_VM 2 /* VMIDs */
#define ROUNDS   300
#define BELOW    20 /* priority of those that never give way; ours is 32 */

extern const char lab_code[], lab_code_end[], lab_spinner[], lab_sleeper[];
extern const char lab_stamper[];
extern const char lab_simd[], lab_sysregs[], lab_memory[];
extern const char lab_random[], lab_random_end[];

static struct hv_root root;
static struct labvm vms[VMS_MAX];
static uint64_t ledger[LEDGER_COUNT];
static uint64_t state; /* of the generator */

static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

/* Where time is the host's, shares are the host's load, too. */
static bool counts_instructions(void)
{
	return dt_bootarg_number("loose", 0) == 0;
}

static bool complain(const struct labvm *vm, unsigned n)
{
	printf("lab: vm %u: %s: %s\n", n, vm->step ? vm->step : "?",
	       hv_error_name(vm->error));
	return false;
}

static bool make(unsigned n, unsigned priority, unsigned slice_us)
{
	struct labvm_plan plan = { .vmid = FIRST_VM + n,
		                   .code = lab_code,
		                   .code_end = lab_code_end,
		                   .priority = priority,
		                   .slice_us = slice_us };

	if (!labvm_make(&vms[n], &root, &plan)) {
		return complain(&vms[n], n);
	}
	return true;
}

static bool start(unsigned n, const char *entry)
{
	return labvm_start(&vms[n], 0, (uint64_t)(entry - lab_code)) ||
	       complain(&vms[n], n);
}

static bool end(unsigned count)
{
	bool ok = true;

	while (count-- > 0) {
		ok &= labvm_end(&vms[count]);
	}
	return ok;
}

static bool all_back(void)
{
	uint64_t now[LEDGER_COUNT];
	const char *differs;

	if (!hv_ledger(now)) {
		return false;
	}
	differs = hv_ledger_difference(ledger, now);
	if (differs != NULL) {
		printf("lab: the ledger differs: %s\n", differs);
	}
	return differs == NULL;
}

static uint64_t cpu_count_given(void)
{
	static uint64_t cpus;

	if (cpus == 0) {
		cpus = dt_bootarg_number("cpus", 1);
	}
	return cpus;
}

/* Give way until each of @count has done so many rounds, however long. */
static void let_them_run(unsigned count, uint64_t rounds)
{
	bool done = false;

	while (!done) {
		if (cpu_count_given() == 1) {
			HV(SCHEDULER_YIELD, 0);
		} else {
			labvm_sleep_us(500); /* all CPUs are theirs */
		}
		done = true;
		for (unsigned n = 0; n < count; n++) {
			done &= vms[n].data[LAB_ROUNDS] >= rounds;
		}
	}
}

/* @count VMs with different seeds run @entry side by side. */
static enum greatest_test_res run_side_by_side(const char *entry,
                                               unsigned count)
{
	ASSERT(hv_ledger(ledger));
	for (unsigned n = 0; n < count; n++) {
		volatile uint64_t *in;

		ASSERT(make(n, 0, 0));
		in = vms[n].data + LAB_IN / 8;
		vms[n].data[LAB_SEED] = next_random();
		for (unsigned i = 0; i < 64; i++) {
			in[i] = next_random();
		}
		ASSERT(start(n, entry));
	}
	let_them_run(count, ROUNDS);
	for (unsigned n = 0; n < count; n++) {
		ASSERT_EQ_FMT(0ul, (unsigned long)vms[n].data[LAB_FIRST],
		              "%lu");
		ASSERT_EQ_FMT(0ul, (unsigned long)vms[n].data[LAB_WRONG],
		              "%lu");
	}
	PASS();
}

TEST c131_c128_el1_registers_belong_to_the_vm(void)
{
	CHECK_CALL(run_side_by_side(lab_sysregs, 3));
	for (unsigned i = 0; i < 20; i++) {
		/* They have held different values, or nothing was shown. */
		ASSERT_NEQ(vms[0].data[LAB_IN / 8 + i] |
		                   vms[1].data[LAB_IN / 8 + i] | (i == 11) |
		                   (i == 12) | (i == 4),
		           0);
	}
	ASSERT(end(3));
	ASSERT(all_back());
	PASS();
}

TEST c303_simd_registers_belong_to_the_vm(void)
{
	CHECK_CALL(run_side_by_side(lab_simd, 3));
	ASSERT(end(3));
	ASSERT(all_back());
	PASS();
}

/* A VM that starts while another one's secrets are in the registers. */
TEST c288_simd_registers_start_empty(void)
{
	CHECK_CALL(run_side_by_side(lab_simd, 1));
	ASSERT(make(1, 0, 0));
	ASSERT(start(1, lab_simd));
	while (!vms[1].data[LAB_READY]) {
		HV(SCHEDULER_YIELD, 0);
	}
	for (unsigned i = 0; i < 64; i++) {
		ASSERT_EQ_FMT(0ul, (unsigned long)vms[1].data[LAB_OUT / 8 + i],
		              "%#lx");
	}
	ASSERT_EQ_FMT(0ul, (unsigned long)vms[1].data[LAB_FPSTATE], "%#lx");
	ASSERT(end(2));
	ASSERT(all_back());
	PASS();
}

TEST c206_c130_one_address_is_a_memory_for_each_vm(void)
{
	CHECK_CALL(run_side_by_side(lab_memory, 4));
	for (unsigned n = 0; n < 4; n++) {
		ASSERT_EQ(vms[n].data[LAB_SEED], vms[n].data[LAB_OUT / 8]);
	}
	ASSERT(end(4));
	ASSERT(all_back());
	PASS();
}

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

/* Any instruction, with a preference for those of the system. */
static uint32_t random_instruction(void)
{
	uint32_t word = (uint32_t)(next_random() >> 20);

	switch (next_random() >> 61) {
	case 0:
	case 1:
	case 2:
		return word;
	case 3: /* MSR, MRS, SYS, hints, barriers */
		return 0xd5000000 | (word & 0x3fffff);
	case 4: /* exceptions: SVC, HVC, SMC, BRK */
		return 0xd4000000 | (word & 0x1fffff);
	case 5: /* loads and stores */
		return (word & ~0x1c000000u) | 0x18000000;
	case 6: /* SIMD */
		return (word & ~0x0e000000u) | 0x0e000000;
	default: /* HVC #0 and native calls with whatever is in X0 */
		return 0xd4000002 |
		       ((word & 1 ? 0x6000 + (word >> 8 & 0x7f) : 0) << 5);
	}
}

/* Registers, likely ones among them. */
static uint64_t random_value(void)
{
	static const uint64_t likely[] = { 0x40000000, 0x40001000, 0x08000000,
		                           0x080a0000, 0x09000000, 0xc4000003,
		                           0x84000001, ~0ull };
	uint64_t pick = next_random();

	return pick >> 63 ? next_random()
	                  : likely[pick >> 8 & 7] + (pick >> 20 & 0xff8);
}

/* It says so before the first random instruction, which may unsay it. */
static bool has_begun(void)
{
	return vms[0].data[LAB_READY] != 0 || vms[0].data[LAB_ROUNDS] != 0;
}

static const char *run_randomly(uint64_t *exceptions)
{
	static char code[4096] __attribute__((aligned(8)));
	struct labvm_plan plan = { .vmid = FIRST_VM,
		                   .code = code,
		                   .code_end = code + sizeof(code),
		                   .priority = BELOW };
	size_t size = (size_t)(lab_random_end - lab_random);
	unsigned tries = 0;

	memcpy(code, lab_random, size);
	for (unsigned at = 0; at < LAB_RANDOM_SIZE; at += 4) {
		uint32_t insn = random_instruction();

		memcpy(code + LAB_RANDOM_AT + at, &insn, 4);
	}
	if (!labvm_make(&vms[0], &root, &plan)) {
		return vms[0].step;
	}
	for (unsigned i = 0; i < 64; i++) {
		vms[0].data[LAB_IN / 8 + i] = random_value();
	}
	if (!labvm_start(&vms[0], 0, 0)) {
		return vms[0].step;
	}
	do {
		labvm_sleep_us(2000);
	} while (!has_begun() && ++tries < 500);
	*exceptions += vms[0].data[LAB_ROUNDS] & 0xffff;
	if (vms[0].data[LAB_READY] != 1) {
		printf("lab: it has overwritten its own data\n");
	}
	/* One that has turned itself off cannot be killed: that is fine. */
	return labvm_end(&vms[0]) ? NULL : vms[0].step;
}

TEST c290_random_instructions_do_no_harm(void)
{
	uint64_t runs = dt_bootarg_number("runs", 40);
	uint64_t seed = dt_bootarg_number("seed", 1);
	uint64_t exceptions = 0;

	ASSERT(hv_ledger(ledger));
	for (uint64_t run = 0; run < runs; run++) {
		const char *failed;

		state = (seed * 1000 + run + 1) * 0x9e3779b97f4a7c15ull;
		failed = run_randomly(&exceptions);
		if (failed != NULL) {
			printf("lab: run %lu: %s\n", (unsigned long)run,
			       failed);
			FAIL();
		}
		ASSERT(all_back());
	}
	printf("lab: %lu exceptions of random code\n",
	       (unsigned long)exceptions);
	ASSERT_GT(exceptions, counts_instructions() ? runs : 0);
	PASS();
}

SUITE(vms_side_by_side)
{
	state = (dt_bootarg_number("seed", 1) + 1) * 0x9e3779b97f4a7c15ull;
	RUN_TEST(c131_c128_el1_registers_belong_to_the_vm);
	RUN_TEST(c303_simd_registers_belong_to_the_vm);
	RUN_TEST(c288_simd_registers_start_empty);
	RUN_TEST(c206_c130_one_address_is_a_memory_for_each_vm);
	RUN_TEST(c290_random_instructions_do_no_harm);
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

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (!hv_root_env(&root)) {
		fatal("lab: not the root VM");
	}
	if (cpu_count_given() == 1) {
		RUN_SUITE(who_is_first);
	}
	RUN_SUITE(vms_side_by_side);
	if (cpu_count_given() == 1) {
		RUN_SUITE(vms_on_one_cpu);
	}
	GREATEST_MAIN_END();
}
