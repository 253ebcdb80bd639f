/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls by name (abi/hypercall.h):
 *
 *     struct hv r = HV(PARTITION_CREATE_VIC, partition, cspace);
 *
 *     if (r.err != HV_OK) ...
 *     vic = r.out[0];
 *
 * Arguments that are left out are 0, as reserved ones must be; calls whose
 * reserved argument is all ones take HV_ONES.
 */
#ifndef RT_HV_H
#define RT_HV_H

#include <abi/error.h>
#include <abi/hypercall.h>
#include <stdint.h>

#define HV_ONES UINT64_MAX

struct hv {
	int64_t err;     /* enum hv_error */
	uint64_t out[4]; /* X1 to X4 */
};

/** Call @number, natively. */
struct hv hv_call(unsigned number, const uint64_t arg[8]);

#define HV(name, ...) hv_call(HVC_##name, (const uint64_t[8]){ __VA_ARGS__ })

/** "NOMEM"; "?" for a number that is no error. */
const char *hv_error_name(int64_t err);

#endif
