/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap of the resource manager, for tests: one allocation of it fails.
 *
 * The program is linked so that newlib's own allocations come by here, too.
 */
#ifndef RM_HEAP_H
#define RM_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/** The n-th allocation from now fails, once; 0: none. */
void heap_fail_at(unsigned n);

/** Whether it has failed, since heap_fail_at. */
bool heap_has_failed(void);

/** Bytes that are allocated. */
uint64_t heap_in_use(void);

#endif
