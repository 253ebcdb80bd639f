/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that others shall not guess, as far as the machine allows.
 *
 * random_next is a fast generator with 64 bits of state (splitmix64); good for
 * capability tags, not for keys.  random_entropy is what a guest may have for
 * keys: it comes from the CPU (FEAT_RNG) or not at all.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/** The next number; @state moves on. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/**
 * A start value for a generator, another one each time.
 *
 * From the CPU's entropy when it has any, else stirred from the counter.
 * Context: any CPU. Defined by arch/random.c, or by a host test.
 */
uint64_t random_seed(void);

/** Has the CPU entropy of its own (FEAT_RNG)? It may still fail at times. */
bool random_has_entropy(void);

/** 64 bits of the CPU's own entropy. @return false: it has none (now). */
bool random_entropy(uint64_t *bits);

#endif
