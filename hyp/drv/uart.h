/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's serial port, whatever chip it is.
 *
 * There is one.  A driver fills in the operations; who uses the port (the
 * console multiplexer) takes care that one CPU at a time does.
 */
#ifndef DRV_UART_H
#define DRV_UART_H

#include <stdbool.h>
#include <stdint.h>

struct uart;

struct uart_ops {
	/** Send one byte; waits while the transmitter is full. */
	void (*put)(struct uart *, uint8_t byte);
	/** Take one received byte. @return false: there is none. */
	bool (*get)(struct uart *, uint8_t *byte);
	/** Let the port interrupt while received bytes wait, or not. */
	void (*rx_irq)(struct uart *, bool on);
};

#define UART_EARLY_MAX 32

struct uart {
	const struct uart_ops *ops;
	volatile void *regs;
	/* Bytes that had arrived before the driver took the port over. */
	uint8_t early[UART_EARLY_MAX];
	uint32_t early_count, early_next;
};

#endif
