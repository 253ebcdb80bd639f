// SPDX-License-Identifier: BSD-2-Clause
/*
 * ID registers, and what they promise, as a VM sees them (Arm ARM, "AArch64 System Register
 * Encoding"; behaviours 113 to 138).
 *
 * The rule behind most of it: a feature is there or it is not.  What an ID
 * register denies must be UNDEFINED, what it offers must work; and nothing
 * that a guest reads or writes may hang it or change another register.
 */
#include <abi/psci.h>
#include <stdio.h>

#include "rt/call.h"
#include "rt/fault.h"
#include "tiny/sysreg.h"

struct probe_regs in, out;
struct fault fault;

enum outcome attempt(uint32_t insn, bool user)
{
	bool came = user ? probe_run_user(insn, &in, &out, &fault)
	                 : probe_run(insn, &in, &out, &fault);

	if (!came) {
		return fault.count == 0 ? VALUE : OTHER;
	}
	switch (fault_ec(&fault)) {
	case ESR_EC_UNKNOWN:
		return UNDEFINED;
	case ESR_EC_FP:
	case ESR_EC_MSR:
	case 0x01:              /* WFI, WFE */
	case 0x09:              /* PAuth */
	case 0x19:              /* SVE */
	case 0x1d:              /* SME */
		return TRAPPED; /* to our own EL1, by our own settings */
	default:
		return OTHER;
	}
}

enum greatest_test_res others_untouched(uint32_t x_allowed)
{
	const char *difference = probe_difference(&in, &out, x_allowed, 0);

	ASSERTm(difference, difference == NULL);
	PASS();
}

/* Each row of the ID space reads as a value, reserved ones as zero. */
TEST c113_c118_id_space_can_be_read(void)
{
	probe_fill(&in, 7);
	for (unsigned crm = 1; crm < 8; crm++) {
		for (unsigned op2 = 0; op2 < 8; op2++) {
			uint32_t reg = INSN_SYSREG(3, 0, 0, crm, op2);

			ASSERT_EQ_FMT(
				(int)VALUE,
				(int)attempt(INSN_MRS(reg, RESULT), false),
				"%d");
			CHECK_CALL(others_untouched(BIT(RESULT)));
		}
	}
	PASS();
}

/* Without AArch32 its ID registers are zero (117). */
TEST c117_aarch32_id_registers_match(void)
{
	uint64_t pfr0;

	probe_fill(&in, 6);
	pfr0 = read_id(ID_PFR0);
	if ((pfr0 & 15) == 2) {
		SKIPm("this CPU has AArch32 at EL0");
	}
	for (unsigned op2 = 0; op2 < 8; op2++) {
		uint64_t value = read_id(INSN_SYSREG(3, 0, 0, 1, op2));

		ASSERT_EQ_FMT(0ul, (unsigned long)value, "%#lx");
	}
	PASS();
}

/* ID registers cannot be written: UNDEFINED. */
TEST c113_id_registers_cannot_be_written(void)
{
	probe_fill(&in, 8);
	for (unsigned crm = 1; crm < 8; crm++) {
		uint32_t reg = INSN_SYSREG(3, 0, 0, crm, 0);

		ASSERT_EQ_FMT((int)UNDEFINED,
		              (int)attempt(INSN_MSR(reg, RESULT), false), "%d");
		CHECK_CALL(others_untouched(0));
	}
	PASS();
}

/* MIDR, MPIDR (bit 31 is RES1), and their likes. */
TEST c119_c120_identification_is_sane(void)
{
	uint64_t clidr = sysreg_read(clidr_el1);

	ASSERT_NEQ(0, sysreg_read(midr_el1));
	ASSERT(sysreg_read(mpidr_el1) & BIT(31));
	(void)sysreg_read(revidr_el1);
	(void)sysreg_read(aidr_el1);
	(void)sysreg_read(actlr_el1);
	/* Each level that CLIDR names has a CCSIDR. */
	for (unsigned level = 0; level < 7; level++) {
		unsigned type = clidr >> (3 * level) & 7;

		if (type == 0) {
			break;
		}
		sysreg_write(csselr_el1, level << 1);
		isb();
		ASSERT_EQ(level << 1, sysreg_read(csselr_el1));
		ASSERT_NEQ(0, sysreg_read(ccsidr_el1));
	}
	PASS();
}

/* clang-format off */

static const struct feature {
	const char *name;
	uint32_t id;        /* ID register */
	unsigned lsb;       /* of its 4-bit field */
	unsigned min;       /* present from this value on; 15 is absent, lower
	                       values but 0 leave it open */
	uint32_t insn;      /* exists with the feature only */
} features[] = {
	{ "sve",    ID_PFR0,  32, 1, INSN_MRS(INSN_SYSREG(3, 0, 1, 2, 0), 0) },
	{ "ras",    ID_PFR0,  28, 1, INSN_MRS(INSN_SYSREG(3, 0, 5, 3, 0), 0) },
	{ "amu",    ID_PFR0,  44, 1, INSN_MRS(INSN_SYSREG(3, 3, 13, 2, 0), 0) },
	{ "mpam",   ID_PFR0,  40, 1, INSN_MRS(INSN_SYSREG(3, 0, 10, 5, 0), 0) },
	{ "dit",    ID_PFR0,  48, 1, INSN_MRS(INSN_SYSREG(3, 3, 4, 2, 5), 0) },
	{ "gic",    ID_PFR0,  24, 1, INSN_MRS(INSN_SYSREG(3, 0, 12, 12, 5), 0) },
	{ "mte",    ID_PFR1,   8, 2, INSN_MRS(INSN_SYSREG(3, 0, 1, 0, 6), 0) },
	{ "sme",    ID_PFR1,  24, 1, INSN_MRS(INSN_SYSREG(3, 0, 1, 2, 6), 0) },
	{ "ssbs",   ID_PFR1,   4, 2, INSN_MRS(INSN_SYSREG(3, 3, 4, 2, 6), 0) },
	{ "pmu",    ID_DFR0,   8, 1, INSN_MRS(INSN_SYSREG(3, 3, 9, 12, 0), 0) },
	{ "spe",    ID_DFR0,  32, 1, INSN_MRS(INSN_SYSREG(3, 0, 9, 9, 0), 0) },
	{ "trbe",   ID_DFR0,  44, 1, INSN_MRS(INSN_SYSREG(3, 0, 9, 11, 0), 0) },
	{ "tracefilt", ID_DFR0, 40, 1, INSN_MRS(INSN_SYSREG(3, 0, 1, 2, 1), 0) },
	{ "rndr",   ID_ISAR0, 60, 1, INSN_MRS(INSN_SYSREG(3, 3, 2, 4, 0), 1) },
	{ "lse",    ID_ISAR0, 20, 2, 0xb8200041 /* ldadd w0, w1, [x2] */ },
	{ "crc32",  ID_ISAR0, 16, 1, 0x1ac04020 /* crc32b w0, w1, w0 */ },
	{ "aes",    ID_ISAR0,  4, 1, 0x4e284820 /* aese v0, v1 */ },
	{ "sha1",   ID_ISAR0,  8, 1, 0x5e280820 /* sha1h s0, s1 */ },
	{ "sha256", ID_ISAR0, 12, 1, 0x5e282820 /* sha256su0 v0, v1 */ },
	{ "sha3",   ID_ISAR0, 32, 1, 0xce020c20 /* eor3 v0, v1, v2, v3 */ },
	{ "rdm",    ID_ISAR0, 28, 1, 0x2e428420 /* sqrdmlah v0, v1, v2 */ },
	{ "dotprod", ID_ISAR0, 44, 1, 0x0e829420 /* sdot v0, v1, v2 */ },
	{ "flagm",  ID_ISAR0, 52, 1, 0xd500401f /* cfinv */ },
	{ "lrcpc",  ID_ISAR1, 20, 1, 0xf8bfc040 /* ldapr x0, [x2] */ },
	{ "dpb",    ID_ISAR1,  0, 1, 0xd50b7c22 /* dc cvap, x2 */ },
	{ "jscvt",  ID_ISAR1, 12, 1, 0x1e7e0020 /* fjcvtzs w0, d1 */ },
	{ "fcma",   ID_ISAR1, 16, 1, 0x6e82c420 /* fcmla v0, v1, v2, #0 */ },
	{ "sb",     ID_ISAR1, 36, 1, 0xd50330ff /* sb */ },
	{ "ecv",    ID_MMFR0, 60, 1, INSN_MRS(INSN_SYSREG(3, 3, 14, 0, 5), 0) },
	{ "pan",    ID_MMFR1, 20, 1, INSN_MRS(INSN_SYSREG(3, 0, 4, 2, 3), 0) },
	{ "lor",    ID_MMFR1, 16, 1, INSN_MRS(INSN_SYSREG(3, 0, 10, 4, 3), 0) },
	{ "uao",    ID_MMFR2,  4, 1, INSN_MRS(INSN_SYSREG(3, 0, 4, 2, 4), 0) },
	{ "tcr2",   ID_MMFR3,  0, 1, INSN_MRS(INSN_SYSREG(3, 0, 2, 0, 3), 0) },
	{ "s1pie",  ID_MMFR3,  8, 1, INSN_MRS(INSN_SYSREG(3, 0, 10, 2, 2), 0) },
};
/* clang-format on */
#define FEATURE_COUNT (sizeof(features) / sizeof(features[0]))

uint64_t read_id(uint32_t id)
{
	attempt(INSN_MRS(id, RESULT), false);
	return out.x[RESULT];
}

/* Never half: denied and UNDEFINED, or offered and working (113, 114). */
TEST c113_c114_feature_is_whole(const struct feature *feature)
{
	static uint64_t scratch[8] __attribute__((aligned(64)));
	unsigned field;
	enum outcome outcome;

	probe_fill(&in, 9);
	field = (unsigned)(read_id(feature->id) >> feature->lsb & 15);
	in.x[2] = (uint64_t)(uintptr_t)scratch;
	/* Our own EL1 lets SVE and SME through: what is hidden is hidden above. */
	sysreg_write(cpacr_el1, CPACR_FPEN | FIELD(17, 16) | FIELD(25, 24));
	isb(); /* in force before the attempt */
	outcome = attempt(feature->insn, false);
	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
	if (field >= feature->min && field != 15) {
		ASSERT(outcome == VALUE || outcome == TRAPPED);
	} else if (field == 0 || field == 15) {
		ASSERT_EQ_FMT((int)UNDEFINED, (int)outcome, "%d");
	}
	PASS();
}

/* PAuth is spread over two registers and four fields (114, 133). */
TEST c114_c133_pauth_is_whole(void)
{
	uint64_t key = 0x0123456789abcdef;
	uint32_t reg = INSN_SYSREG(3, 0, 2, 1, 0); /* APIAKeyLo_EL1 */

	probe_fill(&in, 10);
	if ((read_id(ID_ISAR1) & (FIELD(11, 4) | FIELD(31, 24))) == 0 &&
	    (read_id(INSN_SYSREG(3, 0, 0, 6, 2)) & FIELD(15, 8)) == 0) {
		ASSERT_EQ_FMT((int)UNDEFINED,
		              (int)attempt(INSN_MRS(reg, RESULT), false), "%d");
		PASS();
	}
	in.x[RESULT] = key;
	ASSERT_EQ((int)VALUE, (int)attempt(INSN_MSR(reg, RESULT), false));
	psci(PSCI_VERSION, 0, 0, 0); /* the key survives a call */
	probe_fill(&in, 11);
	ASSERT_EQ((int)VALUE, (int)attempt(INSN_MRS(reg, RESULT), false));
	ASSERT_EQ(key, out.x[RESULT]);
	PASS();
}

/* clang-format off */
static const struct el2_row {
	const char *name;
	uint32_t reg;
} el2_rows[] = {
	{ "hcr",      INSN_SYSREG(3, 4, 1, 1, 0) },
	{ "vbar",     INSN_SYSREG(3, 4, 12, 0, 0) },
	{ "sctlr",    INSN_SYSREG(3, 4, 1, 0, 0) },
	{ "vttbr",    INSN_SYSREG(3, 4, 2, 1, 0) },
	{ "vtcr",     INSN_SYSREG(3, 4, 2, 1, 2) },
	{ "ttbr0",    INSN_SYSREG(3, 4, 2, 0, 0) },
	{ "tcr",      INSN_SYSREG(3, 4, 2, 0, 2) },
	{ "mdcr",     INSN_SYSREG(3, 4, 1, 1, 1) },
	{ "cptr",     INSN_SYSREG(3, 4, 1, 1, 2) },
	{ "esr",      INSN_SYSREG(3, 4, 5, 2, 0) },
	{ "far",      INSN_SYSREG(3, 4, 6, 0, 0) },
	{ "hpfar",    INSN_SYSREG(3, 4, 6, 0, 4) },
	{ "tpidr",    INSN_SYSREG(3, 4, 13, 0, 2) },
	{ "cnthctl",  INSN_SYSREG(3, 4, 14, 1, 0) },
	{ "cntvoff",  INSN_SYSREG(3, 4, 14, 0, 3) },
	{ "cntpoff",  INSN_SYSREG(3, 4, 14, 0, 6) },
	{ "cnthp_ctl", INSN_SYSREG(3, 4, 14, 2, 1) },
	{ "vmpidr",   INSN_SYSREG(3, 4, 0, 0, 5) },
	{ "ich_hcr",  INSN_SYSREG(3, 4, 12, 11, 0) },
	{ "ich_lr0",  INSN_SYSREG(3, 4, 12, 12, 0) },
	{ "icc_sre",  INSN_SYSREG(3, 4, 12, 9, 5) },
	{ "sp_el1",   INSN_SYSREG(3, 4, 4, 1, 0) },
	{ "sctlr_el12", INSN_SYSREG(3, 5, 1, 0, 0) },
	{ "scr_el3",  INSN_SYSREG(3, 6, 1, 1, 0) },
	{ "vbar_el3", INSN_SYSREG(3, 6, 12, 0, 0) },
};
/* clang-format on */

/* Registers of a higher level do not exist here (126, 127). */
TEST c126_c127_higher_level_is_undefined(const struct el2_row *row)
{
	probe_fill(&in, 12);
	ASSERT_EQ_FMT((int)UNDEFINED,
	              (int)attempt(INSN_MRS(row->reg, RESULT), false), "%d");
	CHECK_CALL(others_untouched(0));
	ASSERT_EQ_FMT((int)UNDEFINED,
	              (int)attempt(INSN_MSR(row->reg, RESULT), false), "%d");
	CHECK_CALL(others_untouched(0));
	PASS();
}

SUITE_EXTERN(register_state); /* sysreg_state.c */
SUITE_EXTERN(branch_targets); /* sysreg_bti.c */

SUITE(id_registers)
{
	RUN_TEST(c113_c118_id_space_can_be_read);
	RUN_TEST(c113_id_registers_cannot_be_written);
	RUN_TEST(c117_aarch32_id_registers_match);
	RUN_TEST(c119_c120_identification_is_sane);
	for (unsigned i = 0; i < FEATURE_COUNT; i++) {
		greatest_set_test_suffix(features[i].name);
		RUN_TEST1(c113_c114_feature_is_whole, &features[i]);
	}
	RUN_TEST(c114_c133_pauth_is_whole);
}

SUITE(higher_levels)
{
	for (unsigned i = 0; i < sizeof(el2_rows) / sizeof(el2_rows[0]); i++) {
		greatest_set_test_suffix(el2_rows[i].name);
		RUN_TEST1(c126_c127_higher_level_is_undefined, &el2_rows[i]);
	}
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(id_registers);
	RUN_SUITE(higher_levels);
	RUN_SUITE(register_state);
	RUN_SUITE(branch_targets);
	GREATEST_MAIN_END();
}
