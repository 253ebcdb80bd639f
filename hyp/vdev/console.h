/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console multiplexer: every VM's stream and EL2's own on one wire.
 *
 * The format of the wire is <abi/console.h>.  Output is collected by line and
 * goes out in one piece, so that lines of VMs do not tear each other apart;
 * nothing is ever dropped.  Input goes to the ring of the stream in focus; a
 * full ring leaves the bytes in the hardware until its VM reads.
 *
 * Locks: input lock, then the lock of the stream's reader (vPL011), then the
 * vGIC's.  A stream's output lock, then the wire lock.  See LOCKS.md.
 */
#ifndef VDEV_CONSOLE_H
#define VDEV_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/spinlock.h"
#include "drv/uart.h"

#define CONSOLE_LINE_MAX 256
#define CONSOLE_RX_SIZE  1024 /* a power of two */
#define CONSOLE_VMIDS    256

/* Who takes the input of a stream. */
struct console_reader {
	/**
	 * Take one byte of input.
	 * @return false: no room; ask again after console_input_resume().
	 * Context: any CPU, input lock held.
	 */
	bool (*put)(void *dev, uint8_t byte);
	void *dev;
};

/* One VM's stream. */
struct console_stream {
	struct spinlock lock; /* of line and len */
	uint16_t vmid;
	uint16_t len;
	uint8_t line[CONSOLE_LINE_MAX];
	struct console_reader reader; /* under the input lock */
};

/**
 * Start the multiplexer; before that, output is dropped.
 *
 * @port       NULL: a machine without a serial port
 * @root_vmid  gets the input of stream 0
 * Context: boot, one CPU.
 */
void console_init(struct uart *port, uint16_t root_vmid);

/**
 * Add the stream of VM @vmid (1..255).
 *
 * Replaces nothing: a VMID has one stream at a time.
 * @return  false when the VMID is out of range or has a stream already.
 * Context: any; takes the input lock.
 */
bool console_attach(struct console_stream *, uint16_t vmid,
                    struct console_reader);

/**
 * The VM is gone: send what it has written, forget the stream.
 *
 * Input that comes for it from now on goes nowhere.
 * Context: any; takes the input lock and the stream's.
 */
void console_detach(struct console_stream *);

/** A VM writes one byte. Context: takes the stream's lock. */
void console_put(struct console_stream *, uint8_t byte);

/** Send what the stream has collected. Context: takes the stream's lock. */
void console_flush(struct console_stream *);

/** Does output wait for the end of its line? A hint; takes no lock. */
static inline bool console_has_output(const struct console_stream *s)
{
	return __atomic_load_n(&s->len, __ATOMIC_RELAXED) != 0;
}

/** Send what every stream has collected. Context: takes the input lock. */
void console_flush_all(void);

/** EL2 writes to stream 0, in one piece. Context: takes the wire lock. */
void console_hyp_write(const char *text, size_t len);

/**
 * From here on only this CPU writes, and no lock can stop it.
 *
 * Waits a moment for whoever is on the wire, sends the lines that VMs had
 * begun, and leaves stream 0 at the start of a line.  Calling it again does
 * nothing.
 * Context: a dying EL2; any locks may be held, by this CPU or by others.
 */
void console_panic(void);

/**
 * The port has bytes: hand them to their readers.
 *
 * Stops, with the port's interrupt masked, at the first byte whose reader has
 * no room.
 * Context: any CPU; takes the input lock.
 */
void console_rx_interrupt(void);

/** A reader has room again. Context: any; takes the input lock if needed. */
void console_input_resume(void);

#endif
