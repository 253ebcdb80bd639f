// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two CPUs ring one doorbell, each a flag of its own: none of them may get
 * lost, whatever the other one is just doing.
 *
 * One rings and collects in a loop.  The other does it from the handler of a
 * timer whose period it throws dice for, so that it comes at any instruction
 * of the first one's way through the hypervisor.  On a lock-step machine the
 * timer is also the moment at which QEMU turns from one CPU to the other.
 * What is compared is counted, not timed: a ring that is over before a
 * collection begins is in it.
 *
 * bootargs: rings=N, seed=N for the dice.
 */
#include <stdbool.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/hv.h"
#include "rt/hv_root.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/timer.h"

#define FLAG_LOOP 1ull
#define FLAG_TICK 2ull
#define MEASURE   20000 /* turns of a loop, whatever they take here */
#define PERIOD    3000  /* turns, at most */

static struct hv_root root;
static uint64_t bell, state, measured;
static volatile unsigned rings, rung, collected;
static volatile bool is_lost;

static uint64_t dice(uint64_t sides)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 33) % sides;
}

static void measure(void)
{
	uint64_t start = cntvct();

	for (uint64_t turns = MEASURE; turns > 0; turns--) {
		__asm__ volatile("");
	}
	measured = cntvct() - start;
}

static void arm(void)
{
	uint64_t turns = 500 + dice(PERIOD);

	timer_virt_set(cntvct() + turns * measured / MEASURE + 1, CNT_ENABLE);
}

static void on_tick(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	if (collected == rung && rung < rings) {
		HV(DOORBELL_SEND, bell, FLAG_TICK);
		dmb_ish(); /* rung before it is told */
		rung = rung + 1;
	}
	arm();
}

static void ring_and_collect(void *arg)
{
	(void)arg;
	while (collected < rings && !is_lost) {
		unsigned before;
		uint64_t flags;

		HV(DOORBELL_SEND, bell, FLAG_LOOP);
		before = rung;
		dmb_ish(); /* told before it is collected */
		flags = HV(DOORBELL_RECEIVE, bell, FLAG_LOOP | FLAG_TICK)
		                .out[0];
		collected = collected + ((flags & FLAG_TICK) != 0);
		if (!(flags & FLAG_LOOP) || collected < before) {
			is_lost = true;
		}
		/* The other one may wait for a lock, with its timer masked:
		 * then nothing else ends this CPU's turn for long. */
		__asm__ volatile("yield");
	}
}

TEST c63_no_ring_of_a_doorbell_is_lost(void)
{
	struct hv made;

	ASSERT(hv_root_env(&root));
	made = hv_call(HVC_PARTITION_CREATE_DOORBELL,
	               (const uint64_t[8]){ root.partition, root.cspace });
	bell = made.out[0];
	ASSERT_EQ(HV_OK, made.err);
	ASSERT_EQ(HV_OK, HV(OBJECT_ACTIVATE, bell).err);
	rings = (unsigned)dt_bootarg_number("rings", 100);
	state = dt_bootarg_number("seed", 1);
	measure();
	ASSERT_EQ_FMT(2u, cpu_start_all(), "%u");
	irq_attach(TIMER_VIRT_PPI, on_tick, NULL);
	irq_enable(TIMER_VIRT_PPI);
	cpu_call(1, ring_and_collect, NULL);
	arm();
	while (collected < rings && !is_lost) {
		irq_mask();
		wfi();
		irq_unmask();
		isb(); /* what was pending is taken here */
	}
	cpu_join(1); /* it still ticks: the other one gets its turn */
	irq_mask();
	timer_virt_off();
	irq_disable(TIMER_VIRT_PPI);
	if (is_lost) {
		printf("race: one of %u rings is lost, %u are collected\n",
		       rung, collected);
	}
	ASSERT_FALSEm("a ring was lost", is_lost);
	PASS();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_TEST(c63_no_ring_of_a_doorbell_is_lost);
	GREATEST_MAIN_END();
}
