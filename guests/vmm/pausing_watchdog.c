// SPDX-License-Identifier: BSD-2-Clause
/*
 * The watchdog of a VM that is paused: it stands still, and goes on where it
 * was.  The victim (do=pet) counts, and pings it until it is told not to.
 * Promised by: docs/lifecycle.md.
 */
#include "greatest.h"
#include "rt/hv_root.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB     (1ull << 20)
#define END_US  5000000
#define BITE_US 20000 /* as the victim sets it */
#define LONG_US (5 * BITE_US)

/* Words of the victim's memory, which both see. */
#define COUNTED 0
#define PET     64 /* not 0: it does not ping any more */

static struct machine m;

static volatile uint64_t *word(unsigned index)
{
	return (volatile uint64_t *)m.ram + index;
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

static bool counts_on(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);
	uint64_t before = *word(COUNTED);

	while (*word(COUNTED) == before && cntvct() < end) {
		let_run(100);
	}
	return *word(COUNTED) != before;
}

static bool pause_it(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);

	if (machine_pause(&m) != RM_ERR_OK) {
		return false;
	}
	while (m.state != RM_STATE_PAUSED && cntvct() < end) {
		let_run(100);
	}
	return m.state == RM_STATE_PAUSED;
}

static uint32_t launch(bool is_scheduled)
{
	m = (struct machine){ .image = "victim",
		              .args = "do=pet",
		              .ram = m.ram,
		              .ram_size = 2 * MIB,
		              .vcpu_count = 1,
		              .is_shared = true,
		              .has_watchdog = true,
		              .is_scheduled = is_scheduled };
	return machine_launch(&m);
}

static enum greatest_test_res paused_and_resumed(bool is_scheduled)
{
	uint64_t counted;

	ASSERT_EQ(RM_ERR_OK, launch(is_scheduled));
	ASSERT(counts_on());
	let_run(LONG_US); /* it is pinged: nobody is bitten */
	ASSERT_FALSE(m.has_exited);
	for (unsigned i = 0; i < 3; i++) {
		ASSERT(pause_it());
		counted = *word(COUNTED);
		let_run(LONG_US);
		ASSERT_FALSE(m.has_exited);
		ASSERT_EQ(RM_STATE_PAUSED, m.state);
		ASSERT_EQ(counted, *word(COUNTED));
		ASSERT_EQ(RM_ERR_OK, machine_resume(&m));
		ASSERT(counts_on());
	}
	/* No ping any more: what has gone by before the pause counts. */
	*word(PET) = 1;
	ASSERT(counts_on());
	ASSERT(pause_it());
	counted = *word(COUNTED);
	let_run(LONG_US);
	ASSERT_FALSE(m.has_exited);
	ASSERT_EQ(RM_ERR_OK, machine_resume(&m));
	ASSERT(machine_wait(&m, 2 * BITE_US));
	ASSERT_EQ(RM_EXIT_WATCHDOG, m.exit);
	ASSERT_EQ(1u, m.exits_heard);
	ASSERT_NEQ(counted, *word(COUNTED)); /* it was let go on first */
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

TEST a_vm_that_we_run_is_not_bitten_while_it_is_paused(void)
{
	return paused_and_resumed(false);
}

TEST a_vm_that_is_scheduled_is_not_bitten_while_it_is_paused(void)
{
	return paused_and_resumed(true);
}

/* A watchdog that stands still does not outlive its VM, and leaves nothing. */
TEST a_paused_vm_with_a_watchdog_can_be_ended(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *differs;

	ASSERT(lives_ledger(before));
	for (unsigned i = 0; i < 2; i++) {
		ASSERT_EQ(RM_ERR_OK, launch(i == 0));
		ASSERT(counts_on());
		ASSERT(pause_it());
		ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
		ASSERT(machine_wait(&m, END_US));
		ASSERT_EQ(RM_EXIT_FORCED, m.exit);
		ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	}
	ASSERT(lives_ledger(after));
	differs = hv_ledger_difference(before, after);
	ASSERT_EQm(differs != NULL ? differs : "", NULL, differs);
	PASS();
}

SUITE(pausing_watchdog)
{
	RUN_TEST(a_vm_that_we_run_is_not_bitten_while_it_is_paused);
	RUN_TEST(a_vm_that_is_scheduled_is_not_bitten_while_it_is_paused);
	RUN_TEST(a_paused_vm_with_a_watchdog_can_be_ended);
}
