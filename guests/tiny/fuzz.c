// SPDX-License-Identifier: BSD-2-Clause
/*
 * A hostile guest with a memory: random calls, system registers and device
 * accesses, each by one instruction whose registers are all known before and
 * compared after.
 *
 * What must hold (the oracle):
 *   - the instruction ends, with a value or with an exception of this guest;
 *   - no register changes that it may not change;
 *   - canaries in this VM's memory stay as they are;
 *   - the counter goes on, and identification answers as before;
 *   - the hypervisor's ledger, where there is one, is as it was.
 *
 * bootargs: seed=N and ops=N (for each test).  The same seed does the same.
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/mmu.h"
#include "rt/probe.h"
#include "rt/sysreg.h"

#define OPS_DEFAULT  1000
#define LOOK_EVERY   500 /* operations between two looks at the canaries */
#define CANARY_WORDS 4096
#define CALL_RESULTS 0x3ffffu /* x0 to x17 */

static struct probe_regs before, after;
static struct fault fault;
static uint64_t state; /* of the generator */
static uint64_t canary[CANARY_WORDS];
static char said[160];

/* xorshift64*: small, and the same everywhere. */
static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t limit)
{
	return next_random() % limit;
}

/* Numbers that programs get wrong, and some that nobody thought of. */
static uint64_t odd_value(void)
{
	static const uint64_t favourites[] = {
		0,          1,          2,
		UINT64_MAX, INT32_MAX,  (uint64_t)INT32_MIN,
		1ull << 32, INT64_MAX,  1ull << 63,
		0x40000000, 0x40080000, 0x41fff000,
		0x41fffff9, 0x42000000, 0x08000000,
		0x09000000, 0xfff,      0x1000,
	};
	uint64_t pick = below(4);

	if (pick == 0) {
		return next_random();
	}
	if (pick == 1) {
		return below(300);
	}
	return favourites[below(sizeof(favourites) / sizeof(favourites[0]))];
}

static uint64_t canary_at(size_t i)
{
	return 0x9e3779b97f4a7c15ull * (i + 1);
}

static void start_fuzzing(uint64_t salt)
{
	state = (dt_bootarg_number("seed", 1) + 1) * 0x9e3779b97f4a7c15ull ^
	        salt;
	for (size_t i = 0; i < CANARY_WORDS; i++) {
		canary[i] = canary_at(i);
	}
}

static uint64_t op_count(void)
{
	return dt_bootarg_number("ops", OPS_DEFAULT);
}

/* Everything but the instruction's own effect; a sentence, or NULL. */
static const char *look_around(void)
{
	static uint64_t last;
	uint64_t now = sysreg_read(CNTVCT_EL0);

	for (size_t i = 0; i < CANARY_WORDS; i++) {
		if (canary[i] != canary_at(i)) {
			snprintf(said, sizeof(said), "canary %zu is %#lx", i,
			         (unsigned long)canary[i]);
			return said;
		}
	}
	if (now <= last) {
		return "the counter stands still";
	}
	last = now;
	if (psci(PSCI_VERSION, 0, 0, 0) < 0x10000) {
		return "PSCI_VERSION has changed";
	}
	return NULL;
}

/* Exceptions that this guest may get for an access of its own. */
static bool is_fair(void)
{
	switch (fault_ec(&fault)) {
	case ESR_EC_UNKNOWN:
	case ESR_EC_FP:
	case ESR_EC_MSR:
	case 0x01:
	case 0x09:
	case 0x19:
	case 0x1d:
	case ESR_EC_DABT:
		return true;
	default:
		return false;
	}
}

/* One operation and what it left; a sentence, or NULL. */
static const char *run(uint64_t op, const char *what, uint32_t insn,
                       uint32_t x_allowed)
{
	const char *difference;

	probe_run(insn, &before, &after, &fault);
	difference = probe_difference(&before, &after, x_allowed, 0);
	if (difference == NULL && fault.count > 0 && !is_fair()) {
		difference = "an exception that is not its own";
	}
	if (difference == NULL && op % LOOK_EVERY == 0) {
		difference = look_around();
	}
	if (difference != NULL) {
		/* said may be what difference points to. */
		static char all[300];

		snprintf(all, sizeof(all),
		         "operation %lu, %s, insn %#x, x0 %#lx x1 %#lx, esr "
		         "%#lx: %s",
		         (unsigned long)op, what, (unsigned)insn,
		         (unsigned long)before.x[0], (unsigned long)before.x[1],
		         fault.count > 0 ? (unsigned long)fault.esr : 0ul,
		         difference);
		return all;
	}
	return NULL;
}

static void fill_arguments(uint64_t op)
{
	probe_fill(&before, op + 1);
	for (unsigned i = 0; i < 8; i++) {
		before.x[i] = odd_value();
	}
}

/* These end or stop this CPU, as they should. */
static bool ends_us(uint32_t id)
{
	switch (id & ~0x40000000u) {
	case 0x84000001u: /* CPU_SUSPEND */
	case 0x84000002u: /* CPU_OFF */
	case 0x84000003u: /* CPU_ON */
	case 0x84000008u: /* SYSTEM_OFF */
	case 0x84000009u: /* SYSTEM_RESET */
	case 0x8400000cu: /* CPU_DEFAULT_SUSPEND */
	case 0x8400000eu: /* SYSTEM_SUSPEND */
	case 0x84000012u: /* SYSTEM_RESET2 */
	case 0x84000015u: /* SYSTEM_OFF2 */
		return true;
	default:
		return false;
	}
}

/* Any owner, any range; half of them close to what exists. */
static uint32_t random_function(void)
{
	static const uint32_t near[] = { 0x80000000, 0x84000000, 0xc4000000,
		                         0x84000050, 0xc4000050, 0x86000000,
		                         0xc6008000, 0x8600ff00, 0x80007f00 };
	uint32_t id = (uint32_t)next_random();

	if (below(2) == 0) {
		id = near[below(sizeof(near) / sizeof(near[0]))] +
		     (uint32_t)below(0x110);
	}
	return ends_us(id) ? 0x84000000u : id;
}

TEST c20_c54_random_smccc_calls_return_a_code(void)
{
	uint64_t ops = op_count();

	start_fuzzing(1);
	for (uint64_t op = 0; op < ops; op++) {
		uint32_t insn = below(2) ? INSN_HVC(0) : INSN_SMC(0);
		const char *wrong;

		fill_arguments(op);
		before.x[0] = random_function();
		if (below(4) == 0) {
			before.x[0] |= next_random() << 32;
		}
		wrong = run(op, "SMCCC", insn, CALL_RESULTS);
		ASSERTm(wrong, wrong == NULL);
	}
	PASS();
}

TEST c13_c54_random_hypercalls_return_a_code(void)
{
	uint64_t ops = op_count();

	start_fuzzing(2);
	for (uint64_t op = 0; op < ops; op++) {
		uint32_t imm = (uint32_t)below(0x10000);
		const char *wrong;

		if (below(4) != 0) {
			imm = HVC_BASE + (uint32_t)below(HVC_COUNT);
		}
		fill_arguments(op);
		wrong = run(op, "hypercall", INSN_HVC(imm), CALL_RESULTS);
		ASSERTm(wrong, wrong == NULL);
	}
	PASS();
}

/* Writing these would change how this very guest runs. */
static bool is_ours(uint32_t op0, uint32_t op1, uint32_t crn)
{
	bool is_higher = op1 >= 4; /* EL2, EL3, EL12 names */
	bool is_debug = op0 == 2;  /* and trace */
	bool is_counters = op0 == 3 && crn == 9;
	bool is_vendors = op0 == 3 && (crn == 11 || crn == 15);
	bool is_id = op0 == 3 && crn == 0 && op1 < 3;

	return !(is_higher || is_debug || is_counters || is_vendors || is_id);
}

TEST c132_c290_random_system_registers_give_a_value_or_undef(void)
{
	uint64_t ops = op_count();

	start_fuzzing(3);
	for (uint64_t op = 0; op < ops; op++) {
		uint32_t op0 = 2 + (uint32_t)below(2), op1 = (uint32_t)below(8);
		uint32_t crn = (uint32_t)below(16), crm = (uint32_t)below(16);
		uint32_t reg = INSN_SYSREG(op0, op1, crn, crm, below(8));
		bool is_write = below(4) == 0 && !is_ours(op0, op1, crn);
		const char *wrong;

		fill_arguments(op);
		wrong = run(op, is_write ? "MSR" : "MRS",
		            is_write ? INSN_MSR(reg, 0) : INSN_MRS(reg, 0),
		            is_write ? 0 : 1);
		ASSERTm(wrong, wrong == NULL);
	}
	PASS();
}

/* Device pages as "virt" has them, and places where nothing is. */
static const uint64_t pages[] = {
	0x08000000, 0x08001000, 0x08006000, 0x0800f000, 0x080a0000, 0x080b0000,
	0x080bf000, 0x080c0000, 0x09010000, 0x0a000000, 0x0a003000, 0x00000000,
	0x10000000, 0x3ffff000, 0x0bff0000, 0x7ff00000, 0xc0000000,
};
#define PAGES (sizeof(pages) / sizeof(pages[0]))

static uint32_t random_access(void)
{
	uint32_t size = (uint32_t)below(4);

	switch (below(8)) {
	case 0:
	case 1:
	case 2:
		return INSN_LDR(size, 0, 1);
	case 3:
	case 4:
		return INSN_STR(size, 0, 1);
	case 5:
		return INSN_LDRS_X(size == INSN_X ? INSN_W : size, 0, 1);
	case 6:
		return below(2) ? INSN_LDP(0, 2, 1) : INSN_STP(0, 2, 1);
	default:
		return below(2) ? INSN_LDR_POST(size, 0, 1, 8)
		                : INSN_LDR_Q(0, 1);
	}
}

TEST c109_c290_random_accesses_end(void)
{
	uint64_t ops = op_count();

	for (size_t i = 0; i < PAGES; i++) {
		mmu_map(MMU_TEST_VA + i * PAGE_SIZE, pages[i], PAGE_SIZE,
		        MMU_DEVICE);
	}
	start_fuzzing(4);
	for (uint64_t op = 0; op < ops; op++) {
		uint64_t va = MMU_TEST_VA + below(PAGES) * PAGE_SIZE;
		uint64_t offset = below(PAGE_SIZE - 16);
		const char *difference;
		uint32_t insn;

		fill_arguments(op);
		before.x[1] = va + (below(4) ? offset & ~7ull : offset);
		/* The loaded registers, and x1 when written back. */
		insn = random_access();
		probe_run(insn, &before, &after, &fault);
		difference = probe_difference(&before, &after, 0x7,
		                              insn == INSN_LDR_Q(0, 1));
		if (difference == NULL && fault.count > 0 && !is_fair()) {
			difference = "an exception that is not its own";
		}
		if (difference == NULL && op % LOOK_EVERY == 0) {
			difference = look_around();
		}
		if (difference != NULL) {
			static char all[256];

			snprintf(all, sizeof(all), "operation %lu at %#lx: %s",
			         (unsigned long)op, (unsigned long)before.x[1],
			         difference);
			FAILm(all);
		}
	}
	mmu_unmap(MMU_TEST_VA, PAGES * PAGE_SIZE);
	PASS();
}

TEST c286_canaries_and_counter_are_whole_at_the_end(void)
{
	const char *wrong = look_around();

	ASSERTm(wrong, wrong == NULL);
	PASS();
}

SUITE(fuzz)
{
	RUN_TEST(c20_c54_random_smccc_calls_return_a_code);
	RUN_TEST(c13_c54_random_hypercalls_return_a_code);
	RUN_TEST(c132_c290_random_system_registers_give_a_value_or_undef);
	RUN_TEST(c109_c290_random_accesses_end);
	RUN_TEST(c286_canaries_and_counter_are_whole_at_the_end);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(fuzz);
	GREATEST_MAIN_END();
}
