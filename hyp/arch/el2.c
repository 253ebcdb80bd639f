/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps of EL2 that are the same for all guests. */
#include "arch/el2.h"

#include "arch/sysreg.h"
#include "lib/mutant.h"

/* SVE, SME, trace and activity monitors trap; FP and SIMD do not. */
#define CPTR_VALUE (CPTR_RES1 | CPTR_TZ | CPTR_TSM | CPTR_TTA | CPTR_TAM)

/* PMU, SPE, trace filter, OS lock, debug ROM: not offered, or emulated. */
#define MDCR_VALUE \
	(MDCR_TPM | MDCR_TPMCR | MDCR_TPMS | MDCR_TTRF | MDCR_TDOSA | MDCR_TDRA)

void el2_trap_debug(bool on)
{
	/* HPMN stays: all counters belong to EL1, as after reset. */
	uint64_t mdcr = sysreg_read(MDCR_EL2) & MDCR_HPMN;

	if (mutant(pmu_shows)) {
		mdcr |= MDCR_VALUE & ~(MDCR_TPM | MDCR_TPMCR);
	} else {
		mdcr |= MDCR_VALUE;
	}
	sysreg_write(MDCR_EL2, mdcr | (on ? MDCR_TDA : 0));
}

void el2_init_cpu(void)
{
	sysreg_write(CPTR_EL2, CPTR_VALUE);
	el2_trap_debug(true);
	sysreg_write(HSTR_EL2, 0); /* AArch32 coprocessors: none at EL1 */
	sysreg_write(CNTHCTL_EL2, CNTHCTL_EL1PCTEN);
	sysreg_write(VPIDR_EL2, sysreg_read(MIDR_EL1));
	isb(); /* all of it holds before a guest may run */
}
