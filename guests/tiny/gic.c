// SPDX-License-Identifier: BSD-2-Clause
/*
 * The GICv3 a VM sees (Arm IHI 0069); behaviours 139 to 156, 164, 165, 170.
 * Software-made interrupts do for most of it: an SPI that no device uses is
 * made pending by GICD_ISPENDR.  Wants two CPUs or more.
 */
#include <stdio.h>
#include <string.h>

#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/timer.h"
#include "tiny/gic.h"

volatile unsigned taken[IRQ_MAX];
volatile unsigned any;
volatile unsigned order[ORDER_MAX];
volatile unsigned running_priority;

void count(unsigned intid, void *arg)
{
	(void)arg;
	running_priority = (unsigned)sysreg_read(icc_rpr_el1);
	order[any % ORDER_MAX] = intid;
	taken[intid]++;
	any++;
}

static void prepare_spi(unsigned intid)
{
	irq_disable(intid);
	irq_set_pending(intid, false);
	irq_set_active(intid, false);
	irq_set_edge(intid, true);
	irq_set_priority(intid, IRQ_PRIORITY);
	irq_route(intid, cpu_self()->mpidr);
	irq_attach(intid, count, NULL);
	irq_enable(intid);
}

void prepare(void *arg)
{
	(void)arg;
	irq_mask();
	for (unsigned i = 0; i < SPIS; i++) {
		prepare_spi(SPI + i);
	}
	for (unsigned i = 0; i < 16; i++) {
		irq_attach(i, count, NULL);
		irq_enable(i);
	}
	sysreg_write(icc_pmr_el1, 0xff);
	sysreg_write(icc_bpr1_el1, 0);
	sysreg_write(icc_ctlr_el1, 0);
	isb();
	memset((void *)taken, 0, sizeof(taken));
	any = 0;
}

void clean_up(void *arg)
{
	(void)arg;
	irq_mask();
	fault_take_irqs(NULL);
	for (unsigned i = 0; i < SPIS; i++) {
		irq_disable(SPI + i);
		irq_set_pending(SPI + i, false);
	}
}

/* Unmask for a moment, for interrupts that must not come. */
void nap(void)
{
	static volatile unsigned never;

	irq_wait(&never, NAP_US);
}

/* ICC_SGI1R_EL1: to the CPU that it names (139). */
TEST c139_sgi_to_self_arrives_once(void)
{
	for (unsigned sgi = 0; sgi < 16; sgi++) {
		irq_send_self(sgi);
		ASSERT(irq_wait(&taken[sgi], LONG_US));
		nap();
		ASSERT_EQ_FMT(1u, taken[sgi], "%u");
	}
	PASS();
}

static volatile unsigned sgi_count[CPU_MAX];

static void count_on_cpu(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	sgi_count[cpu_self()->index]++;
}

void listen(void *arg)
{
	volatile unsigned *stop = arg;

	irq_enable(SGI);
	while (*stop == 0) {
		wfi(); /* masked: a kick after the look at *stop ends it, too */
		irq_unmask();
		isb(); /* what is pending is taken here */
		irq_mask();
	}
}

void end_listening(volatile unsigned *stop)
{
	*stop = 1;
	for (unsigned i = 1; i < cpu_count; i++) {
		if (cpus[i].is_online) {
			irq_kick(i);
			cpu_join(i);
		}
	}
}

static void wait_for_count(unsigned cpu, unsigned value)
{
	uint64_t end = cntvct() + timer_ticks_of_us(LONG_US);

	while (sgi_count[cpu] < value && cntvct() < end) {
		cpu_relax();
	}
}

TEST c139_sgi_to_one_other_cpu(void)
{
	static volatile unsigned stop;

	ASSERT_GTEm("give this payload two CPUs", cpu_start_all(), 2);
	stop = 0;
	memset((void *)sgi_count, 0, sizeof(sgi_count));
	irq_attach(SGI, count_on_cpu, NULL);
	cpu_call(1, listen, (void *)&stop);
	irq_unmask();
	irq_send(SGI, 1);
	wait_for_count(1, 1);
	nap();
	end_listening(&stop);
	ASSERT_EQ_FMT(1u, sgi_count[1], "%u");
	ASSERT_EQ_FMT(0u, sgi_count[0], "%u");
	PASS();
}

/* IRM = 1: everybody but the sender. */
TEST c139_sgi_to_all_others(void)
{
	static volatile unsigned stop;
	unsigned online = cpu_start_all();

	stop = 0;
	memset((void *)sgi_count, 0, sizeof(sgi_count));
	irq_attach(SGI, count_on_cpu, NULL);
	for (unsigned i = 1; i < online; i++) {
		cpu_call(i, listen, (void *)&stop);
	}
	irq_unmask();
	irq_send_others(SGI);
	for (unsigned i = 1; i < online; i++) {
		wait_for_count(i, 1);
	}
	nap();
	end_listening(&stop);
	for (unsigned i = 1; i < online; i++) {
		ASSERT_EQ_FMT(1u, sgi_count[i], "%u");
	}
	ASSERT_EQ_FMT(0u, sgi_count[0], "%u");
	PASS();
}

/* Each SGI is answered before the next is sent: none may be lost (165). */
TEST c165_five_hundred_ipis_all_arrive(void)
{
	static volatile unsigned stop;

	ASSERT_GTEm("give this payload two CPUs", cpu_start_all(), 2);
	stop = 0;
	memset((void *)sgi_count, 0, sizeof(sgi_count));
	irq_attach(SGI, count_on_cpu, NULL);
	cpu_call(1, listen, (void *)&stop);
	for (unsigned i = 1; i <= 500; i++) {
		irq_send(SGI, 1);
		wait_for_count(1, i);
		if (sgi_count[1] != i) {
			break;
		}
	}
	end_listening(&stop);
	ASSERT_EQ_FMT(500u, sgi_count[1], "%u");
	PASS();
}

/* Identification registers do not change when written (150). */
TEST c150_identity_is_read_only(void)
{
	static const uint32_t offsets[] = { GICD_TYPER, GICD_IIDR, GICD_PIDR2 };

	for (unsigned i = 0; i < 3; i++) {
		uint64_t at = irq_dist() + offsets[i];
		uint32_t value = mmio_read32(at);

		mmio_write32(at, ~value);
		ASSERT_EQ_FMT((unsigned)value, (unsigned)mmio_read32(at),
		              "%#x");
	}
	ASSERT_EQ_FMTm(
		"GICv3 says so", 3u,
		(unsigned)(mmio_read32(irq_dist() + GICD_PIDR2) >> 4 & 15),
		"%u");
	PASS();
}

/* IPRIORITYR: by byte and by word, neighbours stay (151). */
TEST c151_priority_bytes_are_independent(void)
{
	uint64_t at = irq_dist() + GICD_IPRIORITYR + SPI;
	uint32_t word;

	mmio_write32(at, 0x20406080);
	ASSERT_EQ_FMT(0x20406080u, (unsigned)mmio_read32(at), "%#x");
	mmio_write8(at + 1, 0xc0);
	ASSERT_EQ_FMT(0x2040c080u, (unsigned)mmio_read32(at), "%#x");
	ASSERT_EQ_FMT(0x80u, (unsigned)mmio_read8(at), "%#x");
	ASSERT_EQ_FMT(0x20u, (unsigned)mmio_read8(at + 3), "%#x");
	/* Unimplemented low bits read as zero; at least 16 levels exist. */
	mmio_write8(at, 0xff);
	word = mmio_read8(at);
	ASSERT_EQ_FMT(0xf0u, (unsigned)(word & 0xf0), "%#x");
	PASS();
}

/* The walk over redistributors ends, with one frame for each CPU (154). */
TEST c154_redistributors_are_one_per_cpu(void)
{
	struct dt_range range = dt_reg(dt_find("arm,gic-v3"), 1);
	uint64_t at = range.base;
	unsigned frames = 0, found = 0;
	uint64_t typer;

	do {
		ASSERT_LT(at, range.base + range.size);
		typer = mmio_read64(at + GICR_TYPER);
		for (unsigned i = 0; i < cpu_count; i++) {
			found += typer >> 32 == (cpus[i].mpidr & 0xffffff);
		}
		frames++;
		at += GICR_STRIDE;
	} while (!(typer & GICR_TYPER_LAST));
	ASSERT_EQ_FMT(cpu_count, found, "%u");
	ASSERT_EQ_FMT(cpu_count, frames, "%u");
	PASS();
}

SUITE_EXTERN(shared_interrupts); /* gic_shared.c */
SUITE_EXTERN(corners);           /* gic_more.c */

SUITE(software_interrupts)
{
	SET_SETUP(prepare, NULL);
	SET_TEARDOWN(clean_up, NULL);
	RUN_TEST(c139_sgi_to_self_arrives_once);
	RUN_TEST(c139_sgi_to_one_other_cpu);
	RUN_TEST(c139_sgi_to_all_others);
	RUN_TEST(c165_five_hundred_ipis_all_arrive);
}

SUITE(registers)
{
	RUN_TEST(c150_identity_is_read_only);
	RUN_TEST(c151_priority_bytes_are_independent);
	RUN_TEST(c154_redistributors_are_one_per_cpu);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(software_interrupts);
	RUN_SUITE(shared_interrupts);
	RUN_SUITE(corners);
	RUN_SUITE(registers);
	GREATEST_MAIN_END();
}
