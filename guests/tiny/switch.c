// SPDX-License-Identifier: BSD-2-Clause
/*
 * vCPUs that share one CPU: each keeps all it has, each gets its turn (behaviours
 * 131, 192, 294, 303, 315).  Run with more vCPUs than CPUs.
 */
#include <inttypes.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define ROUNDS 200

/* See switch_regs.S. */
uint64_t switch_registers(uint64_t seed, uint64_t rounds);

static uint64_t wrong[CPU_MAX];

static void give_way(void)
{
	(void)HV(SCHEDULER_YIELD, 0, 0);
}

static uint64_t seed_of(unsigned index)
{
	return 0x1111111100000000ull * (index + 1) + 0x1f * index;
}

/* Run @work on all CPUs at once; CPU 0 too, with its index as argument. */
static void on_all(void (*work)(void *arg))
{
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_call(i, work, (void *)(uintptr_t)i);
	}
	work((void *)0);
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_join(i);
	}
}

static enum greatest_test_res nothing_was_wrong(void)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		ASSERT_EQ_FMT((uint64_t)0, wrong[i], "%" PRIu64);
	}
	PASS();
}

static void dance(void *arg)
{
	unsigned index = (unsigned)(uintptr_t)arg;

	wrong[index] = switch_registers(seed_of(index), ROUNDS);
}

/* General and SIMD registers, FPCR and FPSR (303). */
TEST c303_x_and_q_registers_survive_a_switch(void)
{
	on_all(dance);
	CHECK_CALL(nothing_was_wrong());
	PASS();
}

/* Registers that hold any value, and that nothing here looks at meanwhile. */
#define PLAIN_REGS(X)                    \
	X(tpidr_el0, UINT64_MAX)         \
	X(tpidrro_el0, UINT64_MAX)       \
	X(contextidr_el1, 0xffffffff)    \
	X(far_el1, UINT64_MAX)           \
	X(esr_el1, 0x03ffffff)           \
	X(elr_el1, UINT64_MAX)           \
	X(sp_el0, UINT64_MAX)            \
	X(spsr_el1, 0xf0000000)          \
	X(ttbr1_el1, 0x0000fffffffff000) \
	X(cntkctl_el1, 0x3)              \
	X(csselr_el1, 0x1)

static void hold(void *arg)
{
	unsigned index = (unsigned)(uintptr_t)arg;
	uint64_t value = seed_of(index) | seed_of(index) >> 20;
	uint64_t bad = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
#define SET(reg, mask) sysreg_write(reg, (value + i) & (mask));
		PLAIN_REGS(SET)
#undef SET
		give_way();
#define CHECK(reg, mask) bad += sysreg_read(reg) != ((value + i) & (mask));
		PLAIN_REGS(CHECK)
#undef CHECK
	}
	sysreg_write(tpidr_el0, 0);
	sysreg_write(cntkctl_el1, 0);
	wrong[index] = bad;
}

/* System registers of EL1 (131). */
TEST c131_el1_registers_survive_a_switch(void)
{
	on_all(hold);
	CHECK_CALL(nothing_was_wrong());
	PASS();
}

/* A compare value and its control bits (192). */
static void hold_timer(void *arg)
{
	unsigned index = (unsigned)(uintptr_t)arg;
	uint64_t bad = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t far = UINT64_MAX / 2 + seed_of(index) / 4 + i;

		timer_virt_set(far, CNT_ENABLE | CNT_IMASK);
		timer_phys_set(far + 1, CNT_IMASK);
		give_way();
		bad += sysreg_read(cntv_cval_el0) != far;
		bad += sysreg_read(cntp_cval_el0) != far + 1;
		bad += sysreg_read(cntv_ctl_el0) != (CNT_ENABLE | CNT_IMASK);
		bad += sysreg_read(cntp_ctl_el0) != CNT_IMASK;
	}
	timer_virt_off();
	timer_phys_off();
	wrong[index] = bad;
}

TEST c192_timers_survive_a_switch(void)
{
	on_all(hold_timer);
	CHECK_CALL(nothing_was_wrong());
	PASS();
}

static volatile unsigned fired;

static void note_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	fired++;
}

/* The owner of a timer sleeps, and others have the CPU, when it expires. */
TEST c192_a_timer_wakes_its_vcpu_among_others(void)
{
	for (unsigned i = 0; i < 20; i++) {
		uint64_t deadline = cntvct() + timer_ticks_of_us(500);

		fired = 0;
		irq_attach(TIMER_VIRT_PPI, note_timer, NULL);
		irq_enable(TIMER_VIRT_PPI);
		timer_virt_set(deadline, CNT_ENABLE);
		ASSERT(irq_wait(&fired, 4000000));
		ASSERT_GTE(cntvct(), deadline);
	}
	irq_disable(TIMER_VIRT_PPI);
	PASS();
}

static volatile bool stop_it;
static volatile uint64_t turns[CPU_MAX];

/* Never gives way by itself; interrupts are masked. */
static void spin(void *arg)
{
	unsigned index = (unsigned)(uintptr_t)arg;

	while (!stop_it) {
		turns[index]++;
	}
}

static void start_spinners(void)
{
	stop_it = false;
	for (unsigned i = 0; i < cpu_count; i++) {
		turns[i] = 0;
	}
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_call(i, spin, (void *)(uintptr_t)i);
	}
}

static void stop_spinners(void)
{
	stop_it = true;
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_join(i);
	}
}

static bool all_had_turns(void)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		if (turns[i] == 0) {
			return false;
		}
	}
	return true;
}

/*
 * A loop with interrupts masked is preempted (294).  This one does not give
 * way either, and waits as long as the slowest host may need.
 */
TEST c294_a_masked_loop_is_preempted(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(8000000);
	bool all = false;

	start_spinners();
	while (!all && cntvct() < end) {
		turns[0]++;
		all = all_had_turns();
	}
	stop_spinners();
	ASSERT(all);
	PASS();
}

/* Round robin: nobody gets less than a quarter of what another gets. */
TEST c294_equals_get_equal_shares(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(100000);
	uint64_t least = UINT64_MAX, most = 0;

	start_spinners();
	while (cntvct() < end) {
		give_way();
	}
	for (unsigned i = 1; i < cpu_count; i++) {
		least = turns[i] < least ? turns[i] : least;
		most = turns[i] > most ? turns[i] : most;
	}
	stop_spinners();
	ASSERT_GT(least, 0);
	ASSERT_LT(most / 4, least);
	PASS();
}

/* "scheduler_yield": the others run before the caller goes on (315). */
TEST c315_yield_lets_the_others_run(void)
{
	uint64_t before[CPU_MAX] = { 0 };

	start_spinners();
	give_way();
	for (unsigned i = 1; i < cpu_count; i++) {
		before[i] = turns[i];
	}
	for (unsigned i = 0; i < 2; i++) {
		give_way();
	}
	for (unsigned i = 1; i < cpu_count; i++) {
		ASSERT_GT(turns[i], before[i]);
	}
	stop_spinners();
	PASS();
}

SUITE(switching)
{
	RUN_TEST(c303_x_and_q_registers_survive_a_switch);
	RUN_TEST(c131_el1_registers_survive_a_switch);
	RUN_TEST(c192_timers_survive_a_switch);
	RUN_TEST(c192_a_timer_wakes_its_vcpu_among_others);
	RUN_TEST(c294_a_masked_loop_is_preempted);
	RUN_TEST(c294_equals_get_equal_shares);
	RUN_TEST(c315_yield_lets_the_others_run);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (cpu_start_all() != cpu_count || cpu_count < 2) {
		return 1;
	}
	RUN_SUITE(switching);
	GREATEST_MAIN_END();
}
