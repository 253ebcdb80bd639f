// SPDX-License-Identifier: BSD-2-Clause
/*
 * A bad neighbour: for ever takes what it can get of one thing, "kind=NAME".
 * What it does is legal; a canary beside it must not suffer more than losing
 * its share of time (behaviours 71, 112, 130, 196, 268, 291 to 294).
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <stdio.h>
#include <string.h>

#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/main.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/timer.h"

#define HOLE 0x0b000000ull

static void spin_masked(void)
{
	__asm__ volatile("msr daifset, #15\n1:	b 1b");
}

static void flood_calls(void)
{
	for (;;) {
		uint64_t x[8] = { 0 };

		hvc_native(HVC_IDENTIFY, x);
		hvc_native(0x1ff, x);
		psci(PSCI_VERSION, 0, 0, 0);
		psci(0x8400ffff, 0, 0, 0);
	}
}

static void ignore(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
}

static void flood_sgis(void)
{
	for (unsigned i = 0; i < 16; i++) {
		irq_attach(i, ignore, NULL);
		irq_enable(i);
	}
	irq_unmask();
	for (unsigned i = 0;; i++) {
		irq_send_self(i % 16);
		irq_send_others(i % 16);
	}
}

static void flood_faults(void)
{
	struct fault fault;

	mmu_map(MMU_TEST_VA, HOLE, PAGE_SIZE, MMU_DEVICE);
	for (;;) {
		fault_expect(&fault);
		mmio_read32(MMU_TEST_VA);
		mmio_write32(MMU_TEST_VA, 1);
		fault_came(&fault);
	}
}

static void flood_undefined(void)
{
	struct fault fault;

	for (;;) {
		fault_expect(&fault);
		__asm__ volatile("mrs x0, s3_4_c1_c1_0" ::: "x0"); /* HCR_EL2 */
		fault_came(&fault);
	}
}

static void flood_tlbi(void)
{
	for (;;) {
		__asm__ volatile("tlbi	vmalle1is\n"
		                 "	dsb	ish\n" /* part of the load */
		                 "	ic	ialluis\n"
		                 "	dc	cisw, xzr\n"
		                 "	dsb	sy\n"
		                 "	isb" ::
		                         : "memory");
	}
}

static void rearm(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_set(cntvct() + timer_ticks_of_us(10), CNT_ENABLE);
}

static void flood_timer(void)
{
	irq_attach(TIMER_VIRT_PPI, rearm, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(cntvct(), CNT_ENABLE);
	irq_unmask();
	for (;;) {
		wfi();
	}
}

static void flood_gic(void)
{
	for (uint32_t i = 0;; i++) {
		mmio_write32(irq_dist() + GICD_ISPENDR + 4, 1u << (i % 32));
		mmio_write32(irq_dist() + GICD_ICPENDR + 4, ~0u);
		mmio_write64(irq_dist() + GICD_IROUTER + 8 * 40, i % 4);
		mmio_read32(irq_dist() + GICD_ISENABLER + 4);
	}
}

/* Exceptions without end: the vector itself cannot be fetched. */
static void lose_vectors(void)
{
	sysreg_write(vbar_el1, MMU_TEST_VA);
	isb();
	__asm__ volatile("udf #0");
}

static void sleep_masked(void)
{
	irq_mask();
	for (;;) {
		wfi();
	}
}

static const struct kind {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{ "masked", spin_masked },        { "calls", flood_calls },
	{ "sgis", flood_sgis },           { "faults", flood_faults },
	{ "undefined", flood_undefined }, { "tlbi", flood_tlbi },
	{ "timer", flood_timer },         { "gic", flood_gic },
	{ "vectors", lose_vectors },      { "asleep", sleep_masked },
};

static void be_bad(void *kind)
{
	((const struct kind *)kind)->run();
}

int main(int argc, char **argv)
{
	const char *name = dt_bootarg("kind");

	(void)argc, (void)argv;
	for (unsigned i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++) {
		if (strcmp(name, kinds[i].name) == 0) {
			printf("hog: %s on %u CPUs\n", name, cpu_start_all());
			fflush(stdout);
			for (unsigned c = 1; c < cpu_count; c++) {
				cpu_call(c, be_bad,
				         (void *)(uintptr_t)&kinds[i]);
			}
			be_bad((void *)(uintptr_t)&kinds[i]);
		}
	}
	fatal("no such kind: %s", name ? name : "(none)");
}
