// SPDX-License-Identifier: BSD-2-Clause
/*
 * System registers that hold state, the space that nobody defined, and EL0
 * (Arm ARM, "AArch64 System Register Encoding"; behaviours 12, 73, 121 to 138).
 */
#include <abi/psci.h>
#include <stdio.h>

#include "rt/call.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/timer.h"
#include "tiny/sysreg.h"

/* Registers that hold what is written, across a call and a sleep (131). */
#define CANARY(reg, value)                \
	do {                              \
		sysreg_write(reg, value); \
	} while (0)
#define CANARY_LIVES(reg, value)                     \
	ASSERT_EQ_FMTm(#reg, (unsigned long)(value), \
	               (unsigned long)sysreg_read(reg), "%#lx")

TEST c131_registers_keep_their_values(void)
{
	uint64_t cntkctl = sysreg_read(cntkctl_el1);

	irq_mask();
	CANARY(tpidr_el0, 0x1111222233334444);
	CANARY(tpidrro_el0, 0x5555666677778888);
	CANARY(contextidr_el1, 0x12345678);
	CANARY(afsr0_el1, 0);
	CANARY(esr_el1, 0x96000021);
	CANARY(far_el1, 0xfedcba9876543210);
	CANARY(elr_el1, 0x0000123456789abc);
	CANARY(spsr_el1, 0x800003c5);
	CANARY(sp_el0, 0x0000aaaabbbbccc0);
	CANARY(csselr_el1, 2);
	CANARY(cntkctl_el1, 0x3);
	CANARY(cntv_cval_el0, 0x7777666655554444);
	CANARY(cntp_cval_el0, 0x3333222211110000);
	CANARY(amair_el1, 0);
	CANARY(mdscr_el1, 0x1000);
	psci(PSCI_VERSION, 0, 0, 0);
	psci(PSCI_AFFINITY_INFO, sysreg_read(mpidr_el1) & 0xff, 0, 0);
	timer_delay_us(3000); /* long enough for a hypervisor's own timer */
	CANARY_LIVES(tpidr_el0, 0x1111222233334444);
	CANARY_LIVES(tpidrro_el0, 0x5555666677778888);
	CANARY_LIVES(contextidr_el1, 0x12345678);
	CANARY_LIVES(esr_el1, 0x96000021);
	CANARY_LIVES(far_el1, 0xfedcba9876543210);
	CANARY_LIVES(elr_el1, 0x0000123456789abc);
	CANARY_LIVES(spsr_el1, 0x800003c5);
	CANARY_LIVES(sp_el0, 0x0000aaaabbbbccc0);
	CANARY_LIVES(csselr_el1, 2);
	CANARY_LIVES(cntkctl_el1, 0x3);
	CANARY_LIVES(cntv_cval_el0, 0x7777666655554444);
	CANARY_LIVES(cntp_cval_el0, 0x3333222211110000);
	CANARY_LIVES(mdscr_el1, 0x1000);
	CANARY(mdscr_el1, 0);
	CANARY(cntkctl_el1, cntkctl);
	CANARY(cntv_cval_el0, ~0ull);
	CANARY(cntp_cval_el0, ~0ull);
	PASS();
}

/* Every MRS there is: a value, UNDEFINED or our own trap; no more (132). */
TEST c132_every_mrs_has_an_outcome(unsigned op0)
{
	unsigned values = 0, undefined = 0;

	irq_mask();
	probe_fill(&in, 13);
	for (uint32_t code = 0; code < 1u << 14; code++) {
		uint32_t reg = INSN_SYSREG(op0, code >> 11, code >> 7 & 15,
		                           code >> 3 & 15, code & 7);
		enum outcome outcome = attempt(INSN_MRS(reg, RESULT), false);

		if (outcome == OTHER) {
			printf("S%u_%u_C%u_C%u_%u: esr %#lx\n", op0,
			       (unsigned)(code >> 11),
			       (unsigned)(code >> 7 & 15),
			       (unsigned)(code >> 3 & 15), (unsigned)(code & 7),
			       (unsigned long)fault.esr);
		}
		ASSERT_NEQ(OTHER, outcome);
		values += outcome == VALUE;
		undefined += outcome == UNDEFINED;
		/* NZCV is what MRS RNDR may set. */
		out.nzcv = in.nzcv;
		CHECK_CALL(others_untouched(BIT(RESULT)));
	}
	printf("op0 %u: %u values, %u undefined\n", op0, values, undefined);
	ASSERT_GT(values, 10);
	ASSERT_GT(undefined, 1000);
	PASS();
}

/* Implementation defined space: a value or UNDEFINED, read and write (121). */
TEST c121_implementation_defined_space_is_harmless(void)
{
	probe_fill(&in, 14);
	in.x[RESULT] = 0;
	for (unsigned i = 0; i < 2 * 8 * 16 * 8; i++) {
		uint32_t reg = INSN_SYSREG(3, i >> 7 & 7, i >> 10 ? 15 : 11,
		                           i >> 3 & 15, i & 7);
		enum outcome outcome = attempt(INSN_MRS(reg, RESULT), false);

		ASSERT(outcome == VALUE || outcome == UNDEFINED ||
		       outcome == TRAPPED);
		CHECK_CALL(others_untouched(BIT(RESULT)));
	}
	PASS();
}

/* Debug registers: there, and the OS lock does what it says (123). */
TEST c123_debug_registers_are_there(void)
{
	ASSERT_EQ((int)VALUE,
	          (int)attempt(INSN_MRS(INSN_SYSREG(2, 0, 1, 1, 4), RESULT),
	                       false));      /* OSLSR_EL1 */
	ASSERT_EQ(0x8, out.x[RESULT] & 0x9); /* OSLM: implemented */
	sysreg_write(oslar_el1, 1);
	isb();
	ASSERT_EQ(2, sysreg_read(oslsr_el1) & 2);
	sysreg_write(oslar_el1, 0);
	isb();
	ASSERT_EQ(0, sysreg_read(oslsr_el1) & 2);
	/* The zero register writes zero, not what lies at 31. */
	sysreg_write(oslar_el1, 1);
	probe_fill(&in, 20);
	in.x[30] = ~0ull;
	ASSERT_EQ(
		(int)VALUE,
		(int)attempt(INSN_MSR(INSN_SYSREG(2, 0, 1, 0, 4), 31), false));
	CHECK_CALL(others_untouched(0));
	ASSERT_EQ(0, sysreg_read(oslsr_el1) & 2);
	PASS();
}

/* "ICC_SRE_EL1": SRE, DFB and DIB are set and stay (125). */
TEST c125_icc_sre_is_fixed(void)
{
	ASSERT_EQ_FMT(7ul, (unsigned long)sysreg_read(icc_sre_el1), "%#lx");
	sysreg_write(icc_sre_el1, 0);
	isb();
	ASSERT_EQ_FMT(7ul, (unsigned long)sysreg_read(icc_sre_el1), "%#lx");
	PASS();
}

/* Every register of the PMU: none is there, when the ID register says so. */
TEST c124_a_hidden_pmu_has_no_register(void)
{
	probe_fill(&in, 22);
	if ((read_id(ID_DFR0) & FIELD(11, 8)) != 0) {
		SKIPm("there is a PMU here");
	}
	in.x[RESULT] = 0;
	for (unsigned crm = 8; crm < 16; crm++) {
		for (unsigned op2 = 0; op2 < 8; op2++) {
			/* PMCR_EL0 and its like; PMINTENSET_EL1; counters */
			uint32_t regs[] = { INSN_SYSREG(3, 3, 9, crm, op2),
				            INSN_SYSREG(3, 0, 9, 14, op2),
				            INSN_SYSREG(3, 3, 14, crm, op2) };

			for (unsigned i = 0; i < 3; i++) {
				ASSERT_EQ(
					(int)UNDEFINED,
					(int)attempt(INSN_MRS(regs[i], RESULT),
				                     false));
				ASSERT_EQ(
					(int)UNDEFINED,
					(int)attempt(INSN_MSR(regs[i], RESULT),
				                     false));
				ASSERT_NEQ(
					(int)VALUE,
					(int)attempt(INSN_MRS(regs[i], RESULT),
				                     true));
			}
			CHECK_CALL(others_untouched(0));
		}
	}
	PASS();
}

/* Set/way maintenance is carried out or ignored, never refused (129). */
TEST c129_set_way_maintenance_does_no_harm(void)
{
	static volatile uint64_t canary;

	probe_fill(&in, 15);
	in.x[0] = 0;
	for (uint64_t i = 0; i < 100; i++) {
		canary = i;
		ASSERT_EQ((int)VALUE, (int)attempt(INSN_DC_CISW(0), false));
		CHECK_CALL(others_untouched(0));
		ASSERT_EQ(i, canary);
	}
	PASS();
}

/* TLBI VMALLE1 of our own leaves us as we were (130 in part). */
TEST c130_invalidating_all_of_the_tlb_is_harmless(void)
{
	static volatile uint64_t canary;

	for (uint64_t i = 0; i < 100; i++) {
		canary = i;
		__asm__ volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::
		                         : "memory");
		ASSERT_EQ(i, canary);
	}
	PASS();
}

/* EL0 is held by our own EL1's settings, and traps come to us (138). */
TEST c138_c191_el0_counter_access_is_ours_to_grant(void)
{
	uint32_t cntvct_el0 = INSN_SYSREG(3, 3, 14, 0, 2);

	probe_fill(&in, 16);
	sysreg_write(cntkctl_el1, 0);
	isb();
	ASSERT_EQ((int)TRAPPED,
	          (int)attempt(INSN_MRS(cntvct_el0, RESULT), true));
	ASSERT_EQ(0x400, fault.kind);
	sysreg_write(cntkctl_el1, 3);
	isb();
	ASSERT_EQ((int)VALUE, (int)attempt(INSN_MRS(cntvct_el0, RESULT), true));
	CHECK_CALL(others_untouched(BIT(RESULT)));
	PASS();
}

TEST c138_el0_sees_no_el1_register(void)
{
	static const uint32_t regs[] = {
		INSN_SYSREG(3, 0, 1, 0, 0),   /* SCTLR_EL1 */
		INSN_SYSREG(3, 0, 12, 0, 0),  /* VBAR_EL1 */
		INSN_SYSREG(3, 0, 12, 12, 0), /* ICC_IAR1_EL1 */
		INSN_SYSREG(3, 4, 1, 1, 0),   /* HCR_EL2 */
	};

	probe_fill(&in, 17);
	for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		ASSERT_EQ((int)UNDEFINED,
		          (int)attempt(INSN_MRS(regs[i], RESULT), true));
		CHECK_CALL(others_untouched(0));
	}
	PASS();
}

/* HVC and SMC at EL0 are UNDEFINED, in the guest (12, 297). */
TEST c12_c297_el0_cannot_call(void)
{
	probe_fill(&in, 18);
	ASSERT_EQ((int)UNDEFINED, (int)attempt(INSN_HVC(0), true));
	CHECK_CALL(others_untouched(0));
	ASSERT_EQ((int)UNDEFINED, (int)attempt(INSN_HVC(0x6000), true));
	ASSERT_EQ((int)UNDEFINED, (int)attempt(INSN_SMC(0), true));
	CHECK_CALL(others_untouched(0));
	PASS();
}

/* PSTATE bits that software sets survive a call to above (73, 135). */
TEST c73_c135_pstate_survives_a_call(void)
{
	probe_fill(&in, 19);
	if ((read_id(ID_MMFR1) & FIELD(23, 20)) != 0) {
		__asm__ volatile(".arch_extension pan\n\tmsr pan, #1");
		psci(PSCI_VERSION, 0, 0, 0);
		ASSERT_EQ(BIT(22), sysreg_read(s3_0_c4_c2_3));
		__asm__ volatile(".arch_extension pan\n\tmsr pan, #0");
	}
	if ((read_id(ID_PFR0) & FIELD(51, 48)) != 0) {
		sysreg_write(s3_3_c4_c2_5, BIT(24)); /* DIT */
		psci(PSCI_VERSION, 0, 0, 0);
		ASSERT_EQ(BIT(24), sysreg_read(s3_3_c4_c2_5));
		sysreg_write(s3_3_c4_c2_5, 0);
	}
	for (unsigned daif = 0; daif < 16; daif++) {
		uint64_t old = sysreg_read(daif);
		uint64_t got;

		/* I and F stay masked: nothing may interrupt this. */
		sysreg_write(daif, (uint64_t)(daif | 3) << 6);
		psci(PSCI_VERSION, 0, 0, 0);
		got = sysreg_read(daif);
		sysreg_write(daif, old);
		ASSERT_EQ((uint64_t)(daif | 3) << 6, got & PSR_DAIF);
	}
	PASS();
}

SUITE(register_state)
{
	RUN_TEST(c131_registers_keep_their_values);
	greatest_set_test_suffix("op0_2");
	RUN_TESTp(c132_every_mrs_has_an_outcome, 2);
	greatest_set_test_suffix("op0_3");
	RUN_TESTp(c132_every_mrs_has_an_outcome, 3);
	RUN_TEST(c121_implementation_defined_space_is_harmless);
	RUN_TEST(c123_debug_registers_are_there);
	RUN_TEST(c124_a_hidden_pmu_has_no_register);
	RUN_TEST(c125_icc_sre_is_fixed);
	RUN_TEST(c129_set_way_maintenance_does_no_harm);
	RUN_TEST(c130_invalidating_all_of_the_tlb_is_harmless);
	RUN_TEST(c138_c191_el0_counter_access_is_ours_to_grant);
	RUN_TEST(c138_el0_sees_no_el1_register);
	RUN_TEST(c12_c297_el0_cannot_call);
	RUN_TEST(c73_c135_pstate_survives_a_call);
}
