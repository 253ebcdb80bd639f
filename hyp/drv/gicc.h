/* SPDX-License-Identifier: BSD-2-Clause */
/* The GIC's CPU interface, as every exit by an interrupt uses it: inline. */
#ifndef DRV_GICC_H
#define DRV_GICC_H

#include <stdint.h>

#include "arch/sysreg.h"

/** Highest pending interrupt, now active; >= GIC_SPURIOUS: none. */
static inline uint32_t gic_ack(void)
{
	return (uint32_t)sysreg_read(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */
}

/** Priority drop: the next interrupt may come. Of what gic_ack gave. */
static inline void gic_eoi(uint32_t intid)
{
	sysreg_write(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

#endif
