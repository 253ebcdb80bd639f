/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's way out, for its parts on the host: fatal() comes back to the
 * test with its line, and what is printed is dropped.
 */
#ifndef FAKE_FATAL_H
#define FAKE_FATAL_H

#include <setjmp.h>

extern jmp_buf fatal_return;
extern char fatal_line[256];

/* The line that fatal() said while call ran, or "" when it ran through. */
#define FATAL_OF(call)         \
	(fatal_line[0] = '\0', \
	 setjmp(fatal_return) == 0 ? (void)(call) : (void)0, fatal_line)

#endif
