/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The redistributors' frames: two of 64 KiB for each vCPU, in one window.
 *
 * Every vCPU may access every frame. No LPIs: the registers for them read as
 * zero, as does all of a frame that has no vCPU.
 *
 * Spec: IHI 0069, "The GIC Redistributor register map".
 */

#include <arm64/gicv3.h>

#include "vdev/vgicd.h"
#include "vgic/regs.h"
#include "vgic/vgic.h"
#include "vm/vcpu.h"

#define WORD_BYTES 0x80u

/*
 * Whose frame an offset is in.  Each look may find another answer, as a vCPU
 * may go at any time; what was found stays until this CPU leaves EL2.  So each
 * row function looks once, whatever decode has found: nobody's reads as zero.
 */
static inline struct vgic_vcpu *owner(void *dev, uint32_t offset)
{
	return vgic_frame(dev, offset / GICR_FRAMES_SIZE);
}

static inline uint32_t in_frame(uint32_t offset)
{
	return offset % GICR_SGI_OFFSET;
}

static uint64_t read_iidr(void *dev, struct vcpu *by, struct mmio_access at)
{
	(void)dev, (void)by, (void)at;
	return VGIC_IIDR;
}

static uint64_t read_typer(void *dev, struct vcpu *by, struct mmio_access at)
{
	struct vgic_vcpu *own = owner(dev, at.offset);
	uint64_t typer = own != NULL ? vgic_read_gicr_typer(own) : 0;

	(void)by;
	return at.offset & 4 ? typer >> 32 : typer;
}

static uint64_t read_waker(void *dev, struct vcpu *by, struct mmio_access at)
{
	struct vgic_vcpu *own = owner(dev, at.offset);

	(void)by;
	return own != NULL ? vgic_read_waker(own) : 0;
}

static void write_waker(void *dev, struct vcpu *by, struct mmio_access at,
                        uint64_t value)
{
	struct vgic_vcpu *own = owner(dev, at.offset);

	(void)by;
	if (own != NULL) {
		vgic_write_waker(own, (uint32_t)value);
	}
}

static uint64_t read_id(void *dev, struct vcpu *by, struct mmio_access at)
{
	(void)dev, (void)by;
	return vgic_read_id(at.offset);
}

static uint64_t read_word(void *dev, struct vcpu *by, struct mmio_access at)
{
	uint32_t run = (in_frame(at.offset) - GICD_IGROUPR) / WORD_BYTES;
	struct vgic_vcpu *own = owner(dev, at.offset);

	(void)by;
	return own != NULL ? vgic_read_word(dev, own, (enum vgic_word)run, 0)
	                   : 0;
}

static void write_word(void *dev, struct vcpu *by, struct mmio_access at,
                       uint64_t value)
{
	uint32_t run = (in_frame(at.offset) - GICD_IGROUPR) / WORD_BYTES;
	struct vgic_vcpu *own = owner(dev, at.offset);

	(void)by;
	if (own != NULL) {
		vgic_write_word(dev, own, (enum vgic_word)run, 0,
		                (uint32_t)value);
	}
}

static uint64_t read_priority(void *dev, struct vcpu *by, struct mmio_access at)
{
	struct vgic_vcpu *own = owner(dev, at.offset);
	uint32_t intid = in_frame(at.offset) - GICD_IPRIORITYR;

	(void)by;
	return own != NULL ? vgic_read_priority(dev, own, intid, at.size) : 0;
}

static void write_priority(void *dev, struct vcpu *by, struct mmio_access at,
                           uint64_t value)
{
	struct vgic_vcpu *own = owner(dev, at.offset);
	uint32_t intid = in_frame(at.offset) - GICD_IPRIORITYR;

	(void)by;
	if (own != NULL) {
		vgic_write_priority(dev, own, intid, at.size, (uint32_t)value);
	}
}

static uint64_t read_config(void *dev, struct vcpu *by, struct mmio_access at)
{
	struct vgic_vcpu *own = owner(dev, at.offset);
	uint32_t n = (in_frame(at.offset) - GICD_ICFGR) / 4;

	(void)by;
	return own != NULL ? vgic_read_config(dev, own, n) : 0;
}

static void write_config(void *dev, struct vcpu *by, struct mmio_access at,
                         uint64_t value)
{
	struct vgic_vcpu *own = owner(dev, at.offset);
	uint32_t n = (in_frame(at.offset) - GICD_ICFGR) / 4;

	(void)by;
	if (own != NULL) {
		vgic_write_config(dev, own, n, (uint32_t)value);
	}
}

#define SGI(offset) (GICR_SGI_OFFSET + (offset))

enum row {
	IIDR,
	TYPER,
	WAKER,
	IDS,
	GROUP,
	ENABLE,
	DISABLE,
	PEND,
	UNPEND,
	ACTIVATE,
	DEACTIVATE,
	PRIORITY,
	CONFIG,
	ROWS
};

/* clang-format off */
static const struct mmio_reg regs[] = {
	/*              offset                length widths     read           write */
	/* CTLR: no LPIs, nothing to select, RWP never seen: zero */
	[IIDR]       = { GICR_IIDR,            4,     W32,       read_iidr,     NULL,           "GICR_IIDR" },
	[TYPER]      = { GICR_TYPER,           8,     W32 | W64, read_typer,    NULL,           "GICR_TYPER" },
	[WAKER]      = { GICR_WAKER,           4,     W32,       read_waker,    write_waker,    "GICR_WAKER" },
	[IDS]        = { GIC_ID_REGISTERS,     0x30,  W32,       read_id,       NULL,           "GICR_PIDR" },
	[GROUP]      = { SGI(GICD_IGROUPR),    4,     W32,       read_word,     write_word,     "GICR_IGROUPR0" },
	[ENABLE]     = { SGI(GICD_ISENABLER),  4,     W32,       read_word,     write_word,     "GICR_ISENABLER0" },
	[DISABLE]    = { SGI(GICD_ICENABLER),  4,     W32,       read_word,     write_word,     "GICR_ICENABLER0" },
	[PEND]       = { SGI(GICD_ISPENDR),    4,     W32,       read_word,     write_word,     "GICR_ISPENDR0" },
	[UNPEND]     = { SGI(GICD_ICPENDR),    4,     W32,       read_word,     write_word,     "GICR_ICPENDR0" },
	[ACTIVATE]   = { SGI(GICD_ISACTIVER),  4,     W32,       read_word,     write_word,     "GICR_ISACTIVER0" },
	[DEACTIVATE] = { SGI(GICD_ICACTIVER),  4,     W32,       read_word,     write_word,     "GICR_ICACTIVER0" },
	[PRIORITY]   = { SGI(GICD_IPRIORITYR), 32,    W8 | W32,  read_priority, write_priority, "GICR_IPRIORITYR" },
	[CONFIG]     = { SGI(GICD_ICFGR),      8,     W32,       read_config,   write_config,   "GICR_ICFGR" },
};
/* clang-format on */
_Static_assert(sizeof(regs) / sizeof(regs[0]) == ROWS, "each row is named");

static const struct mmio_reg *decode_rd(uint32_t at)
{
	switch (at & ~3u) {
	case GICR_IIDR:
		return &regs[IIDR];
	case GICR_TYPER:
	case GICR_TYPER + 4:
		return &regs[TYPER];
	case GICR_WAKER:
		return &regs[WAKER];
	default:
		return at >= GIC_ID_REGISTERS ? &regs[IDS] : NULL;
	}
}

static const struct mmio_reg *decode_sgi(uint32_t at)
{
	uint32_t word = at - GICD_IGROUPR;

	if (word < GICD_IPRIORITYR - GICD_IGROUPR) {
		return word % WORD_BYTES < 4 ? &regs[GROUP + word / WORD_BYTES]
		                             : NULL;
	}
	if (at - GICD_IPRIORITYR < regs[PRIORITY].len) {
		return &regs[PRIORITY];
	}
	return at - GICD_ICFGR < regs[CONFIG].len ? &regs[CONFIG] : NULL;
}

static const struct mmio_reg *decode(void *dev, uint32_t offset)
{
	if (owner(dev, offset) == NULL) {
		return NULL;
	}
	return offset & GICR_SGI_OFFSET ? decode_sgi(in_frame(offset))
	                                : decode_rd(in_frame(offset));
}

const struct mmio_model vgicr_model = {
	.name = "vgicr",
	.size = GICR_FRAMES_SIZE,
	.regs = regs,
	.reg_count = ROWS,
	.decode = decode,
};
