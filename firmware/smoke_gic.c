/* SPDX-License-Identifier: BSD-2-Clause */
/* Smoke tests: counter and timer, and the GIC that hears of it. */
#include "smoke.h"

#include <abi/frame.h>
#include <stdbool.h>

#include "cpu.h"
#include "frame.h"

/* Arm IHI 0069: distributor and redistributor registers */
#define GICD_TYPER    0x0004
#define GICD_IIDR     0x0008
#define GIC_PIDR2     0xffe8
#define GICR_TYPER    0x0008
#define GICR_SGI      0x10000 /* the second frame */
#define GICR_ISPENDR0 0x0200

#define GICD_TYPER_LINES FIELD(4, 0)
#define GIC_PIDR2_ARCH   FIELD(7, 4)
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_LAST  BIT(4)
#define GICR_TYPER_AFF   FIELD(63, 32)

#define FRAME_SIZE 0x10000

#define CNTHP_ENABLE  BIT(0)
#define CNTHP_ISTATUS BIT(2)

#define TIMER_LATE_MS 1000

uint64_t smoke_ticks(uint64_t milliseconds)
{
	return milliseconds * sysreg_read(cntfrq_el0) / 1000;
}

enum verdict smoke_counter(const struct smoke *smoke)
{
	uint64_t rate = sysreg_read(cntfrq_el0);
	uint64_t last = ticks_now();

	(void)smoke;
	frame_put(FRAME_NOTE, "CNTFRQ_EL0 %lu Hz", rate);
	EXPECT(rate >= 1000000 && rate <= 1000000000, "%lu Hz", rate);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t now = ticks_now();

		EXPECT(now >= last, "from %lu back to %lu", last, now);
		last = now;
	}
	/* Bounded by instructions: a counter that stands never gets there. */
	for (unsigned i = 0; i < 100000000 && ticks_now() == last; i++) {
	}
	EXPECT(ticks_now() > last, "it stands at %lu", last);
	return SMOKE_PASS;
}

static void start_timer(uint64_t deadline)
{
	sysreg_write(cnthp_cval_el2, deadline);
	sysreg_write(cnthp_ctl_el2, CNTHP_ENABLE);
	asm volatile("isb"); /* the timer runs before we look at it */
}

static bool has_fired(void)
{
	asm volatile("isb"); /* read now, not earlier */
	return (sysreg_read(cnthp_ctl_el2) & CNTHP_ISTATUS) != 0;
}

static void stop_timer(void)
{
	sysreg_write(cnthp_ctl_el2, 0);
	asm volatile("isb"); /* its line is low before what follows */
}

enum verdict smoke_timer(const struct smoke *smoke)
{
	uint64_t deadline = ticks_now() + smoke_ticks(5);
	bool early = false;

	(void)smoke;
	start_timer(deadline);
	while (ticks_now() < deadline) {
		/* Past the deadline in between, it may have fired. */
		if (has_fired() && ticks_now() < deadline) {
			early = true;
		}
	}
	EXPECT(!early, "before its deadline");
	/* An emulated timer fires when its host finds the time. */
	deadline += smoke_ticks(TIMER_LATE_MS);
	while (!has_fired() && ticks_now() < deadline) {
	}
	EXPECT(has_fired(), "not within %u ms", TIMER_LATE_MS);
	stop_timer();
	EXPECT(!has_fired(), "still on after it was stopped");
	return SMOKE_PASS;
}

enum verdict smoke_gic_dist(const struct smoke *smoke)
{
	uint64_t dist = smoke->platform->gic_dist.base;
	uint32_t lines, version;

	if (smoke->platform->gic_version != 3) {
		return smoke_fail(__FILE__, __LINE__, "the tree has no GICv3");
	}
	version = (uint32_t)field_get(GIC_PIDR2_ARCH,
	                              mmio_read32(dist + GIC_PIDR2));
	lines = (uint32_t)field_get(GICD_TYPER_LINES,
	                            mmio_read32(dist + GICD_TYPER));
	frame_put(FRAME_NOTE, "GICD_IIDR 0x%x GICD_TYPER 0x%x, %u SPIs",
	          mmio_read32(dist + GICD_IIDR), mmio_read32(dist + GICD_TYPER),
	          lines * 32);
	EXPECT(version == 3 || version == 4, "version %u", version);
	EXPECT(lines > 0, "no SPI");
	return SMOKE_PASS;
}

/* GICR_TYPER, which may be read by halves. */
static uint64_t read_typer(uint64_t frame)
{
	return mmio_read32(frame + GICR_TYPER) |
	       (uint64_t)mmio_read32(frame + GICR_TYPER + 4) << 32;
}

/* The affinity of an MPIDR as GICR_TYPER has it. */
static uint64_t pack_affinity(uint64_t mpidr)
{
	return field_get(FIELD(39, 32), mpidr) << 24 |
	       field_get(FIELD(23, 0), mpidr);
}

/* Address of a CPU's redistributor, or 0. */
static uint64_t find_redist(const struct platform *platform, uint64_t mpidr)
{
	uint64_t frame = platform->gic_redist.base;
	uint64_t end = frame + platform->gic_redist.size;
	uint64_t typer = 0;

	for (; frame < end && (typer & GICR_TYPER_LAST) == 0;
	     frame += (typer & GICR_TYPER_VLPIS ? 4 : 2) * FRAME_SIZE) {
		typer = read_typer(frame);
		if (field_get(GICR_TYPER_AFF, typer) == pack_affinity(mpidr)) {
			return frame;
		}
	}
	return 0;
}

enum verdict smoke_gic_redist(const struct smoke *smoke)
{
	const struct platform *p = smoke->platform;

	EXPECT(p->gic_version == 3, "the tree has no GICv3");
	for (uint32_t i = 0; i < p->cpu_count; i++) {
		uint64_t frame = find_redist(p, p->mpidr[i]);

		EXPECT(frame != 0, "none for CPU 0x%lx", p->mpidr[i]);
		EXPECT(field_get(GIC_PIDR2_ARCH,
		                 mmio_read32(frame + GIC_PIDR2)) >= 3,
		       "CPU 0x%lx: GICR_PIDR2 0x%x", p->mpidr[i],
		       mmio_read32(frame + GIC_PIDR2));
	}
	return SMOKE_PASS;
}

enum verdict smoke_gic_timer_ppi(const struct smoke *smoke)
{
	const struct platform *p = smoke->platform;
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	uint64_t deadline = ticks_now(), frame;
	uint32_t before, after, wanted;

	EXPECT(p->gic_version == 3, "the tree has no GICv3");
	EXPECT(p->timer_hyp >= 16 && p->timer_hyp < 32,
	       "the tree gives the EL2 timer INTID %u", p->timer_hyp);
	frame = find_redist(p, self);
	EXPECT(frame != 0, "no redistributor for this CPU");

	wanted = 1u << p->timer_hyp;
	before = mmio_read32(frame + GICR_SGI + GICR_ISPENDR0);
	EXPECT((before & wanted) == 0, "pending already: 0x%x", before);
	start_timer(deadline);
	deadline += smoke_ticks(TIMER_LATE_MS);
	do {
		after = mmio_read32(frame + GICR_SGI + GICR_ISPENDR0);
	} while ((after & ~before) == 0 && ticks_now() < deadline);
	stop_timer();
	EXPECT((after & ~before) == wanted,
	       "pending before 0x%x, after 0x%x, INTID of the tree %u", before,
	       after, p->timer_hyp);
	return SMOKE_PASS;
}
