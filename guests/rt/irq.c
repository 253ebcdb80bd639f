// SPDX-License-Identifier: BSD-2-Clause
/* GICv3: distributor, redistributors, and the CPU interface's registers. */
#include "rt/irq.h"

#include <stddef.h>

#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

#define INTIDS_PER_WORD 32
#define SPURIOUS_FIRST  1020

/* ICC_SGI1R_EL1 */
#define SGI1R_TARGETS FIELD(15, 0)
#define SGI1R_AFF1    FIELD(23, 16)
#define SGI1R_INTID   FIELD(27, 24)
#define SGI1R_AFF2    FIELD(39, 32)
#define SGI1R_OTHERS  BIT(40)
#define SGI1R_AFF3    FIELD(55, 48)

static struct {
	irq_handler *handler;
	void *arg;
} table[IRQ_MAX];

static uint64_t dist;
static struct dt_range redists;
static unsigned intid_count;

uint64_t irq_dist(void)
{
	return dist;
}

uint64_t irq_redist(void)
{
	return cpu_self()->redist;
}

unsigned irq_count(void)
{
	return intid_count;
}

/* SGIs and PPIs live in the redistributor, at the distributor's offsets. */
static uint64_t base_of(unsigned intid)
{
	return intid < IRQ_SPI_FIRST ? irq_redist() + GICR_SGI : dist;
}

static void wait_for_writes(void)
{
	while (mmio_read32(dist + GICD_CTLR) & GICD_CTLR_RWP) {
	}
}

static uint64_t bit_register(unsigned intid, uint32_t offset)
{
	return base_of(intid) + offset + intid / INTIDS_PER_WORD * 4;
}

static void write_bit(unsigned intid, uint32_t offset)
{
	mmio_write32(bit_register(intid, offset),
	             1u << (intid % INTIDS_PER_WORD));
	dsb_sy(); /* the GIC has it before the caller goes on */
}

static bool read_bit(unsigned intid, uint32_t offset)
{
	return (mmio_read32(bit_register(intid, offset)) >>
	        (intid % INTIDS_PER_WORD)) &
	       1;
}

void irq_attach(unsigned intid, irq_handler *handler, void *arg)
{
	table[intid].arg = arg;
	dmb_ish(); /* the argument is there before the handler can run */
	table[intid].handler = handler;
}

void irq_enable(unsigned intid)
{
	write_bit(intid, GICD_ISENABLER);
}

void irq_disable(unsigned intid)
{
	write_bit(intid, GICD_ICENABLER);
	wait_for_writes();
}

void irq_set_pending(unsigned intid, bool pending)
{
	write_bit(intid, pending ? GICD_ISPENDR : GICD_ICPENDR);
}

bool irq_is_pending(unsigned intid)
{
	return read_bit(intid, GICD_ISPENDR);
}

void irq_set_active(unsigned intid, bool active)
{
	write_bit(intid, active ? GICD_ISACTIVER : GICD_ICACTIVER);
}

bool irq_is_active(unsigned intid)
{
	return read_bit(intid, GICD_ISACTIVER);
}

void irq_set_priority(unsigned intid, uint8_t priority)
{
	mmio_write8(base_of(intid) + GICD_IPRIORITYR + intid, priority);
	dsb_sy(); /* the GIC has it before the caller goes on */
}

uint8_t irq_priority(unsigned intid)
{
	return mmio_read8(base_of(intid) + GICD_IPRIORITYR + intid);
}

void irq_set_edge(unsigned intid, bool edge)
{
	uint64_t at = base_of(intid) + GICD_ICFGR + intid / 16 * 4;
	uint32_t bit = 2u << (intid % 16 * 2);
	uint32_t config = mmio_read32(at);

	mmio_write32(at, edge ? config | bit : config & ~bit);
}

void irq_route(unsigned intid, uint64_t mpidr)
{
	mmio_write64(dist + GICD_IROUTER + 8ull * intid,
	             mpidr & MPIDR_AFFINITY);
}

static void send(uint64_t value)
{
	dsb_ish(); /* what was written for the handler is seen before it runs */
	sysreg_write(icc_sgi1r_el1, value);
	isb();
}

void irq_send(unsigned sgi, unsigned cpu_index)
{
	uint64_t mpidr = cpus[cpu_index].mpidr;

	send(field_put(SGI1R_INTID, sgi) |
	     field_put(SGI1R_TARGETS, 1u << (mpidr & 0xf)) |
	     field_put(SGI1R_AFF1, field_get(FIELD(15, 8), mpidr)) |
	     field_put(SGI1R_AFF2, field_get(FIELD(23, 16), mpidr)) |
	     field_put(SGI1R_AFF3, field_get(FIELD(39, 32), mpidr)));
}

void irq_send_self(unsigned sgi)
{
	irq_send(sgi, cpu_self()->index);
}

void irq_send_others(unsigned sgi)
{
	send(field_put(SGI1R_INTID, sgi) | SGI1R_OTHERS);
}

void irq_kick(unsigned cpu_index)
{
	if (cpus[cpu_index].redist != 0) {
		irq_send(IRQ_KICK_SGI, cpu_index);
	}
	sev();
}

void irq_sleep_until_kick(void)
{
	if (irq_redist() == 0) {
		wfe();
		return;
	}
	irq_enable(IRQ_KICK_SGI);
	wfi();
	if (sysreg_read(icc_hppir1_el1) == IRQ_KICK_SGI) {
		/* Not by an acknowledge: that takes whatever is the best by
		 * then, and an interrupt that came in between would be lost. */
		irq_set_pending(IRQ_KICK_SGI, false);
	}
}

bool irq_wait(volatile unsigned *flag, uint64_t timeout_us)
{
	uint64_t end = cntvct() + timeout_us * (cntfrq() / 1000) / 1000;
	uint64_t daif = irq_save();

	irq_unmask();
	while (*flag == 0 && cntvct() < end) {
		cpu_relax();
	}
	irq_restore(daif);
	return *flag != 0;
}

bool irq_dispatch(void)
{
	unsigned intid = (unsigned)sysreg_read(icc_iar1_el1) & 0xffffff;

	dsb_sy(); /* acknowledged before the handler looks at its device */
	if (intid >= SPURIOUS_FIRST) {
		return false;
	}
	if (table[intid].handler != NULL) {
		table[intid].handler(intid, table[intid].arg);
	} else if (intid != IRQ_KICK_SGI) { /* a kick is nothing more */
		fatal("interrupt %u has no handler", intid);
	}
	dsb_sy(); /* the device is quiet before the interrupt ends */
	sysreg_write(icc_eoir1_el1, intid);
	isb();
	return true;
}

/* The tree may promise a GIC that a young hypervisor does not have yet. */
static bool answers(uint64_t address)
{
	struct fault fault;

	fault_expect(&fault);
	mmio_read32(address);
	fault_came(&fault);
	return fault.count == 0;
}

void irq_init(void)
{
	int node = dt_find("arm,gic-v3");

	if (node < 0) {
		return; /* no GIC, or one that this driver does not know */
	}
	dist = dt_reg(node, 0).base;
	redists = dt_reg(node, 1);
	mmu_map_device(dist, dt_reg(node, 0).size);
	mmu_map_device(redists.base, redists.size);
	if (!answers(dist + GICD_TYPER)) {
		dist = 0;
		return;
	}

	intid_count = ((mmio_read32(dist + GICD_TYPER) & 0x1f) + 1) * 32;
	if (intid_count > IRQ_MAX) {
		intid_count = IRQ_MAX;
	}
	mmio_write32(dist + GICD_CTLR, 0);
	wait_for_writes();
	/* Affinity routing first: IROUTER and group bits depend on it. */
	mmio_write32(dist + GICD_CTLR, GICD_CTLR_ARE);
	wait_for_writes();
	for (unsigned id = IRQ_SPI_FIRST; id < intid_count; id += 32) {
		mmio_write32(bit_register(id, GICD_ICENABLER), ~0u);
		mmio_write32(bit_register(id, GICD_IGROUPR), ~0u);
		for (unsigned i = 0; i < 32 && id + i < intid_count; i += 4) {
			mmio_write32(dist + GICD_IPRIORITYR + id + i,
			             IRQ_PRIORITY * 0x01010101u);
		}
	}
	mmio_write32(dist + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	wait_for_writes();
}

/* The frame whose TYPER names this CPU; 0: none up to the one marked last. */
static uint64_t find_redist(uint64_t mpidr)
{
	uint64_t affinity =
		(mpidr & FIELD(23, 0)) | field_get(FIELD(39, 32), mpidr) << 24;
	uint64_t end = redists.base + redists.size;

	for (uint64_t at = redists.base; at < end; at += GICR_STRIDE) {
		uint64_t typer = mmio_read64(at + GICR_TYPER);

		if (typer >> 32 == affinity) {
			return at;
		}
		if (typer & GICR_TYPER_LAST) {
			break;
		}
	}
	return 0;
}

void irq_init_cpu(void)
{
	struct cpu *self = cpu_self();
	uint64_t sgi;

	if (dist == 0) {
		return;
	}
	self->redist = find_redist(self->mpidr);
	if (self->redist == 0) {
		fatal("cpu %u has no redistributor", self->index);
	}
	mmio_write32(self->redist + GICR_WAKER, 0);
	while (mmio_read32(self->redist + GICR_WAKER) & GICR_WAKER_ASLEEP) {
	}
	sgi = self->redist + GICR_SGI;
	mmio_write32(sgi + GICD_ICENABLER, ~0u);
	mmio_write32(sgi + GICD_ICPENDR, ~0u);
	mmio_write32(sgi + GICD_IGROUPR, ~0u);
	for (unsigned i = 0; i < 32; i += 4) {
		mmio_write32(sgi + GICD_IPRIORITYR + i,
		             IRQ_PRIORITY * 0x01010101u);
	}

	sysreg_write(icc_sre_el1, sysreg_read(icc_sre_el1) | 1);
	isb(); /* the other ICC registers exist from here on */
	sysreg_write(icc_pmr_el1, 0xff);
	sysreg_write(icc_bpr1_el1, 0);
	sysreg_write(icc_ctlr_el1, 0); /* EOIR drops and deactivates */
	sysreg_write(icc_igrpen1_el1, 1);
	isb();
}
