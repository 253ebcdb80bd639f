/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TINY_SUSPEND_H
#define TINY_SUSPEND_H

#define SUSPEND_RESUMED 0x1000 /* no result of PSCI */

#ifndef __ASSEMBLER__
#include <stdint.h>

/* See suspend_entry.S. */
int64_t suspend_down(uint64_t function, uint64_t state);
#endif

#endif
