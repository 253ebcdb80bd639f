/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers of a host test: constants; barriers: nothing. */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#include <arm64/sysreg.h>

enum {
	FAKE_ID_AA64MMFR0_EL1 = 2,          /* PARange: 40 bits */
	FAKE_ID_AA64MMFR1_EL1 = 0x10000000, /* FEAT_XNX */
	FAKE_SCTLR_EL1 = 0,                 /* little-endian */
};

#define sysreg_read(reg) ((uint64_t)FAKE_##reg)

#define isb()       ((void)0)
#define dsb_ish()   ((void)0)
#define dsb_ishst() ((void)0)

#endif
