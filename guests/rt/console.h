/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: a PL011 (Arm DDI 0183), polled. stdout and stdin go here. */
#ifndef RT_CONSOLE_H
#define RT_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** All of it, as one piece: other CPUs' output goes before or behind. */
void console_write(const char *text, size_t len);

/** The same for dying: takes no lock. */
void console_write_raw(const char *text, size_t len);

/** Begin a new line unless the last byte written ended one. */
void console_fresh_line(void);

/** One byte, or -1 when none is there. */
int console_try_read(void);

/** One byte; waits. */
int console_read(void);

/**
 * One line without its newline, at most @size - 1 bytes, NUL-ended.
 * @return its length
 */
size_t console_read_line(char *line, size_t size);

/** Base address of the UART. */
uint64_t console_base(void);

/** For rt itself: take the address from the device tree. */
void console_init(void);

#endif
