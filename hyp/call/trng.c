/* SPDX-License-Identifier: BSD-2-Clause */
/* True random numbers for guests; see trng.h. */
#include "call/trng.h"

#include <abi/smccc.h>

#include "lib/mutant.h"
#include "lib/random.h"

#define TRNG_1_0                0x10000
#define TRNG_INVALID_PARAMETERS (-2)

#define WORDS 3 /* of a result, X1 to X3 */
#define TRIES 8 /* RNDR may have nothing for a moment */

bool trng_has(uint32_t id)
{
	switch (id) {
	case TRNG_VERSION:
	case TRNG_FEATURES:
	case TRNG_GET_UUID:
	case TRNG_RND_32:
	case TRNG_RND_64:
		return true;
	default:
		return false;
	}
}

static bool draw(uint64_t *bits)
{
	for (unsigned i = 0; i < TRIES; i++) {
		if (random_entropy(bits)) {
			return true;
		}
	}
	return false;
}

/* The low @width bits of what is asked for; @bits may exceed @width. */
static uint64_t low_bits(uint64_t value, uint64_t bits)
{
	return bits >= 64 || mutant(trng_too_many_bits)
	               ? value
	               : value & ((1ull << bits) - 1);
}

/* X3 gets the lowest bits, X1 the highest; what was not asked for is zero. */
static int64_t rnd(uint64_t x[4], uint64_t width)
{
	uint64_t bits = x[1];
	uint64_t word[WORDS] = { 0 };

	if (bits == 0 || bits > WORDS * width) {
		return TRNG_INVALID_PARAMETERS;
	}
	for (unsigned i = 0; i < WORDS && bits != 0; i++) {
		uint64_t now = bits < width ? bits : width;

		if (!draw(&word[i])) {
			return TRNG_NO_ENTROPY; /* all or nothing */
		}
		word[i] = low_bits(word[i], now);
		bits -= now;
	}
	x[1] = word[2];
	x[2] = word[1];
	x[3] = word[0];
	return SMCCC_OK;
}

/* X1 to X3 carry nothing unless there is a number to return. */
static void put_status(uint64_t x[4], int64_t status)
{
	x[0] = (uint64_t)status;
	if (status != SMCCC_OK) {
		x[1] = 0;
		x[2] = 0;
		x[3] = 0;
	}
}

/* 5f1b9b0c-6c1d-4d5e-9a31-7c0e2f83d6a4: the CPU's RNDR, as is. */
static void put_uuid(uint64_t x[4])
{
	x[0] = 0x0c9b1b5f;
	x[1] = 0x5e4d1d6c;
	x[2] = 0x0e7c319a;
	x[3] = 0xa4d6832f;
}

static int64_t service(uint32_t id, uint64_t x[4])
{
	switch (id) {
	case TRNG_VERSION:
		return TRNG_1_0;
	case TRNG_FEATURES:
		return trng_has((uint32_t)x[1]) ? SMCCC_OK
		                                : SMCCC_NOT_SUPPORTED;
	case TRNG_RND_32:
		x[1] = (uint32_t)x[1]; /* the upper halves mean nothing */
		return rnd(x, 32);
	case TRNG_RND_64:
		return rnd(x, 64);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

void trng_call(uint32_t id, uint64_t x[4])
{
	if (!random_has_entropy()) {
		put_status(x, SMCCC_NOT_SUPPORTED);
	} else if (id == TRNG_GET_UUID) {
		put_uuid(x);
	} else {
		put_status(x, service(id, x));
	}
}
