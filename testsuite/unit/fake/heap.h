/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2's heap for host tests: mem/page.h and mem/slab.h on top of malloc, able
 * to fail at the n-th allocation and to say what is still allocated.
 */
#ifndef FAKE_HEAP_H
#define FAKE_HEAP_H

#include <stdint.h>

/** From now on the allocation after @n more fails, once; -1: none does. */
void heap_fail_after(int n);

/** Did the failure that heap_fail_after asked for happen? */
int heap_has_failed(void);

/** Bytes allocated now. */
uint64_t heap_bytes(void);

/** A generator for tests: the same numbers for the same seed. */
uint64_t test_random(uint64_t *state);

/** Seed of this run: environment variable UNIT_SEED, else 1. */
uint64_t test_seed(void);

#endif
