// SPDX-License-Identifier: BSD-2-Clause
/* PL011, polled: a byte goes out when the FIFO has room. */
#include "rt/console.h"

#include "rt/dt.h"
#include "rt/lock.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

#define UART_DEFAULT 0x09000000ull /* of the virt machine */
#define UART_DR      0x00
#define UART_FR      0x18
#define UART_LCRH    0x2c
#define UART_CR      0x30
#define UART_IMSC    0x38

#define FR_RXFE   (1u << 4)
#define FR_TXFF   (1u << 5)
#define LCRH_8BIT (3u << 5)
#define LCRH_FIFO (1u << 4)
#define CR_ENABLE (1u << 0)
#define CR_TX     (1u << 8)
#define CR_RX     (1u << 9)

static uint64_t uart = UART_DEFAULT;
static struct lock lock;
static char last_byte = '\n';

void console_init(void)
{
	int node = dt_find("arm,pl011");

	if (node >= 0) {
		uart = dt_reg(node, 0).base;
	}
	mmu_map_device(uart, PAGE_SIZE);
	mmio_write32(uart + UART_IMSC, 0);
	mmio_write32(uart + UART_LCRH, LCRH_8BIT | LCRH_FIFO);
	mmio_write32(uart + UART_CR, CR_ENABLE | CR_TX | CR_RX);
}

uint64_t console_base(void)
{
	return uart;
}

void console_write_raw(const char *text, size_t len)
{
	if (mmu_entry(uart) == 0) {
		mmu_map_device(uart, PAGE_SIZE); /* dying before console_init */
	}
	for (size_t i = 0; i < len; i++) {
		while (mmio_read32(uart + UART_FR) & FR_TXFF) {
		}
		mmio_write32(uart + UART_DR, (uint8_t)text[i]);
	}
	if (len > 0) {
		last_byte = text[len - 1];
	}
}

void console_write(const char *text, size_t len)
{
	lock_take(&lock);
	console_write_raw(text, len);
	lock_drop(&lock);
}

void console_fresh_line(void)
{
	if (last_byte != '\n') {
		console_write("\n", 1);
	}
}

int console_try_read(void)
{
	if (mmio_read32(uart + UART_FR) & FR_RXFE) {
		return -1;
	}
	return (uint8_t)mmio_read32(uart + UART_DR);
}

int console_read(void)
{
	int byte;

	do {
		byte = console_try_read();
	} while (byte < 0);
	return byte;
}

size_t console_read_line(char *line, size_t size)
{
	size_t len = 0;

	for (;;) {
		int byte = console_read();

		if (byte == '\n' || byte == '\r') {
			break;
		}
		if (len + 1 < size) {
			line[len++] = (char)byte;
		}
	}
	line[len] = '\0';
	return len;
}
