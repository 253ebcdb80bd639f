// SPDX-License-Identifier: BSD-2-Clause
/*
 * Corners of the GICv3 (Arm IHI 0069): groups and FIQ, reserved registers and
 * widths, CPUs that are off (behaviours 152, 155, 157, 159, 164, 172, 173).
 */
#include <stdio.h>
#include <string.h>

#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/mmio.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "tiny/gic.h"

#define LONG_US 4000000

#define GICD_ITARGETSR  0x0800 /* of GICv2 */
#define ROUTER_RESERVED 0xffffff007f000000ull

static volatile unsigned fiqs;
static volatile unsigned fiq_intid;

static void on_fiq(struct frame *frame)
{
	(void)frame;
	fiq_intid = (unsigned)sysreg_read(icc_iar0_el1);
	sysreg_write(icc_eoir0_el1, fiq_intid);
	isb();
	fiqs++;
}

static void set_group_0(unsigned intid, bool group_0)
{
	uint64_t at = irq_dist() + GICD_IGROUPR + intid / 32 * 4;
	uint32_t bit = 1u << (intid % 32);
	uint32_t word = mmio_read32(at);

	mmio_write32(at, group_0 ? word & ~bit : word | bit);
}

/* "Single Security state": group 0 is signalled as FIQ (155, 173). */
TEST c155_c173_group_0_comes_as_fiq(void)
{
	uint64_t ctlr = irq_dist() + GICD_CTLR;

	if (!(mmio_read32(ctlr) & GICD_CTLR_DS)) {
		SKIPm("two security states: group 0 is not ours");
	}
	set_group_0(SPI, true);
	fault_take_fiqs(on_fiq);
	fiqs = 0;
	mmio_write32(ctlr, GICD_CTLR_ARE | GICD_CTLR_GRP1 | GICD_CTLR_GRP0);
	sysreg_write(icc_igrpen0_el1, 1);
	isb(); /* group 0 is let through from here */
	__asm__ volatile("msr daifclr, #1" ::: "memory");
	irq_set_pending(SPI, true);
	irq_set_pending(SPI2, true);
	irq_wait(&fiqs, LONG_US);
	irq_wait(&taken[SPI2], LONG_US);
	__asm__ volatile("msr daifset, #1" ::: "memory");
	sysreg_write(icc_igrpen0_el1, 0);
	mmio_write32(ctlr, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	set_group_0(SPI, false);
	fault_take_fiqs(NULL);
	ASSERT_EQ_FMT(1u, fiqs, "%u");
	ASSERT_EQ_FMT((unsigned)SPI, fiq_intid, "%u");
	ASSERT_EQ_FMT(0u, taken[SPI], "%u");
	ASSERT_EQ_FMT(1u, taken[SPI2], "%u"); /* group 1 still as IRQ */
	PASS();
}

/* Reserved offsets read as zero and ignore writes (172; 109). */
TEST c172_reserved_registers_read_as_zero(void)
{
	static const uint32_t dist[] = { 0x0020, 0x0c04 + 0x300, 0xc000 };

	for (unsigned i = 0; i < sizeof(dist) / sizeof(dist[0]); i++) {
		uint64_t at = irq_dist() + dist[i];

		ASSERT_EQ_FMT(0u, (unsigned)mmio_read32(at), "%#x");
		mmio_write32(at, ~0u);
		ASSERT_EQ_FMT(0u, (unsigned)mmio_read32(at), "%#x");
	}
	PASS();
}

/* Enable bits: write one to set, one to clear, both read the state (146). */
TEST c146_set_and_clear_enable_are_one_register(void)
{
	uint64_t set = irq_dist() + GICD_ISENABLER + SPI / 32 * 4;
	uint64_t clear = irq_dist() + GICD_ICENABLER + SPI / 32 * 4;
	uint32_t bit = 1u << (SPI % 32);

	mmio_write32(clear, bit);
	ASSERT_EQ(0, mmio_read32(set) & bit);
	ASSERT_EQ(0, mmio_read32(clear) & bit);
	mmio_write32(set, 0); /* zeros do nothing */
	ASSERT_EQ(0, mmio_read32(set) & bit);
	mmio_write32(set, bit);
	ASSERT_EQ(bit, mmio_read32(set) & bit);
	ASSERT_EQ(bit, mmio_read32(clear) & bit);
	mmio_write32(clear, 0);
	ASSERT_EQ(bit, mmio_read32(set) & bit);
	PASS();
}

/* SGIs are always edge; ICFGR of others keeps what is written (151). */
TEST c151_icfgr_keeps_what_is_written(void)
{
	uint64_t at = irq_dist() + GICD_ICFGR + SPI / 16 * 4;
	uint64_t sgi = irq_redist() + GICR_SGI + GICD_ICFGR;
	uint32_t old = mmio_read32(at);

	for (unsigned i = 0; i < 16; i++) {
		irq_disable(SPI / 16 * 16 + i);
	}
	mmio_write32(at, 0xaaaaaaaa);
	ASSERT_EQ_FMT(0xaaaaaaaau, (unsigned)mmio_read32(at), "%#x");
	mmio_write32(at, 0);
	ASSERT_EQ_FMT(0u, (unsigned)mmio_read32(at), "%#x");
	mmio_write32(at, old);
	ASSERT_EQ_FMT(0xaaaaaaaau, (unsigned)mmio_read32(sgi), "%#x");
	mmio_write32(sgi, 0);
	ASSERT_EQ_FMT(0xaaaaaaaau, (unsigned)mmio_read32(sgi), "%#x");
	PASS();
}

/* IROUTER keeps its affinity; 64 bits in one or two accesses (149). */
TEST c149_irouter_keeps_its_affinity(void)
{
	uint64_t at = irq_dist() + GICD_IROUTER + 8ull * SPI;
	uint64_t last = cpus[cpu_count - 1].mpidr;

	mmio_write64(at, last);
	ASSERT_EQ_FMT((unsigned long)last, (unsigned long)mmio_read64(at),
	              "%#lx");
	ASSERT_EQ_FMT((unsigned)last, (unsigned)mmio_read32(at), "%#x");
	ASSERT_EQ_FMT(0u, (unsigned)mmio_read32(at + 4), "%#x");
	mmio_write32(at, 0);
	ASSERT_EQ_FMT(0ul, (unsigned long)mmio_read64(at), "%#lx");
	PASS();
}

/*
 * "GICD_ITARGETSR: RES0 when affinity routing is enabled", and "GICD_IROUTER":
 * of a target only what an affinity can be is kept (152).
 */
TEST c152_target_registers_mask_what_is_not_there(void)
{
	uint64_t targets = irq_dist() + GICD_ITARGETSR + SPI;
	uint64_t router = irq_dist() + GICD_IROUTER + 8ull * SPI;

	mmio_write32(targets & ~3ull, ~0u);
	ASSERT_EQ_FMT(0u, (unsigned)mmio_read32(targets & ~3ull), "%#x");
	mmio_write8(targets, 0xff);
	ASSERT_EQ_FMT(0u, (unsigned)mmio_read8(targets), "%#x");
	mmio_write64(router, ~0ull);
	if (!dt_has_hypervisor() && mmio_read64(router) == ~0ull) {
		mmio_write64(router, cpu_self()->mpidr);
		SKIPm("QEMU keeps the reserved bits of IROUTER");
	}
	/* Reserved: 63 to 40, 30 to 24. */
	ASSERT_EQ(0, mmio_read64(router) & ROUTER_RESERVED);
	mmio_write64(router, cpu_self()->mpidr);
	irq_set_pending(SPI, true);
	ASSERT(irq_wait(&taken[SPI], LONG_US));
	PASS();
}

/* Two CPUs send the same SGI to a third, which has it masked. */
static void send_to_first(void *arg)
{
	(void)arg;
	irq_send(SGI, 0);
}

static void send_from_two(void)
{
	cpu_call(1, send_to_first, NULL);
	cpu_call(2, send_to_first, NULL);
	cpu_join(1);
	cpu_join(2);
}

/*
 * "SGIs ... the pending state is a single bit for each target": from two
 * senders, unseen, it comes once; seen in between, twice (157).
 */
TEST c157_the_same_sgi_from_two_senders_is_one(void)
{
	if (cpu_count < 3) {
		SKIPm("needs three CPUs");
	}
	ASSERT_EQ(cpu_count, cpu_start_all());
	for (unsigned i = 1; i <= 10; i++) {
		send_from_two();
		ASSERT(irq_wait(&taken[SGI], LONG_US));
		nap();
		ASSERT_EQ_FMT(i, taken[SGI], "%u");
	}
	memset((void *)taken, 0, sizeof(taken));
	for (unsigned i = 1; i <= 2; i++) {
		cpu_call(i, send_to_first, NULL);
		cpu_join(i);
		nap();
		ASSERT_EQ_FMT(i, taken[SGI], "%u");
	}
	PASS();
}

static volatile unsigned took_on;

static void note_cpu(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	took_on = cpu_self()->index + 1;
}

/* An SPI for a CPU that is off waits, and comes when it is on (159). */
TEST c159_an_spi_waits_for_its_cpu(void)
{
	static volatile unsigned stop;

	if (cpu_count < 2) {
		SKIPm("needs two CPUs");
	}
	if (!cpus[1].is_online) {
		ASSERT_EQ(0, cpu_start(1));
	}
	cpu_stop(1);
	took_on = stop = 0;
	irq_attach(SPI, note_cpu, NULL);
	irq_route(SPI, cpus[1].mpidr);
	irq_set_pending(SPI, true);
	nap();
	ASSERT_EQ_FMT(0u, took_on, "%u");
	ASSERT(irq_is_pending(SPI));
	ASSERT_EQ(0, cpu_start(1));
	cpu_call(1, listen, (void *)&stop);
	irq_wait(&took_on, LONG_US);
	end_listening(&stop);
	ASSERT_EQ_FMT(2u, took_on, "%u");
	PASS();
}

/* SEV, also our own, ends WFE (164). */
TEST c164_an_event_ends_wfe(void)
{
	for (unsigned i = 0; i < 100; i++) {
		sev();
		wfe();
	}
	PASS();
}

/* The running priority of what is active comes back after nesting (145). */
TEST c145_binary_point_limits_preemption(void)
{
	uint64_t first, second;

	sysreg_write(icc_bpr1_el1, 7); /* only bit 7 decides on preemption */
	isb();
	irq_set_priority(SPI, 0xb0);
	irq_set_priority(SPI2, 0x90);
	irq_set_pending(SPI, true);
	first = sysreg_read(icc_iar1_el1);
	irq_set_pending(SPI2, true);
	second = sysreg_read(icc_iar1_el1);
	ASSERT_EQ_FMT((unsigned)SPI, (unsigned)first, "%u");
	sysreg_write(icc_eoir1_el1, first);
	isb();
	sysreg_write(icc_bpr1_el1, 0);
	isb();
	/* Not signalled while the other runs: IAR said "spurious". */
	ASSERT_EQ_FMT(1023u, (unsigned)second, "%u");
	ASSERT(irq_wait(&taken[SPI2], LONG_US));
	PASS();
}

SUITE(corners)
{
	SET_SETUP(prepare, NULL);
	SET_TEARDOWN(clean_up, NULL);
	RUN_TEST(c155_c173_group_0_comes_as_fiq);
	RUN_TEST(c172_reserved_registers_read_as_zero);
	RUN_TEST(c146_set_and_clear_enable_are_one_register);
	RUN_TEST(c151_icfgr_keeps_what_is_written);
	RUN_TEST(c149_irouter_keeps_its_affinity);
	RUN_TEST(c152_target_registers_mask_what_is_not_there);
	RUN_TEST(c157_the_same_sgi_from_two_senders_is_one);
	RUN_TEST(c159_an_spi_waits_for_its_cpu);
	RUN_TEST(c164_an_event_ends_wfe);
	RUN_TEST(c145_binary_point_limits_preemption);
}
