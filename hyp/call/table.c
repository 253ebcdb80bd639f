/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hypercall there is: one row each, in order of numbers.  A hole means
 * "unknown", and so does a number beyond the ends.
 */
#include <stddef.h>

#include <abi/hypercall.h>

#include "call/hvc.h"
#include "call/hvc_basic.h"
#include "call/hvc_random.h"

/* clang-format off */
static const struct hvc_row gunyah[] = {
	/*                 handler       in out reserved raw    name */
	[HVC_IDENTIFY] = { hvc_identify, 0, 4,  R_NONE,  true,  "identify" },
	[HVC_PRNG_GET_ENTROPY] =
	                 { hvc_prng_get_entropy, 1, 4, R_ZERO, false,
	                                                "prng_get_entropy" },
};

static const struct hvc_row own[] = {
#define OWN(n) [(n) - HVC_TS_FIRST]
	OWN(HVC_TS_BOOT_INFO) =
	                 { hvc_boot_info, 0, 3, R_NONE,  false, "ts_boot_info" },
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
_Static_assert(COUNT(gunyah) <= HVC_TS_FIRST, "two ranges");
_Static_assert(HVC_TS_FIRST + COUNT(own) <= HVC_COUNT, "room of the encoding");

const struct hvc_row *hvc_row(unsigned n)
{
	const struct hvc_row *row = NULL;

	if (n < COUNT(gunyah)) {
		row = &gunyah[n];
	} else if (n >= HVC_TS_FIRST && n - HVC_TS_FIRST < COUNT(own)) {
		row = &own[n - HVC_TS_FIRST];
	}
	return row != NULL && row->fn != NULL ? row : NULL;
}
