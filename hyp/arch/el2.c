/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps of EL2 that are the same for all guests. */
#include "arch/el2.h"

#include "arch/sysreg.h"

/* SVE, SME, trace and activity monitors trap; FP and SIMD do not. */
#define CPTR_VALUE (CPTR_RES1 | CPTR_TZ | CPTR_TSM | CPTR_TTA | CPTR_TAM)

/* PMU, SPE, trace filter, debug: not offered, or switched when first used. */
#define MDCR_VALUE                                                  \
	(MDCR_TPM | MDCR_TPMCR | MDCR_TPMS | MDCR_TTRF | MDCR_TDA | \
	 MDCR_TDOSA | MDCR_TDRA)

void el2_init_cpu(void)
{
	uint64_t mdcr = sysreg_read(MDCR_EL2);

	sysreg_write(CPTR_EL2, CPTR_VALUE);
	/* HPMN stays: all counters belong to EL1, as after reset. */
	sysreg_write(MDCR_EL2, (mdcr & MDCR_HPMN) | MDCR_VALUE);
	sysreg_write(HSTR_EL2, 0); /* AArch32 coprocessors: none at EL1 */
	sysreg_write(CNTHCTL_EL2, CNTHCTL_EL1PCTEN);
	sysreg_write(VPIDR_EL2, sysreg_read(MIDR_EL1));
	isb(); /* all of it holds before a guest may run */
}
