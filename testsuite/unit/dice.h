/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers for the random tests: the same in every run, unless UNIT_SEED says
 * otherwise.  Not good random numbers, but good enough, and ours to repeat.
 */
#ifndef DICE_H
#define DICE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct dice {
	uint64_t state;
};

static inline struct dice dice_new(void)
{
	const char *seed = getenv("UNIT_SEED");
	return (struct dice){ seed ? strtoull(seed, NULL, 0) + 1 : 1 };
}

/** 0 <= result < @below. */
static inline uint32_t dice_roll(struct dice *dice, uint32_t below)
{
	dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((dice->state >> 33) % below);
}

#endif
