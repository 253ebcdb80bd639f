/* SPDX-License-Identifier: BSD-2-Clause */
/* Random instructions: whatever a VM executes, EL2 lives and gets all back. */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "lab.h"
#include "lab_rig.h"
#include "rt/dt.h"

extern const char lab_random[], lab_random_end[]; /* lab_code.S */

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

		seed_random(seed * 1000 + run + 1);
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

SUITE(random_code)
{
	RUN_TEST(c290_random_instructions_do_no_harm);
}
