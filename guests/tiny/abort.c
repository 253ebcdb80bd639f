// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a VM sees where it has nothing: a synchronous external abort, for data
 * and for instruction fetch, with the right syndrome and nothing else changed
 * (Arm ARM, "Synchronous external abort"; behaviours 82-87, 91, 94, 98).
 */
#include <stdio.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/mmu.h"
#include "rt/probe.h"

extern char probe_return[];

#define HOLE_DEFAULT 0x0b000000ull /* between devices of the virt machine */
#define HOLE_VA      MMU_TEST_VA
#define ADDRESS_REG  1

/* What the instruction does, as the syndrome must tell it. */
enum how { LOAD, STORE, FETCH };

struct row {
	const char *name;
	uint32_t insn;
	enum how how;
	unsigned type; /* MMU_* */
};

/* clang-format off */
static const struct row rows[] = {
	{ "ldrb",      INSN_LDR(INSN_B, 0, 1),         LOAD,  MMU_DEVICE },
	{ "ldrh",      INSN_LDR(INSN_H, 0, 1),         LOAD,  MMU_DEVICE },
	{ "ldr_w",     INSN_LDR(INSN_W, 0, 1),         LOAD,  MMU_DEVICE },
	{ "ldr_x",     INSN_LDR(INSN_X, 0, 1),         LOAD,  MMU_DEVICE },
	{ "ldrsb",     INSN_LDRS_X(INSN_B, 0, 1),      LOAD,  MMU_DEVICE },
	{ "ldr_xzr",   INSN_LDR(INSN_X, 31, 1),        LOAD,  MMU_DEVICE },
	{ "ldr_post",  INSN_LDR_POST(INSN_X, 0, 1, 8), LOAD,  MMU_DEVICE },
	{ "ldr_pre",   INSN_LDR_PRE(INSN_X, 0, 1, 0),  LOAD,  MMU_DEVICE },
	{ "ldar",      INSN_LDAR(INSN_X, 0, 1),        LOAD,  MMU_DEVICE },
	{ "ldp",       INSN_LDP(0, 2, 1),              LOAD,  MMU_DEVICE },
	{ "ldnp",      INSN_LDNP(0, 2, 1),             LOAD,  MMU_DEVICE },
	{ "ldr_q",     INSN_LDR_Q(0, 1),               LOAD,  MMU_DEVICE },
	{ "ld1",       INSN_LD1(0, 1),                 LOAD,  MMU_DEVICE },
	{ "ldr_cached", INSN_LDR(INSN_X, 0, 1),        LOAD,  MMU_NORMAL },
	{ "ldp_cached", INSN_LDP(0, 2, 1),             LOAD,  MMU_NORMAL },
	{ "ldxr_cached", INSN_LDXR(0, 1),              LOAD,  MMU_NORMAL },
	{ "strb",      INSN_STR(INSN_B, 0, 1),         STORE, MMU_DEVICE },
	{ "strh",      INSN_STR(INSN_H, 0, 1),         STORE, MMU_DEVICE },
	{ "str_w",     INSN_STR(INSN_W, 0, 1),         STORE, MMU_DEVICE },
	{ "str_x",     INSN_STR(INSN_X, 0, 1),         STORE, MMU_DEVICE },
	{ "str_xzr",   INSN_STR(INSN_X, 31, 1),        STORE, MMU_DEVICE },
	{ "str_post",  INSN_STR_POST(INSN_X, 0, 1, 8), STORE, MMU_DEVICE },
	{ "str_pre",   INSN_STR_PRE(INSN_X, 0, 1, 0),  STORE, MMU_DEVICE },
	{ "stlr",      INSN_STLR(INSN_X, 0, 1),        STORE, MMU_DEVICE },
	{ "stp",       INSN_STP(0, 2, 1),              STORE, MMU_DEVICE },
	{ "str_q",     INSN_STR_Q(0, 1),               STORE, MMU_DEVICE },
	{ "st1",       INSN_ST1(0, 1),                 STORE, MMU_DEVICE },
	{ "stp_cached", INSN_STP(0, 2, 1),             STORE, MMU_NC },
	{ "str_cached", INSN_STR(INSN_X, 0, 1),        STORE, MMU_NC },
	{ "cached",    0xd63f0020u /* blr x1 */,       FETCH, MMU_NORMAL },
	{ "uncached",  0xd63f0020u /* blr x1 */,       FETCH, MMU_NC },
};
/* clang-format on */
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static uint64_t hole; /* IPA of nothing */

static enum greatest_test_res
check_syndrome(const struct row *row, const struct fault *fault, uint64_t va)
{
	ASSERT_EQ_FMT((unsigned)VECTOR_SYNC, (unsigned)fault->kind, "%#x");
	ASSERT_EQ_FMT(row->how == FETCH ? ESR_EC_IABT : ESR_EC_DABT,
	              (int)fault_ec(fault), "%#x");
	ASSERT_EQ_FMT((unsigned)FSC_SEA, fault_fsc(fault), "%#x");
	ASSERT(fault->esr & ESR_IL);
	ASSERT_FALSE(fault->esr & ABT_FNV);
	ASSERT_EQ_FMT((unsigned long)va, (unsigned long)fault->far, "%#lx");
	if (row->how == FETCH) {
		ASSERT_EQ_FMT((unsigned long)va, (unsigned long)fault->elr,
		              "%#lx");
	} else {
		ASSERT_EQ(row->how == STORE, (fault->esr & ABT_WNR) != 0);
		ASSERT_EQ_FMT((unsigned long)probe_address(),
		              (unsigned long)fault->elr, "%#lx");
	}
	PASS();
}

/* 94 and its kin: abort with the right syndrome, no register touched. */
static enum greatest_test_res abort_is_right(const struct row *row)
{
	struct probe_regs in, out;
	struct fault fault;
	const char *difference;
	bool came;

	probe_fill(&in, 3);
	in.x[ADDRESS_REG] = HOLE_VA;
	in.x[30] = (uint64_t)(uintptr_t)probe_return;
	mmu_map(HOLE_VA, hole, PAGE_SIZE, row->type | MMU_X);
	came = probe_run(row->insn, &in, &out, &fault);
	mmu_unmap(HOLE_VA, PAGE_SIZE);

	ASSERT_EQ_FMT(1u, (unsigned)fault.count, "%u");
	ASSERT(came);
	CHECK_CALL(check_syndrome(row, &fault, HOLE_VA));
	/* blr writes x30 before the fetch that fails */
	difference =
		probe_difference(&in, &out, row->how == FETCH ? BIT(30) : 0, 0);
	ASSERTm(difference, difference == NULL);
	PASS();
}

static enum greatest_test_res read_at(uint64_t ipa, bool expect_abort)
{
	struct probe_regs in, out;
	struct fault fault;
	bool came;

	probe_fill(&in, 9);
	in.x[ADDRESS_REG] = HOLE_VA + (ipa & (PAGE_SIZE - 1));
	mmu_map(HOLE_VA, ipa & ~(PAGE_SIZE - 1), PAGE_SIZE, MMU_DEVICE);
	came = probe_run(INSN_LDR(INSN_B, 0, 1), &in, &out, &fault);
	mmu_unmap(HOLE_VA, PAGE_SIZE);
	ASSERT_EQ(expect_abort, came);
	if (came) {
		ASSERT_EQ(ESR_EC_DABT, fault_ec(&fault));
		ASSERT_EQ(FSC_SEA, fault_fsc(&fault));
		ASSERT_EQ(in.x[ADDRESS_REG], fault.far);
	}
	PASS();
}

TEST c94_abort_outside_memory(const struct row *row)
{
	return abort_is_right(row);
}

/* The same for an instruction fetch (91). */
TEST c91_fetch_outside_memory_aborts(const struct row *row)
{
	return abort_is_right(row);
}

/* The first byte above RAM and the last below it are not ours (98). */
TEST c98_bytes_next_to_ram_abort(void)
{
	struct dt_range ram = dt_ram();

	CHECK_CALL(read_at(ram.base + ram.size - 1, false));
	CHECK_CALL(read_at(ram.base + ram.size, true));
	CHECK_CALL(read_at(ram.base, false));
	CHECK_CALL(read_at(ram.base - 1, true));
	PASS();
}

/* Far addresses: below RAM, above it, and near the end of 36 bits (94, 99). */
TEST c94_c99_far_addresses_abort(void)
{
	static const uint64_t far[] = { 0x0b800000, 0x0bfff000, 0x700000000,
		                        0xffffff000 };

	for (unsigned i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		uint64_t address = far[i];

		CHECK_CALL(read_at(address, true));
	}
	PASS();
}

/*
 * An aborted table walk is told as one (92; FSC 0x14 + level).  A hypervisor
 * sees a stage 2 fault, which does not tell the level of stage 1: any will do.
 */
TEST c92_table_walk_into_a_hole_aborts(void)
{
	static uint64_t old;
	extern uint64_t mmu_root[];
	unsigned slot = (unsigned)(HOLE_VA >> 30) + 1;
	uint64_t va = (uint64_t)slot << 30;
	struct probe_regs in, out;
	struct fault fault;

	old = mmu_root[slot];
	mmu_root[slot] = hole | 3; /* a table that is not there */
	dsb_ish();                 /* for the walker */
	isb();
	probe_fill(&in, 2);
	in.x[ADDRESS_REG] = va;
	probe_run(INSN_LDR(INSN_X, 0, 1), &in, &out, &fault);
	mmu_root[slot] = old;
	dsb_ish(); /* the entry is gone before anything walks again */
	__asm__ volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");

	ASSERT_EQ_FMT(1u, (unsigned)fault.count, "%u");
	ASSERT_EQ(ESR_EC_DABT, fault_ec(&fault));
	ASSERT_EQ_FMT((unsigned)FSC_SEA_TTW(0), fault_fsc(&fault) & ~3u, "%#x");
	ASSERT_EQ(va, fault.far);
	PASS();
}

/* A thousand aborts later nothing has drifted (112 on a small scale). */
TEST c94_a_thousand_aborts_are_survived(void)
{
	for (unsigned i = 0; i < 1000; i++) {
		CHECK_CALL(read_at(hole + i % PAGE_SIZE, true));
	}
	PASS();
}

/* Every kind of access, one test each. */
SUITE(access_to_nothing)
{
	for (unsigned i = 0; i < ROW_COUNT; i++) {
		greatest_set_test_suffix(rows[i].name);
		if (rows[i].how == FETCH) {
			RUN_TEST1(c91_fetch_outside_memory_aborts, &rows[i]);
		} else {
			RUN_TEST1(c94_abort_outside_memory, &rows[i]);
		}
	}
}

SUITE(edges)
{
	RUN_TEST(c98_bytes_next_to_ram_abort);
	RUN_TEST(c94_c99_far_addresses_abort);
	RUN_TEST(c92_table_walk_into_a_hole_aborts);
	RUN_TEST(c94_a_thousand_aborts_are_survived);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	hole = dt_bootarg_number("hole", HOLE_DEFAULT);
	RUN_SUITE(access_to_nothing);
	RUN_SUITE(edges);
	GREATEST_MAIN_END();
}
