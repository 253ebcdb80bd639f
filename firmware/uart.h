/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's PL011 (DDI 0183), polled. */
#ifndef FIRMWARE_UART_H
#define FIRMWARE_UART_H

#include <stdint.h>

/*
 * Sets 115200 8N1 at the given input clock; clock 0 leaves the speed that
 * the step before us has set.  Without it nothing is written anywhere.
 */
void uart_init(uint64_t base, uint64_t clock_hz);

/* Writes text; "\n" goes out as "\r\n". */
void uart_write(const char *text);

/* Waits until the last bit is on the wire; bounded. */
void uart_drain(void);

#define UART_NOTHING   (-1)
#define UART_ERROR_BIT 0x100 /* framing, parity, break or overrun */

/* A received byte with UART_ERROR_BIT, or UART_NOTHING. */
int uart_read(void);

#endif
