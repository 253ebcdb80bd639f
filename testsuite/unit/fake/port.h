/* SPDX-License-Identifier: BSD-2-Clause */
/* A serial port made of two buffers, for host tests. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drv/uart.h"

struct fake_uart {
	struct uart uart; /* first: the operations cast back */
	char out[65536];
	size_t out_len;
	uint8_t in[65536]; /* what the far end has sent */
	size_t in_len, in_next;
	bool irq_on;
};

static inline void fake_uart_put(struct uart *u, uint8_t byte)
{
	struct fake_uart *f = (struct fake_uart *)u;

	f->out[f->out_len++] = (char)byte;
	f->out[f->out_len] = '\0';
}

static inline bool fake_uart_get(struct uart *u, uint8_t *byte)
{
	struct fake_uart *f = (struct fake_uart *)u;

	if (f->in_next == f->in_len) {
		return false;
	}
	*byte = f->in[f->in_next++];
	return true;
}

static inline void fake_uart_rx_irq(struct uart *u, bool on)
{
	((struct fake_uart *)u)->irq_on = on;
}

static inline void fake_uart_init(struct fake_uart *f)
{
	static const struct uart_ops ops = {
		.put = fake_uart_put,
		.get = fake_uart_get,
		.rx_irq = fake_uart_rx_irq,
	};

	memset(f, 0, sizeof(*f));
	f->uart.ops = &ops;
}

/** The far end types; the interrupt is the test's to call. */
static inline void fake_uart_type(struct fake_uart *f, const void *bytes,
                                  size_t len)
{
	memcpy(f->in + f->in_len, bytes, len);
	f->in_len += len;
}

#endif
