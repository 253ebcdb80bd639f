// SPDX-License-Identifier: BSD-2-Clause
/*
 * A witness: one VM among others that looks after its own state for a while
 * and tells when any of it changes (behaviours 128, 131, 136, 161, 176, 187,
 * 188, 206, 285, 286, 288, 301, 303).  Give it a neighbour on the same CPU: a second
 * canary, or a hog.  Values follow from the VMID, so no two VMs have the same.
 *
 * Boot argument ms=N: how long each watch lasts, in counter time.
 */
#include <abi/psci.h>
#include <libfdt.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/probe.h"
#include "rt/timer.h"

#define MS_DEFAULT  150
#define GIC_WINDOW  (16ull << 20) /* of the virt machine */
#define SCAN_STEP   0x20000ull
#define SCAN_END    (4ull << 30)
#define SCAN_WINDOW (1ull << 30)

#define TURNS_MIN 12

static uint64_t seed;
static uint64_t deadline;
static unsigned turns; /* goes_on() since the test began */

/* For a while, but a few times in any case: on a busy host the while may be
 * over before this VM has had a turn at all. */
static bool goes_on(void)
{
	return turns++ < TURNS_MIN || cntvct() < deadline;
}

static void start_watch(void *arg)
{
	(void)arg;
	irq_mask();
	turns = 0;
	deadline =
		cntvct() +
		timer_ticks_of_us(1000 * dt_bootarg_number("ms", MS_DEFAULT));
}

/* A value of ours: other VMs and other rounds have others. */
static uint64_t mine(uint64_t n)
{
	uint64_t x = (seed << 32 | n) * 0x9e3779b97f4a7c15ull;

	return x ^ x >> 29;
}

#define SET(reg, mask, n) sysreg_write(reg, mine(n) & (mask))
#define STILL(reg, mask, n)                                     \
	ASSERT_EQ_FMTm(#reg, (unsigned long)(mine(n) & (mask)), \
	               (unsigned long)sysreg_read(reg), "%#lx")

/* System registers of EL1 and EL0, debug ones, too (128, 131, 301). */
TEST c128_c131_c301_system_registers_are_ours(void)
{
	uint64_t rounds = 0;

	while (goes_on()) {
		SET(tpidr_el0, ~0ull, rounds);
		SET(tpidrro_el0, ~0ull, rounds + 1);
		SET(contextidr_el1, 0xffffffff, rounds + 2);
		SET(far_el1, ~0ull, rounds + 3);
		SET(elr_el1, ~3ull & FIELD(47, 0), rounds + 4);
		SET(sp_el0, FIELD(47, 4), rounds + 5);
		SET(cntkctl_el1, 0x3, rounds + 6);
		SET(dbgbvr0_el1, FIELD(47, 2), rounds + 7);
		SET(dbgwvr1_el1, FIELD(47, 3), rounds + 8);
		SET(cntv_cval_el0, ~0ull, rounds + 9);
		SET(cntp_cval_el0, ~0ull, rounds + 10);
		timer_delay_us(50);
		STILL(tpidr_el0, ~0ull, rounds);
		STILL(tpidrro_el0, ~0ull, rounds + 1);
		STILL(contextidr_el1, 0xffffffff, rounds + 2);
		STILL(far_el1, ~0ull, rounds + 3);
		STILL(elr_el1, ~3ull & FIELD(47, 0), rounds + 4);
		STILL(sp_el0, FIELD(47, 4), rounds + 5);
		STILL(cntkctl_el1, 0x3, rounds + 6);
		STILL(dbgbvr0_el1, FIELD(47, 2), rounds + 7);
		STILL(dbgwvr1_el1, FIELD(47, 3), rounds + 8);
		STILL(cntv_cval_el0, ~0ull, rounds + 9);
		STILL(cntp_cval_el0, ~0ull, rounds + 10);
		rounds++;
	}
	PASS();
}

/* General and SIMD registers, FPCR, FPSR, NZCV (288, 303). */
TEST c288_c303_register_files_are_ours(void)
{
	uint64_t rounds = 0;

	while (goes_on()) {
		struct probe_regs in, out;
		struct fault fault;
		const char *difference;

		probe_fill(&in, seed * 1000 + rounds++ % 16);
		probe_run(INSN_NOP, &in, &out, &fault);
		difference = probe_difference(&in, &out, 0, 0);
		ASSERTm(difference, difference == NULL);
	}
	PASS();
}

/* Memory at an address that every VM has is this VM's (206, 286). */
TEST c206_c286_memory_is_ours(void)
{
	struct dt_range ram = dt_ram();
	uint64_t start = ram.base + ram.size / 2;
	uint64_t end = ram.base + ram.size;

	for (uint64_t at = start; at < end; at += PAGE_SIZE) {
		mmio_write64(at, mine(at));
	}
	do {
		for (uint64_t at = start; at < end; at += PAGE_SIZE) {
			ASSERT_EQ_FMT((unsigned long)mine(at),
			              (unsigned long)mmio_read64(at), "%#lx");
		}
	} while (goes_on());
	PASS();
}

/* An exclusive store never succeeds on what somebody else has touched (136):*/
/* increments made of LDXR and STXR stay exact across switches of the VM. */
TEST c136_c207_exclusives_stay_exact(void)
{
	static uint64_t counter;
	uint64_t rounds = 0;

	while (goes_on()) {
		uint32_t failed;
		uint64_t value;

		do {
			__asm__ volatile("ldxr	%0, [%2]\n"
			                 "	add	%0, %0, #1\n"
			                 "	stxr	%w1, %0, [%2]\n"
			                 : "=&r"(value), "=&r"(failed)
			                 : "r"(&counter)
			                 : "memory");
		} while (failed != 0);
		rounds++;
	}
	ASSERT_EQ(rounds, counter);
	PASS();
}

static volatile unsigned alarms[2];
static volatile uint64_t alarm_at[2];

static void on_alarm(unsigned intid, void *arg)
{
	unsigned which = intid == TIMER_PHYS_PPI;

	(void)arg;
	alarm_at[which] = which ? cntpct() : cntvct();
	if (which) {
		timer_phys_off();
	} else {
		timer_virt_off();
	}
	alarms[which]++;
}

/* Timers keep their values while others run: late, never early or lost. */
TEST c187_c188_timers_are_ours(void)
{

	irq_attach(TIMER_VIRT_PPI, on_alarm, NULL);
	irq_attach(TIMER_PHYS_PPI, on_alarm, NULL);
	irq_enable(TIMER_VIRT_PPI);
	irq_enable(TIMER_PHYS_PPI);
	while (goes_on()) {
		uint64_t v = cntvct() + timer_ticks_of_us(100 + seed * 37);
		uint64_t p = cntpct() + timer_ticks_of_us(300 - seed * 11);

		alarms[0] = alarms[1] = 0;
		timer_virt_set(v, CNT_ENABLE);
		timer_phys_set(p, CNT_ENABLE);
		ASSERT(irq_wait(&alarms[0], 10000000));
		ASSERT(irq_wait(&alarms[1], 10000000));
		ASSERT_GTE(alarm_at[0], v);
		ASSERT_GTE(alarm_at[1], p);
	}
	irq_disable(TIMER_VIRT_PPI);
	irq_disable(TIMER_PHYS_PPI);
	PASS();
}

/* WFI ends by the timer, whatever the others do (187). */
TEST c185_c187_sleep_ends(void)
{
	irq_attach(TIMER_VIRT_PPI, on_alarm, NULL);
	irq_enable(TIMER_VIRT_PPI);
	while (goes_on()) {
		alarms[0] = 0;
		timer_virt_set(cntvct() + timer_ticks_of_us(2000), CNT_ENABLE);
		while (!(sysreg_read(cntv_ctl_el0) & CNT_ISTATUS)) {
			wfi();
		}
		ASSERT(irq_wait(&alarms[0], 10000000));
	}
	irq_disable(TIMER_VIRT_PPI);
	PASS();
}

TEST c176_time_goes_forward(void)
{
	uint64_t last_v = cntvct(), last_p = cntpct();

	while (goes_on()) {
		uint64_t v = cntvct(), p = cntpct();

		ASSERT_GTE(v, last_v);
		ASSERT_GTE(p, last_p);
		last_v = v;
		last_p = p;
	}
	PASS();
}

static volatile unsigned strangers;

static void on_stranger(unsigned intid, void *arg)
{
	(void)arg;
	printf("interrupt %u, which nobody here asked for\n", intid);
	strangers++;
}

/* Interrupts of other VMs do not show here (161). */
TEST c161_no_interrupt_of_others_arrives(void)
{
	for (unsigned i = 0; i < irq_count(); i++) {
		irq_attach(i, on_stranger, NULL);
		irq_enable(i);
	}
	timer_virt_off();
	timer_phys_off();
	irq_unmask();
	while (goes_on()) {
		cpu_relax();
	}
	irq_mask();
	for (unsigned i = 0; i < irq_count(); i++) {
		irq_disable(i);
		irq_attach(i, NULL, NULL);
	}
	ASSERT_EQ_FMT(0u, strangers, "%u");
	PASS();
}

/* CPU_ON reaches no CPU but our own (50). */
TEST c50_cpus_of_others_cannot_be_started(void)
{
	for (uint64_t mpidr = cpu_count; mpidr < 64; mpidr++) {
		ASSERT_EQ_FMT(PSCI_INVALID_PARAMETERS,
		              (int)psci(PSCI_CPU_ON, mpidr,
		                        (uint64_t)(uintptr_t)secondary_entry,
		                        0),
		              "%d");
	}
	PASS();
}

#define RANGES_MAX 32

static struct dt_range ours[RANGES_MAX];
static unsigned our_count;

/* All that the device tree gives us. */
static void find_ours(void)
{
	int node;

	for (node = fdt_next_node(dt(), -1, NULL); node >= 0;
	     node = fdt_next_node(dt(), node, NULL)) {
		for (unsigned i = 0; i < 4 && our_count < RANGES_MAX; i++) {
			ours[our_count] = dt_reg(node, i);
			our_count += ours[our_count].size != 0;
		}
	}
}

/* The range that @ipa lies in, or NULL. */
static const struct dt_range *range_of(uint64_t ipa)
{
	for (unsigned i = 0; i < our_count; i++) {
		if (ipa >= ours[i].base && ipa - ours[i].base < ours[i].size) {
			return &ours[i];
		}
	}
	return NULL;
}

/*
 * Our whole address space, in steps: there is nothing but ours.  Only frames
 * of redistributors that we do not have may read as zero.
 */
TEST c285_nothing_else_can_be_read(void)
{
	unsigned refused = 0, zeros = 0;
	uint64_t at = 0;

	if (!dt_has_hypervisor()) {
		SKIPm("the bare machine is all ours");
	}
	find_ours();
	for (uint64_t base = 0; base < SCAN_END; base += SCAN_WINDOW) {
		mmu_map(MMU_TEST_VA, base, SCAN_WINDOW, MMU_DEVICE);
		while (at < base + SCAN_WINDOW) {
			const struct dt_range *range = range_of(at);
			struct fault fault;
			uint64_t value;

			if (range != NULL) {
				at = (range->base + range->size + SCAN_STEP -
				      1) &
				     ~(SCAN_STEP - 1);
				continue;
			}
			fault_expect(&fault);
			value = mmio_read32(MMU_TEST_VA + at - base);
			fault_came(&fault);
			if (fault.count == 0) {
				ASSERT_EQ_FMT(0ul, (unsigned long)value,
				              "%#lx");
				zeros++;
			} else {
				ASSERT_EQ(FSC_SEA, fault_fsc(&fault));
				refused++;
			}
			at += SCAN_STEP;
		}
		mmu_unmap(MMU_TEST_VA, SCAN_WINDOW);
	}
	printf("%u addresses refused, %u read as zero\n", refused, zeros);
	ASSERT_GT(refused, 1000);
	PASS();
}

SUITE(watch)
{
	SET_SETUP(start_watch, NULL);
	RUN_TEST(c128_c131_c301_system_registers_are_ours);
	RUN_TEST(c288_c303_register_files_are_ours);
	RUN_TEST(c206_c286_memory_is_ours);
	RUN_TEST(c136_c207_exclusives_stay_exact);
	RUN_TEST(c187_c188_timers_are_ours);
	RUN_TEST(c185_c187_sleep_ends);
	RUN_TEST(c176_time_goes_forward);
	RUN_TEST(c161_no_interrupt_of_others_arrives);
}

SUITE(borders)
{
	RUN_TEST(c50_cpus_of_others_cannot_be_started);
	RUN_TEST(c285_nothing_else_can_be_read);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	seed = dt_vmid() % 8 + 1;
	RUN_SUITE(watch);
	RUN_SUITE(borders);
	GREATEST_MAIN_END();
}
