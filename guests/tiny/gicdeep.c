// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where virtual interrupt controllers go wrong: more interrupts pending,
 * active or nested than the hardware has list registers; state that is in a
 * register of another CPU; lines that fall while nobody looks.  All of it is
 * plain GICv3 (Arm IHI 0069), so it holds without a hypervisor, too.
 */
#include "tiny/gicdeep.h"

#include <string.h>

#include "rt/cpu.h"
#include "rt/mmio.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

volatile unsigned deep_taken[IRQ_MAX];
volatile unsigned deep_order[64];
volatile unsigned deep_any;

void deep_count(unsigned intid, void *arg)
{
	(void)arg;
	deep_order[deep_any % 64] = intid;
	deep_taken[intid]++;
	deep_any++;
}

static uint64_t word(uint32_t reg)
{
	return irq_dist() + reg + DEEP_BANK * 4;
}

void deep_prepare(void *arg)
{
	(void)arg;
	irq_mask();
	mmio_write32(word(GICD_ICENABLER), ~0u);
	mmio_write32(word(GICD_ICPENDR), ~0u);
	mmio_write32(word(GICD_ICACTIVER), ~0u);
	for (unsigned i = 0; i < DEEP_MAX; i++) {
		irq_set_edge(DEEP + i, true);
		irq_set_priority(DEEP + i, IRQ_PRIORITY);
		irq_route(DEEP + i, cpu_self()->mpidr);
		irq_attach(DEEP + i, deep_count, NULL);
	}
	mmio_write32(word(GICD_ISENABLER), ~0u);
	sysreg_write(icc_pmr_el1, 0xff);
	sysreg_write(icc_bpr1_el1, 0);
	sysreg_write(icc_ctlr_el1, 0);
	isb();
	memset((void *)deep_taken, 0, sizeof(deep_taken));
	deep_any = 0;
}

void deep_clean_up(void *arg)
{
	(void)arg;
	irq_mask();
	timer_virt_off();
	timer_phys_off();
	irq_disable(TIMER_VIRT_PPI);
	irq_disable(TIMER_PHYS_PPI);
	irq_set_active(TIMER_VIRT_PPI, false);
	irq_set_priority(TIMER_VIRT_PPI, IRQ_PRIORITY);
	mmio_write32(word(GICD_ICENABLER), ~0u);
	mmio_write32(word(GICD_ICPENDR), ~0u);
	mmio_write32(word(GICD_ICACTIVER), ~0u);
	sysreg_write(icc_pmr_el1, 0xff);
	sysreg_write(icc_ctlr_el1, 0);
	isb();
}

void deep_nap(void)
{
	static volatile unsigned never;

	irq_wait(&never, NAP_US);
}

bool deep_reaches(volatile unsigned *value, unsigned least)
{
	uint64_t end = cntvct() + timer_ticks_of_us(LONG_US);

	while (*value < least && cntvct() < end) {
		cpu_relax();
	}
	return *value >= least;
}

/* 32 at once, each of another priority: the best first, none twice (156). */
TEST c145_c156_thirty_two_come_in_the_order_of_priority(void)
{
	for (unsigned i = 0; i < DEEP_MAX; i++) {
		/* 0x00 to 0x98 and again half a step up: pairs are equal */
		irq_set_priority(DEEP + i, (uint8_t)((i * 7 % 32) / 2 * 8));
	}
	mmio_write32(word(GICD_ISPENDR), ~0u);
	dsb_sy(); /* all pending before the first is taken */
	irq_unmask();
	deep_reaches(&deep_any, DEEP_MAX);
	irq_mask();
	ASSERT_EQ_FMT((unsigned)DEEP_MAX, deep_any, "%u");
	for (unsigned i = 0; i < DEEP_MAX; i++) {
		ASSERT_EQ_FMT(1u, deep_taken[DEEP + i], "%u");
		if (i > 0) {
			ASSERT_GTE(irq_priority(deep_order[i]),
			           irq_priority(deep_order[i - 1]));
		}
	}
	deep_nap();
	ASSERT_EQ_FMT((unsigned)DEEP_MAX, deep_any, "%u");
	PASS();
}

/* Pending ones beyond any list register can be cleared and disabled (147). */
TEST c146_c147_c156_what_waits_can_be_taken_back(void)
{
	mmio_write32(word(GICD_ISPENDR), ~0u);
	ASSERT_EQ_FMT(~0u, mmio_read32(word(GICD_ISPENDR)), "%#x");
	mmio_write32(word(GICD_ICPENDR), 0x0f0f0f0fu);
	ASSERT_EQ_FMT(0xf0f0f0f0u, mmio_read32(word(GICD_ISPENDR)), "%#x");
	mmio_write32(word(GICD_ICENABLER), 0xff00ff00u);
	while (mmio_read32(irq_dist() + GICD_CTLR) & GICD_CTLR_RWP) {
	}
	irq_unmask();
	deep_reaches(&deep_any, 8);
	irq_mask();
	deep_nap();
	ASSERT_EQ_FMT(8u, deep_any, "%u");
	ASSERT_EQ_FMT(0xf000f000u, mmio_read32(word(GICD_ISPENDR)), "%#x");
	mmio_write32(word(GICD_ISENABLER), ~0u);
	irq_unmask();
	deep_reaches(&deep_any, 16);
	irq_mask();
	ASSERT_EQ_FMT(16u, deep_any, "%u");
	ASSERT_EQ_FMT(0u, mmio_read32(word(GICD_ISPENDR)), "%#x");
	PASS();
}

#define NEST 14

static volatile uint32_t deepest_active;
static volatile unsigned ended[NEST];

static void nest(unsigned intid, void *arg)
{
	unsigned depth = intid - DEEP;

	deep_count(intid, arg);
	if (depth + 1 < NEST) {
		irq_set_pending(intid + 1, true);
		irq_wait(&deep_taken[intid + 1], LONG_US);
	} else {
		deepest_active = mmio_read32(word(GICD_ISACTIVER));
	}
	ended[depth] = mmio_read32(word(GICD_ISACTIVER));
}

/* Each handler is preempted by a better one, and all end in order (143). */
TEST c143_c145_handlers_nest_fourteen_deep(void)
{
	deepest_active = 0;
	for (unsigned i = 0; i < NEST; i++) {
		irq_set_priority(DEEP + i, (uint8_t)(0xe0 - 0x10 * i));
		irq_attach(DEEP + i, nest, NULL);
	}
	irq_set_pending(DEEP, true);
	irq_unmask();
	deep_reaches(&deep_taken[DEEP], 1);
	deep_reaches(&deep_any, NEST);
	irq_mask();
	ASSERT_EQ_FMT((unsigned)NEST, deep_any, "%u");
	ASSERT_EQ_FMT((1u << NEST) - 1, deepest_active, "%#x");
	for (unsigned i = 0; i < NEST; i++) {
		ASSERT_EQ_FMT((2u << i) - 1, ended[i], "%#x");
	}
	ASSERT_EQ_FMT(0u, mmio_read32(word(GICD_ISACTIVER)), "%#x");
	ASSERT_EQ_FMT(0xffu, (unsigned)sysreg_read(icc_rpr_el1), "%#x");
	PASS();
}

/* EOImode 1: priorities drop at once, twelve stay active until DIR (142). */
TEST c142_twelve_are_active_until_each_has_its_dir(void)
{
	sysreg_write(icc_ctlr_el1, 2); /* EOImode */
	isb();
	for (unsigned i = 0; i < 12; i++) {
		irq_set_pending(DEEP + i, true);
	}
	for (unsigned i = 0; i < 12; i++) {
		uint64_t intid = sysreg_read(icc_iar1_el1);

		dsb_sy(); /* acknowledged */
		ASSERT_IN_RANGE(DEEP + 6, intid, 6);
		sysreg_write(icc_eoir1_el1, intid);
		isb();
	}
	ASSERT_EQ_FMT(1023u, (unsigned)sysreg_read(icc_iar1_el1), "%u");
	ASSERT_EQ_FMT(0xfffu, mmio_read32(word(GICD_ISACTIVER)), "%#x");
	/* Active ones do not come again, whatever is raised. */
	mmio_write32(word(GICD_ISPENDR), 0xfffu);
	ASSERT_EQ_FMT(1023u, (unsigned)sysreg_read(icc_iar1_el1), "%u");
	mmio_write32(word(GICD_ICPENDR), 0xfffu);
	for (unsigned i = 0; i < 12; i++) {
		sysreg_write(icc_dir_el1, DEEP + (i * 5) % 12);
		isb();
		ASSERT_FALSE(irq_is_active(DEEP + (i * 5) % 12));
	}
	ASSERT_EQ_FMT(0u, mmio_read32(word(GICD_ISACTIVER)), "%#x");
	mmio_write32(word(GICD_ISPENDR), 1);
	ASSERT_EQ_FMT((unsigned)DEEP, (unsigned)sysreg_read(icc_iar1_el1),
	              "%u");
	sysreg_write(icc_eoir1_el1, DEEP);
	sysreg_write(icc_dir_el1, DEEP);
	isb();
	PASS();
}

static volatile unsigned again_left;

static void raise_again(unsigned intid, void *arg)
{
	deep_count(intid, arg);
	if (again_left > 0) {
		again_left--;
		irq_set_pending(intid, true); /* while it is active */
	}
}

/* An edge while the interrupt is active comes once more, each time (141). */
TEST c141_c147_an_edge_in_the_handler_comes_again(void)
{
	again_left = 20;
	irq_attach(DEEP, raise_again, NULL);
	irq_set_pending(DEEP, true);
	irq_unmask();
	deep_reaches(&deep_taken[DEEP], 21);
	irq_mask();
	deep_nap();
	ASSERT_EQ_FMT(21u, deep_taken[DEEP], "%u");
	PASS();
}

/* Registers that are 64 bits wide, and widths that do not exist (172). */
TEST c172_widths_are_those_of_the_architecture(void)
{
	uint64_t router = irq_dist() + GICD_IROUTER + 8 * DEEP;

	mmio_write64(router, 0x0000000100020304ull & ~0xff00000000ull);
	ASSERT_EQ_FMT(0x00020304u, mmio_read32(router), "%#x");
	ASSERT_EQ_FMT(0u, mmio_read32(router + 4), "%#x");
	mmio_write32(router, 0x00000003);
	ASSERT_EQ_FMT(3ul, (unsigned long)mmio_read64(router), "%#lx");
	irq_route(DEEP, cpu_self()->mpidr);

	/* A byte of IPRIORITYR is a register; a byte of others is not. */
	mmio_write32(irq_dist() + GICD_IPRIORITYR + DEEP, 0x10203040);
	ASSERT_EQ_FMT(0x20u,
	              mmio_read8(irq_dist() + GICD_IPRIORITYR + DEEP + 2),
	              "%#x");
	PASS();
}

SUITE_EXTERN(timers_and_ppis); /* gicdeep_ppi.c */
SUITE_EXTERN(several_cpus);    /* gicdeep_smp.c */

SUITE(beyond_list_registers)
{
	SET_SETUP(deep_prepare, NULL);
	SET_TEARDOWN(deep_clean_up, NULL);
	RUN_TEST(c145_c156_thirty_two_come_in_the_order_of_priority);
	RUN_TEST(c146_c147_c156_what_waits_can_be_taken_back);
	RUN_TEST(c143_c145_handlers_nest_fourteen_deep);
	RUN_TEST(c142_twelve_are_active_until_each_has_its_dir);
	RUN_TEST(c141_c147_an_edge_in_the_handler_comes_again);
	RUN_TEST(c172_widths_are_those_of_the_architecture);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(beyond_list_registers);
	RUN_SUITE(timers_and_ppis);
	RUN_SUITE(several_cpus);
	GREATEST_MAIN_END();
}
