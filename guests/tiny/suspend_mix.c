// SPDX-License-Identifier: BSD-2-Clause
/*
 * CPUs that go on, off and to sleep in an order that a seed gives, and the time
 * that goes by meanwhile (Arm DEN 0022, "CPU_SUSPEND", "AFFINITY_INFO";
 * behaviours 48, 194).
 */
#include <abi/psci.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"
#include "tiny/suspend.h"

#define POWERDOWN 0x00010000u /* of a power_state */
#define STANDBY   1u
#define ROUNDS    200 /* unless told otherwise */
#define LONG_US   4000000

/* One for each CPU, which writes it; CPU 0 reads it when that one is idle. */
static struct sleeper {
	bool is_down; /* the next sleep: powered down, not standby */
	uint64_t us;
	unsigned sleeps;
	volatile unsigned fired;
	int line; /* where something was wrong first */
	int64_t got;
} sleepers[CPU_MAX];

static void note_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	sleepers[cpu_self()->index].fired++;
}

static void note(struct sleeper *me, int line, int64_t got)
{
	if (me->line == 0) {
		me->line = line;
		me->got = got;
	}
}

static int64_t doze(const struct sleeper *me)
{
	return me->is_down ? suspend_down(PSCI_CPU_SUSPEND, POWERDOWN)
	                   : psci(PSCI_CPU_SUSPEND, STANDBY, 0, 0);
}

/* "Any wake-up event" may end it sooner; its own timer ends it for good. */
static void sleep_once(void *arg)
{
	struct sleeper *me = &sleepers[cpu_self()->index];
	uint64_t deadline = cntvct() + timer_ticks_of_us(me->us);
	uint64_t sp_el0 = deadline & ~15ull;
	uint64_t limit;

	(void)arg;
	irq_enable(TIMER_VIRT_PPI);
	me->sleeps++;
	sysreg_write(sp_el0, sp_el0);
	timer_virt_set(deadline, CNT_ENABLE);
	while (cntvct() < deadline) {
		int64_t got = doze(me);

		if (got != PSCI_SUCCESS &&
		    !(me->is_down && got == SUSPEND_RESUMED)) {
			note(me, __LINE__, got);
			break;
		}
		if (got == PSCI_SUCCESS && sysreg_read(sp_el0) != sp_el0) {
			note(me, __LINE__, got); /* standby keeps all */
		}
	}
	limit = cntvct() + timer_ticks_of_us(LONG_US);
	irq_unmask();
	while (me->fired != me->sleeps && cntvct() < limit) {
		cpu_relax();
	}
	irq_mask();
	if (me->fired != me->sleeps) {
		note(me, __LINE__, me->fired);
	}
}

static uint32_t dice;

static uint32_t roll(uint32_t below)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 16) % below;
}

/* Asleep or at work, a CPU is on, and cannot be turned on. */
static enum greatest_test_res check_busy(struct cpu *cpu)
{
	ASSERT_EQ_FMT(PSCI_AFFINITY_ON,
	              (int)psci(PSCI_AFFINITY_INFO, cpu->mpidr, 0, 0), "%d");
	ASSERT_EQ_FMT(PSCI_ALREADY_ON,
	              (int)psci(PSCI_CPU_ON, cpu->mpidr,
	                        (uint64_t)(uintptr_t)secondary_entry, 0),
	              "%d");
	PASS();
}

static enum greatest_test_res one_step(struct cpu *cpu)
{
	struct sleeper *it = &sleepers[cpu->index];

	if (!cpu->is_online) {
		ASSERT_EQ_FMT(PSCI_AFFINITY_OFF,
		              (int)psci(PSCI_AFFINITY_INFO, cpu->mpidr, 0, 0),
		              "%d");
		ASSERT_EQ_FMT(PSCI_SUCCESS, (int)cpu_start(cpu->index), "%d");
		PASS();
	}
	if (cpu->index != 0 && cpu->work != NULL) {
		CHECK_CALL(check_busy(cpu));
		if (roll(2) == 0) {
			cpu_join(cpu->index);
		}
		PASS();
	}
	it->is_down = roll(2) == 0;
	it->us = roll(300);
	if (cpu->index == 0) {
		sleep_once(NULL);
	} else if (roll(3) == 0) {
		cpu_stop(cpu->index);
	} else {
		cpu_call(cpu->index, sleep_once, NULL);
	}
	PASS();
}

static enum greatest_test_res check_sleepers(void)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		if (sleepers[i].line != 0) {
			printf("cpu %u: line %d: %lld\n", i, sleepers[i].line,
			       (long long)sleepers[i].got);
		}
		ASSERT_EQ(0, sleepers[i].line);
		ASSERT_EQ_FMT(sleepers[i].sleeps, sleepers[i].fired, "%u");
		ASSERT_GT(sleepers[i].sleeps, 0);
	}
	PASS();
}

TEST c48_a_random_mix_of_on_off_and_suspend(void)
{
	unsigned rounds = (unsigned)dt_bootarg_number("rounds", ROUNDS);

	dice = (uint32_t)dt_bootarg_number("seed", 1) * 2654435761u;
	memset(sleepers, 0, sizeof(sleepers));
	irq_mask();
	irq_attach(TIMER_VIRT_PPI, note_timer, NULL);
	ASSERT_EQ(cpu_count, cpu_start_all());
	for (unsigned i = 0; i < rounds; i++) {
		CHECK_CALL(one_step(&cpus[roll(cpu_count)]));
	}
	for (unsigned i = 1; i < cpu_count; i++) {
		if (cpus[i].is_online) {
			cpu_join(i);
			cpu_stop(i);
		}
	}
	irq_disable(TIMER_VIRT_PPI);
	return check_sleepers();
}

/* The offset between the counters lies in [least, most]. */
struct offset {
	int64_t least, most;
};

static struct offset offset_now(void)
{
	uint64_t before = cntpct(), v = cntvct(), after = cntpct();

	return (struct offset){ (int64_t)(before - v), (int64_t)(after - v) };
}

/* Arm ARM, "The system counter": time does not wait for who sleeps (194). */
TEST c194_time_goes_on_while_suspended(void)
{
	static const uint64_t us[] = { 100, 1000, 5000 };
	struct sleeper *me = &sleepers[0];

	memset(sleepers, 0, sizeof(sleepers));
	irq_attach(TIMER_VIRT_PPI, note_timer, NULL);
	for (unsigned i = 0; i < 2 * sizeof(us) / sizeof(us[0]); i++) {
		struct offset before = offset_now(), after;
		uint64_t start = cntvct();

		me->is_down = i % 2 == 1;
		me->us = us[i / 2];
		timer_phys_set(cntpct() + timer_ticks_of_us(me->us),
		               CNT_ENABLE | CNT_IMASK);
		sleep_once(NULL);
		ASSERT_EQ(0, me->line);
		ASSERT_GTE(cntvct() - start, timer_ticks_of_us(me->us));
		while (cntpct() < sysreg_read(cntp_cval_el0)) {
		}
		ASSERT(sysreg_read(cntp_ctl_el0) & CNT_ISTATUS);
		after = offset_now();
		ASSERT_LTE(before.least, after.most);
		ASSERT_LTE(after.least, before.most);
	}
	timer_phys_off();
	irq_disable(TIMER_VIRT_PPI);
	PASS();
}

SUITE(mix)
{
	RUN_TEST(c48_a_random_mix_of_on_off_and_suspend);
	RUN_TEST(c194_time_goes_on_while_suspended);
}
