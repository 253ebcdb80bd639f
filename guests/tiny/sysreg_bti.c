// SPDX-License-Identifier: BSD-2-Clause
/*
 * Branch target identification (Arm ARM, "PSTATE.BTYPE", "Guarded pages";
 * behaviour 309): with it, a branch into a guarded page has to meet a BTI, and
 * PSTATE.BTYPE is part of what an exception keeps; without it, nothing happens.
 */

#include "rt/fault.h"
#include "rt/mmu.h"
#include "tiny/sysreg.h"

#define ID_PFR1_BT  FIELD(3, 0)
#define ESR_EC_BTI  0x0d
#define BTYPE_CALL  2 /* of BLR, in the syndrome and in SPSR[11:10] */
#define SPSR_BTYPE  FIELD(11, 10)
#define AT          MMU_TEST_VA
#define BTI_C       0xd503245fu
#define MOV_X9(imm) (0xd2800009u | (uint32_t)(imm) << 5)

enum { NO_PAD = 0, WITH_PAD = 8 }; /* offsets in the page */

/* Calls @entry of the page; @return what was left in X9. */
static uint64_t call(uint64_t entry)
{
	register uint64_t x9 __asm__("x9") = 0;

	__asm__ volatile("blr %1"
	                 : "+r"(x9)
	                 : "r"(AT + entry)
	                 : "x30", "memory");
	return x9;
}

static void map_code(unsigned how)
{
	static uint32_t page[PAGE_SIZE / 4] __attribute__((aligned(4096)));

	page[0] = INSN_NOP; /* stepped over when it faults */
	page[1] = BTI_C;
	page[2] = BTI_C;
	page[3] = MOV_X9(7);
	page[4] = INSN_RET;
	for (unsigned i = 0; i < 5; i++) {
		__asm__ volatile("dc cvau, %0" ::"r"(&page[i]) : "memory");
	}
	__asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::
	                         : "memory");
	mmu_map(AT, (uint64_t)(uintptr_t)page, PAGE_SIZE,
	        MMU_NORMAL | MMU_RO | MMU_X | how);
}

TEST c309_branch_targets_are_identified_or_not(void)
{
	bool has_bti;

	probe_fill(&in, 23);
	has_bti = (read_id(ID_PFR1) & ID_PFR1_BT) != 0;
	map_code(MMU_GUARD);
	fault_expect(&fault);
	ASSERT_EQ(7, call(WITH_PAD));
	ASSERT_FALSE(fault_came(&fault));
	fault_expect(&fault);
	ASSERT_EQ(7, call(NO_PAD));
	ASSERT_EQ(has_bti, fault_came(&fault));
	if (has_bti) {
		ASSERT_EQ_FMT(ESR_EC_BTI, (int)fault_ec(&fault), "%#x");
		ASSERT_EQ_FMT(BTYPE_CALL, (int)(fault.esr & 3), "%d");
		ASSERT_EQ(BTYPE_CALL, field_get(SPSR_BTYPE, fault.spsr));
		ASSERT_EQ(AT, fault.elr);
	}
	mmu_unmap(AT, PAGE_SIZE);
	/* Not guarded: any target will do. */
	map_code(0);
	fault_expect(&fault);
	ASSERT_EQ(7, call(NO_PAD));
	ASSERT_FALSE(fault_came(&fault));
	mmu_unmap(AT, PAGE_SIZE);
	PASS();
}

SUITE(branch_targets)
{
	RUN_TEST(c309_branch_targets_are_identified_or_not);
}
