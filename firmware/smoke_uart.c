/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Smoke test of the UART's receive path: somebody types a line, and gets it
 * back.  Whether it is the same line, the other side judges; here it is
 * judged that no byte came with an error.  The PL011's own loop-back would
 * leave out the wire, and not every QEMU has it.
 */
#include "smoke.h"

#include <abi/console.h>
#include <stdbool.h>

#include "cpu.h"
#include "print.h"
#include "uart.h"

#define TYPE_MS  5000
#define LINE_MAX 1024

/* Longer than any FIFO, and still one line of the log. */
static char line[LINE_MAX + 1];

/* Marks on the wire (abi/console.h) are not part of what was typed. */
static bool is_in_mark(int byte)
{
	static bool in_mark;
	static int last;
	bool was = in_mark || byte == CONSOLE_ESC;

	if (in_mark && last == CONSOLE_ESC && byte == CONSOLE_ST) {
		in_mark = false;
	} else if (byte == CONSOLE_ESC) {
		in_mark = true;
	}
	last = byte;
	return was;
}

static int read_byte(uint64_t deadline)
{
	int byte;

	do {
		byte = uart_read();
	} while (byte == UART_NOTHING && ticks_now() < deadline);
	return byte;
}

enum verdict smoke_uart(const struct smoke *smoke)
{
	uint64_t deadline = ticks_now() + smoke_ticks(TYPE_MS);
	unsigned len = 0;
	int byte;

	(void)smoke;
	print("firmware: type a line\n");
	for (;;) {
		byte = read_byte(deadline);
		if (byte == UART_NOTHING || byte == '\n' || byte == '\r') {
			break;
		}
		EXPECT((byte & UART_ERROR_BIT) == 0,
		       "byte %u of the line came with an error", len);
		EXPECT(len < LINE_MAX, "the line does not end");
		if (!is_in_mark(byte)) {
			line[len++] = (char)byte;
		}
	}
	line[len] = '\0';
	if (byte == UART_NOTHING && len == 0) {
		return smoke_skip("nobody typed within %u ms", TYPE_MS);
	}
	EXPECT(byte != UART_NOTHING, "no end of line after %u bytes", len);
	uart_write("firmware: typed: ");
	uart_write(line);
	uart_write("\n");
	return SMOKE_PASS;
}
