/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual PL011: the complete register set, one stream of the console.
 *
 * Transmit always accepts: a byte written to DR, in whatever state CR is, has
 * left before the store retires.  The line goes out at its newline, when it is
 * full, or when the guest begins to wait (see vpl011_flush).
 *
 * Receive: bytes wait in a ring of which the guest sees the first 16 (FIFOs
 * on) or the first one as its FIFO.  There is no overrun: the sender waits.
 */
#ifndef VDEV_VPL011_H
#define VDEV_VPL011_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/spinlock.h"
#include "vdev/console.h"
#include "vdev/mmio.h"

struct vm;

struct vpl011 {
	struct spinlock lock; /* of all below; taken before the vGIC's */
	struct vm *vm;
	uint32_t intid; /* SPI, level: high while RIS & IMSC is not 0 */
	uint32_t ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, dmacr;
	uint32_t ris;
	uint32_t fr_polls; /* reads of FR since the last byte written */
	bool is_high;      /* what the vGIC was told last */
	bool starved;      /* the console has more and found no room */
	bool ended;        /* nobody will read any more */
	uint16_t rx_first, rx_count;
	uint8_t rx[CONSOLE_RX_SIZE];
	struct console_stream stream;
};

extern const struct mmio_model vpl011_model;

/**
 * Bring @u to its reset state and join the console as stream @vmid.
 *
 * @intid   SPI to drive
 * @return  ERR_EXISTS  the VMID has a stream already, or is out of range
 */
MUST_USE enum err vpl011_init(struct vpl011 *u, struct vm *vm, uint16_t vmid,
                              uint32_t intid);

/** The VM has ended: its input must not hold up that of others. */
void vpl011_end(struct vpl011 *u);

/** Leave the console; what was written goes out first. */
void vpl011_fini(struct vpl011 *u);

/** The VM begins to wait, or time has passed: send the line as it is. */
static inline void vpl011_flush(struct vpl011 *u)
{
	if (console_has_output(&u->stream)) {
		console_flush(&u->stream);
	}
}

#endif
