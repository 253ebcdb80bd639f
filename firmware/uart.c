/* SPDX-License-Identifier: BSD-2-Clause */
#include "uart.h"

#include "cpu.h"

/* clang-format off */
#define DR   0x00
#define FR   0x18
#define IBRD 0x24
#define FBRD 0x28
#define LCRH 0x2c
#define CR   0x30
#define IMSC 0x38
/* clang-format on */

#define DR_ERRORS FIELD(11, 8)
#define FR_BUSY   BIT(3)
#define FR_RXFE   BIT(4)
#define FR_TXFF   BIT(5)
#define LCRH_FEN  BIT(4)
#define LCRH_8BIT FIELD(6, 5)
#define CR_UARTEN BIT(0)
#define CR_TXE    BIT(8)
#define CR_RXE    BIT(9)

#define BAUD 115200

/* A UART that never has room again must not stop the firmware. */
#define PATIENCE 1000000

static uint64_t uart;

static void wait_while(uint32_t flag)
{
	for (unsigned i = 0; i < PATIENCE; i++) {
		if ((mmio_read32(uart + FR) & flag) == 0) {
			return;
		}
	}
}

void uart_init(uint64_t base, uint64_t clock_hz)
{
	uart = base;
	wait_while(FR_BUSY); /* the last byte of whoever was here before */
	mmio_write32(uart + CR, 0);
	mmio_write32(uart + IMSC, 0);
	if (clock_hz != 0) {
		/* The divisor in 64ths: clock / (16 * baud) * 64. */
		uint64_t divisor = (clock_hz * 4 + BAUD / 2) / BAUD;

		mmio_write32(uart + IBRD, (uint32_t)(divisor >> 6));
		mmio_write32(uart + FBRD, (uint32_t)(divisor & 0x3f));
	}
	/* LCRH after the divisor: its write makes the divisor count. */
	mmio_write32(uart + LCRH, LCRH_8BIT | LCRH_FEN);
	mmio_write32(uart + CR, CR_UARTEN | CR_TXE | CR_RXE);
}

static void write_byte(char c)
{
	wait_while(FR_TXFF);
	mmio_write32(uart + DR, (unsigned char)c);
}

void uart_write(const char *text)
{
	if (uart == 0) {
		return;
	}
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			write_byte('\r');
		}
		write_byte(*text);
	}
}

void uart_drain(void)
{
	if (uart != 0) {
		wait_while(FR_BUSY);
	}
}

int uart_read(void)
{
	uint32_t data;

	if (uart == 0 || (mmio_read32(uart + FR) & FR_RXFE) != 0) {
		return UART_NOTHING;
	}
	data = mmio_read32(uart + DR);
	return (int)(data & 0xff) |
	       ((data & DR_ERRORS) != 0 ? UART_ERROR_BIT : 0);
}
