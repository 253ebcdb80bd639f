// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM with nothing to do: asleep in WFI until one timer fires, far away.
 *
 * bootargs: seconds=N; timer=physical instead of the virtual one; nap-us=N
 * sleeps so long at a time until then; beside=1 has the second vCPU run for a
 * moment while the first one sleeps, and then sleep for good: on one CPU, that
 * takes the first one's registers out of it. What all this costs the
 * hypervisor is for the scenario's budget to say, what the triage makes of it
 * for the scenario's cause.
 */
#include <stdbool.h>
#include <string.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define BESIDE_US 50000

static volatile bool is_due;

static const struct clock {
	unsigned ppi;
	void (*set)(uint64_t cval, uint64_t ctl);
	void (*off)(void);
} virtual_clock = { TIMER_VIRT_PPI, timer_virt_set, timer_virt_off },
  physical_clock = { TIMER_PHYS_PPI, timer_phys_set, timer_phys_off };

static const struct clock *alarm_clock = &virtual_clock;

static void on_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	alarm_clock->off();
	is_due = true;
}

static void sleep_for(uint64_t ticks)
{
	uint64_t now = alarm_clock == &virtual_clock ? cntvct() : cntpct();

	is_due = false;
	alarm_clock->set(now + ticks, CNT_ENABLE);
	while (!is_due) {
		irq_mask();
		if (!is_due) {
			wfi();
		}
		irq_unmask();
		isb(); /* what was pending is taken here */
	}
}

static void be_busy(void *arg)
{
	(void)arg;
	timer_delay_us(BESIDE_US);
}

TEST one_timer_ends_a_long_sleep(void)
{
	uint64_t until = cntvct() + dt_bootarg_number("seconds", 60) * cntfrq();
	uint64_t nap = timer_ticks_of_us(dt_bootarg_number("nap-us", 0));
	const char *timer = dt_bootarg("timer");

	if (timer != NULL && strcmp(timer, "physical") == 0) {
		alarm_clock = &physical_clock;
	}
	irq_attach(alarm_clock->ppi, on_timer, NULL);
	irq_enable(alarm_clock->ppi);
	if (dt_bootarg_number("beside", 0) != 0) {
		ASSERT_EQ(0, cpu_start(1));
		cpu_call(1, be_busy, NULL);
	}
	while (cntvct() < until) {
		sleep_for(nap != 0 ? nap : until - cntvct());
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
