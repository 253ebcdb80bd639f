/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual CPU interface: the ICH_* registers of this CPU.
 *
 * The virtual interrupt controller uses nothing else of the hardware, so a
 * host test puts a model of these registers in this header's place.
 */
#ifndef ARCH_ICH_H
#define ARCH_ICH_H

#include <stdint.h>

#include <arm64/gicv3.h>

#include "arch/sysreg.h"

#define ICH_LR_MAX 16u

/* One case for each register: a system register's number is an immediate. */
#define ICH_LRS(X) \
	X(0)       \
	X(1)       \
	X(2)       \
	X(3)       \
	X(4)       \
	X(5)       \
	X(6)       \
	X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static inline uint64_t ich_read_lr(unsigned n)
{
	switch (n) {
#define ICH_LR_READ(i) \
	case i:        \
		return sysreg_read(ICH_LR##i##_EL2);
		ICH_LRS(ICH_LR_READ)
#undef ICH_LR_READ
	default:
		return 0;
	}
}

static inline void ich_write_lr(unsigned n, uint64_t value)
{
	switch (n) {
#define ICH_LR_WRITE(i)                               \
	case i:                                       \
		sysreg_write(ICH_LR##i##_EL2, value); \
		break;
		ICH_LRS(ICH_LR_WRITE)
#undef ICH_LR_WRITE
	default:
		break;
	}
}

/* Active priorities; only those registers that exist may be touched. */
static inline uint64_t ich_read_apr(unsigned group, unsigned n)
{
	switch (group * 4 + n) {
	case 0:
		return sysreg_read(ICH_AP0R0_EL2);
	case 1:
		return sysreg_read(ICH_AP0R1_EL2);
	case 2:
		return sysreg_read(ICH_AP0R2_EL2);
	case 3:
		return sysreg_read(ICH_AP0R3_EL2);
	case 4:
		return sysreg_read(ICH_AP1R0_EL2);
	case 5:
		return sysreg_read(ICH_AP1R1_EL2);
	case 6:
		return sysreg_read(ICH_AP1R2_EL2);
	default:
		return sysreg_read(ICH_AP1R3_EL2);
	}
}

static inline void ich_write_apr(unsigned group, unsigned n, uint64_t value)
{
	switch (group * 4 + n) {
	case 0:
		sysreg_write(ICH_AP0R0_EL2, value);
		break;
	case 1:
		sysreg_write(ICH_AP0R1_EL2, value);
		break;
	case 2:
		sysreg_write(ICH_AP0R2_EL2, value);
		break;
	case 3:
		sysreg_write(ICH_AP0R3_EL2, value);
		break;
	case 4:
		sysreg_write(ICH_AP1R0_EL2, value);
		break;
	case 5:
		sysreg_write(ICH_AP1R1_EL2, value);
		break;
	case 6:
		sysreg_write(ICH_AP1R2_EL2, value);
		break;
	default:
		sysreg_write(ICH_AP1R3_EL2, value);
		break;
	}
}

/* List registers that hold nothing and owe no maintenance interrupt. */
static inline uint64_t ich_read_elrsr(void)
{
	return sysreg_read(ICH_ELRSR_EL2);
}

/* List registers whose interrupt was deactivated and that had EOI set. */
static inline uint64_t ich_read_eisr(void)
{
	return sysreg_read(ICH_EISR_EL2);
}

static inline uint64_t ich_read_misr(void)
{
	return sysreg_read(ICH_MISR_EL2);
}

static inline uint64_t ich_read_hcr(void)
{
	return sysreg_read(ICH_HCR_EL2);
}

static inline void ich_write_hcr(uint64_t value)
{
	sysreg_write(ICH_HCR_EL2, value);
}

static inline uint64_t ich_read_vmcr(void)
{
	return sysreg_read(ICH_VMCR_EL2);
}

static inline void ich_write_vmcr(uint64_t value)
{
	sysreg_write(ICH_VMCR_EL2, value);
}

static inline uint64_t ich_read_vtr(void)
{
	return sysreg_read(ICH_VTR_EL2);
}

/* The guest's writes to ICV_* registers are in the ICH_* registers. */
static inline void ich_sync(void)
{
	isb();
}

#endif
