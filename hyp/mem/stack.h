/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks of EL2: two for each CPU, guard pages around each.
 *
 *     STACK_VA + cpu * STACK_STRIDE
 *       + 0x0000   guard
 *       + 0x1000   stack, 16 KiB; each exit begins at its top
 *       + 0x5000   guard
 *       + 0x6000   emergency stack, 8 KiB; only for faults of EL2 itself
 *       + 0x8000   guard, to the end
 */
#ifndef MEM_STACK_H
#define MEM_STACK_H

#include <stdbool.h>
#include <stdint.h>

#define STACK_STRIDE    0x10000
#define STACK_BASE      0x1000
#define STACK_ORDER     2
#define STACK_TOP       0x5000
#define EMERGENCY_BASE  0x6000
#define EMERGENCY_ORDER 1
#define EMERGENCY_TOP   0x8000

/** Make the stacks of @cpu and note them in its struct percpu. */
void stack_make(unsigned cpu);

/** Is @at inside some CPU's stack area, and not in a guard page? */
bool stack_is_mapped(uint64_t at);

#endif
