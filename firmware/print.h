/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on the machine's UART, and the end of the firmware. */
#ifndef FIRMWARE_PRINT_H
#define FIRMWARE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes text into buf, NUL-ended, and drops what does not fit in size bytes
 * (size > 0).  Knows %s %c %u %d %x %% with l, width and leading 0.
 * Returns the length of what was written.
 */
size_t format_text_v(char *buf, size_t size, const char *format, va_list args);
size_t format_text(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints up to 255 bytes of text; "\n" becomes what the wire wants. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Says "firmware: fatal: ...", powers the machine off by PSCI, and if that
 * does not work, waits for ever.  The one way out when something is wrong.
 */
_Noreturn void fatal(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Powers off after all output has left the UART. */
_Noreturn void power_off(void);

#endif
