// SPDX-License-Identifier: BSD-2-Clause
/*
 * Timers and their PPIs where a hypervisor must look twice: the line falls
 * after the interrupt became pending and before it is taken (behaviours 147,
 * 182, 195); software makes the PPI active or pending by hand.
 */
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/mmio.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "tiny/gicdeep.h"

#define FAR (cntvct() + 100 * cntfrq())

static void quiet(unsigned intid, void *arg)
{
	timer_virt_set(FAR, 1);
	timer_phys_set(cntpct() + 100 * cntfrq(), 1);
	deep_count(intid, arg);
}

static void ready(void)
{
	irq_attach(TIMER_VIRT_PPI, quiet, NULL);
	irq_attach(TIMER_PHYS_PPI, quiet, NULL);
	irq_enable(TIMER_VIRT_PPI);
	irq_enable(TIMER_PHYS_PPI);
}

/* The compare value is in the past; give the interrupt time to be pending. */
static void fire_both(void)
{
	timer_virt_set(cntvct(), 1);
	timer_phys_set(cntpct(), 1);
	timer_delay_us(50);
}

static void both_later(void)
{
	timer_virt_set(FAR, 1);
	timer_phys_set(cntpct() + 100 * cntfrq(), 1);
}

static unsigned came(void)
{
	return deep_taken[TIMER_VIRT_PPI] + deep_taken[TIMER_PHYS_PPI];
}

/* Held back by PSTATE.I, then moved away: no interrupt (195). */
TEST c182_c195_masked_and_moved_it_never_comes(void)
{
	ready();
	for (unsigned i = 0; i < 5; i++) {
		fire_both();
		both_later();
		deep_nap();
		ASSERT_EQ_FMT(0u, came(), "%u");
	}
	fire_both();
	deep_nap();
	ASSERT_EQ_FMT(1u, deep_taken[TIMER_VIRT_PPI], "%u");
	PASS();
}

/* Held back by the priority mask. */
TEST c195_masked_by_priority_and_moved_it_never_comes(void)
{
	ready();
	sysreg_write(icc_pmr_el1, 0x20);
	isb();
	irq_unmask();
	fire_both();
	both_later();
	irq_mask();
	sysreg_write(icc_pmr_el1, 0xff);
	isb();
	deep_nap();
	ASSERT_EQ_FMT(0u, came(), "%u");
	PASS();
}

/* Held back in the redistributor. */
TEST c195_disabled_and_moved_it_never_comes(void)
{
	ready();
	irq_disable(TIMER_VIRT_PPI);
	irq_disable(TIMER_PHYS_PPI);
	irq_unmask();
	fire_both();
	both_later();
	irq_enable(TIMER_VIRT_PPI);
	irq_enable(TIMER_PHYS_PPI);
	irq_mask();
	deep_nap();
	ASSERT_EQ_FMT(0u, came(), "%u");
	PASS();
}

static volatile unsigned seen_inside;

static void move_inside(unsigned intid, void *arg)
{
	irq_unmask(); /* of the same priority: they do not preempt */
	fire_both();
	both_later();
	irq_mask();
	seen_inside = came();
	deep_count(intid, arg);
}

/* Held back by the running priority. */
TEST c195_fired_and_moved_inside_a_handler_it_never_comes(void)
{
	ready();
	seen_inside = ~0u;
	irq_attach(DEEP, move_inside, NULL);
	irq_set_pending(DEEP, true);
	irq_unmask();
	ASSERT(deep_reaches(&deep_taken[DEEP], 1));
	irq_mask();
	deep_nap();
	ASSERT_EQ_FMT(0u, seen_inside, "%u");
	ASSERT_EQ_FMT(0u, came(), "%u");
	PASS();
}

static volatile unsigned fiqs;

static void on_fiq(struct frame *frame)
{
	unsigned intid = (unsigned)sysreg_read(icc_iar0_el1);

	(void)frame;
	if (intid == TIMER_VIRT_PPI) {
		both_later();
		fiqs++;
		sysreg_write(icc_eoir0_el1, intid);
		isb();
	}
}

static void in_group_0(bool on)
{
	uint64_t group = irq_redist() + GICR_SGI + GICD_IGROUPR;
	uint32_t word = mmio_read32(group) & ~(1u << TIMER_VIRT_PPI);

	mmio_write32(group, on ? word : word | 1u << TIMER_VIRT_PPI);
	mmio_write32(irq_dist() + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1 |
	                                             (on ? GICD_CTLR_GRP0 : 0));
	sysreg_write(icc_igrpen0_el1, on);
	isb(); /* group 0 is let through, or no longer */
	fault_take_fiqs(on ? on_fiq : NULL);
	fiqs = 0;
}

/* The same in group 0, where it is an FIQ (155, 173). */
TEST c155_c195_as_fiq_masked_and_moved_it_never_comes(void)
{
	unsigned moved, left;

	if (!(mmio_read32(irq_dist() + GICD_CTLR) & GICD_CTLR_DS)) {
		SKIPm("two security states: group 0 is not ours");
	}
	ready();
	in_group_0(true);
	fire_both();
	both_later();
	__asm__ volatile("msr daifclr, #1" ::: "memory");
	timer_delay_us(NAP_US);
	__asm__ volatile("msr daifset, #1" ::: "memory");
	moved = fiqs;
	timer_virt_set(cntvct(), 1);
	__asm__ volatile("msr daifclr, #1" ::: "memory");
	deep_reaches(&fiqs, 1);
	__asm__ volatile("msr daifset, #1" ::: "memory");
	left = fiqs;
	in_group_0(false);
	ASSERT_EQ_FMT(0u, moved, "%u");
	ASSERT_EQ_FMT(1u, left, "%u");
	PASS();
}

/* ISPENDR shows the line, not its past (195). */
TEST c195_the_pending_bit_follows_the_line(void)
{
	ready();
	for (unsigned i = 0; i < 3; i++) {
		timer_virt_set(cntvct(), 1);
		timer_delay_us(50);
		ASSERT(irq_is_pending(TIMER_VIRT_PPI));
		timer_virt_set(FAR, 1);
		ASSERT_FALSE(irq_is_pending(TIMER_VIRT_PPI));
	}
	PASS();
}

/* A high line stays pending when ICPENDR says no (147). */
TEST c147_a_high_line_cannot_be_cleared(void)
{
	ready();
	timer_virt_set(cntvct(), 1);
	timer_delay_us(50);
	irq_set_pending(TIMER_VIRT_PPI, false);
	ASSERT(irq_is_pending(TIMER_VIRT_PPI));
	irq_unmask();
	ASSERT(deep_reaches(&deep_taken[TIMER_VIRT_PPI], 1));
	irq_mask();
	PASS();
}

/* Made active by hand the PPI holds its timer back (147, 148). */
TEST c147_c148_active_by_hand_it_waits(void)
{
	ready();
	irq_set_active(TIMER_VIRT_PPI, true);
	ASSERT(irq_is_active(TIMER_VIRT_PPI));
	timer_virt_set(cntvct(), 1);
	irq_unmask();
	timer_delay_us(NAP_US);
	irq_mask();
	ASSERT_EQ_FMT(0u, deep_taken[TIMER_VIRT_PPI], "%u");
	ASSERT(irq_is_pending(TIMER_VIRT_PPI));
	irq_set_active(TIMER_VIRT_PPI, false);
	irq_unmask();
	ASSERT(deep_reaches(&deep_taken[TIMER_VIRT_PPI], 1));
	irq_mask();
	PASS();
}

static void count_only(unsigned intid, void *arg)
{
	if (deep_taken[intid] == 4) {
		both_later();
	}
	deep_count(intid, arg);
}

/* A line that stays high interrupts again after each end (141, 184). */
TEST c141_c184_a_timer_left_alone_comes_again(void)
{
	ready();
	irq_attach(TIMER_VIRT_PPI, count_only, NULL);
	timer_virt_set(cntvct(), 1);
	irq_unmask();
	ASSERT(deep_reaches(&deep_taken[TIMER_VIRT_PPI], 5));
	irq_mask();
	deep_nap();
	ASSERT_EQ_FMT(5u, deep_taken[TIMER_VIRT_PPI], "%u");
	PASS();
}

/* WFI with IRQs masked ends by the timer, each time (164, 185). */
TEST c164_c185_masked_wfi_ends_a_hundred_times(void)
{
	ready();
	for (unsigned i = 0; i < 100; i++) {
		uint64_t due = cntvct() + timer_ticks_of_us(20 + i % 7);

		timer_virt_set(due, 1);
		while (!(sysreg_read(cntv_ctl_el0) & 4)) {
			wfi();
		}
		ASSERT_GTE(cntvct(), due);
		irq_unmask();
		ASSERT(deep_reaches(&deep_taken[TIMER_VIRT_PPI], i + 1));
		irq_mask();
	}
	ASSERT_EQ_FMT(100u, deep_taken[TIMER_VIRT_PPI], "%u");
	PASS();
}

SUITE(timers_and_ppis)
{
	SET_SETUP(deep_prepare, NULL);
	SET_TEARDOWN(deep_clean_up, NULL);
	RUN_TEST(c182_c195_masked_and_moved_it_never_comes);
	RUN_TEST(c195_masked_by_priority_and_moved_it_never_comes);
	RUN_TEST(c195_disabled_and_moved_it_never_comes);
	RUN_TEST(c195_fired_and_moved_inside_a_handler_it_never_comes);
	RUN_TEST(c155_c195_as_fiq_masked_and_moved_it_never_comes);
	RUN_TEST(c195_the_pending_bit_follows_the_line);
	RUN_TEST(c147_a_high_line_cannot_be_cleared);
	RUN_TEST(c147_c148_active_by_hand_it_waits);
	RUN_TEST(c141_c184_a_timer_left_alone_comes_again);
	RUN_TEST(c164_c185_masked_wfi_ends_a_hundred_times);
}
