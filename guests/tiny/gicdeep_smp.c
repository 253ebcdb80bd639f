// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupt state that is on another CPU: registers of its redistributor, its
 * active interrupts, SPIs that move to it; and timers of all CPUs at once, with
 * or without a CPU for each (behaviours 146, 147, 149, 160, 165, 187).
 */
#include <string.h>

#include "rt/cpu.h"
#include "rt/mmio.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "tiny/gicdeep.h"

#define SGI 3

static volatile unsigned stop, hold, inside;
static volatile unsigned by_cpu[CPU_MAX];

static void count_cpu(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	by_cpu[cpu_self()->index]++;
}

static void hold_inside(unsigned intid, void *arg)
{
	count_cpu(intid, arg);
	inside = 1;
	deep_reaches(&hold, 1);
}

static void listen(void *arg)
{
	(void)arg;
	irq_enable(SGI);
	while (stop == 0) {
		wfi(); /* masked: a kick after the look at stop ends it, too */
		irq_unmask();
		isb(); /* what is pending is taken here */
		irq_mask();
	}
}

/* @return  false: there is no second CPU */
static bool call_others(unsigned count)
{
	unsigned online = cpu_start_all();

	stop = hold = inside = 0;
	memset((void *)by_cpu, 0, sizeof(by_cpu));
	for (unsigned i = 1; i < online && i <= count; i++) {
		cpu_call(i, listen, NULL);
	}
	return online >= 2;
}

static void hang_up(unsigned count)
{
	stop = hold = 1;
	for (unsigned i = 1; i < cpu_count && i <= count; i++) {
		irq_kick(i);
		cpu_join(i);
	}
}

static uint32_t other_frame(uint32_t reg)
{
	return mmio_read32(cpus[1].redist + GICR_SGI + reg);
}

/* GICR registers of a CPU that runs say what is true there (147). */
TEST c147_active_on_another_cpu_is_seen(void)
{
	uint32_t during, pending, after;

	irq_attach(SGI, hold_inside, NULL);
	ASSERTm("give this payload two CPUs", call_others(1));
	irq_send(SGI, 1);
	deep_reaches(&inside, 1);
	irq_send(SGI, 1); /* once more, while it is active */
	during = other_frame(GICD_ISACTIVER);
	pending = other_frame(GICD_ISPENDR);
	hold = 1;
	deep_reaches(&by_cpu[1], 2);
	hang_up(1);
	after = other_frame(GICD_ISACTIVER) | other_frame(GICD_ISPENDR);
	ASSERT_EQ_FMT(1u << SGI, during & 1u << SGI, "%#x");
	ASSERT_EQ_FMT(1u << SGI, pending & 1u << SGI, "%#x");
	ASSERT_EQ_FMT(2u, by_cpu[1], "%u");
	ASSERT_EQ_FMT(0u, after & 1u << SGI, "%#x");
	PASS();
}

/* A frame is every CPU's to write: pending, enable, by another (146, 147). */
TEST c146_c147_another_cpus_registers_can_be_written(void)
{
	uint64_t frame;
	unsigned first, second;

	irq_attach(SGI, count_cpu, NULL);
	ASSERTm("give this payload two CPUs", call_others(1));
	frame = cpus[1].redist + GICR_SGI;
	mmio_write32(frame + GICD_ISPENDR, 1u << SGI);
	deep_reaches(&by_cpu[1], 1);
	first = by_cpu[1];
	mmio_write32(frame + GICD_ICENABLER, 1u << SGI);
	while (mmio_read32(cpus[1].redist + GICR_CTLR) & 8) { /* RWP */
	}
	irq_send(SGI, 1);
	timer_delay_us(NAP_US);
	second = by_cpu[1];
	mmio_write32(frame + GICD_ISENABLER, 1u << SGI);
	deep_reaches(&by_cpu[1], 2);
	hang_up(1);
	ASSERT_EQ_FMT(1u, first, "%u");
	ASSERT_EQ_FMT(1u, second, "%u"); /* disabled means disabled */
	ASSERT_EQ_FMT(2u, by_cpu[1], "%u");
	PASS();
}

/* An SPI that changes its CPU all the time is lost nowhere (149). */
TEST c149_an_spi_on_the_move_comes_every_time(void)
{
	unsigned round;

	irq_attach(DEEP, count_cpu, NULL);
	ASSERTm("give this payload two CPUs", call_others(1));
	irq_unmask();
	for (round = 1; round <= 200; round++) {
		uint64_t end = cntvct() + timer_ticks_of_us(LONG_US);

		irq_set_pending(DEEP, true);
		irq_route(DEEP, cpus[round % 2].mpidr);
		while (by_cpu[0] + by_cpu[1] < round && cntvct() < end) {
			cpu_relax();
		}
		if (by_cpu[0] + by_cpu[1] != round) {
			break;
		}
	}
	irq_mask();
	irq_route(DEEP, cpu_self()->mpidr);
	hang_up(1);
	ASSERT_EQ_FMT(200u, by_cpu[0] + by_cpu[1], "%u");
	PASS();
}

/* Once ICENABLER has been written and RWP is 0 nothing comes (146). */
TEST c146_disabled_on_another_cpu_it_stays_away(void)
{
	unsigned late = 0;

	irq_attach(DEEP, count_cpu, NULL);
	ASSERTm("give this payload two CPUs", call_others(1));
	irq_route(DEEP, cpus[1].mpidr);
	for (unsigned i = 0; i < 100; i++) {
		unsigned before;

		irq_enable(DEEP);
		irq_set_pending(DEEP, true);
		irq_disable(DEEP); /* waits for RWP */
		before = irq_is_active(DEEP) ? ~0u : by_cpu[1];
		irq_set_pending(DEEP, true);
		timer_delay_us(5);
		late += before != ~0u && by_cpu[1] != before;
		irq_set_pending(DEEP, false);
	}
	irq_route(DEEP, cpu_self()->mpidr);
	hang_up(1);
	ASSERT_EQ_FMT(0u, late, "%u");
	PASS();
}

/* 1-of-N: each comes to exactly one CPU, whichever. */
TEST one_of_n_comes_once(void)
{
	unsigned total = 0;

	if (mmio_read32(irq_dist() + GICD_TYPER) & (1u << 25)) { /* No1N */
		SKIPm("the distributor has no 1-of-N SPIs");
	}
	irq_attach(DEEP, count_cpu, NULL);
	ASSERTm("give this payload two CPUs", call_others(CPU_MAX));
	mmio_write64(irq_dist() + GICD_IROUTER + 8 * DEEP, 1ull << 31);
	irq_unmask();
	for (unsigned round = 1; round <= 100; round++) {
		uint64_t end = cntvct() + timer_ticks_of_us(LONG_US);

		irq_set_pending(DEEP, true);
		do {
			total = 0;
			for (unsigned i = 0; i < cpu_count; i++) {
				total += by_cpu[i];
			}
		} while (total < round && cntvct() < end);
		if (total != round) {
			break;
		}
	}
	irq_mask();
	irq_route(DEEP, cpu_self()->mpidr);
	hang_up(CPU_MAX);
	ASSERT_EQ_FMT(100u, total, "%u");
	PASS();
}

#define TICKS 60

static struct {
	volatile unsigned ticks, early;
	uint64_t period, next;
} clocks[CPU_MAX];

static void tick(unsigned intid, void *arg)
{
	unsigned me = cpu_self()->index;

	(void)intid, (void)arg;
	if (cntvct() < clocks[me].next) {
		clocks[me].early++;
	}
	clocks[me].next += clocks[me].period;
	if (++clocks[me].ticks == TICKS) {
		timer_virt_off();
	} else {
		timer_virt_set(clocks[me].next, 1);
	}
}

static void run_clock(void *arg)
{
	unsigned me = cpu_self()->index;

	(void)arg;
	irq_enable(TIMER_VIRT_PPI);
	clocks[me].ticks = clocks[me].early = 0;
	clocks[me].period = timer_ticks_of_us(200 + 37 * me);
	clocks[me].next = cntvct() + clocks[me].period;
	timer_virt_set(clocks[me].next, 1);
	while (clocks[me].ticks < TICKS &&
	       cntvct() < clocks[me].next + timer_ticks_of_us(LONG_US)) {
		if (me % 2) {
			wfi(); /* masked: its own timer ends it for certain */
		}
		irq_unmask();
		isb(); /* what is pending is taken here */
		irq_mask();
	}
}

/* Every CPU's timer ticks on its own, none lost, none early (187, 192). */
TEST c184_c187_c192_timers_of_all_cpus_tick(void)
{
	unsigned online = cpu_start_all();

	irq_attach(TIMER_VIRT_PPI, tick, NULL);
	for (unsigned i = 1; i < online; i++) {
		cpu_call(i, run_clock, NULL);
	}
	run_clock(NULL);
	for (unsigned i = 1; i < online; i++) {
		cpu_join(i);
	}
	for (unsigned i = 0; i < online; i++) {
		ASSERT_EQ_FMT((unsigned)TICKS, clocks[i].ticks, "%u");
		ASSERT_EQ_FMT(0u, clocks[i].early, "%u");
	}
	PASS();
}

#define ROUNDS    6
#define LINGER_US 12000 /* longer than any time slice */

static struct {
	volatile unsigned ticks;
	volatile bool lingers;
	unsigned waited; /* looks at a line that is high, at most */
} shifts[CPU_MAX];

static void work_a_shift(unsigned intid, void *arg)
{
	unsigned me = cpu_self()->index;

	(void)intid, (void)arg;
	timer_virt_off();
	if (shifts[me].lingers) {
		timer_delay_us(LINGER_US); /* active all the while */
	}
	shifts[me].ticks++;
}

/*
 * Now it lingers in its handler, now it counts how often it sees the line of
 * its own timer high without being interrupted.
 */
static void run_shifts(void *arg)
{
	unsigned me = cpu_self()->index;

	(void)arg;
	irq_enable(TIMER_VIRT_PPI);
	shifts[me].ticks = shifts[me].waited = 0;
	irq_unmask();
	for (unsigned round = 0; round < ROUNDS * 8; round++) {
		unsigned looks = 0;

		shifts[me].lingers = round % 8 == 0 && (round / 8 + me) % 2;
		timer_virt_set(cntvct() + timer_ticks_of_us(500), 1);
		while (shifts[me].ticks == round && looks < 1000000) {
			looks += (sysreg_read(cntv_ctl_el0) & 5) == 5;
		}
		if (looks > shifts[me].waited) {
			shifts[me].waited = looks;
		}
	}
	irq_mask();
}

/* One CPU's long handler keeps no timer of another from coming (187, 188). */
TEST c187_c188_a_long_handler_holds_up_nobody(void)
{
	unsigned online = cpu_start_all();

	irq_attach(TIMER_VIRT_PPI, work_a_shift, NULL);
	for (unsigned i = 1; i < online; i++) {
		cpu_call(i, run_shifts, NULL);
	}
	run_shifts(NULL);
	for (unsigned i = 1; i < online; i++) {
		cpu_join(i);
	}
	for (unsigned i = 0; i < online; i++) {
		ASSERT_EQ_FMT(ROUNDS * 8u, shifts[i].ticks, "%u");
		ASSERT_LT(shifts[i].waited, 1000);
	}
	PASS();
}

/* Everybody interrupts everybody; each SGI is answered first (165). */
static void pass_on(unsigned intid, void *arg)
{
	unsigned me = cpu_self()->index;

	(void)intid, (void)arg;
	if (++by_cpu[me] <= 100) {
		irq_send(SGI, (me + 1) % cpu_count);
	}
}

TEST c165_a_token_goes_round_a_hundred_times(void)
{
	irq_attach(SGI, pass_on, NULL);
	irq_enable(SGI);
	ASSERTm("give this payload two CPUs", call_others(CPU_MAX));
	irq_unmask();
	irq_send_self(SGI);
	deep_reaches(&by_cpu[0], 101);
	irq_mask();
	hang_up(CPU_MAX);
	ASSERT_EQ_FMT(101u, by_cpu[0], "%u");
	for (unsigned i = 1; i < cpu_count; i++) {
		ASSERT_EQ_FMT(100u, by_cpu[i], "%u");
	}
	PASS();
}

SUITE(several_cpus)
{
	SET_SETUP(deep_prepare, NULL);
	SET_TEARDOWN(deep_clean_up, NULL);
	RUN_TEST(c147_active_on_another_cpu_is_seen);
	RUN_TEST(c146_c147_another_cpus_registers_can_be_written);
	RUN_TEST(c149_an_spi_on_the_move_comes_every_time);
	RUN_TEST(c146_disabled_on_another_cpu_it_stays_away);
	RUN_TEST(one_of_n_comes_once);
	RUN_TEST(c184_c187_c192_timers_of_all_cpus_tick);
	RUN_TEST(c187_c188_a_long_handler_holds_up_nobody);
	RUN_TEST(c165_a_token_goes_round_a_hundred_times);
}
