/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv3: distributor and redistributors by MMIO, CPU interface by system
 * registers.
 *
 * Spec: Arm IHI 0069, "Programmers' model".
 */
#include "drv/gic.h"

#include <stddef.h>

#include <arm64/sysreg.h>

#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "lib/assert.h"

#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ISPENDR    0x0200
#define GICD_ICPENDR    0x0280
#define GICD_ISACTIVER  0x0300
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR      0x0c00
#define GICD_IROUTER    0x6000

#define CTLR_ENABLE_G1  BIT(0) /* non-secure view, or DS = 1 without groups */
#define CTLR_ENABLE_G1A BIT(1)
#define CTLR_ARE        BIT(4)
#define CTLR_RWP        BIT(31)
#define TYPER_LINES     FIELD(4, 0)

#define GICR_WAKER     0x0014
#define GICR_TYPER     0x0008
#define GICR_STRIDE    0x20000
#define GICR_SGI       0x10000 /* the SGI frame: GICD's offsets, INTID < 32 */
#define WAKER_SLEEP    BIT(1)
#define WAKER_CHILDREN BIT(2)
#define TYPER_LAST     BIT(4)
#define TYPER_VLPIS    BIT(1)

#define ICC_CTLR_EOIMODE BIT(1)
#define ICC_SRE_ALL      0xf /* SRE, DFB, DIB, lower EL may use it */

/* The same for all; lower values are more urgent. */
#define PRIORITY 0xa0

/* Bound on waiting for the hardware, in reads of one register. */
#define PATIENCE 1000000

static struct {
	volatile char *dist;
	volatile char *redist;
	uint64_t redist_size;
	volatile char *mine[CPUS_MAX]; /* each CPU's redistributor */
} gic;

static void put32(volatile char *base, uint32_t at, uint32_t value)
{
	*(volatile uint32_t *)(base + at) = value;
}

static uint32_t get32(volatile char *base, uint32_t at)
{
	return *(volatile uint32_t *)(base + at);
}

/* Where the registers of @intid are. */
static volatile char *frame_of(uint32_t intid)
{
	return intid < 32 ? gic.mine[cpu_index()] + GICR_SGI : gic.dist;
}

static void put_bit(uint32_t reg, uint32_t intid)
{
	put32(frame_of(intid), reg + intid / 32 * 4, 1u << (intid % 32));
}

/* Until a write to CTLR or an enable bit has reached every part of the GIC. */
static void wait_dist(void)
{
	unsigned n;

	for (n = 0; n < PATIENCE; n++) {
		if ((get32(gic.dist, GICD_CTLR) & CTLR_RWP) == 0) {
			return;
		}
	}
	PANIC("the distributor does not settle");
}

void gic_init(volatile void *dist, volatile void *redist, uint64_t redist_size)
{
	uint32_t lines, n;

	gic.dist = dist;
	gic.redist = redist;
	gic.redist_size = redist_size;
	put32(gic.dist, GICD_CTLR, 0);
	wait_dist();
	lines = (uint32_t)field_get(TYPER_LINES, get32(gic.dist, GICD_TYPER));
	for (n = 1; n <= lines && n < 32; n++) {
		put32(gic.dist, GICD_ICENABLER + n * 4, ~0u);
		put32(gic.dist, GICD_IGROUPR + n * 4, ~0u);
	}
	wait_dist();
	put32(gic.dist, GICD_CTLR, CTLR_ARE | CTLR_ENABLE_G1 | CTLR_ENABLE_G1A);
	wait_dist();
}

/* GICR_TYPER[63:32] is the affinity, packed. */
static volatile char *find_redist(uint64_t mpidr)
{
	uint32_t want =
		(uint32_t)((mpidr & 0xffffff) | ((mpidr >> 8) & 0xff000000));
	uint64_t at;

	for (at = 0; at < gic.redist_size; at += GICR_STRIDE) {
		volatile char *frame = gic.redist + at;
		uint32_t low = get32(frame, GICR_TYPER);

		if (get32(frame, GICR_TYPER + 4) == want) {
			return frame;
		}
		if (low & TYPER_VLPIS) {
			at += GICR_STRIDE; /* GICv4 has two more frames */
		}
		if (low & TYPER_LAST) {
			break;
		}
	}
	return NULL;
}

static void wake_redist(volatile char *frame)
{
	unsigned n;

	put32(frame, GICR_WAKER,
	      get32(frame, GICR_WAKER) & ~(uint32_t)WAKER_SLEEP);
	for (n = 0; n < PATIENCE; n++) {
		if ((get32(frame, GICR_WAKER) & WAKER_CHILDREN) == 0) {
			return;
		}
	}
	PANIC("the redistributor does not wake up");
}

bool gic_init_cpu(void)
{
	volatile char *frame = find_redist(this_cpu()->mpidr);
	volatile char *sgi = frame + GICR_SGI;
	uint32_t n;

	if (frame == NULL) {
		return false;
	}
	gic.mine[cpu_index()] = frame;
	wake_redist(frame);
	put32(sgi, GICD_ICENABLER, ~0u);
	put32(sgi, GICD_IGROUPR, ~0u);
	for (n = 0; n < 32; n += 4) {
		put32(sgi, GICD_IPRIORITYR + n, PRIORITY * 0x01010101u);
	}
	put32(sgi, GICD_ISENABLER,
	      1u << SGI_POKE | 1u << SGI_STOP | 1u << SGI_GRACE);

	sysreg_write(S3_4_C12_C9_5, ICC_SRE_ALL); /* ICC_SRE_EL2 */
	isb(); /* the other registers exist from here */
	sysreg_write(S3_0_C4_C6_0, 0xff);               /* ICC_PMR_EL1 */
	sysreg_write(S3_0_C12_C12_3, 0);                /* ICC_BPR1_EL1 */
	sysreg_write(S3_0_C12_C12_4, ICC_CTLR_EOIMODE); /* ICC_CTLR_EL1 */
	sysreg_write(S3_0_C12_C12_7, 1);                /* ICC_IGRPEN1_EL1 */
	isb(); /* interrupts are signalled from here */
	return true;
}

void gic_deactivate(uint32_t intid)
{
	sysreg_write(S3_0_C12_C11_1, intid); /* ICC_DIR_EL1 */
}

void gic_enable(uint32_t intid)
{
	volatile char *frame = frame_of(intid);

	*(volatile uint8_t *)(frame + GICD_IPRIORITYR + intid) = PRIORITY;
	put_bit(GICD_ISENABLER, intid);
}

void gic_disable(uint32_t intid)
{
	put_bit(GICD_ICENABLER, intid);
	if (intid >= 32) {
		wait_dist();
	}
}

void gic_set_edge(uint32_t intid, bool edge)
{
	volatile char *frame = frame_of(intid);
	uint32_t at = GICD_ICFGR + intid / 16 * 4;
	uint32_t bit = 2u << (intid % 16 * 2);
	uint32_t old = get32(frame, at);

	put32(frame, at, edge ? old | bit : old & ~bit);
}

void gic_route(uint32_t intid, unsigned cpu)
{
	*(volatile uint64_t *)(gic.dist + GICD_IROUTER + 8 * intid) =
		percpu_table[cpu].mpidr;
}

void gic_set_pending(uint32_t intid, bool pending)
{
	put_bit(pending ? GICD_ISPENDR : GICD_ICPENDR, intid);
}

void gic_set_active(uint32_t intid, bool active)
{
	put_bit(active ? GICD_ISACTIVER : GICD_ICACTIVER, intid);
}

bool gic_is_active(uint32_t intid)
{
	uint32_t word = get32(frame_of(intid), GICD_ISACTIVER + intid / 32 * 4);

	return (word & 1u << intid % 32) != 0;
}

void gic_send_sgi(enum gic_sgi sgi, unsigned cpu)
{
	uint64_t mpidr = percpu_table[cpu].mpidr;
	uint64_t aff = mpidr & MPIDR_AFF;

	/* What was written before is visible before the interrupt is. */
	dsb_ish();
	sysreg_write(S3_0_C12_C11_5, /* ICC_SGI1R_EL1 */
	             (aff >> 32 & 0xff) << 48 | (aff >> 16 & 0xff) << 32 |
	                     (aff >> 8 & 0xff) << 16 | (uint64_t)sgi << 24 |
	                     1ull << (aff & 0xf) | (aff >> 4 & 0xf) << 44);
	isb(); /* it is sent, not only going to be */
}
