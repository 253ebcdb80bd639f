/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers by hypercall; the TRNG of SMCCC is call/trng.h. */
#ifndef CALL_HVC_RANDOM_H
#define CALL_HVC_RANDOM_H

#include "call/hvc.h"

/**
 * (bytes) -> four words of 32 bits, those behind `bytes` zero.
 *
 * @return  ERR_SIZE           0, or more than 16
 *          ERR_BUSY           the generator has nothing now: ask again
 *          ERR_UNIMPLEMENTED  the CPU has none
 */
hvc_fn hvc_prng_get_entropy;

#endif
