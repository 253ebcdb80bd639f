// SPDX-License-Identifier: BSD-2-Clause
/*
 * The generic timer as a VM sees it (Arm ARM, "The Generic Timer in AArch64
 * state"); behaviours 140, 175 to 186, 195.  Every test runs for the virtual
 * and for the physical timer.  Time is counter time; nothing here knows a wall
 * clock.
 */
#include <stdint.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define FAR_US  4000000 /* nothing takes so long unless it never comes */
#define NEAR_US 500

struct timer {
	const char *name;
	unsigned ppi;
	uint64_t (*count)(void);
	void (*set)(uint64_t cval, uint64_t ctl);
	uint64_t (*ctl)(void);
	void (*set_tval)(uint64_t tval);
	uint64_t (*tval)(void);
	uint64_t (*cval)(void);
};

static uint64_t virt_ctl(void)
{
	return sysreg_read(cntv_ctl_el0);
}

static void virt_set_tval(uint64_t tval)
{
	sysreg_write(cntv_tval_el0, tval);
	isb();
}

static uint64_t virt_tval(void)
{
	return sysreg_read(cntv_tval_el0);
}

static uint64_t virt_cval(void)
{
	return sysreg_read(cntv_cval_el0);
}

static uint64_t phys_ctl(void)
{
	return sysreg_read(cntp_ctl_el0);
}

static void phys_set_tval(uint64_t tval)
{
	sysreg_write(cntp_tval_el0, tval);
	isb();
}

static uint64_t phys_tval(void)
{
	return sysreg_read(cntp_tval_el0);
}

static uint64_t phys_cval(void)
{
	return sysreg_read(cntp_cval_el0);
}

static const struct timer timers[] = {
	{ "virtual", TIMER_VIRT_PPI, cntvct, timer_virt_set, virt_ctl,
	  virt_set_tval, virt_tval, virt_cval },
	{ "physical", TIMER_PHYS_PPI, cntpct, timer_phys_set, phys_ctl,
	  phys_set_tval, phys_tval, phys_cval },
};
#define TIMER_COUNT (sizeof(timers) / sizeof(timers[0]))

static volatile unsigned fired, fired_virt, fired_phys;
static volatile uint64_t fired_at;
static volatile uint64_t fired_ctl;

static void handler(unsigned intid, void *arg)
{
	const struct timer *t = arg;

	(void)intid;
	fired_at = t->count();
	fired_ctl = t->ctl();
	t->set(~0ull, 0);
	if (t->ppi == TIMER_VIRT_PPI) {
		fired_virt++;
	} else {
		fired_phys++;
	}
	fired++;
}

static void prepare(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		timers[i].set(~0ull, 0);
		irq_attach(timers[i].ppi, handler,
		           (void *)(uintptr_t)&timers[i]);
		irq_enable(timers[i].ppi);
	}
	fired = fired_virt = fired_phys = 0;
}

static void clean_up(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		timers[i].set(~0ull, 0);
		irq_disable(timers[i].ppi);
	}
}

static uint64_t soon(const struct timer *t)
{
	return t->count() + timer_ticks_of_us(NEAR_US);
}

/* "CNTFRQ_EL0": what the system counter really does is not ours to see. */
TEST c175_frequency_is_plausible(void)
{
	ASSERT_GTE(cntfrq(), 1000000);
	ASSERT_LTE(cntfrq(), 1000000000);
	PASS();
}

TEST c176_the_counters_only_go_forward(void)
{
	uint64_t last_v = cntvct(), last_p = cntpct(), first = last_v;

	for (unsigned i = 0; i < 20000; i++) {
		uint64_t v = cntvct(), p = cntpct();

		ASSERT_GTE(v, last_v);
		ASSERT_GTE(p, last_p);
		last_v = v;
		last_p = p;
	}
	ASSERT_GT(last_v, first);
	PASS();
}

/* "the timer condition is met when Counter - CompareValue >= 0". */
TEST c177_c140_fires_at_its_compare_value(const struct timer *t)
{
	uint64_t when = soon(t);

	t->set(when, CNT_ENABLE);
	ASSERT_FALSE(t->ctl() & CNT_ISTATUS && t->count() < when);
	ASSERT(irq_wait(&fired, FAR_US));
	ASSERT_GTE(fired_at, when);
	ASSERT(fired_ctl & CNT_ISTATUS);
	PASS();
}

/* "TimerValue": a signed 32-bit view of CompareValue - Counter. */
TEST c177_tval_is_compare_value_minus_counter(const struct timer *t)
{
	uint64_t before = t->count(), after;
	int32_t left;

	t->set_tval(100000);
	after = t->count();
	ASSERT_GTE(t->cval(), before + 100000);
	ASSERT_LTE(t->cval(), after + 100000);
	left = (int32_t)t->tval();
	ASSERT_LTE(left, 100000);
	t->set_tval((uint64_t)-5);
	ASSERT_LT((int32_t)t->tval(), 0);
	PASS();
}

TEST c177_fires_by_tval(const struct timer *t)
{
	uint64_t when = t->count() + timer_ticks_of_us(NEAR_US);

	t->set(~0ull, CNT_ENABLE);
	t->set_tval(timer_ticks_of_us(NEAR_US));
	ASSERT(irq_wait(&fired, FAR_US));
	ASSERT_GTE(fired_at, when);
	PASS();
}

/* "IMASK": the condition is told in ISTATUS, but no interrupt. */
TEST c179_imask_holds_the_interrupt_back(const struct timer *t)
{
	t->set(0, CNT_ENABLE | CNT_IMASK);
	ASSERT(t->ctl() & CNT_ISTATUS);
	ASSERT_FALSE(irq_wait(&fired, NEAR_US));
	t->set(0, CNT_ENABLE);
	ASSERT(irq_wait(&fired, FAR_US));
	PASS();
}

TEST c180_a_past_value_fires_at_once(const struct timer *t)
{
	t->set(t->count() - 1000, CNT_ENABLE);
	ASSERT(t->ctl() & CNT_ISTATUS);
	ASSERT(irq_wait(&fired, FAR_US));
	fired = 0;
	t->set(0, CNT_ENABLE);
	ASSERT(irq_wait(&fired, FAR_US));
	PASS();
}

/* All ones is not "in the past": the comparison is unsigned. */
TEST c181_the_largest_value_never_fires(const struct timer *t)
{
	t->set(~0ull, CNT_ENABLE);
	ASSERT_FALSE(t->ctl() & CNT_ISTATUS);
	ASSERT_FALSE(irq_wait(&fired, NEAR_US));
	t->set_tval(0x7fffffff);
	ASSERT_FALSE(t->ctl() & CNT_ISTATUS);
	PASS();
}

TEST c181_a_negative_tval_fires_at_once(const struct timer *t)
{
	t->set(~0ull, CNT_ENABLE);
	t->set_tval(0xffffff00); /* -256 */
	ASSERT(t->ctl() & CNT_ISTATUS || fired);
	ASSERT(irq_wait(&fired, FAR_US));
	PASS();
}

/* Moved while its interrupt is pending: the line follows (182, 195). */
TEST c182_c195_a_later_value_lowers_the_line(const struct timer *t)
{
	irq_mask();
	t->set(0, CNT_ENABLE);
	ASSERT(t->ctl() & CNT_ISTATUS);
	ASSERT(irq_is_pending(t->ppi));
	t->set(~0ull, CNT_ENABLE);
	ASSERT_FALSE(t->ctl() & CNT_ISTATUS);
	ASSERT_FALSE(irq_is_pending(t->ppi));
	ASSERT_FALSE(irq_wait(&fired, NEAR_US)); /* no ghost */
	PASS();
}

TEST c182_an_earlier_value_is_obeyed(const struct timer *t)
{
	t->set(t->count() + timer_ticks_of_us(10 * FAR_US), CNT_ENABLE);
	ASSERT_FALSE(irq_wait(&fired, NEAR_US));
	t->set(soon(t), CNT_ENABLE);
	ASSERT(irq_wait(&fired, FAR_US));
	PASS();
}

TEST c183_a_disabled_timer_is_silent(const struct timer *t)
{
	t->set(0, 0);
	ASSERT_FALSE(irq_wait(&fired, NEAR_US));
	for (unsigned i = 0; i < 10; i++) {
		fired = 0;
		t->set(0, CNT_ENABLE);
		ASSERT(irq_wait(&fired, FAR_US));
		t->set(0, 0);
	}
	PASS();
}

TEST c184_fires_many_times_in_a_row(const struct timer *t)
{
	for (unsigned i = 0; i < 200; i++) {
		uint64_t when = t->count() + timer_ticks_of_us(20);

		fired = 0;
		t->set(when, CNT_ENABLE);
		ASSERT(irq_wait(&fired, FAR_US));
		ASSERT_EQ(1, fired);
		ASSERT_GTE(fired_at, when);
	}
	PASS();
}

/* WFI with the interrupt masked: it wakes, and the handler runs after. */
TEST c185_wfi_is_ended_by_the_timer(const struct timer *t)
{
	for (unsigned i = 0; i < 20; i++) {
		uint64_t when = soon(t);

		fired = 0;
		irq_mask();
		t->set(when, CNT_ENABLE);
		while (!(t->ctl() & CNT_ISTATUS)) {
			wfi();
		}
		ASSERT_EQ(0, fired);
		ASSERT_GTE(t->count(), when);
		ASSERT(irq_wait(&fired, FAR_US));
	}
	PASS();
}

/*
 * "The timer condition": who sleeps for it and who looks at the counter are
 * told of the same moment: never before the counter is there, and then both
 * have the interrupt still to take (186).  (An emulator may be late.)
 */
TEST c186_sleep_and_polling_agree(const struct timer *t)
{
	for (unsigned i = 0; i < 40; i++) {
		uint64_t when = t->count() + timer_ticks_of_us(1 + 17 * i);
		uint64_t limit = when + timer_ticks_of_us(FAR_US);

		irq_mask();
		fired = 0;
		t->set(when, CNT_ENABLE);
		while (i % 2 == 1 && t->count() < when) {
			cpu_relax();
		}
		while (!(t->ctl() & CNT_ISTATUS) && t->count() < limit) {
			if (i % 2 == 0) {
				wfi();
			}
		}
		ASSERT_GTE(t->count(), when);
		ASSERT(t->ctl() & CNT_ISTATUS);
		ASSERT(irq_is_pending(t->ppi));
		ASSERT_EQ(0, fired);
		ASSERT(irq_wait(&fired, FAR_US));
		ASSERT_EQ(1, fired);
	}
	PASS();
}

/* One does not disturb the other (178). */
TEST c178_both_timers_run_side_by_side(void)
{
	timer_virt_set(soon(&timers[0]), CNT_ENABLE);
	timer_phys_set(cntpct() + timer_ticks_of_us(3 * NEAR_US), CNT_ENABLE);
	ASSERT(irq_wait(&fired_virt, FAR_US));
	ASSERT(irq_wait(&fired_phys, FAR_US));
	ASSERT_EQ_FMT(2u, fired, "%u");
	PASS();
}

/* Reprogrammed in its handler, a timer is a clock without drift (189). */
#define PERIOD_US 50
#define PERIODS   200

static volatile unsigned ticks_left;
static uint64_t next_tick;

static void tick(unsigned intid, void *arg)
{
	const struct timer *t = arg;

	(void)intid;
	if (--ticks_left == 0) {
		t->set(~0ull, 0);
		fired++;
		return;
	}
	next_tick += timer_ticks_of_us(PERIOD_US);
	t->set(next_tick, CNT_ENABLE);
}

TEST c189_a_periodic_timer_does_not_drift(const struct timer *t)
{
	uint64_t start = t->count();

	irq_attach(t->ppi, tick, (void *)(uintptr_t)t);
	ticks_left = PERIODS;
	next_tick = start + timer_ticks_of_us(PERIOD_US);
	t->set(next_tick, CNT_ENABLE);
	ASSERT(irq_wait(&fired, FAR_US));
	ASSERT_EQ(start + PERIODS * timer_ticks_of_us(PERIOD_US), next_tick);
	ASSERT_GTE(t->count(), next_tick);
	PASS();
}

/* Both counters run at one speed: their difference stands still (190, 193). */
TEST c190_c193_virtual_offset_is_constant(void)
{
	int64_t lowest = INT64_MAX, highest = INT64_MIN;

	for (unsigned i = 0; i < 200; i++) {
		uint64_t before = cntpct();
		uint64_t v = cntvct();
		uint64_t after = cntpct();
		int64_t least = (int64_t)(before - v);
		int64_t most = (int64_t)(after - v);

		/* The true offset lies in every one of these intervals. */
		lowest = most < lowest ? most : lowest;
		highest = least > highest ? least : highest;
		timer_delay_us(10);
	}
	ASSERT_LTE(highest, lowest);
	PASS();
}

#define RUN_FOR(test, timer)                             \
	do {                                             \
		greatest_set_test_suffix((timer)->name); \
		RUN_TEST1(test, timer);                  \
	} while (0)

SUITE(counters)
{
	RUN_TEST(c175_frequency_is_plausible);
	RUN_TEST(c176_the_counters_only_go_forward);
	RUN_TEST(c190_c193_virtual_offset_is_constant);
}

SUITE(el1_timers)
{
	SET_SETUP(prepare, NULL);
	SET_TEARDOWN(clean_up, NULL);
	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		const struct timer *t = &timers[i];

		RUN_FOR(c177_c140_fires_at_its_compare_value, t);
		RUN_FOR(c177_tval_is_compare_value_minus_counter, t);
		RUN_FOR(c177_fires_by_tval, t);
		RUN_FOR(c179_imask_holds_the_interrupt_back, t);
		RUN_FOR(c180_a_past_value_fires_at_once, t);
		RUN_FOR(c181_the_largest_value_never_fires, t);
		RUN_FOR(c181_a_negative_tval_fires_at_once, t);
		RUN_FOR(c182_c195_a_later_value_lowers_the_line, t);
		RUN_FOR(c182_an_earlier_value_is_obeyed, t);
		RUN_FOR(c183_a_disabled_timer_is_silent, t);
		RUN_FOR(c184_fires_many_times_in_a_row, t);
		RUN_FOR(c185_wfi_is_ended_by_the_timer, t);
		RUN_FOR(c186_sleep_and_polling_agree, t);
		RUN_FOR(c189_a_periodic_timer_does_not_drift, t);
	}
	RUN_TEST(c178_both_timers_run_side_by_side);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(counters);
	RUN_SUITE(el1_timers);
	GREATEST_MAIN_END();
}
