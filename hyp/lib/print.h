/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for people, at boot and at death; everything else is traced.
 *
 * What is printed goes to one sink, which boot sets: at first the bare UART,
 * later stream 0 of the console.  Without a sink it is dropped.
 */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>
#include <stddef.h>

typedef void print_sink_fn(const char *text, size_t len);

/** Where text goes from now on; NULL: nowhere. */
void print_to(print_sink_fn *sink);

/**
 * Print one formatted piece of text, at most 255 bytes.
 *
 * Knows %c %s %d %u %x %lu %ld %lx %p %%, a width and a leading 0. The sink gets it
 * in one call, so pieces from several CPUs do not mix inside.
 * Context: any CPU; the sink brings its own lock.
 */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/** As vsnprintf: writes at most @size bytes with the NUL. */
size_t format_text(char *to, size_t size, const char *format, va_list args);

#endif
