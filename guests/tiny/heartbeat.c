// SPDX-License-Identifier: BSD-2-Clause
/*
 * A witness: whatever another VM does, this one's heart beats.
 *
 * A virtual timer beats every so often; each beat must come, must not come
 * early, and not later than a bound.  In between memory and SIMD registers
 * must keep what they hold.
 *
 * bootargs: beats=N, period-us=N, late-us=N, canary-beats=N. The bound holds where virtual
 * time is counted in instructions; under mttcg the host's load is in it, and
 * late-us=0 leaves it out.
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define CANARY_WORDS 0x8000 /* 256 KiB */

static volatile struct {
	uint64_t due; /* CNTVCT of the beat that is next */
	uint64_t period;
	uint64_t count, wanted, early, latest;
	uint64_t back; /* times that the counter went back */
	uint64_t last;
} heart;

static uint64_t canary[CANARY_WORDS];

static void beat(unsigned intid, void *arg)
{
	uint64_t now = cntvct();

	(void)intid;
	(void)arg;
	heart.early += now < heart.due;
	heart.back += now < heart.last;
	heart.last = now;
	if (now - heart.due > heart.latest && now >= heart.due) {
		heart.latest = now - heart.due;
	}
	heart.count++;
	heart.due += heart.period;
	timer_virt_set(heart.due, heart.count < heart.wanted ? CNT_ENABLE : 0);
}

/* Let it beat @beats times; asleep, or awake. */
static void live(uint64_t beats, bool asleep)
{
	heart.count = heart.early = heart.back = heart.latest = 0;
	heart.wanted = beats;
	heart.last = cntvct();
	heart.due = heart.last + heart.period;
	irq_attach(TIMER_VIRT_PPI, beat, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(heart.due, CNT_ENABLE);
	while (heart.count < beats) {
		irq_mask();
		if (asleep && heart.count < beats) {
			wfi();
		}
		irq_unmask();
		isb(); /* what was pending is taken here */
	}
	timer_virt_off();
	irq_mask();
	irq_disable(TIMER_VIRT_PPI);
}

static enum greatest_test_res judge(uint64_t beats)
{
	uint64_t bound_us = dt_bootarg_number("late-us", 0);
	uint64_t latest_us = heart.latest * 1000000 / cntfrq();

	printf("heartbeat: %lu beats, the latest was %lu us late\n",
	       (unsigned long)heart.count, (unsigned long)latest_us);
	ASSERT_EQ_FMT((unsigned long)beats, (unsigned long)heart.count, "%lu");
	ASSERT_EQ_FMT(0ul, (unsigned long)heart.early, "%lu");
	ASSERT_EQ_FMT(0ul, (unsigned long)heart.back, "%lu");
	if (bound_us != 0) {
		ASSERT_LT(latest_us, bound_us);
	}
	PASS();
}

TEST the_heart_beats_in_time_asleep(void)
{
	uint64_t beats = dt_bootarg_number("beats", 100);

	heart.period = timer_ticks_of_us(dt_bootarg_number("period-us", 5000));
	live(beats, true);
	return judge(beats);
}

TEST the_heart_beats_in_time_awake(void)
{
	uint64_t beats = dt_bootarg_number("beats", 100) / 2;

	live(beats, false);
	return judge(beats);
}

static uint64_t canary_at(uint64_t i)
{
	static unsigned vmid;

	if (vmid == 0) {
		vmid = dt_vmid() + 1;
	}
	return (i + vmid) * 0x9e3779b97f4a7c15ull;
}

/* 286 */
TEST memory_keeps_what_it_holds(void)
{
	for (uint64_t i = 0; i < CANARY_WORDS; i++) {
		canary[i] = canary_at(i);
	}
	live(dt_bootarg_number("canary-beats", 20), true);
	for (uint64_t i = 0; i < CANARY_WORDS; i++) {
		ASSERT_EQ_FMT((unsigned long)canary_at(i),
		              (unsigned long)canary[i], "%#lx");
	}
	PASS();
}

static void load_q(const uint64_t *q)
{
	__asm__ volatile("	ld1	{v0.2d-v3.2d}, [%0], #64\n"
	                 "	ld1	{v4.2d-v7.2d}, [%0], #64\n"
	                 "	ld1	{v16.2d-v19.2d}, [%0], #64\n"
	                 "	ld1	{v20.2d-v23.2d}, [%0]\n"
	                 : "+r"(q)
	                 :
	                 : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
	                   "v16", "v17", "v18", "v19", "v20", "v21", "v22",
	                   "v23", "memory");
}

static void store_q(uint64_t *q)
{
	__asm__ volatile("	st1	{v0.2d-v3.2d}, [%0], #64\n"
	                 "	st1	{v4.2d-v7.2d}, [%0], #64\n"
	                 "	st1	{v16.2d-v19.2d}, [%0], #64\n"
	                 "	st1	{v20.2d-v23.2d}, [%0]\n"
	                 : "+r"(q)
	                 :
	                 : "memory");
}

/* 303: no call and no interrupt handler of ours stands between the two. */
TEST simd_registers_keep_what_they_hold(void)
{
	static uint64_t in[32], out[32];
	uint64_t slices = 40, step = timer_ticks_of_us(1000);

	for (unsigned i = 0; i < 32; i++) {
		in[i] = canary_at(i + 1000);
	}
	irq_mask();
	while (slices-- > 0) {
		uint64_t end = cntvct() + step;

		load_q(in);
		__asm__ volatile("1:	mrs	x9, cntvct_el0\n"
		                 "	cmp	x9, %0\n"
		                 "	b.lo	1b\n"
		                 :
		                 : "r"(end)
		                 : "x9", "cc");
		store_q(out);
		ASSERT_EQ(0, memcmp(in, out, sizeof(in)));
	}
	PASS();
}

SUITE(witness)
{
	RUN_TEST(the_heart_beats_in_time_asleep);
	RUN_TEST(the_heart_beats_in_time_awake);
	RUN_TEST(memory_keeps_what_it_holds);
	RUN_TEST(simd_registers_keep_what_they_hold);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(witness);
	GREATEST_MAIN_END();
}
