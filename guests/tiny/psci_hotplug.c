// SPDX-License-Identifier: BSD-2-Clause
/*
 * CPUs that go and come back, in every order and all at once (Arm DEN 0022;
 * behaviours 27 to 31, 47, 53, 159, 211).  CPU 1 is on when this begins.
 */
#include <abi/psci.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define TRIES 20

/* "CPU_OFF", and the same CPU again (31, 211). */
TEST c31_c211_cpu_off_and_on_again(void)
{
	for (unsigned i = 0; i < TRIES; i++) {
		cpu_stop(1); /* waits for AFFINITY_INFO to say OFF */
		ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(1), "%d");
		ASSERT_EQ_FMT((unsigned long)(uintptr_t)&cpus[1],
		              (unsigned long)cpus[1].entry.x[0], "%#lx");
	}
	PASS();
}

static bool comes_online(struct cpu *cpu)
{
	uint64_t end = cntvct() + timer_ticks_of_us(4000000);

	while (!cpu->is_online && cntvct() < end) {
		cpu_relax();
	}
	return cpu->is_online;
}

/*
 * "AFFINITY_INFO" of a higher level: what is said of this CPU's own cluster is
 * that it is on, or nothing, though the CPU named is off (32).
 */
TEST c32_affinity_info_of_a_cluster(void)
{
	cpu_stop(1);
	for (uint64_t level = 1; level < 4; level++) {
		int64_t got = psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, level, 0);

		ASSERT(got == PSCI_AFFINITY_ON ||
		       got == PSCI_INVALID_PARAMETERS);
	}
	ASSERT_EQ_FMT(PSCI_AFFINITY_OFF,
	              (int)psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, 0, 0), "%d");
	ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(1), "%d");
	PASS();
}

/* Race of all other CPUs to start the last one: one winner (28). */
static struct {
	volatile unsigned go;
	int64_t result[CPU_MAX];
} race;

static void start_last(void *arg)
{
	unsigned index = cpu_self()->index;

	while (race.go == 0) {
		cpu_relax();
	}
	race.result[index] = psci(PSCI_CPU_ON, cpus[cpu_count - 1].mpidr,
	                          (uint64_t)(uintptr_t)secondary_entry,
	                          (uint64_t)(uintptr_t)arg);
}

static enum greatest_test_res one_race(struct cpu *last)
{
	unsigned winners = 0;

	race.go = 0;
	for (unsigned i = 1; i + 1 < cpu_count; i++) {
		cpu_call(i, start_last, last);
	}
	race.go = 1;
	start_last(last);
	for (unsigned i = 1; i + 1 < cpu_count; i++) {
		cpu_join(i);
	}
	for (unsigned i = 0; i + 1 < cpu_count; i++) {
		winners += race.result[i] == PSCI_SUCCESS;
		ASSERT(race.result[i] == PSCI_SUCCESS ||
		       race.result[i] == PSCI_ALREADY_ON ||
		       race.result[i] == PSCI_ON_PENDING);
	}
	ASSERT_EQ_FMT(1u, winners, "%u");
	PASS();
}

TEST c28_one_of_many_cpu_ons_wins(void)
{
	struct cpu *last = &cpus[cpu_count - 1];

	if (cpu_count < 3) {
		SKIPm("needs three CPUs");
	}
	if (!dt_has_hypervisor()) {
		SKIPm("PSCI of QEMU itself loses this race now and then");
	}
	ASSERT_EQ(cpu_count, cpu_start_all());
	for (unsigned i = 0; i < TRIES; i++) {
		cpu_stop(last->index);
		CHECK_CALL(one_race(last));
		while (!last->is_online) {
			cpu_relax();
		}
	}
	PASS();
}

/* SMC32 CPU_ON: its arguments are 32 bits wide (30). */
TEST c30_cpu_on_32_uses_32_bits(void)
{
	uint64_t x[CALL_REGS] = { PSCI_CPU_ON_32,
		                  cpus[1].mpidr | 0xdeadbeef00000000ull,
		                  (uint64_t)(uintptr_t)secondary_entry,
		                  (uint64_t)(uintptr_t)&cpus[1] };

	if (!dt_has_hypervisor()) {
		SKIPm("PSCI of QEMU itself looks at all of the registers");
	}
	cpu_stop(1);
	cpus[1].is_online = false;
	x[3] |= 0xabcd000000000000ull;
	smccc_hvc(x);
	ASSERT_EQ_FMT(PSCI_SUCCESS, (int)(int32_t)x[0], "%d");
	ASSERT(comes_online(&cpus[1]));
	ASSERT_EQ_FMT((unsigned long)(uint32_t)(uintptr_t)&cpus[1],
	              (unsigned long)cpus[1].entry.x[0], "%#lx");
	PASS();
}

/* "INVALID_ADDRESS": an entry where nothing is (27; optional in the spec). */
TEST c27_cpu_on_refuses_an_entry_outside_memory(void)
{
	static const uint64_t entries[] = { 0x0b000000, 0x700000000 };

	if (!dt_has_hypervisor()) {
		SKIPm("PSCI of QEMU itself starts a CPU anywhere");
	}
	cpu_stop(1);
	for (unsigned i = 0; i < 2; i++) {
		int64_t got = psci(PSCI_CPU_ON, cpus[1].mpidr, entries[i], 0);

		ASSERT_EQ_FMT(PSCI_INVALID_ADDRESS, (int)got, "%d");
		got = psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, 0, 0);
		ASSERT_EQ_FMT(PSCI_AFFINITY_OFF, (int)got, "%d");
	}
	ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(1), "%d");
	PASS();
}

/* Neither its timer nor an SGI brings an off CPU back (53, 159). */
static void arm_timer(void *arg)
{
	(void)arg;
	timer_virt_set(cntvct() + timer_ticks_of_us(200), CNT_ENABLE);
	irq_enable(TIMER_VIRT_PPI);
}

TEST c53_c159_an_off_cpu_takes_no_interrupt(void)
{
	cpu_call(1, arm_timer, NULL);
	cpu_join(1);
	cpu_stop(1);
	irq_send(1, 1);
	timer_delay_us(1000);
	ASSERT_FALSE(cpus[1].is_online);
	ASSERT_EQ_FMT(PSCI_AFFINITY_OFF,
	              (int)psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, 0, 0), "%d");
	ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(1), "%d");
	PASS();
}

/* On and off in an order that looks random, always consistent (47, 48). */
TEST c47_random_hotplug_is_consistent(void)
{
	uint32_t state = (uint32_t)dt_bootarg_number("seed", 1) * 2654435761u;
	unsigned rounds = (unsigned)dt_bootarg_number("rounds", 100);

	cpu_start_all();
	for (unsigned i = 0; i < rounds; i++) {
		unsigned cpu;

		state = state * 1664525u + 1013904223u;
		cpu = 1 + (state >> 16) % (cpu_count - 1);
		if (cpus[cpu].is_online) {
			cpu_stop(cpu);
		} else {
			ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(cpu), "%d");
		}
		for (unsigned k = 0; k < cpu_count; k++) {
			int64_t info =
				psci(PSCI_AFFINITY_INFO, cpus[k].mpidr, 0, 0);

			ASSERT_EQ(cpus[k].is_online ? PSCI_AFFINITY_ON
			                            : PSCI_AFFINITY_OFF,
			          info);
		}
	}
	ASSERT_EQ(cpu_count, cpu_start_all());
	PASS();
}

SUITE(hotplug)
{
	RUN_TEST(c31_c211_cpu_off_and_on_again);
	RUN_TEST(c32_affinity_info_of_a_cluster);
	RUN_TEST(c30_cpu_on_32_uses_32_bits);
	RUN_TEST(c27_cpu_on_refuses_an_entry_outside_memory);
	RUN_TEST(c28_one_of_many_cpu_ons_wins);
	RUN_TEST(c53_c159_an_off_cpu_takes_no_interrupt);
	RUN_TEST(c47_random_hotplug_is_consistent);
}
