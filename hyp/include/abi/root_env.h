/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the root VM has at boot (TS_ROOT_ENV).
 *
 * Capability ids are random, so the root VM must ask for those it was given:
 *
 *     TS_ROOT_ENV(index, 0) -> X0 error, X1 kind, X2 capability id,
 *                              X3 first, X4 second
 *
 *     index 0, 1, 2... until X0 is ARGUMENT_INVALID
 *     DENIED  the caller is not the root VM
 *
 * All of them are master capabilities with all rights.
 */
#ifndef ABI_ROOT_ENV_H
#define ABI_ROOT_ENV_H

/* clang-format off */
/* kind, what X3 and X4 say */
#define ROOT_ENV_KINDS(X)                                                     \
	X(1, PARTITION, "bytes of its limit",    "-")                         \
	X(2, CSPACE,    "-",                     "-")                         \
	X(3, ADDRSPACE, "VMID",                  "-")                         \
	X(4, VIC,       "-",                     "-")                         \
	X(5, THREAD,    "index of the vCPU",     "-")                         \
	X(6, OWN_RAM,   "physical base",         "size; memextent, mapped")   \
	X(7, FREE_RAM,  "physical base",         "size; memextent, sparse")   \
	X(8, BUNDLE,    "physical base",         "size; memextent, read-only") \
	X(9, MACHINE,   "number of CPUs",        "timer ticks per second")     \
	X(10, DEVICE,   "physical base",         "size; memextent, device")    \
	X(11, HWIRQ,    "the last device's SPI", "1: edge-triggered")
/* clang-format on */

#define ROOT_ENV_ENUM(num, name, first, second) ROOT_ENV_##name = (num),
enum root_env_kind { ROOT_ENV_KINDS(ROOT_ENV_ENUM) };

#endif
