// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a VM may rely on when it calls PSCI (Arm DEN 0022, version 1.1);
 * behaviours 21 to 35, 39, 44, 211.  Wants two CPUs or more.
 */
#include <abi/psci.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define NO_SUCH_CPU 0x00ff00ull /* an affinity that no machine of ours has */
#define POWER_DOWN  0x00010000u /* of a power_state, original format */

/* "PSCI_VERSION": major and minor, 16 bits each. */
TEST c21_version_is_at_least_1_1(void)
{
	ASSERT_GTE(psci(PSCI_VERSION, 0, 0, 0), PSCI_VERSION_1_1);
	PASS();
}

/* "PSCI_FEATURES" of all that 1.1 makes mandatory. */
TEST c22_features_names_the_mandatory_functions(void)
{
	static const uint32_t ids[] = {
		PSCI_VERSION,        PSCI_CPU_SUSPEND,      PSCI_CPU_OFF,
		PSCI_CPU_ON,         PSCI_CPU_ON_32,        PSCI_AFFINITY_INFO,
		PSCI_SYSTEM_OFF,     PSCI_SYSTEM_RESET,     PSCI_FEATURES,
		PSCI_CPU_SUSPEND_32, PSCI_AFFINITY_INFO_32,
	};

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		int64_t got = psci(PSCI_FEATURES, ids[i], 0, 0);

		if (got < 0) {
			printf("function %#" PRIx32 "\n", ids[i]);
		}
		ASSERT_GTE(got, 0);
	}
	PASS();
}

TEST c22_features_refuses_what_is_not_there(void)
{
	static const uint32_t ids[] = { 0x840000ff, 0xc40000ff, 0x8400ffff,
		                        0x12345678 };

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ASSERT_EQ_FMT(PSCI_NOT_SUPPORTED,
		              (int)psci(PSCI_FEATURES, ids[i], 0, 0), "%d");
	}
	PASS();
}

/* "CPU_ON": the target starts at the entry, its x0 the context id. */
TEST c23_cpu_on_starts_at_the_entry_with_its_context(void)
{
	const struct cpu_entry *entry = &cpus[1].entry;

	ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(1), "%d");
	ASSERT_EQ_FMT((unsigned long)(uintptr_t)&cpus[1],
	              (unsigned long)entry->x[0], "%#lx");
	ASSERT_EQ(1, field_get(CURRENT_EL, entry->current_el));
	ASSERT_EQ(1, entry->spsel);
	ASSERT_EQ_FMT((unsigned long)PSR_DAIF,
	              (unsigned long)(entry->daif & PSR_DAIF), "%#lx");
	ASSERT_EQ(0, entry->sctlr & (SCTLR_M | SCTLR_C));
	PASS();
}

TEST c24_cpu_on_refuses_a_running_cpu(void)
{
	ASSERT_EQ_FMT(PSCI_ALREADY_ON, (int)cpu_start(1), "%d");
	cpus[1].is_online = true; /* cpu_start took it for stopped */
	PASS();
}

TEST c26_cpu_on_refuses_the_caller_itself(void)
{
	int64_t got = psci(PSCI_CPU_ON, cpu_self()->mpidr,
	                   (uint64_t)(uintptr_t)secondary_entry, 0);

	ASSERT_EQ_FMT(PSCI_ALREADY_ON, (int)got, "%d");
	PASS();
}

TEST c25_cpu_on_refuses_a_cpu_that_is_not_there(void)
{
	int64_t got = psci(PSCI_CPU_ON, NO_SUCH_CPU,
	                   (uint64_t)(uintptr_t)secondary_entry, 0);

	ASSERT_EQ_FMT(PSCI_INVALID_PARAMETERS, (int)got, "%d");
	PASS();
}

/* "target_cpu: bits 63:40 and 31:24 must be zero". */
TEST c33_cpu_on_refuses_reserved_affinity_bits(void)
{
	static const uint64_t bits[] = { BIT(24), BIT(30), BIT(31), BIT(40),
		                         BIT(63) };

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		int64_t got = psci(PSCI_CPU_ON, cpus[1].mpidr | bits[i],
		                   (uint64_t)(uintptr_t)secondary_entry, 0);

		ASSERT_EQ_FMT(PSCI_INVALID_PARAMETERS, (int)got, "%d");
	}
	PASS();
}

/* "AFFINITY_INFO", level 0. */
TEST c32_affinity_info_tells_on_and_off(void)
{
	ASSERT_EQ_FMT(PSCI_AFFINITY_ON,
	              (int)psci(PSCI_AFFINITY_INFO, cpus[0].mpidr, 0, 0), "%d");
	ASSERT_EQ_FMT(PSCI_AFFINITY_ON,
	              (int)psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, 0, 0), "%d");
	ASSERT_EQ_FMT(PSCI_INVALID_PARAMETERS,
	              (int)psci(PSCI_AFFINITY_INFO, NO_SUCH_CPU, 0, 0), "%d");
	PASS();
}

static volatile unsigned fired;

static void note_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	fired++;
}

/* "CPU_SUSPEND" to standby returns SUCCESS when an interrupt comes (34). */
TEST c34_standby_ends_with_an_interrupt(void)
{
	uint64_t deadline = cntvct() + timer_ticks_of_us(1000);

	fired = 0;
	irq_attach(TIMER_VIRT_PPI, note_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(deadline, CNT_ENABLE);
	ASSERT_EQ_FMT(PSCI_SUCCESS, (int)psci(PSCI_CPU_SUSPEND, 0, 0, 0), "%d");
	ASSERT_EQ(0, fired); /* still masked */
	ASSERT(irq_wait(&fired, 1000000));
	irq_disable(TIMER_VIRT_PPI);
	ASSERT_GTE(cntvct(), deadline);
	PASS();
}

/*
 * A CPU that comes back from power-down enters like a fresh one.  Here a spare
 * struct cpu receives it, on the stack of a CPU that does not exist, and its
 * work is to jump back to where the test was.
 */
static struct cpu spare;
static jmp_buf before_sleep;

static void wake_up(void *arg)
{
	(void)arg;
	sysreg_write(tpidr_el1, (uint64_t)(uintptr_t)&cpus[0]);
	longjmp(before_sleep, 1);
}

/* Sleep by @id with @state until the virtual timer; returns PSCI's answer. */
static int64_t sleep_and_return(uint32_t id, uint64_t state)
{
	uint64_t entry = (uint64_t)(uintptr_t)secondary_entry;
	uint64_t context = (uint64_t)(uintptr_t)&spare;
	volatile int64_t result = PSCI_SUCCESS;

	memset(&spare, 0, sizeof(spare));
	spare.index = CPU_MAX - 1;
	spare.mpidr = cpus[0].mpidr;
	spare.work = wake_up;
	irq_mask();
	irq_attach(TIMER_VIRT_PPI, note_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(cntvct() + timer_ticks_of_us(2000), CNT_ENABLE);
	if (setjmp(before_sleep) == 0) {
		result = id == PSCI_SYSTEM_SUSPEND
		                 ? psci(id, entry, context, 0)
		                 : psci(id, state, entry, context);
	}
	timer_virt_off();
	irq_disable(TIMER_VIRT_PPI);
	return result;
}

/* "CPU_SUSPEND", power-down: comes back at the entry, with its context (35).*/
TEST c35_power_down_comes_back_at_the_entry(void)
{
	uint64_t deadline = cntvct() + timer_ticks_of_us(2000);

	if (!dt_has_hypervisor()) {
		SKIPm("PSCI of QEMU itself knows no power-down");
	}
	ASSERT_EQ_FMT(PSCI_SUCCESS,
	              (int)sleep_and_return(PSCI_CPU_SUSPEND, POWER_DOWN),
	              "%d");
	ASSERT_GTE(cntvct(), deadline);
	ASSERT_EQ_FMT((unsigned long)(uintptr_t)&spare,
	              (unsigned long)spare.entry.x[0], "%#lx");
	ASSERT_EQ(1, field_get(CURRENT_EL, spare.entry.current_el));
	ASSERT_EQ(0, spare.entry.sctlr & (SCTLR_M | SCTLR_C));
	ASSERT_EQ_FMT((unsigned long)PSR_DAIF,
	              (unsigned long)(spare.entry.daif & PSR_DAIF), "%#lx");
	PASS();
}

/* "SYSTEM_SUSPEND": refused while another CPU is on; else it sleeps (37). */
TEST c37_system_suspend(void)
{
	static volatile uint64_t canary;

	if (psci(PSCI_FEATURES, PSCI_SYSTEM_SUSPEND, 0, 0) < 0) {
		ASSERT_EQ_FMT(PSCI_NOT_SUPPORTED,
		              (int)psci(PSCI_SYSTEM_SUSPEND, 0, 0, 0), "%d");
		SKIPm("not offered, and it says so");
	}
	ASSERT_EQ(cpu_count, cpu_start_all());
	ASSERT_EQ_FMT(PSCI_DENIED,
	              (int)sleep_and_return(PSCI_SYSTEM_SUSPEND, 0), "%d");
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_stop(i);
	}
	canary = 0x5a5a1234;
	ASSERT_EQ_FMT(PSCI_SUCCESS,
	              (int)sleep_and_return(PSCI_SYSTEM_SUSPEND, 0), "%d");
	ASSERT_EQ_FMT((unsigned long)(uintptr_t)&spare,
	              (unsigned long)spare.entry.x[0], "%#lx");
	ASSERT_EQ(0x5a5a1234, canary);
	ASSERT_EQ(cpu_count, cpu_start_all());
	PASS();
}

/* "MIGRATE_INFO_TYPE": no trusted OS that would need to migrate. */
TEST c44_no_trusted_os_to_migrate(void)
{
	int64_t got = psci(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0);

	ASSERT(got == PSCI_TOS_NOT_PRESENT || got == PSCI_NOT_SUPPORTED);
	PASS();
}

/* What FEATURES denies must answer NOT_SUPPORTED when called (42-46, 51). */
TEST c42_c43_c45_c46_optional_functions_match_features(void)
{
	static const uint32_t ids[] = {
		PSCI_CPU_FREEZE,          PSCI_NODE_HW_STATE,
		PSCI_STAT_RESIDENCY,      PSCI_STAT_COUNT,
		PSCI_MEM_PROTECT,         PSCI_SET_SUSPEND_MODE,
		PSCI_MIGRATE_INFO_UP_CPU, PSCI_SYSTEM_OFF2,
	};

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (psci(PSCI_FEATURES, ids[i], 0, 0) != PSCI_NOT_SUPPORTED) {
			continue; /* there: not to be tried blindly */
		}
		ASSERT_EQ_FMT(PSCI_NOT_SUPPORTED, (int)psci(ids[i], 0, 0, 0),
		              "%d");
	}
	PASS();
}

/* "CPU_SUSPEND": reserved bits of power_state are refused (36). */
TEST c36_an_invalid_power_state_is_refused(void)
{
	if (!dt_has_hypervisor()) {
		SKIPm("PSCI of QEMU itself looks at few of the bits");
	}
	ASSERT_EQ_FMT(PSCI_INVALID_PARAMETERS,
	              (int)psci(PSCI_CPU_SUSPEND, 0x80000000, 0, 0), "%d");
	ASSERT_EQ_FMT(PSCI_INVALID_PARAMETERS,
	              (int)psci(PSCI_CPU_SUSPEND, 0x04000000, 0, 0), "%d");
	PASS();
}

SUITE_EXTERN(hotplug); /* psci_hotplug.c */

SUITE(identity)
{
	RUN_TEST(c21_version_is_at_least_1_1);
	RUN_TEST(c22_features_names_the_mandatory_functions);
	RUN_TEST(c22_features_refuses_what_is_not_there);
	RUN_TEST(c44_no_trusted_os_to_migrate);
	RUN_TEST(c42_c43_c45_c46_optional_functions_match_features);
}

SUITE(power)
{
	RUN_TEST(c23_cpu_on_starts_at_the_entry_with_its_context);
	RUN_TEST(c24_cpu_on_refuses_a_running_cpu);
	RUN_TEST(c26_cpu_on_refuses_the_caller_itself);
	RUN_TEST(c25_cpu_on_refuses_a_cpu_that_is_not_there);
	RUN_TEST(c33_cpu_on_refuses_reserved_affinity_bits);
	RUN_TEST(c32_affinity_info_tells_on_and_off);
	RUN_TEST(c36_an_invalid_power_state_is_refused);
	RUN_TEST(c34_standby_ends_with_an_interrupt);
	RUN_TEST(c35_power_down_comes_back_at_the_entry);
	RUN_TEST(c37_system_suspend);
}

static void off(void *arg)
{
	(void)arg;
	power_off();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	const char *who;

	GREATEST_MAIN_BEGIN();
	RUN_SUITE(identity);
	RUN_SUITE(power);
	RUN_SUITE(hotplug);
	who = dt_bootarg("off");
	if (who != NULL && strcmp(who, "secondary") == 0) {
		/* SYSTEM_OFF by a CPU that did not boot (39). */
		GREATEST_PRINT_REPORT();
		cpu_call(1, off, NULL);
		cpu_join(1);
	}
	GREATEST_MAIN_END();
}
