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

#include "greatest.h"
#include "lab.h"
#include "lab_rig.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"

#define ROUNDS 300

extern const char lab_simd[], lab_sysregs[];

struct hv_root root;
struct labvm vms[VMS_MAX];
uint64_t ledger[LEDGER_COUNT];
static uint64_t state; /* of the generator */

void seed_random(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15ull;
}

uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

bool counts_instructions(void)
{
	return dt_bootarg_number("loose", 0) == 0;
}

static bool complain(const struct labvm *vm, unsigned n)
{
	printf("lab: vm %u: %s: %s\n", n, vm->step ? vm->step : "?",
	       hv_error_name(vm->error));
	return false;
}

bool make(unsigned n, unsigned priority, unsigned slice_us)
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

bool start(unsigned n, const char *entry)
{
	return labvm_start(&vms[n], 0, (uint64_t)(entry - lab_code)) ||
	       complain(&vms[n], n);
}

bool end(unsigned count)
{
	bool ok = true;

	while (count-- > 0) {
		ok &= labvm_end(&vms[count]);
	}
	return ok;
}

bool all_back(void)
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

void let_them_run(unsigned count, uint64_t rounds)
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

SUITE(vms_side_by_side)
{
	seed_random(dt_bootarg_number("seed", 1) + 1);
	RUN_TEST(c131_c128_el1_registers_belong_to_the_vm);
	RUN_TEST(c303_simd_registers_belong_to_the_vm);
	RUN_TEST(c288_simd_registers_start_empty);
	RUN_TEST(c206_c130_one_address_is_a_memory_for_each_vm);
}

SUITE_EXTERN(random_code);    /* lab_random.c */
SUITE_EXTERN(who_is_first);   /* lab_shares.c */
SUITE_EXTERN(vms_on_one_cpu); /* lab_shares.c */

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
	RUN_SUITE(random_code);
	if (cpu_count_given() == 1) {
		RUN_SUITE(vms_on_one_cpu);
	}
	GREATEST_MAIN_END();
}
