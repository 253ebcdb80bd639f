/* SPDX-License-Identifier: BSD-2-Clause */
/* Entropy of the CPU for whoever asks; see hvc_random.h. */
#include "call/hvc_random.h"

#include "lib/random.h"
#include "lib/string.h"

#define WORDS 4

enum err hvc_prng_get_entropy(struct vcpu *v, const uint64_t *arg,
                              uint64_t *out)
{
	uint64_t size = arg[0];
	uint64_t fresh[2] = { 0 };
	uint32_t word[WORDS] = { 0 };

	(void)v;
	if (size == 0 || size > sizeof(word)) {
		return ERR_SIZE;
	}
	if (!random_has_entropy()) {
		return ERR_UNIMPLEMENTED;
	}
	if (!random_entropy(&fresh[0]) || !random_entropy(&fresh[1])) {
		return ERR_BUSY;
	}
	memcpy(word, fresh, size);
	for (unsigned i = 0; i < WORDS; i++) {
		out[i] = word[i];
	}
	return ERR_OK;
}
