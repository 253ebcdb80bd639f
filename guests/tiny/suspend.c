// SPDX-License-Identifier: BSD-2-Clause
/*
 * CPUs that power down and come back where they said (Arm DEN 0022; behaviours
 * 29, 35, 36, 37).  Optional states: where the firmware says no, it must say it
 * consistently.
 */
#include "tiny/suspend.h"

#include <abi/psci.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define POWERDOWN 0x00010000u /* of a power_state */
#define RESERVED  0x80000000u

static volatile unsigned fired;

static void note_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	fired++;
}

static uint64_t arm_timer(uint64_t us)
{
	uint64_t deadline = cntvct() + timer_ticks_of_us(us);

	fired = 0;
	irq_attach(TIMER_VIRT_PPI, note_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(deadline, CNT_ENABLE);
	return deadline;
}

/* The interrupt that ended the sleep is still there to be taken. */
static enum greatest_test_res check_back(int64_t got, uint64_t deadline)
{
	ASSERT_EQ_FMT((long)SUSPEND_RESUMED, (long)got, "%#lx"); /* MMU off */
	ASSERT_GTE(cntvct(), deadline);
	ASSERT(irq_wait(&fired, 1000000));
	irq_disable(TIMER_VIRT_PPI);
	PASS();
}

/* "CPU_SUSPEND", a powerdown state: goes on at the entry, reset (35). */
TEST c35_powerdown_resumes_at_its_entry(void)
{
	uint64_t deadline = arm_timer(2000);
	int64_t got = suspend_down(PSCI_CPU_SUSPEND, POWERDOWN);

	if (got == PSCI_SUCCESS) {
		irq_disable(TIMER_VIRT_PPI);
		timer_virt_off();
		SKIPm("powerdown states are treated as standby here");
	}
	CHECK_CALL(check_back(got, deadline));
	PASS();
}

/* The same when something is pending already: down and up at once (35). */
TEST c35_powerdown_with_a_pending_interrupt(void)
{
	uint64_t deadline = arm_timer(0);
	int64_t got;

	got = suspend_down(PSCI_CPU_SUSPEND, POWERDOWN);
	if (got == PSCI_SUCCESS) {
		irq_disable(TIMER_VIRT_PPI);
		timer_virt_off();
		SKIPm("powerdown states are treated as standby here");
	}
	CHECK_CALL(check_back(got, deadline));
	PASS();
}

TEST c36_suspend_refuses_reserved_bits(void)
{
	ASSERT_EQ_FMT(PSCI_INVALID_PARAMETERS,
	              (int)psci(PSCI_CPU_SUSPEND, RESERVED, 0, 0), "%d");
	PASS();
}

/* "SYSTEM_SUSPEND": DENIED while another CPU is on; else like powerdown. */
TEST c37_system_suspend_keeps_ram(void)
{
	uint64_t deadline;

	if (psci(PSCI_FEATURES, PSCI_SYSTEM_SUSPEND, 0, 0) != PSCI_SUCCESS) {
		ASSERT_EQ_FMT(PSCI_NOT_SUPPORTED,
		              (int)psci(PSCI_SYSTEM_SUSPEND, 0, 0, 0), "%d");
		SKIPm("SYSTEM_SUSPEND is not there");
	}
	ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(1), "%d");
	ASSERT_EQ_FMT(PSCI_DENIED, (int)suspend_down(PSCI_SYSTEM_SUSPEND, 0),
	              "%d");
	cpu_stop(1);
	deadline = arm_timer(2000);
	CHECK_CALL(check_back(suspend_down(PSCI_SYSTEM_SUSPEND, 0), deadline));
	PASS();
}

/* A CPU that was turned on is ON_PENDING or ON, never OFF (29). */
TEST c29_between_off_and_on_is_pending(void)
{
	int64_t state, again;

	if (!dt_has_hypervisor()) {
		SKIPm("PSCI of QEMU itself says OFF for a moment");
	}
	cpus[1].is_online = false;
	ASSERT_EQ_FMT(PSCI_SUCCESS,
	              (int)psci(PSCI_CPU_ON, cpus[1].mpidr,
	                        (uint64_t)(uintptr_t)secondary_entry,
	                        (uint64_t)(uintptr_t)&cpus[1]),
	              "%d");
	state = psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, 0, 0);
	again = psci(PSCI_CPU_ON, cpus[1].mpidr,
	             (uint64_t)(uintptr_t)secondary_entry,
	             (uint64_t)(uintptr_t)&cpus[1]);
	ASSERT(state == PSCI_AFFINITY_ON || state == PSCI_AFFINITY_ON_PENDING);
	ASSERT(again == PSCI_ALREADY_ON || again == PSCI_ON_PENDING);
	while (!cpus[1].is_online) {
		cpu_relax();
	}
	ASSERT_EQ_FMT(PSCI_AFFINITY_ON,
	              (int)psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, 0, 0), "%d");
	cpu_stop(1);
	PASS();
}

SUITE_EXTERN(mix); /* suspend_mix.c */

SUITE(suspend)
{
	RUN_TEST(c35_powerdown_resumes_at_its_entry);
	RUN_TEST(c35_powerdown_with_a_pending_interrupt);
	RUN_TEST(c36_suspend_refuses_reserved_bits);
	RUN_TEST(c37_system_suspend_keeps_ram);
	RUN_TEST(c29_between_off_and_on_is_pending);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(suspend);
	RUN_SUITE(mix);
	GREATEST_MAIN_END();
}
