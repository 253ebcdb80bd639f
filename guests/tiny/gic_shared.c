// SPDX-License-Identifier: BSD-2-Clause
/*
 * Shared peripheral interrupts, end to end (Arm IHI 0069; behaviours 141 to
 * 149, 156, 164, 170).
 */
#include <stdio.h>

#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/mmio.h"
#include "rt/timer.h"
#include "tiny/gic.h"

/* PL011, for an interrupt with a real level */
#define UART_IMSC   0x38
#define UART_RIS    0x3c
#define UART_ICR    0x44
#define UART_TX_INT (1u << 5)
#define UART_SPI    33

/* Edge: one pending bit, one interrupt (141). */
TEST c141_an_edge_spi_comes_once(void)
{
	irq_set_pending(SPI, true);
	ASSERT(irq_wait(&taken[SPI], LONG_US));
	nap();
	ASSERT_EQ_FMT(1u, taken[SPI], "%u");
	ASSERT_FALSE(irq_is_pending(SPI));
	ASSERT_FALSE(irq_is_active(SPI));
	PASS();
}

static volatile unsigned level_left;

static void level_handler(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	any++;
	if (--level_left == 0) {
		mmio_write32(console_base() + UART_ICR, UART_TX_INT);
		mmio_write32(console_base() + UART_IMSC, 0);
	}
}

/* Level: pending again until the device lets go (141). */
TEST c141_a_level_spi_comes_until_lowered(void)
{
	uint64_t uart = console_base();

	irq_attach(UART_SPI, level_handler, NULL);
	irq_set_edge(UART_SPI, false);
	irq_route(UART_SPI, cpu_self()->mpidr);
	irq_set_priority(UART_SPI, IRQ_PRIORITY);
	console_write("\n", 1); /* the FIFO drains: TXRIS */
	level_left = 5;
	irq_enable(UART_SPI);
	mmio_write32(uart + UART_IMSC, UART_TX_INT);
	for (unsigned i = 1; i <= 5; i++) {
		uint64_t end = cntvct() + timer_ticks_of_us(LONG_US);

		irq_unmask();
		while (any < i && cntvct() < end) {
			cpu_relax();
		}
		irq_mask();
	}
	nap();
	irq_disable(UART_SPI);
	mmio_write32(uart + UART_IMSC, 0);
	ASSERT_EQ_FMT(5u, any, "%u");
	ASSERT_FALSE(irq_is_pending(UART_SPI));
	PASS();
}

/* EOImode 1: EOIR drops the priority, DIR deactivates (142). */
TEST c142_split_eoi_needs_dir(void)
{
	uint64_t intid;

	sysreg_write(icc_ctlr_el1, 2); /* EOImode */
	isb();
	irq_set_pending(SPI, true);
	irq_set_pending(SPI2, true);
	intid = sysreg_read(icc_iar1_el1);
	dsb_sy(); /* acknowledged */
	ASSERT(intid == SPI || intid == SPI2);
	ASSERT(irq_is_active((unsigned)intid));
	ASSERT_EQ_FMT((unsigned)IRQ_PRIORITY,
	              (unsigned)sysreg_read(icc_rpr_el1), "%#x");
	sysreg_write(icc_eoir1_el1, intid);
	isb();
	ASSERT_EQ_FMT(0xffu, (unsigned)sysreg_read(icc_rpr_el1), "%#x");
	ASSERT(irq_is_active((unsigned)intid));
	sysreg_write(icc_dir_el1, intid);
	isb();
	ASSERT_FALSE(irq_is_active((unsigned)intid));
	sysreg_write(icc_ctlr_el1, 0);
	isb();
	PASS();
}

/* Nothing pending: 1023 (144). */
TEST c144_nothing_pending_reads_as_spurious(void)
{
	ASSERT_EQ_FMT(1023u, (unsigned)sysreg_read(icc_iar1_el1), "%u");
	ASSERT_EQ_FMT(1023u, (unsigned)sysreg_read(icc_hppir1_el1), "%u");
	ASSERT_EQ_FMT(0xffu, (unsigned)sysreg_read(icc_rpr_el1), "%#x");
	PASS();
}

/* PMR: only a higher priority (a lower number) gets through (145). */
TEST c145_the_priority_mask_holds_back(void)
{
	sysreg_write(icc_pmr_el1, IRQ_PRIORITY);
	isb();
	irq_set_pending(SPI, true);
	nap();
	ASSERT_EQ_FMT(0u, taken[SPI], "%u");
	ASSERT(irq_is_pending(SPI));
	sysreg_write(icc_pmr_el1, IRQ_PRIORITY + 0x10);
	isb();
	ASSERT(irq_wait(&taken[SPI], LONG_US));
	ASSERT_EQ_FMT((unsigned)IRQ_PRIORITY, running_priority, "%#x");
	PASS();
}

/* Of several pending ones the highest priority comes first (145). */
TEST c145_priorities_decide_the_order(void)
{
	for (unsigned i = 0; i < 4; i++) {
		irq_set_priority(SPI + i, (uint8_t)(0xb0 - i * 0x10));
	}
	for (unsigned i = 0; i < 4; i++) {
		irq_set_pending(SPI + i, true);
	}
	for (unsigned i = 0; i < 4; i++) {
		ASSERT(irq_wait(&taken[SPI + i], LONG_US));
	}
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_EQ_FMT(SPI + 3 - i, order[i], "%u");
	}
	PASS();
}

static void nest(unsigned intid, void *arg)
{
	count(intid, arg);
	irq_set_priority(SPI2, 0x40);
	irq_set_pending(SPI2, true);
	irq_unmask();
	irq_wait(&taken[SPI2], LONG_US); /* preempts us */
	irq_mask();
	order[62] = any;
}

/* A higher priority preempts the handler of a lower one (145). */
TEST c145_a_higher_priority_preempts(void)
{
	irq_attach(SPI, nest, NULL);
	irq_set_pending(SPI, true);
	ASSERT(irq_wait(&taken[SPI2], LONG_US));
	ASSERT_EQ_FMT(2u, order[62], "%u"); /* inside the first handler */
	ASSERT_EQ_FMT((unsigned)SPI, order[0], "%u");
	ASSERT_EQ_FMT((unsigned)SPI2, order[1], "%u");
	ASSERT_EQ_FMT(0xffu, (unsigned)sysreg_read(icc_rpr_el1), "%#x");
	PASS();
}

/* Disabled: pending, but not delivered; enabled: delivered (146). */
TEST c146_enable_and_disable_while_pending(void)
{
	irq_disable(SPI);
	irq_set_pending(SPI, true);
	ASSERT(irq_is_pending(SPI));
	nap();
	ASSERT_EQ_FMT(0u, taken[SPI], "%u");
	irq_enable(SPI);
	ASSERT(irq_wait(&taken[SPI], LONG_US));

	irq_set_pending(SPI2, true);
	irq_disable(SPI2);
	nap();
	ASSERT_EQ_FMT(0u, taken[SPI2], "%u");
	PASS();
}

/* ICPENDR takes a pending interrupt back (147). */
TEST c147_pending_can_be_cleared(void)
{
	irq_set_pending(SPI, true);
	ASSERT(irq_is_pending(SPI));
	irq_set_pending(SPI, false);
	ASSERT_FALSE(irq_is_pending(SPI));
	nap();
	ASSERT_EQ_FMT(0u, taken[SPI], "%u");
	PASS();
}

/* Active by software: held back until cleared (147). */
TEST c147_an_active_interrupt_does_not_come_again(void)
{
	irq_set_active(SPI, true);
	ASSERT(irq_is_active(SPI));
	irq_set_pending(SPI, true);
	nap();
	ASSERT_EQ_FMT(0u, taken[SPI], "%u");
	irq_set_active(SPI, false);
	ASSERT(irq_wait(&taken[SPI], LONG_US));
	PASS();
}

static volatile unsigned took_on;

static void note_cpu(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	took_on = cpu_self()->index + 1;
}

/* IROUTER, also changed while pending (149). */
TEST c149_irouter_chooses_the_cpu(void)
{
	static volatile unsigned stop;

	ASSERT_GTEm("give this payload two CPUs", cpu_start_all(), 2);
	stop = 0;
	irq_attach(SPI, note_cpu, NULL);
	cpu_call(1, listen, (void *)&stop);

	took_on = 0;
	irq_route(SPI, cpus[1].mpidr);
	irq_set_pending(SPI, true);
	irq_wait(&took_on, LONG_US);
	ASSERT_EQ_FMT(2u, took_on, "%u");

	took_on = 0;
	irq_route(SPI, cpus[0].mpidr);
	irq_mask();
	irq_set_pending(SPI, true);
	ASSERT_EQ_FMT(0u, took_on, "%u");
	irq_route(SPI, cpus[1].mpidr); /* pending, and not yet taken */
	irq_wait(&took_on, LONG_US);
	end_listening(&stop);
	ASSERT_EQ_FMT(2u, took_on, "%u");
	PASS();
}

/* WFI with IRQs masked ends when one is pending; it runs after (164). */
TEST c164_wfi_ends_with_a_masked_interrupt(void)
{
	irq_set_pending(SPI, true);
	wfi();
	ASSERT_EQ_FMT(0u, taken[SPI], "%u");
	ASSERT(irq_wait(&taken[SPI], LONG_US));
	PASS();
}

/* Group 1 disabled in the distributor: nothing (170). */
TEST c170_a_disabled_distributor_delivers_nothing(void)
{
	uint64_t ctlr = irq_dist() + GICD_CTLR;

	mmio_write32(ctlr, GICD_CTLR_ARE);
	irq_set_pending(SPI, true);
	nap();
	ASSERT_EQ_FMT(0u, taken[SPI], "%u");
	mmio_write32(ctlr, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	ASSERT(irq_wait(&taken[SPI], LONG_US));
	PASS();
}

/* Out-of-order end: 143, with EOImode 0 each drops its own activity. */
TEST c143_acknowledge_and_end_in_nested_order(void)
{
	uint64_t low, high;

	irq_set_priority(SPI, 0xb0);
	irq_set_priority(SPI2, 0x50);
	irq_set_pending(SPI, true);
	low = sysreg_read(icc_iar1_el1);
	irq_set_pending(SPI2, true);
	high = sysreg_read(icc_iar1_el1);
	ASSERT_EQ_FMT((unsigned)SPI, (unsigned)low, "%u");
	ASSERT_EQ_FMT((unsigned)SPI2, (unsigned)high, "%u");
	ASSERT_EQ_FMT(0x50u, (unsigned)sysreg_read(icc_rpr_el1), "%#x");
	sysreg_write(icc_eoir1_el1, high);
	isb();
	ASSERT_EQ_FMT(0xb0u, (unsigned)sysreg_read(icc_rpr_el1), "%#x");
	ASSERT_FALSE(irq_is_active(SPI2));
	ASSERT(irq_is_active(SPI));
	sysreg_write(icc_eoir1_el1, low);
	isb();
	ASSERT_FALSE(irq_is_active(SPI));
	PASS();
}

/* More pending than any GIC has list registers: all come (156). */
TEST c156_twenty_pending_interrupts_all_come(void)
{
	for (unsigned i = 0; i < SPIS; i++) {
		irq_set_pending(SPI + i, true);
	}
	for (unsigned i = 0; i < SPIS; i++) {
		ASSERT(irq_wait(&taken[SPI + i], LONG_US));
	}
	nap();
	ASSERT_EQ_FMT((unsigned)SPIS, any, "%u");
	PASS();
}

SUITE(shared_interrupts)
{
	SET_SETUP(prepare, NULL);
	SET_TEARDOWN(clean_up, NULL);
	RUN_TEST(c141_an_edge_spi_comes_once);
	RUN_TEST(c141_a_level_spi_comes_until_lowered);
	RUN_TEST(c142_split_eoi_needs_dir);
	RUN_TEST(c143_acknowledge_and_end_in_nested_order);
	RUN_TEST(c144_nothing_pending_reads_as_spurious);
	RUN_TEST(c145_the_priority_mask_holds_back);
	RUN_TEST(c145_priorities_decide_the_order);
	RUN_TEST(c145_a_higher_priority_preempts);
	RUN_TEST(c146_enable_and_disable_while_pending);
	RUN_TEST(c147_pending_can_be_cleared);
	RUN_TEST(c147_an_active_interrupt_does_not_come_again);
	RUN_TEST(c149_irouter_chooses_the_cpu);
	RUN_TEST(c156_twenty_pending_interrupts_all_come);
	RUN_TEST(c164_wfi_ends_with_a_masked_interrupt);
	RUN_TEST(c170_a_disabled_distributor_delivers_nothing);
}
