/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest sees in the ID registers: one table of all fields it may see.
 *
 * The table is a list of what is offered.  A field that is not in it reads as
 * zero, which in every ID register means "not there" (or is made to mean it,
 * by SET), so that an extension of tomorrow's CPU stays hidden until somebody
 * has thought about its registers.  Registers without any row read as zero.
 */
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "lib/mutant.h"
#include "mem/stage2.h"
#include "trap/sysreg.h"

enum rule {
	KEEP, /* as the CPU has it */
	CAP,  /* at most the value */
	SET,  /* the value, whatever the CPU says */
};

struct id_field {
	uint8_t crm, op2;
	uint8_t hi, lo; /* bits */
	uint8_t rule;
	uint8_t value;
};

/* clang-format off */
static const struct id_field fields[] = {
	/* ID_AA64PFR0_EL1.  Hidden: EL2, EL3; RAS, SVE, SEL2, MPAM, AMU, RME:
	 * their registers are not switched. */
	{ 4, 0,  3,  0, SET,  1 }, /* EL0: AArch64 only, see trap_sync */
	{ 4, 0,  7,  4, SET,  1 }, /* EL1: the same */
	{ 4, 0, 19, 16, KEEP, 0 }, /* FP: switched eagerly */
	{ 4, 0, 23, 20, KEEP, 0 }, /* AdvSIMD */
	{ 4, 0, 27, 24, SET,  1 }, /* GIC: system registers of GICv3 */
	{ 4, 0, 51, 48, KEEP, 0 }, /* DIT: in PSTATE */
	{ 4, 0, 59, 56, CAP,  1 }, /* CSV2: 2 would bring SCXTNUM_ELx */
	{ 4, 0, 63, 60, KEEP, 0 }, /* CSV3: a promise, no state */
	/* ID_AA64PFR1_EL1.  Hidden: MTE, RAS, MPAM, SME, RNDR trap, NMI. */
	{ 4, 1,  3,  0, KEEP, 0 }, /* BT: in PSTATE and stage 1 */
	{ 4, 1,  7,  4, KEEP, 0 }, /* SSBS: in PSTATE */
	/* ID_AA64DFR0_EL1.  Hidden: PMU, SPE, trace, trace filter, BRBE. */
	{ 5, 0,  3,  0, CAP,  8 }, /* DebugVer: up to v8.2 */
	{ 5, 0, 15, 12, KEEP, 0 }, /* BRPs: switched */
	{ 5, 0, 23, 20, KEEP, 0 }, /* WRPs: switched */
	{ 5, 0, 31, 28, KEEP, 0 }, /* CTX_CMPs */
	{ 5, 0, 39, 36, KEEP, 0 }, /* DoubleLock */
	/* ID_AA64ISAR0_EL1.  Hidden: TME. The rest has no state. */
	{ 6, 0, 23,  4, KEEP, 0 }, /* AES, SHA1, SHA2, CRC32, Atomic */
	{ 6, 0, 63, 28, KEEP, 0 }, /* RDM, SHA3, SM3, SM4, DP, FHM, TS, TLB,
	                            * RNDR */
	/* ID_AA64ISAR1_EL1.  Hidden: pointer authentication (keys), LS64, XS. */
	{ 6, 1,  3,  0, KEEP, 0 }, /* DPB */
	{ 6, 1, 23, 12, KEEP, 0 }, /* JSCVT, FCMA, LRCPC */
	{ 6, 1, 55, 32, KEEP, 0 }, /* FRINTTS, SB, SPECRES, BF16, DGH, I8MM */
	/* ID_AA64ISAR2_EL1.  Hidden: WFxT, PAuth, MOPS (HCRX_EL2 says no). */
	{ 6, 2,  7,  4, KEEP, 0 }, /* RPRES */
	{ 6, 2, 23, 20, KEEP, 0 }, /* BC */
	/* ID_AA64MMFR0_EL1.  Hidden: SNSMem, stage-2 granules, FGT. */
	{ 7, 0,  3,  0, CAP,  0 }, /* PARange: of the IPA space, filled in */
	{ 7, 0, 11,  4, KEEP, 0 }, /* ASIDBits, BigEnd */
	{ 7, 0, 31, 16, KEEP, 0 }, /* BigEndEL0, TGran16, TGran64, TGran4 */
	{ 7, 0, 47, 44, KEEP, 0 }, /* ExS */
	{ 7, 0, 63, 60, CAP,  1 }, /* ECV: but not the offset, which is EL2's */
	/* ID_AA64MMFR1_EL1.  Hidden: VMIDBits, VH, LO, SpecSEI, XNX, TWED, HCX,
	 * TIDCP1, CMOW: EL2's, or trapped. */
	{ 7, 1,  3,  0, KEEP, 0 }, /* HAFDBS */
	{ 7, 1, 15, 12, KEEP, 0 }, /* HPDS */
	{ 7, 1, 23, 20, CAP,  3 }, /* PAN */
	{ 7, 1, 39, 36, KEEP, 0 }, /* ETS */
	{ 7, 1, 51, 44, KEEP, 0 }, /* AFP, nTLBPA */
	/* ID_AA64MMFR2_EL1.  Hidden: IESB, NV, IDS, FWB, EVT. */
	{ 7, 2, 11,  0, KEEP, 0 }, /* CnP, UAO, LSM */
	{ 7, 2, 23, 16, KEEP, 0 }, /* VARange, CCIDX */
	{ 7, 2, 35, 28, KEEP, 0 }, /* ST, AT */
	{ 7, 2, 55, 48, KEEP, 0 }, /* TTL, BBM */
	{ 7, 2, 63, 60, KEEP, 0 }, /* E0PD */
};
/* clang-format on */

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

uint64_t id_regs[ID_REGS];

static uint64_t read_raw(unsigned crm, unsigned op2)
{
	switch (crm << 4 | op2) {
	case 0x40:
		return sysreg_read(ID_AA64PFR0_EL1);
	case 0x41:
		return sysreg_read(ID_AA64PFR1_EL1);
	case 0x50:
		return sysreg_read(ID_AA64DFR0_EL1);
	case 0x60:
		return sysreg_read(ID_AA64ISAR0_EL1);
	case 0x61:
		return sysreg_read(ID_AA64ISAR1_EL1);
	case 0x62:
		return sysreg_read(S3_0_C0_C6_2); /* ID_AA64ISAR2_EL1 */
	case 0x70:
		return sysreg_read(ID_AA64MMFR0_EL1);
	case 0x71:
		return sysreg_read(ID_AA64MMFR1_EL1);
	case 0x72:
		return sysreg_read(S3_0_C0_C7_2); /* ID_AA64MMFR2_EL1 */
	default:
		return 0;
	}
}

static uint64_t filter(const struct id_field *f, uint64_t raw)
{
	uint64_t mask = FIELD(f->hi, f->lo);
	uint64_t value = field_get(mask, raw);

	switch ((enum rule)f->rule) {
	case CAP:
		if (value > f->value) {
			value = f->value;
		}
		break;
	case SET:
		value = f->value;
		break;
	case KEEP:
		break;
	}
	return field_put(mask, value);
}

/* The guest's physical addresses are as wide as stage 2 takes them. */
static uint64_t pa_range(uint64_t raw)
{
	static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48 };
	unsigned n = (unsigned)field_get(ID_AA64MMFR0_PARANGE, raw);

	if (n >= sizeof(bits)) {
		n = sizeof(bits) - 1;
	}
	while (n > 0 && bits[n] > stage2_ipa_bits()) {
		n--;
	}
	return n;
}

void id_reg_init(void)
{
	unsigned i;

	for (i = 0; i < FIELD_COUNT; i++) {
		const struct id_field *f = &fields[i];

		id_regs[f->crm << 3 | f->op2] |=
			filter(f, read_raw(f->crm, f->op2));
	}
	id_regs[7 << 3] |= pa_range(read_raw(7, 0));
	if (mutant(id_shows_sve)) {
		id_regs[4 << 3] |= read_raw(4, 0) & ID_AA64PFR0_SVE;
	}
	/* AdvSIMD and FP that are not there read 0xf, and KEEP keeps it. */
}
