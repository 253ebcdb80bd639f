// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM with nothing to do: asleep in WFI until one timer fires, far away.
 *
 * bootargs: seconds=N. What it costs the hypervisor meanwhile is for the
 * scenario's budget to say.
 */
#include <stdbool.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"

static volatile bool is_due;

static void on_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	is_due = true;
}

TEST one_timer_ends_a_long_sleep(void)
{
	uint64_t until = cntvct() + dt_bootarg_number("seconds", 60) * cntfrq();

	irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(until, CNT_ENABLE);
	while (!is_due) {
		irq_mask();
		if (!is_due) {
			wfi();
		}
		irq_unmask();
		isb(); /* what was pending is taken here */
	}
	ASSERT(cntvct() >= until);
	PASS();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_TEST(one_timer_ends_a_long_sleep);
	GREATEST_MAIN_END();
}
