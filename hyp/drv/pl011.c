/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The physical PL011: polled transmit, receive by interrupt.
 *
 * The receive interrupt is a level: RT ("data waits") and RX ("enough data
 * waits") stay up until the FIFO has been read.  Masking them is therefore all
 * it takes to leave bytes in the hardware, and nothing is lost that the sender
 * does not push past its own flow control.
 */
#include "drv/pl011.h"

#include <arm64/pl011.h>

static volatile uint32_t *reg(struct uart *u, uint32_t offset)
{
	return (volatile uint32_t *)((volatile uint8_t *)u->regs + offset);
}

static void put(struct uart *u, uint8_t byte)
{
	while (*reg(u, PL011_FR) & PL011_FR_TXFF) {
		/* Polling only: EL2 never sleeps on the wire. */
	}
	*reg(u, PL011_DR) = byte;
}

static bool get_hw(struct uart *u, uint8_t *byte)
{
	if (*reg(u, PL011_FR) & PL011_FR_RXFE) {
		return false;
	}
	*byte = (uint8_t)*reg(u, PL011_DR);
	return true;
}

static bool get(struct uart *u, uint8_t *byte)
{
	if (u->early_next < u->early_count) {
		*byte = u->early[u->early_next++];
		return true;
	}
	return get_hw(u, byte);
}

static void rx_irq(struct uart *u, bool on)
{
	*reg(u, PL011_IMSC) = on ? PL011_INT_RX | PL011_INT_RT : 0;
}

static const struct uart_ops pl011_ops = {
	.put = put,
	.get = get,
	.rx_irq = rx_irq,
};

void pl011_init(struct uart *u, volatile void *regs)
{
	const uint32_t line = PL011_LCR_H_WLEN_8 | PL011_LCR_H_FEN;

	u->ops = &pl011_ops;
	u->regs = regs;
	u->early_count = 0;
	u->early_next = 0;
	*reg(u, PL011_IMSC) = 0;

	if ((*reg(u, PL011_LCR_H) & PL011_LCR_H_MASK) != line) {
		while (*reg(u, PL011_FR) & PL011_FR_BUSY) {
			/* LCR_H must not change under a character. */
		}
		/* Turning the FIFOs on empties them: keep what is there. */
		while (u->early_count < UART_EARLY_MAX &&
		       get_hw(u, &u->early[u->early_count])) {
			u->early_count++;
		}
		*reg(u, PL011_LCR_H) = line;
	}
	*reg(u, PL011_IFLS) = 0; /* interrupt as early as possible */
	*reg(u, PL011_CR) = PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE;
}
