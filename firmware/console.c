/* SPDX-License-Identifier: BSD-2-Clause */
/* Where text goes, and how the firmware ends the machine. */
#include <stdbool.h>

#include "cpu.h"
#include "print.h"
#include "psci.h"
#include "uart.h"

#include <abi/console.h>

#define LINE_MAX 256

void print(const char *format, ...)
{
	char line[LINE_MAX];
	va_list args;

	va_start(args, format);
	format_text_v(line, sizeof(line), format, args);
	va_end(args);
	uart_write(line);
}

_Noreturn void power_off(void)
{
	uart_drain();
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;) {
		asm volatile("wfi");
	}
}

_Noreturn void fatal(const char *format, ...)
{
	static bool is_dying;
	char line[LINE_MAX];
	va_list args;

	/* A fault while a fault is told would go on for ever. */
	if (!is_dying) {
		is_dying = true;
		va_start(args, format);
		format_text_v(line, sizeof(line), format, args);
		va_end(args);
		uart_write(CONSOLE_FIRMWARE_FATAL);
		uart_write(line);
		uart_write("\n");
	}
	power_off();
}

/* Entered from vectors.S.  @slot: offset of the vector. */
_Noreturn void fatal_exception(uint64_t slot);
_Noreturn void fatal_exception(uint64_t slot)
{
	static const char *const kind[] = { "synchronous", "IRQ", "FIQ",
		                            "SError" };
	bool at_el2 = current_el() == 2;
	uint64_t esr, elr, far;

	if (at_el2) {
		esr = sysreg_read(esr_el2);
		elr = sysreg_read(elr_el2);
		far = sysreg_read(far_el2);
	} else {
		esr = sysreg_read(esr_el1);
		elr = sysreg_read(elr_el1);
		far = sysreg_read(far_el1);
	}
	fatal("unexpected exception (%s, vector 0x%lx): ESR 0x%lx ELR 0x%lx "
	      "FAR 0x%lx",
	      kind[slot >> 7 & 3], slot, esr, elr, far);
}
