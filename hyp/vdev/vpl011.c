/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual PL011.  See vpl011.h for what it promises.
 *
 * Interrupts follow the manual's transitions, not the state alone: RX rises
 * when an arriving byte brings the FIFO to its level, RT rises when a byte
 * arrives at all (the 32 bit times of silence are over at once), TX rises each
 * time a byte has left.  That is why clearing RX by ICR holds until the next
 * byte, and why a guest that never wrote sees no TX interrupt.
 *
 * Bits are kept where they have no effect here: divisors, word length, DMA.
 * Modem lines read as inactive, error bits as zero.
 */
#include "vdev/vpl011.h"

#include <arm64/pl011.h>

#include "lib/mutant.h"
#include "vgic/vgic.h"

#define RX_MASK (CONSOLE_RX_SIZE - 1)

_Static_assert((CONSOLE_RX_SIZE & RX_MASK) == 0, "indices wrap by a mask");

static uint32_t fifo_depth(const struct vpl011 *u)
{
	return u->lcr_h & PL011_LCR_H_FEN ? PL011_FIFO_DEPTH : 1;
}

/* What the guest can see of the ring. */
static uint32_t fifo_level(const struct vpl011 *u)
{
	uint32_t depth = fifo_depth(u);

	return u->rx_count < depth ? u->rx_count : depth;
}

/* The level at which RX rises. */
static uint32_t fifo_trigger(const struct vpl011 *u)
{
	/* IFLS_RX: 1/8, 1/4, 1/2, 3/4, 7/8 of 16; the rest is reserved. */
	static const uint8_t level[8] = { 2, 4, 8, 12, 14, 14, 14, 14 };

	if (fifo_depth(u) == 1) {
		return 1;
	}
	return level[(u->ifls & PL011_IFLS_RX) >> 3];
}

static void update_irq_locked(struct vpl011 *u)
{
	bool high = (u->ris & u->imsc) != 0;

	assert_locked(&u->lock);
	if (high != u->is_high) {
		u->is_high = high;
		(void)vgic_set_level(u->vm, 0, u->intid, high);
	}
}

/* A byte has come into the guest's sight. */
static void note_arrival(struct vpl011 *u)
{
	u->ris |= PL011_INT_RT;
	if (fifo_level(u) >= fifo_trigger(u)) {
		u->ris |= PL011_INT_RX;
	}
}

static bool push_locked(struct vpl011 *u, uint8_t byte)
{
	if (u->rx_count == CONSOLE_RX_SIZE) {
		return false;
	}
	if (mutant(uart_rx_lost) && u->rx_count >= PL011_FIFO_DEPTH) {
		return true;
	}
	u->rx[(u->rx_first + u->rx_count) & RX_MASK] = byte;
	u->rx_count++;
	if (u->rx_count <= fifo_depth(u)) {
		note_arrival(u);
	}
	return true;
}

/* The console's side: see struct console_reader. */
static bool receive(void *dev, uint8_t byte)
{
	struct vpl011 *u = dev;
	bool ok;

	spin_lock(&u->lock);
	ok = u->ended || push_locked(u, byte);
	if (!ok) {
		u->starved = true;
	}
	update_irq_locked(u);
	spin_unlock(&u->lock);
	return ok;
}

static uint64_t dr_read(void *dev, struct vcpu *by, struct mmio_access at)
{
	struct vpl011 *u = dev;
	uint8_t byte = 0;
	bool resume = false;

	(void)by, (void)at;
	vpl011_flush(u); /* a guest that reads wants its prompt seen */
	spin_lock(&u->lock);
	if (u->rx_count != 0) {
		byte = u->rx[u->rx_first];
		u->rx_first = (u->rx_first + 1) & RX_MASK;
		u->rx_count--;
		if (fifo_level(u) < fifo_trigger(u)) {
			u->ris &= ~PL011_INT_RX;
		}
		if (u->rx_count == 0) {
			u->ris &= ~PL011_INT_RT;
		}
		if (u->rx_count >= fifo_depth(u)) {
			note_arrival(u); /* the next one moved up */
		}
		update_irq_locked(u);
		resume = u->starved;
		u->starved = false;
	}
	spin_unlock(&u->lock);
	if (resume) {
		console_input_resume();
	}
	return byte;
}

static void dr_write(void *dev, struct vcpu *by, struct mmio_access at,
                     uint64_t value)
{
	struct vpl011 *u = dev;
	bool looped;

	(void)by, (void)at;
	spin_lock(&u->lock);
	looped = u->cr & PL011_CR_LBE;
	if (looped && !push_locked(u, (uint8_t)value)) {
		u->ris |= PL011_INT_OE;
	}
	u->fr_polls = 0;
	u->ris |= PL011_INT_TX;
	update_irq_locked(u);
	spin_unlock(&u->lock);
	if (!looped) {
		console_put(&u->stream, (uint8_t)value);
	}
}

static uint64_t fr_read(void *dev, struct vcpu *by, struct mmio_access at)
{
	struct vpl011 *u = dev;
	uint32_t fr = PL011_FR_TXFE;
	bool waits;

	(void)by, (void)at;
	spin_lock(&u->lock);
	if (u->rx_count == 0) {
		fr |= PL011_FR_RXFE;
	}
	if (fifo_level(u) == fifo_depth(u)) {
		fr |= PL011_FR_RXFF;
	}
	/* One look before each byte is manners; a second one is waiting. */
	waits = ++u->fr_polls > 1;
	spin_unlock(&u->lock);
	if (waits) {
		vpl011_flush(u);
	}
	return fr;
}

/* Registers that are only kept: where, and which bits. */
static uint32_t *stored(struct vpl011 *u, uint32_t offset, uint32_t *mask)
{
	switch (offset) {
	case PL011_ILPR:
		*mask = 0xff;
		return &u->ilpr;
	case PL011_IBRD:
		*mask = 0xffff;
		return &u->ibrd;
	case PL011_FBRD:
		*mask = 0x3f;
		return &u->fbrd;
	case PL011_LCR_H:
		*mask = PL011_LCR_H_MASK;
		return &u->lcr_h;
	case PL011_CR:
		*mask = PL011_CR_MASK;
		return &u->cr;
	case PL011_IFLS:
		*mask = PL011_IFLS_MASK;
		return &u->ifls;
	case PL011_IMSC:
		*mask = PL011_INT_MASK;
		return &u->imsc;
	default:
		*mask = 0x7;
		return &u->dmacr;
	}
}

static uint64_t kept_read(void *dev, struct vcpu *by, struct mmio_access at)
{
	uint32_t mask;

	(void)by;
	return *stored(dev, at.offset, &mask);
}

static void kept_write(void *dev, struct vcpu *by, struct mmio_access at,
                       uint64_t value)
{
	struct vpl011 *u = dev;
	uint32_t mask;
	uint32_t *reg = stored(u, at.offset, &mask);

	(void)by;
	spin_lock(&u->lock);
	*reg = (uint32_t)value & mask;
	if (reg == &u->lcr_h && u->rx_count != 0) {
		note_arrival(u); /* a deeper FIFO shows more */
	}
	update_irq_locked(u); /* IMSC may have let something through */
	spin_unlock(&u->lock);
}

static uint64_t status_read(void *dev, struct vcpu *by, struct mmio_access at)
{
	const struct vpl011 *u = dev;

	(void)by;
	return at.offset == PL011_RIS || mutant(uart_mis_unmasked)
	               ? u->ris
	               : u->ris & u->imsc;
}

static void icr_write(void *dev, struct vcpu *by, struct mmio_access at,
                      uint64_t value)
{
	struct vpl011 *u = dev;

	(void)by, (void)at;
	spin_lock(&u->lock);
	u->ris &= ~(uint32_t)value;
	update_irq_locked(u);
	spin_unlock(&u->lock);
}

static uint64_t id_read(void *dev, struct vcpu *by, struct mmio_access at)
{
	static const uint8_t id[8] = PL011_PERIPHID;

	(void)dev, (void)by;
	return at.offset % 4 == 0 ? id[(at.offset - PL011_ID) / 4] : 0;
}

/* Registers are 16 bits wide, some 8; the bus of a PrimeCell has words. */
#define ANY (W8 | W16 | W32)

/* clang-format off */
static const struct mmio_reg regs[] = {
	/* offset       len widths read         write       name */
	{ PL011_DR,      1, ANY,   dr_read,     dr_write,   "DR" },
	{ PL011_RSR,     1, ANY,   NULL,        NULL,       "RSR/ECR" },
	{ PL011_FR,      1, ANY,   fr_read,     NULL,       "FR" },
	{ PL011_ILPR,    1, ANY,   kept_read,   kept_write, "ILPR" },
	{ PL011_IBRD,    1, ANY,   kept_read,   kept_write, "IBRD" },
	{ PL011_FBRD,    1, ANY,   kept_read,   kept_write, "FBRD" },
	{ PL011_LCR_H,   1, ANY,   kept_read,   kept_write, "LCR_H" },
	{ PL011_CR,      1, ANY,   kept_read,   kept_write, "CR" },
	{ PL011_IFLS,    1, ANY,   kept_read,   kept_write, "IFLS" },
	{ PL011_IMSC,    1, ANY,   kept_read,   kept_write, "IMSC" },
	{ PL011_RIS,     1, ANY,   status_read, NULL,       "RIS" },
	{ PL011_MIS,     1, ANY,   status_read, NULL,       "MIS" },
	{ PL011_ICR,     1, ANY,   NULL,        icr_write,  "ICR" },
	{ PL011_DMACR,   1, ANY,   kept_read,   kept_write, "DMACR" },
	{ PL011_ID,     29, ANY,   id_read,     NULL,       "PeriphID, PCellID" },
};
/* clang-format on */

const struct mmio_model vpl011_model = {
	.name = "vpl011",
	.size = 0x1000,
	.regs = regs,
	.reg_count = sizeof(regs) / sizeof(regs[0]),
};

static void reset(struct vpl011 *u)
{
	u->ilpr = u->ibrd = u->fbrd = u->lcr_h = u->imsc = u->dmacr = 0;
	u->cr = PL011_CR_RESET;
	u->ifls = PL011_IFLS_RESET;
	u->ris = 0;
	u->fr_polls = 0;
	u->is_high = false;
	u->starved = false;
	u->ended = false;
	u->rx_first = 0;
	u->rx_count = 0;
}

enum err vpl011_init(struct vpl011 *u, struct vm *vm, uint16_t vmid,
                     uint32_t intid)
{
	const struct console_reader reader = { receive, u };

	u->vm = vm;
	u->intid = intid;
	reset(u);
	return console_attach(&u->stream, vmid, reader) ? ERR_OK : ERR_EXISTS;
}

void vpl011_end(struct vpl011 *u)
{
	vpl011_flush(u);
	spin_lock(&u->lock);
	u->ended = true;
	spin_unlock(&u->lock);
	console_input_resume();
}

void vpl011_fini(struct vpl011 *u)
{
	console_detach(&u->stream);
}
