// SPDX-License-Identifier: BSD-2-Clause
/*
 * System registers as a VM sees them (Arm ARM, "AArch64 System Register
 * Encoding"; behaviours 113 to 138).
 *
 * The rule behind most of it: a feature is there or it is not.  What an ID
 * register denies must be UNDEFINED, what it offers must work; and nothing
 * that a guest reads or writes may hang it or change another register.
 */
#include <abi/psci.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/probe.h"
#include "rt/timer.h"

#define RESULT 0 /* the register that an MRS here goes to */

/* What an attempt came to. */
enum outcome { VALUE, UNDEFINED, TRAPPED, OTHER };

static struct probe_regs in, out;
static struct fault fault;

static enum outcome attempt(uint32_t insn, bool user)
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

static enum greatest_test_res others_untouched(uint32_t x_allowed)
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
#define ID_PFR0   INSN_SYSREG(3, 0, 0, 4, 0)
#define ID_PFR1   INSN_SYSREG(3, 0, 0, 4, 1)
#define ID_DFR0   INSN_SYSREG(3, 0, 0, 5, 0)
#define ID_ISAR0  INSN_SYSREG(3, 0, 0, 6, 0)
#define ID_ISAR1  INSN_SYSREG(3, 0, 0, 6, 1)
#define ID_MMFR0  INSN_SYSREG(3, 0, 0, 7, 0)
#define ID_MMFR1  INSN_SYSREG(3, 0, 0, 7, 1)
#define ID_MMFR2  INSN_SYSREG(3, 0, 0, 7, 2)
#define ID_MMFR3  INSN_SYSREG(3, 0, 0, 7, 3)

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

static uint64_t read_id(uint32_t id)
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

/* Registers that hold what is written, across a call and a sleep (131). */
#define CANARY(reg, value)                \
	do {                              \
		sysreg_write(reg, value); \
	} while (0)
#define CANARY_LIVES(reg, value)                     \
	ASSERT_EQ_FMTm(#reg, (unsigned long)(value), \
	               (unsigned long)sysreg_read(reg), "%#lx")

TEST c131_registers_keep_their_values(void)
{
	uint64_t cntkctl = sysreg_read(cntkctl_el1);

	irq_mask();
	CANARY(tpidr_el0, 0x1111222233334444);
	CANARY(tpidrro_el0, 0x5555666677778888);
	CANARY(contextidr_el1, 0x12345678);
	CANARY(afsr0_el1, 0);
	CANARY(esr_el1, 0x96000021);
	CANARY(far_el1, 0xfedcba9876543210);
	CANARY(elr_el1, 0x0000123456789abc);
	CANARY(spsr_el1, 0x800003c5);
	CANARY(sp_el0, 0x0000aaaabbbbccc0);
	CANARY(csselr_el1, 2);
	CANARY(cntkctl_el1, 0x3);
	CANARY(cntv_cval_el0, 0x7777666655554444);
	CANARY(cntp_cval_el0, 0x3333222211110000);
	CANARY(amair_el1, 0);
	CANARY(mdscr_el1, 0x1000);
	psci(PSCI_VERSION, 0, 0, 0);
	psci(PSCI_AFFINITY_INFO, sysreg_read(mpidr_el1) & 0xff, 0, 0);
	timer_delay_us(3000); /* long enough for a hypervisor's own timer */
	CANARY_LIVES(tpidr_el0, 0x1111222233334444);
	CANARY_LIVES(tpidrro_el0, 0x5555666677778888);
	CANARY_LIVES(contextidr_el1, 0x12345678);
	CANARY_LIVES(esr_el1, 0x96000021);
	CANARY_LIVES(far_el1, 0xfedcba9876543210);
	CANARY_LIVES(elr_el1, 0x0000123456789abc);
	CANARY_LIVES(spsr_el1, 0x800003c5);
	CANARY_LIVES(sp_el0, 0x0000aaaabbbbccc0);
	CANARY_LIVES(csselr_el1, 2);
	CANARY_LIVES(cntkctl_el1, 0x3);
	CANARY_LIVES(cntv_cval_el0, 0x7777666655554444);
	CANARY_LIVES(cntp_cval_el0, 0x3333222211110000);
	CANARY_LIVES(mdscr_el1, 0x1000);
	CANARY(mdscr_el1, 0);
	CANARY(cntkctl_el1, cntkctl);
	CANARY(cntv_cval_el0, ~0ull);
	CANARY(cntp_cval_el0, ~0ull);
	PASS();
}

/* Every MRS there is: a value, UNDEFINED or our own trap; no more (132). */
TEST c132_every_mrs_has_an_outcome(unsigned op0)
{
	unsigned values = 0, undefined = 0;

	irq_mask();
	probe_fill(&in, 13);
	for (uint32_t code = 0; code < 1u << 14; code++) {
		uint32_t reg = INSN_SYSREG(op0, code >> 11, code >> 7 & 15,
		                           code >> 3 & 15, code & 7);
		enum outcome outcome = attempt(INSN_MRS(reg, RESULT), false);

		if (outcome == OTHER) {
			printf("S%u_%u_C%u_C%u_%u: esr %#lx\n", op0,
			       (unsigned)(code >> 11),
			       (unsigned)(code >> 7 & 15),
			       (unsigned)(code >> 3 & 15), (unsigned)(code & 7),
			       (unsigned long)fault.esr);
		}
		ASSERT_NEQ(OTHER, outcome);
		values += outcome == VALUE;
		undefined += outcome == UNDEFINED;
		/* NZCV is what MRS RNDR may set. */
		out.nzcv = in.nzcv;
		CHECK_CALL(others_untouched(BIT(RESULT)));
	}
	printf("op0 %u: %u values, %u undefined\n", op0, values, undefined);
	ASSERT_GT(values, 10);
	ASSERT_GT(undefined, 1000);
	PASS();
}

/* Implementation defined space: a value or UNDEFINED, read and write (121). */
TEST c121_implementation_defined_space_is_harmless(void)
{
	probe_fill(&in, 14);
	in.x[RESULT] = 0;
	for (unsigned i = 0; i < 2 * 8 * 16 * 8; i++) {
		uint32_t reg = INSN_SYSREG(3, i >> 7 & 7, i >> 10 ? 15 : 11,
		                           i >> 3 & 15, i & 7);
		enum outcome outcome = attempt(INSN_MRS(reg, RESULT), false);

		ASSERT(outcome == VALUE || outcome == UNDEFINED ||
		       outcome == TRAPPED);
		CHECK_CALL(others_untouched(BIT(RESULT)));
	}
	PASS();
}

/* Debug registers: there, and the OS lock does what it says (123). */
TEST c123_debug_registers_are_there(void)
{
	ASSERT_EQ((int)VALUE,
	          (int)attempt(INSN_MRS(INSN_SYSREG(2, 0, 1, 1, 4), RESULT),
	                       false));      /* OSLSR_EL1 */
	ASSERT_EQ(0x8, out.x[RESULT] & 0x9); /* OSLM: implemented */
	sysreg_write(oslar_el1, 1);
	isb();
	ASSERT_EQ(2, sysreg_read(oslsr_el1) & 2);
	sysreg_write(oslar_el1, 0);
	isb();
	ASSERT_EQ(0, sysreg_read(oslsr_el1) & 2);
	PASS();
}

/* "ICC_SRE_EL1": SRE, DFB and DIB are set and stay (125). */
TEST c125_icc_sre_is_fixed(void)
{
	ASSERT_EQ_FMT(7ul, (unsigned long)sysreg_read(icc_sre_el1), "%#lx");
	sysreg_write(icc_sre_el1, 0);
	isb();
	ASSERT_EQ_FMT(7ul, (unsigned long)sysreg_read(icc_sre_el1), "%#lx");
	PASS();
}

/* Set/way maintenance is carried out or ignored, never refused (129). */
TEST c129_set_way_maintenance_does_no_harm(void)
{
	static volatile uint64_t canary;

	probe_fill(&in, 15);
	in.x[0] = 0;
	for (uint64_t i = 0; i < 100; i++) {
		canary = i;
		ASSERT_EQ((int)VALUE, (int)attempt(INSN_DC_CISW(0), false));
		CHECK_CALL(others_untouched(0));
		ASSERT_EQ(i, canary);
	}
	PASS();
}

/* TLBI VMALLE1 of our own leaves us as we were (130 in part). */
TEST c130_invalidating_all_of_the_tlb_is_harmless(void)
{
	static volatile uint64_t canary;

	for (uint64_t i = 0; i < 100; i++) {
		canary = i;
		__asm__ volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::
		                         : "memory");
		ASSERT_EQ(i, canary);
	}
	PASS();
}

/* EL0 is held by our own EL1's settings, and traps come to us (138). */
TEST c138_el0_counter_access_is_ours_to_grant(void)
{
	uint32_t cntvct_el0 = INSN_SYSREG(3, 3, 14, 0, 2);

	probe_fill(&in, 16);
	sysreg_write(cntkctl_el1, 0);
	isb();
	ASSERT_EQ((int)TRAPPED,
	          (int)attempt(INSN_MRS(cntvct_el0, RESULT), true));
	ASSERT_EQ(0x400, fault.kind);
	sysreg_write(cntkctl_el1, 3);
	isb();
	ASSERT_EQ((int)VALUE, (int)attempt(INSN_MRS(cntvct_el0, RESULT), true));
	CHECK_CALL(others_untouched(BIT(RESULT)));
	PASS();
}

TEST c138_el0_sees_no_el1_register(void)
{
	static const uint32_t regs[] = {
		INSN_SYSREG(3, 0, 1, 0, 0),   /* SCTLR_EL1 */
		INSN_SYSREG(3, 0, 12, 0, 0),  /* VBAR_EL1 */
		INSN_SYSREG(3, 0, 12, 12, 0), /* ICC_IAR1_EL1 */
		INSN_SYSREG(3, 4, 1, 1, 0),   /* HCR_EL2 */
	};

	probe_fill(&in, 17);
	for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		ASSERT_EQ((int)UNDEFINED,
		          (int)attempt(INSN_MRS(regs[i], RESULT), true));
		CHECK_CALL(others_untouched(0));
	}
	PASS();
}

/* HVC and SMC at EL0 are UNDEFINED, in the guest (12, 297). */
TEST c12_c297_el0_cannot_call(void)
{
	probe_fill(&in, 18);
	ASSERT_EQ((int)UNDEFINED, (int)attempt(INSN_HVC(0), true));
	CHECK_CALL(others_untouched(0));
	ASSERT_EQ((int)UNDEFINED, (int)attempt(INSN_HVC(0x6000), true));
	ASSERT_EQ((int)UNDEFINED, (int)attempt(INSN_SMC(0), true));
	CHECK_CALL(others_untouched(0));
	PASS();
}

/* PSTATE bits that software sets survive a call to above (73, 135). */
TEST c73_c135_pstate_survives_a_call(void)
{
	probe_fill(&in, 19);
	if ((read_id(ID_MMFR1) & FIELD(23, 20)) != 0) {
		__asm__ volatile(".arch_extension pan\n\tmsr pan, #1");
		psci(PSCI_VERSION, 0, 0, 0);
		ASSERT_EQ(BIT(22), sysreg_read(s3_0_c4_c2_3));
		__asm__ volatile(".arch_extension pan\n\tmsr pan, #0");
	}
	if ((read_id(ID_PFR0) & FIELD(51, 48)) != 0) {
		sysreg_write(s3_3_c4_c2_5, BIT(24)); /* DIT */
		psci(PSCI_VERSION, 0, 0, 0);
		ASSERT_EQ(BIT(24), sysreg_read(s3_3_c4_c2_5));
		sysreg_write(s3_3_c4_c2_5, 0);
	}
	for (unsigned daif = 0; daif < 16; daif++) {
		uint64_t old = sysreg_read(daif);
		uint64_t got;

		/* I and F stay masked: nothing may interrupt this. */
		sysreg_write(daif, (uint64_t)(daif | 3) << 6);
		psci(PSCI_VERSION, 0, 0, 0);
		got = sysreg_read(daif);
		sysreg_write(daif, old);
		ASSERT_EQ((uint64_t)(daif | 3) << 6, got & PSR_DAIF);
	}
	PASS();
}

SUITE(id_registers)
{
	RUN_TEST(c113_c118_id_space_can_be_read);
	RUN_TEST(c113_id_registers_cannot_be_written);
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

SUITE(everything_else)
{
	RUN_TEST(c131_registers_keep_their_values);
	greatest_set_test_suffix("op0_2");
	RUN_TESTp(c132_every_mrs_has_an_outcome, 2);
	greatest_set_test_suffix("op0_3");
	RUN_TESTp(c132_every_mrs_has_an_outcome, 3);
	RUN_TEST(c121_implementation_defined_space_is_harmless);
	RUN_TEST(c123_debug_registers_are_there);
	RUN_TEST(c125_icc_sre_is_fixed);
	RUN_TEST(c129_set_way_maintenance_does_no_harm);
	RUN_TEST(c130_invalidating_all_of_the_tlb_is_harmless);
	RUN_TEST(c138_el0_counter_access_is_ours_to_grant);
	RUN_TEST(c138_el0_sees_no_el1_register);
	RUN_TEST(c12_c297_el0_cannot_call);
	RUN_TEST(c73_c135_pstate_survives_a_call);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(id_registers);
	RUN_SUITE(higher_levels);
	RUN_SUITE(everything_else);
	GREATEST_MAIN_END();
}
