/* SPDX-License-Identifier: BSD-2-Clause */
/* Where random numbers come from on this CPU; see lib/random.h. */
#include "lib/random.h"

#include <arm64/bits.h>

#define ID_AA64ISAR0_RNDR FIELD(63, 60)

static uint64_t pool; /* atomic; every seed stirs it */

bool random_has_entropy(void)
{
	uint64_t isar0;

	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
	return field_get(ID_AA64ISAR0_RNDR, isar0) != 0;
}

bool random_entropy(uint64_t *bits)
{
	uint64_t ok;

	if (!random_has_entropy()) {
		return false;
	}
	/* RNDR, by its encoding: it sets Z when it has nothing to give. */
	__asm__ volatile("mrs %0, s3_3_c2_c4_0\n\tcset %1, ne"
	                 : "=r"(*bits), "=r"(ok)
	                 :
	                 : "cc");
	return ok != 0;
}

uint64_t random_seed(void)
{
	uint64_t fresh;
	uint64_t state;

	if (!random_entropy(&fresh)) {
		/* How long boot and guests took is all there is. */
		__asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(fresh));
	}
	state = __atomic_add_fetch(&pool, fresh, __ATOMIC_RELAXED);
	fresh = random_next(&state);
	__atomic_fetch_xor(&pool, fresh, __ATOMIC_RELAXED);
	return random_next(&state);
}
