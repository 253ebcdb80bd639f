/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our own faults, and only ours: no guest input may reach these.
 */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#include <stdnoreturn.h>

/**
 * Stop the machine with a dump: registers, backtrace, tail of the trace.
 *
 * @what  printed behind "hyp: PANIC: "
 * Context: any. Defined by trap/panic.c, or by a host test.
 */
noreturn void hyp_panic(const char *file, int line, const char *what);

#define PANIC(what) hyp_panic(__FILE__, __LINE__, what)

#define ASSERT(cond)                                \
	do {                                        \
		if (__builtin_expect(!(cond), 0)) { \
			PANIC(#cond);               \
		}                                   \
	} while (0)

#endif
