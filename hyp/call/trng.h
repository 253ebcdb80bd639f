/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware interface for true random numbers, served from the CPU.
 *
 * Without FEAT_RNG the interface is not there: every call of it returns
 * NOT_SUPPORTED, as on a machine whose firmware has none.
 *
 * Spec: Arm DEN 0098, "Arm True Random Number Generator Firmware Interface".
 */
#ifndef CALL_TRNG_H
#define CALL_TRNG_H

#include <stdbool.h>
#include <stdint.h>

/** Is @id (without the SVE hint) one of this interface's? */
bool trng_has(uint32_t id);

/**
 * Carry out call @id.
 *
 * @x  X0 to X3 of the caller: its arguments from X1 on, and the results
 *     (X0 is the status, except for TRNG_GET_UUID)
 * Context: any CPU.
 */
void trng_call(uint32_t id, uint64_t x[4]);

#endif
