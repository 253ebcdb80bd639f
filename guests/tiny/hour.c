// SPDX-License-Identifier: BSD-2-Clause
/*
 * An hour of virtual time: a timer that is set from its own compare value is a
 * clock without drift, however long it runs, whoever shares the CPU (behaviours
 * 189, 190, 193).  The machine sleeps in between, so an hour takes a moment.
 *
 * bootargs: timer=virt or phys, period-ms=N, late-us=N
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/timer.h"

#define SECONDS 3600u
#define RTC     0x09010000ull /* PL031 of the virt machine: RTCDR */

static bool is_phys;
static volatile struct {
	uint64_t due, period, count, early, latest;
} clock;

static uint64_t now(void)
{
	return is_phys ? cntpct() : cntvct();
}

static void set(uint64_t cval, uint64_t ctl)
{
	if (is_phys) {
		timer_phys_set(cval, ctl);
	} else {
		timer_virt_set(cval, ctl);
	}
}

static void tick(unsigned intid, void *arg)
{
	uint64_t at = now();

	(void)intid, (void)arg;
	clock.early += at < clock.due;
	if (at >= clock.due && at - clock.due > clock.latest) {
		clock.latest = at - clock.due;
	}
	clock.count++;
	clock.due += clock.period;
	set(clock.due, CNT_ENABLE);
}

static void run(uint64_t ticks)
{
	while (clock.count < ticks) {
		irq_mask();
		if (clock.count < ticks) {
			__asm__ volatile("wfi");
		}
		irq_unmask();
		__asm__ volatile("isb"); /* what was pending is taken here */
	}
}

TEST c189_c193_an_hour_has_3600_seconds(void)
{
	uint64_t ticks = SECONDS * 1000 / dt_bootarg_number("period-ms", 1000);
	uint64_t bound = timer_ticks_of_us(dt_bootarg_number("late-us", 1000));
	unsigned ppi = is_phys ? TIMER_PHYS_PPI : TIMER_VIRT_PPI;
	uint64_t start, seconds, length;

	mmu_map_device(RTC, PAGE_SIZE);
	irq_attach(ppi, tick, NULL);
	irq_enable(ppi);
	clock.period = SECONDS * cntfrq() / ticks;
	seconds = mmio_read32(RTC);
	start = now();
	clock.due = start + clock.period;
	set(clock.due, CNT_ENABLE);
	for (uint64_t part = 1; part <= 6; part++) {
		run(part * ticks / 6);
		printf("hour: %lu minutes, the latest tick was %lu us late\n",
		       (unsigned long)(10 * part),
		       (unsigned long)(clock.latest * 1000000 / cntfrq()));
	}
	set(~0ull, 0);
	irq_mask();
	length = now() - start;
	seconds = mmio_read32(RTC) - seconds;
	ASSERT_EQ_FMT((unsigned long)ticks, (unsigned long)clock.count, "%lu");
	ASSERT_EQ_FMT(0ul, (unsigned long)clock.early, "%lu");
	ASSERT_LT(clock.latest, bound);
	/* No more and no less than an hour, by the counter and by the RTC. */
	ASSERT_GTE(length, SECONDS * cntfrq());
	ASSERT_LT(length, SECONDS * cntfrq() + 2 * bound);
	ASSERT_GTE(seconds, SECONDS);
	ASSERT_LTE(seconds, SECONDS + 1);
	PASS();
}

/* All VMs have one time base: both counters of a VM are the machine's. */
TEST c190_both_counters_are_one(void)
{
	uint64_t before = cntpct();
	uint64_t virt = cntvct();
	uint64_t after = cntpct();

	ASSERT_GTE(virt, before);
	ASSERT_LTE(virt, after);
	PASS();
}

SUITE(an_hour)
{
	RUN_TEST(c190_both_counters_are_one);
	RUN_TEST(c189_c193_an_hour_has_3600_seconds);
	RUN_TEST(c190_both_counters_are_one);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	const char *which = dt_bootarg("timer");

	is_phys = which != NULL && strcmp(which, "phys") == 0;
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(an_hour);
	GREATEST_MAIN_END();
}
