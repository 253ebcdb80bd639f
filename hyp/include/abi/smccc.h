/* SPDX-License-Identifier: BSD-2-Clause */
/* SMC Calling Convention (Arm DEN 0028): function ids and results. */
#ifndef ABI_SMCCC_H
#define ABI_SMCCC_H

/* Fields of a function id */
#define SMCCC_FAST         0x80000000u
#define SMCCC_64           0x40000000u
#define SMCCC_OWNER        0x3f000000u
#define SMCCC_MBZ          0x00fe0000u /* must be zero in a fast call */
#define SMCCC_NO_SVE       0x00010000u /* hint: caller has no live SVE state */
#define SMCCC_OWNER_ARCH   0x00000000u
#define SMCCC_OWNER_STD    0x04000000u /* PSCI, TRNG */
#define SMCCC_OWNER_STDHYP 0x05000000u /* standard hypervisor services */
#define SMCCC_OWNER_VENDOR 0x06000000u /* vendor hypervisor services */

/* Arm architecture calls */
#define SMCCC_VERSION           0x80000000u
#define SMCCC_ARCH_FEATURES     0x80000001u
#define SMCCC_ARCH_SOC_ID       0x80000002u
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu

/* Vendor hypervisor service */
#define SMCCC_VENDOR_CALL_COUNT 0x8600ff00u /* deprecated: NOT_SUPPORTED */
#define SMCCC_VENDOR_CALL_UID   0x8600ff01u
#define SMCCC_VENDOR_REVISION   0x8600ff03u
#define SMCCC_STDHYP_CALL_UID   0x8500ff01u

/* c1d58fcd-a453-5fdb-9265-ce36673d5f14, as W0 to W3 of CALL_UID */
#define SMCCC_GUNYAH_UID_0 0xcd8fd5c1u
#define SMCCC_GUNYAH_UID_1 0xdb5f53a4u
#define SMCCC_GUNYAH_UID_2 0x36ce6592u
#define SMCCC_GUNYAH_UID_3 0x145f3d67u

/*
 * Watchdog of the calling VM, if its manager has given it one (the calls that
 * Linux' gunyah_wdt makes); X0: enum hv_error.
 *
 *     CONTROL(flags)        bit 0: on; bit 1 must be 1
 *     STATUS() -> X1: bit 0 on, bit 1 has barked; X2: ms since the last ping
 *     PING()
 *     SET_TIME(bark, bite)  ms since a ping
 */
#define SMCCC_WATCHDOG_CONTROL  0x86000005u
#define SMCCC_WATCHDOG_STATUS   0x86000006u
#define SMCCC_WATCHDOG_PING     0x86000007u
#define SMCCC_WATCHDOG_SET_TIME 0x86000008u

/* True Random Number Generator interface (Arm DEN 0098) */
#define TRNG_VERSION  0x84000050u
#define TRNG_FEATURES 0x84000051u
#define TRNG_GET_UUID 0x84000052u
#define TRNG_RND_32   0x84000053u
#define TRNG_RND_64   0xc4000053u

#define SMCCC_VERSION_1_1 0x10001
#define SMCCC_VERSION_1_3 0x10003

/* Results, X0 */
#define SMCCC_OK            0
#define SMCCC_NOT_SUPPORTED (-1)
#define SMCCC_NOT_REQUIRED  (-2)
#define SMCCC_INVALID       (-3)
#define TRNG_INVALID        (-2)
#define TRNG_NO_ENTROPY     (-3)

#endif
