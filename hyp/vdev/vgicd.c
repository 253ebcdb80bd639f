/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The distributor's frame. What the registers mean is in vgic/regs.h; here is
 * where they are and how wide.
 *
 * Spec: IHI 0069, "The GIC Distributor register map".
 */
#include "vdev/vgicd.h"

#include <arm64/gicv3.h>

#include "vgic/regs.h"
#include "vgic/vgic.h"
#include "vm/vm.h"

#define WORD_BYTES 0x80u /* one run of words with a bit for each interrupt */

static uint64_t read_ctlr(void *dev, struct vcpu *by, struct mmio_access at)
{
	(void)by, (void)at;
	return vgic_read_ctlr(dev);
}

static void write_ctlr(void *dev, struct vcpu *by, struct mmio_access at,
                       uint64_t value)
{
	(void)by, (void)at;
	vgic_write_ctlr(dev, (uint32_t)value);
}

static uint64_t read_typer(void *dev, struct vcpu *by, struct mmio_access at)
{
	(void)by, (void)at;
	return vgic_read_typer(dev);
}

static uint64_t read_iidr(void *dev, struct vcpu *by, struct mmio_access at)
{
	(void)dev, (void)by, (void)at;
	return VGIC_IIDR;
}

/* Bank 0 is in the redistributors: here it reads as zero. */
static uint64_t read_word(void *dev, struct vcpu *by, struct mmio_access at)
{
	uint32_t run = (at.offset - GICD_IGROUPR) / WORD_BYTES;
	uint32_t bank = at.offset % WORD_BYTES / 4;

	(void)by;
	if (bank == 0) {
		return 0;
	}
	return vgic_read_word(dev, NULL, (enum vgic_word)run, bank);
}

static void write_word(void *dev, struct vcpu *by, struct mmio_access at,
                       uint64_t value)
{
	uint32_t run = (at.offset - GICD_IGROUPR) / WORD_BYTES;
	uint32_t bank = at.offset % WORD_BYTES / 4;

	(void)by;
	if (bank != 0) {
		vgic_write_word(dev, NULL, (enum vgic_word)run, bank,
		                (uint32_t)value);
	}
}

static uint64_t read_priority(void *dev, struct vcpu *by, struct mmio_access at)
{
	uint32_t intid = at.offset - GICD_IPRIORITYR;

	(void)by;
	return intid < GIC_PRIVATE_COUNT
	               ? 0
	               : vgic_read_priority(dev, NULL, intid, at.size);
}

static void write_priority(void *dev, struct vcpu *by, struct mmio_access at,
                           uint64_t value)
{
	uint32_t intid = at.offset - GICD_IPRIORITYR;

	(void)by;
	if (intid >= GIC_PRIVATE_COUNT) {
		vgic_write_priority(dev, NULL, intid, at.size, (uint32_t)value);
	}
}

static uint64_t read_config(void *dev, struct vcpu *by, struct mmio_access at)
{
	uint32_t n = (at.offset - GICD_ICFGR) / 4;

	(void)by;
	return n < 2 ? 0 : vgic_read_config(dev, NULL, n);
}

static void write_config(void *dev, struct vcpu *by, struct mmio_access at,
                         uint64_t value)
{
	uint32_t n = (at.offset - GICD_ICFGR) / 4;

	(void)by;
	if (n >= 2) {
		vgic_write_config(dev, NULL, n, (uint32_t)value);
	}
}

/* 64 bits wide; the halves may be accessed alone. */
static uint64_t read_route(void *dev, struct vcpu *by, struct mmio_access at)
{
	uint64_t route = vgic_read_route(dev, (at.offset - GICD_IROUTER) / 8);

	(void)by;
	return at.offset & 4 ? route >> 32 : route;
}

static void write_route(void *dev, struct vcpu *by, struct mmio_access at,
                        uint64_t value)
{
	uint32_t intid = (at.offset - GICD_IROUTER) / 8;
	uint64_t old = vgic_read_route(dev, intid);

	(void)by;
	if (at.size == 4 && (at.offset & 4)) {
		value = value << 32 | (uint32_t)old;
	} else if (at.size == 4) {
		value = (old & ~(uint64_t)UINT32_MAX) | value;
	}
	vgic_write_route(dev, intid, value);
}

uint64_t vgic_read_id(uint32_t offset)
{
	/* PIDR4 to 7, PIDR0 to 3, CIDR0 to 3 */
	static const uint8_t ids[] = { 0x44,        0, 0,    0,    0x92, 0xb4,
		                       GIC_ARCH_V3, 0, 0x0d, 0xf0, 0x05, 0xb1 };

	return ids[(offset % 0x10000 - GIC_ID_REGISTERS) / 4];
}

static uint64_t read_id(void *dev, struct vcpu *by, struct mmio_access at)
{
	(void)dev, (void)by;
	return vgic_read_id(at.offset);
}

enum row { CTLR, TYPER, IIDR, WORDS, PRIORITY, CONFIG, ROUTE, IDS, ROWS };

/* clang-format off */
static const struct mmio_reg regs[] = {
	/*            offset            length widths     read           write */
	[CTLR]     = { GICD_CTLR,        4,     W32,       read_ctlr,     write_ctlr,     "GICD_CTLR" },
	[TYPER]    = { GICD_TYPER,       4,     W32,       read_typer,    NULL,           "GICD_TYPER" },
	[IIDR]     = { GICD_IIDR,        4,     W32,       read_iidr,     NULL,           "GICD_IIDR" },
	/* IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER */
	[WORDS]    = { GICD_IGROUPR,     0x380, W32,       read_word,     write_word,     "GICD_I<bits>R" },
	[PRIORITY] = { GICD_IPRIORITYR,  0x3fc, W8 | W32,  read_priority, write_priority, "GICD_IPRIORITYR" },
	/* ITARGETSR belongs to GICv2: zero, as affinity routing is always on */
	[CONFIG]   = { GICD_ICFGR,       0x100, W32,       read_config,   write_config,   "GICD_ICFGR" },
	/* IGRPMODR, NSACR: one security state has neither */
	[ROUTE]    = { GICD_IROUTER + 8 * GIC_PRIVATE_COUNT, 8 * (GIC_SPI_END - GIC_PRIVATE_COUNT),
	                                        W32 | W64, read_route,    write_route,    "GICD_IROUTER" },
	[IDS]      = { GIC_ID_REGISTERS, 0x30,  W32,       read_id,       NULL,           "GICD_PIDR" },
};
/* clang-format on */
_Static_assert(sizeof(regs) / sizeof(regs[0]) == ROWS, "each row is named");

static inline const struct mmio_reg *within(enum row row, uint32_t offset)
{
	return offset - regs[row].offset < regs[row].len ? &regs[row] : NULL;
}

static const struct mmio_reg *decode(void *dev, uint32_t offset)
{
	(void)dev;
	if (offset < GICD_IGROUPR) {
		return offset < GICD_IIDR + 4 ? &regs[offset / 4] : NULL;
	}
	if (offset < GICD_IPRIORITYR) {
		return &regs[WORDS];
	}
	if (offset < GICD_ICFGR) {
		return within(PRIORITY, offset);
	}
	if (offset < GICD_IROUTER) {
		return within(CONFIG, offset);
	}
	return within(offset < GIC_ID_REGISTERS ? ROUTE : IDS, offset);
}

const struct mmio_model vgicd_model = {
	.name = "vgicd",
	.size = GICD_FRAME_SIZE,
	.regs = regs,
	.reg_count = ROWS,
	.decode = decode,
};

enum err vgic_mmio_attach(struct vm *vm)
{
	enum err err;

	TRY(mmio_attach(vm->bus, ipa(VGICD_BASE), &vgicd_model, vm->vgic));
	err = mmio_attach_sized(vm->bus, ipa(VGICR_BASE), VGICR_SIZE,
	                        &vgicr_model, vm->vgic);
	if (err != ERR_OK) {
		mmio_detach(vm->bus, ipa(VGICD_BASE));
	}
	return err;
}

void vgic_mmio_detach(struct vm *vm)
{
	mmio_detach(vm->bus, ipa(VGICD_BASE));
	mmio_detach(vm->bus, ipa(VGICR_BASE));
}

const struct vm_part vgic_mmio_part = {
	.name = "vgic-mmio",
	.vm_init = vgic_mmio_attach,
	.vm_fini = vgic_mmio_detach,
};
