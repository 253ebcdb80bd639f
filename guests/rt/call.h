/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls to what is above: SMCCC by HVC or SMC, PSCI, native hypercalls.
 */
#ifndef RT_CALL_H
#define RT_CALL_H

#include <stdbool.h>
#include <stdint.h>

#define CALL_REGS 18 /* x0 to x17 */

/** hvc #0 with x0..x17 from @x, and back to it. */
void smccc_hvc(uint64_t x[CALL_REGS]);

/** smc #0, the same. */
void smccc_smc(uint64_t x[CALL_REGS]);

/** By the conduit that the device tree names for PSCI. @return x0 */
int64_t smccc(uint32_t id, uint64_t a, uint64_t b, uint64_t c);

/** A PSCI call; its results are 32 bits, sign-extended here. */
int64_t psci(uint32_t id, uint64_t a, uint64_t b, uint64_t c);

/** What psci() and smccc() use: false until rt has read the device tree. */
extern bool call_by_smc;

/**
 * hvc #(HVC_BASE + number); x0..x7 from @x, and back to it.
 * @number  below HVC_COUNT
 */
void hvc_native(unsigned number, uint64_t x[8]);

/** PSCI SYSTEM_OFF; when that returns, WFI for ever. */
_Noreturn void power_off(void);

#endif
