// SPDX-License-Identifier: BSD-2-Clause
/*
 * Self-hosted debug, the PMU and FP as a VM sees them (Arm ARM, "AArch64
 * Self-hosted Debug", "The Performance Monitors Extension"; behaviours 298 to
 * 304).  Armv8-A has at least two breakpoints and two watchpoints: a VM that
 * sees their ID register has them.
 */
#include <abi/psci.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/probe.h"
#include "rt/timer.h"

#define MDSCR_SS  BIT(0)
#define MDSCR_KDE BIT(13)
#define MDSCR_MDE BIT(15)

#define BCR_ENABLE  (BIT(0) | 1 << 1 | 0xf << 5) /* EL1, all four bytes */
#define WCR_ENABLE  (BIT(0) | 1 << 1)            /* EL1 */
#define WCR_LOAD    BIT(3)
#define WCR_STORE   BIT(4)
#define WCR_BYTE(n) (BIT(5) << (n))

#define PMU_PPI      23
#define PMCR_E       BIT(0)
#define PMCR_C       BIT(2)
#define PMCNT_CYCLES BIT(31)

static struct probe_regs in, out;
static struct fault fault;
static uint64_t watched[4] __attribute__((aligned(32)));

static void debug_on(void *arg)
{
	(void)arg;
	probe_fill(&in, 21);
	sysreg_write(oslar_el1, 0);
	sysreg_write(dbgbcr0_el1, 0);
	sysreg_write(dbgbcr1_el1, 0);
	sysreg_write(dbgwcr0_el1, 0);
	sysreg_write(dbgwcr1_el1, 0);
	sysreg_write(mdscr_el1, MDSCR_MDE | MDSCR_KDE);
	isb(); /* in force before the test runs */
	__asm__ volatile("msr daifclr, #8" ::: "memory");
}

static void debug_off(void *arg)
{
	(void)arg;
	__asm__ volatile("msr daifset, #8" ::: "memory");
	sysreg_write(mdscr_el1, 0);
	sysreg_write(dbgbcr0_el1, 0);
	sysreg_write(dbgwcr0_el1, 0);
	isb();
}

static enum greatest_test_res untouched(void)
{
	const char *difference = probe_difference(&in, &out, 0, 0);

	ASSERTm(difference, difference == NULL);
	PASS();
}

/* BRK: EC 0x3c with its immediate, from EL1 and from EL0 (298). */
TEST c298_brk_tells_its_immediate(void)
{
	static const unsigned imms[] = { 0, 1, 0x800, 0xf000, 0xffff };

	for (unsigned i = 0; i < sizeof(imms) / sizeof(imms[0]); i++) {
		ASSERT(probe_run(INSN_BRK(imms[i]), &in, &out, &fault));
		ASSERT_EQ(ESR_EC_BRK64, fault_ec(&fault));
		ASSERT_EQ(imms[i], field_get(FIELD(15, 0), fault.esr));
		ASSERT_EQ(probe_address(), fault.elr);
		CHECK_CALL(untouched());
		ASSERT(probe_run_user(INSN_BRK(imms[i]), &in, &out, &fault));
		ASSERT_EQ(ESR_EC_BRK64, fault_ec(&fault));
		ASSERT_EQ_FMT(0x400u, (unsigned)fault.kind, "%#x");
	}
	PASS();
}

/* A hardware breakpoint stops before its instruction (299). */
TEST c299_a_breakpoint_fires_at_its_address(void)
{
	sysreg_write(dbgbvr0_el1, probe_address());
	sysreg_write(dbgbcr0_el1, BCR_ENABLE);
	isb(); /* armed */
	ASSERT(probe_run(INSN_NOP, &in, &out, &fault));
	ASSERT_EQ_FMT(ESR_EC_HW_BREAK, (int)fault_ec(&fault), "%#x");
	ASSERT_EQ(probe_address(), fault.elr);
	CHECK_CALL(untouched());
	sysreg_write(dbgbcr0_el1, 0);
	isb(); /* disarmed */
	ASSERT_FALSE(probe_run(INSN_NOP, &in, &out, &fault));
	ASSERT_EQ(0, fault.count);
	PASS();
}

/* A watchpoint on one byte: that byte, that direction, no other (299). */
TEST c299_a_watchpoint_watches_its_bytes(void)
{
	uint64_t base = (uint64_t)(uintptr_t)watched;

	for (unsigned byte = 0; byte < 8; byte++) {
		sysreg_write(dbgwvr0_el1, base);
		sysreg_write(dbgwcr0_el1,
		             WCR_ENABLE | WCR_STORE | WCR_BYTE(byte));
		isb(); /* armed */
		for (unsigned at = 0; at < 8; at++) {
			in.x[1] = base + at;
			probe_run(INSN_STR(INSN_B, 0, 1), &in, &out, &fault);
			ASSERT_EQ(at == byte, fault.count);
			CHECK_CALL(untouched());
			if (at == byte) {
				ASSERT_EQ(ESR_EC_WATCH, fault_ec(&fault));
				ASSERT_EQ(base + at, fault.far);
				ASSERT(fault.esr & ABT_WNR);
			}
			ASSERT_FALSE(probe_run(INSN_LDR(INSN_B, 31, 1), &in,
			                       &out, &fault));
		}
	}
	PASS();
}

TEST c299_a_watchpoint_sees_all_widths(void)
{
	uint64_t base = (uint64_t)(uintptr_t)watched;

	sysreg_write(dbgwvr0_el1, base);
	sysreg_write(dbgwcr0_el1, WCR_ENABLE | WCR_LOAD | 0xff << 5);
	isb(); /* armed */
	for (unsigned size = INSN_B; size <= INSN_X; size++) {
		in.x[1] = base;
		ASSERT(probe_run(INSN_LDR(size, 0, 1), &in, &out, &fault));
		ASSERT_EQ(ESR_EC_WATCH, fault_ec(&fault));
		ASSERT_FALSE(fault.esr & ABT_WNR);
		CHECK_CALL(untouched());
		in.x[1] = base + 8;
		ASSERT_FALSE(
			probe_run(INSN_LDR(size, 31, 1), &in, &out, &fault));
	}
	PASS();
}

/* Software step: one instruction, then an exception behind it (299). */
static enum greatest_test_res step(uint32_t insn, uint32_t x_allowed)
{
	const char *difference;

	probe_fill(&in, 22);
	in.x[0] = PSCI_VERSION;
	/* Masked up to the ERET, or it would step what leads there. */
	__asm__ volatile("msr daifset, #8" ::: "memory");
	in.nzcv ^= PSR_SS | PSR_D;
	sysreg_write(mdscr_el1, MDSCR_MDE | MDSCR_KDE | MDSCR_SS);
	isb(); /* stepping from the next ERET with SPSR.SS */
	probe_run(insn, &in, &out, &fault);
	ASSERT_EQ_FMT(1u, (unsigned)fault.count, "%u");
	ASSERT_EQ_FMT(ESR_EC_STEP, (int)fault_ec(&fault), "%#x");
	ASSERT_EQ_FMT((unsigned long)probe_address() + 4,
	              (unsigned long)fault.elr, "%#lx");
	in.nzcv ^= PSR_SS | PSR_D;
	difference = probe_difference(&in, &out, x_allowed, 0);
	ASSERTm(difference, difference == NULL);
	PASS();
}

TEST c299_a_step_takes_one_instruction(void)
{
	CHECK_CALL(step(INSN_NOP, 0));
	CHECK_CALL(step(0x91000400u /* add x0, x0, #1 */, 1));
	ASSERT_EQ(PSCI_VERSION + 1ull, out.x[0]);
	PASS();
}

/* ... also when the instruction is emulated or handled above (299). */
TEST c299_a_step_over_a_call_stops_behind_it(void)
{
	CHECK_CALL(step(INSN_HVC(0), 0xf));
	ASSERT_GTE(out.x[0], PSCI_VERSION_1_1);
	PASS();
}

/* "OS lock": breakpoints and watchpoints are silent while it is held (300). */
TEST c300_the_os_lock_silences_debug(void)
{
	sysreg_write(dbgbvr0_el1, probe_address());
	sysreg_write(dbgbcr0_el1, BCR_ENABLE);
	sysreg_write(oslar_el1, 1);
	isb(); /* locked */
	probe_run(INSN_NOP, &in, &out, &fault);
	sysreg_write(oslar_el1, 0);
	isb(); /* unlocked */
	if (fault.count != 0) {
		SKIPm("this CPU ignores its OS lock, as QEMU 7.2 does");
	}
	ASSERT(probe_run(INSN_NOP, &in, &out, &fault));
	PASS();
}

static bool has_pmu(void)
{
	uint64_t version =
		field_get(FIELD(11, 8), sysreg_read(id_aa64dfr0_el1));

	return version != 0 && version != 15;
}

/* The cycle counter counts, and stops (302). */
TEST c302_the_cycle_counter_counts(void)
{
	uint64_t first, second;

	if (!has_pmu()) {
		SKIPm("no PMU: consistently absent, see sysreg");
	}
	sysreg_write(pmcr_el0, PMCR_E | PMCR_C | BIT(6));
	sysreg_write(pmccfiltr_el0, 0);
	sysreg_write(pmcntenset_el0, PMCNT_CYCLES);
	isb(); /* counting */
	first = sysreg_read(pmccntr_el0);
	timer_delay_us(100);
	second = sysreg_read(pmccntr_el0);
	ASSERT_GT(second, first);
	sysreg_write(pmcntenclr_el0, PMCNT_CYCLES);
	isb(); /* stopped */
	first = sysreg_read(pmccntr_el0);
	timer_delay_us(100);
	ASSERT_EQ(first, sysreg_read(pmccntr_el0));
	PASS();
}

static volatile unsigned overflows;

static void on_overflow(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	overflows++;
	sysreg_write(pmintenclr_el1, PMCNT_CYCLES);
	sysreg_write(pmovsclr_el0, PMCNT_CYCLES);
	isb();
}

/* Its overflow is an interrupt (302). */
TEST c302_an_overflow_interrupts(void)
{
	if (!has_pmu()) {
		SKIPm("no PMU: consistently absent, see sysreg");
	}
	irq_attach(PMU_PPI, on_overflow, NULL);
	irq_enable(PMU_PPI);
	sysreg_write(pmovsclr_el0, PMCNT_CYCLES);
	sysreg_write(pmccntr_el0, ~0ull - 1000);
	sysreg_write(pmintenset_el1, PMCNT_CYCLES);
	sysreg_write(pmcntenset_el0, PMCNT_CYCLES);
	isb(); /* counting up to the end */
	ASSERT(irq_wait(&overflows, 4000000));
	sysreg_write(pmcntenclr_el0, PMCNT_CYCLES);
	irq_disable(PMU_PPI);
	PASS();
}

/* All of the FP state survives calls and time (303, 304). */
TEST c303_c304_fp_state_survives_what_is_above(void)
{
	for (unsigned seed = 1; seed <= 8; seed++) {
		const char *difference;

		probe_fill(&in, seed);
		in.fpcr = (uint64_t)(seed & 3) << 22 | (seed & 1) << 24 |
		          (uint64_t)(seed >> 1 & 1) << 25;
		in.x[0] = PSCI_VERSION;
		probe_run(INSN_HVC(0), &in, &out, &fault);
		difference = probe_difference(&in, &out, 0xf, 0);
		ASSERTm(difference, difference == NULL);
	}
	PASS();
}

/* CPACR_EL1.FPEN is ours: off, FP traps to EL1; on again, values are there. */
TEST c134_c304_fp_traps_are_our_own(void)
{
	uint64_t cpacr = sysreg_read(cpacr_el1);
	uint64_t low, count;

	__asm__ volatile("	fmov	d20, %2\n"
	                 "	msr	cpacr_el1, xzr\n"
	                 "	isb\n" /* off */
	                 "	mrs	%0, cpacr_el1\n"
	                 "	msr	cpacr_el1, %3\n"
	                 "	isb\n" /* on again */
	                 "	fmov	%1, d20\n"
	                 : "=&r"(count), "=&r"(low)
	                 : "r"(0x1234567890abcdefull), "r"(cpacr)
	                 : "v20", "memory");
	ASSERT_EQ(0, count);
	ASSERT_EQ(0x1234567890abcdefull, low);
	PASS();
}

SUITE(self_hosted_debug)
{
	SET_SETUP(debug_on, NULL);
	SET_TEARDOWN(debug_off, NULL);
	RUN_TEST(c298_brk_tells_its_immediate);
	RUN_TEST(c299_a_breakpoint_fires_at_its_address);
	RUN_TEST(c299_a_watchpoint_watches_its_bytes);
	RUN_TEST(c299_a_watchpoint_sees_all_widths);
	RUN_TEST(c299_a_step_takes_one_instruction);
	RUN_TEST(c299_a_step_over_a_call_stops_behind_it);
	RUN_TEST(c300_the_os_lock_silences_debug);
}

SUITE(pmu_and_fp)
{
	RUN_TEST(c302_the_cycle_counter_counts);
	RUN_TEST(c302_an_overflow_interrupts);
	RUN_TEST(c303_c304_fp_state_survives_what_is_above);
	RUN_TEST(c134_c304_fp_traps_are_our_own);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(self_hosted_debug);
	RUN_SUITE(pmu_and_fp);
	GREATEST_MAIN_END();
}
