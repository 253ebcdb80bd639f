// SPDX-License-Identifier: BSD-2-Clause
/* A paused VM does nothing, and goes on where it was. */
#include <stdio.h>
#include <stdlib.h>

#include "greatest.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#include "rt/hv_root.h"

#define MIB     (1ull << 20)
#define END_US  5000000
#define LOOK_US 3000

static struct machine m;

static uint32_t ask(uint32_t id)
{
	const struct rm_vmid who = { m.vmid, 0 };

	return rpc_call(id, &who, sizeof(who), NULL, NULL);
}

static void let_run(uint64_t us)
{
	uint64_t end = cntvct() + timer_ticks_of_us(us);

	while (cntvct() < end) {
		if (!machine_turn(&m)) {
			rpc_sleep();
		}
	}
}

/* What each vCPU of the victim has counted, in memory that both see. */
static uint64_t counted(unsigned cpu)
{
	return ((volatile uint64_t *)m.ram)[cpu * 8];
}

static bool count_go_on(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);
	uint64_t before[2] = { counted(0), counted(1) };

	while (counted(0) == before[0] || counted(1) == before[1]) {
		let_run(LOOK_US);
		if (cntvct() > end) {
			return false;
		}
	}
	return true;
}

static bool stand_still(void)
{
	uint64_t before[2] = { counted(0), counted(1) };

	for (unsigned i = 0; i < 10; i++) {
		let_run(LOOK_US);
		if (counted(0) != before[0] || counted(1) != before[1]) {
			return false;
		}
	}
	return true;
}

static bool wait_for_state(enum rm_state state)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);

	while (m.state != state && cntvct() < end) {
		let_run(100);
	}
	return m.state == state;
}

static uint32_t launch(bool is_scheduled)
{
	m = (struct machine){ .image = "victim",
		              .args = "do=count",
		              .ram = m.ram,
		              .ram_size = 2 * MIB,
		              .vcpu_count = 2,
		              .is_shared = true,
		              .is_scheduled = is_scheduled };
	return machine_launch(&m);
}

static enum greatest_test_res pause_and_resume(bool is_scheduled)
{
	ASSERT_EQ(RM_ERR_OK, launch(is_scheduled));
	ASSERT(count_go_on());
	for (unsigned i = 0; i < 5; i++) {
		ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_TS_RESUME));
		ASSERT_EQ(RM_ERR_OK, machine_pause(&m));
		ASSERT(wait_for_state(RM_STATE_PAUSED));
		ASSERT(stand_still());
		ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_TS_PAUSE));
		ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_START));
		ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_RESET));
		ASSERT_EQ(RM_ERR_OK, machine_resume(&m));
		ASSERT_EQ(RM_STATE_RUNNING, m.state);
		ASSERT(count_go_on());
	}
	/* A paused VM can be ended, and leaves nothing. */
	ASSERT_EQ(RM_ERR_OK, machine_pause(&m));
	ASSERT(wait_for_state(RM_STATE_PAUSED));
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, END_US));
	ASSERT_EQ(RM_EXIT_FORCED, m.exit);
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

TEST a_vm_that_we_run_is_paused(void)
{
	return pause_and_resume(false);
}

TEST a_vm_that_is_scheduled_is_paused(void)
{
	return pause_and_resume(true);
}

TEST nothing_is_left(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *differs;

	ASSERT(lives_ledger(before));
	ASSERT_EQ(RM_ERR_OK, launch(true));
	ASSERT_EQ(RM_ERR_OK, machine_pause(&m));
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m)); /* it may be on its way */
	ASSERT(machine_wait(&m, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	ASSERT(lives_ledger(after));
	differs = hv_ledger_difference(before, after);
	ASSERT_EQm(differs != NULL ? differs : "", NULL, differs);
	PASS();
}

SUITE(pausing)
{
	RUN_TEST(a_vm_that_we_run_is_paused);
	RUN_TEST(a_vm_that_is_scheduled_is_paused);
	RUN_TEST(nothing_is_left);
}
