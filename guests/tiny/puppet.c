// SPDX-License-Identifier: BSD-2-Clause
/*
 * The puppet: operations as data.  A row is one instruction, where its
 * operand x1 points, and what has to come of it; after each, every register
 * that the row does not name must be as it was: x0 to x30, SP, NZCV, q0 to
 * q31, FPCR and FPSR (behaviours 3, 4, 77 to 87, 91, 110, 132, 164).
 *
 * Each row runs with several register files.  Rows that need a hypervisor say
 * so, and are skipped without one.
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/probe.h"

#define SEEDS   8
#define HOLE    0x0b000000ull
#define HOLE_VA MMU_TEST_VA
#define RO_VA   (MMU_TEST_VA + (1ull << 21))

/* What the instruction finds at [x1] before; PeriphID0 of a PL011 is 0x11. */
#define MEMORY   0x8899aabbccddeef7ull
#define PL011_ID 0xfe0

enum where { NOWHERE, RAM, DEVICE, NOTHING, READ_ONLY };

/* x0 before the instruction: what the seed gives, or one of these */
enum given { ANY, PSCI_ID, UNKNOWN_ID, ZERO, SELF_SGI };

#define NONE 0xff /* no exception */
#define X(n) (1u << (n))

struct op {
	const char *name;
	uint32_t insn;
	enum where where;
	enum given given;
	uint8_t ec, fsc;  /* expected exception; NONE */
	uint32_t changed; /* x registers that may differ afterwards */
	uint64_t x0;      /* its value then, when it is among them */
	uint64_t memory;  /* what is at [x1] then */
	uint8_t flags;
};

#define HYP  1 /* needs a hypervisor */
#define QREG 2 /* q0 may differ */
#define LSE  4 /* needs the atomics of Armv8.1 */
#define FREE 8 /* x0's value is not known beforehand */

#define BWX0(bits)          (MEMORY & (~0ull >> (64 - (bits))))
#define SIGNED_MEMORY(bits) (~0ull << ((bits)-1) | BWX0(bits))

/* clang-format off */
static const struct op ops[] = {
/* name          insn                               where    x0    ec fsc    changed x0 then          memory then */
{ "nop",         INSN_NOP,                          NOWHERE, ANY,  NONE, 0,  0,      0, 0, 0 },
{ "yield",       0xd503203f,                        NOWHERE, ANY,  NONE, 0,  0,      0, 0, 0 },
{ "sev",         0xd503209f,                        NOWHERE, ANY,  NONE, 0,  0,      0, 0, 0 },
{ "isb",         0xd5033fdf,                        NOWHERE, ANY,  NONE, 0,  0,      0, 0, 0 },
{ "dsb_sy",      0xd5033f9f,                        NOWHERE, ANY,  NONE, 0,  0,      0, 0, 0 },
{ "clrex",       0xd5033f5f,                        NOWHERE, ANY,  NONE, 0,  0,      0, 0, 0 },

{ "ldrb",        INSN_LDR(INSN_B, 0, 1),            RAM,     ANY,  NONE, 0,  X(0),   BWX0(8),  MEMORY, 0 },
{ "ldrh",        INSN_LDR(INSN_H, 0, 1),            RAM,     ANY,  NONE, 0,  X(0),   BWX0(16), MEMORY, 0 },
{ "ldr_w",       INSN_LDR(INSN_W, 0, 1),            RAM,     ANY,  NONE, 0,  X(0),   BWX0(32), MEMORY, 0 },
{ "ldr_x",       INSN_LDR(INSN_X, 0, 1),            RAM,     ANY,  NONE, 0,  X(0),   MEMORY,   MEMORY, 0 },
{ "ldr_xzr",     INSN_LDR(INSN_X, 31, 1),           RAM,     ANY,  NONE, 0,  0,      0,        MEMORY, 0 },
{ "ldrsb_x",     INSN_LDRS_X(INSN_B, 0, 1),         RAM,     ANY,  NONE, 0,  X(0),   SIGNED_MEMORY(8),  MEMORY, 0 },
{ "ldrsh_x",     INSN_LDRS_X(INSN_H, 0, 1),         RAM,     ANY,  NONE, 0,  X(0),   SIGNED_MEMORY(16), MEMORY, 0 },
{ "ldrsw_x",     INSN_LDRS_X(INSN_W, 0, 1),         RAM,     ANY,  NONE, 0,  X(0),   SIGNED_MEMORY(32), MEMORY, 0 },
{ "ldrsb_w",     INSN_LDRS_W(INSN_B, 0, 1),         RAM,     ANY,  NONE, 0,  X(0),   SIGNED_MEMORY(8) & 0xffffffff,  MEMORY, 0 },
{ "ldrsh_w",     INSN_LDRS_W(INSN_H, 0, 1),         RAM,     ANY,  NONE, 0,  X(0),   SIGNED_MEMORY(16) & 0xffffffff, MEMORY, 0 },
{ "ldar_x",      INSN_LDAR(INSN_X, 0, 1),           RAM,     ANY,  NONE, 0,  X(0),   MEMORY,   MEMORY, 0 },
{ "ldxr",        INSN_LDXR(0, 1),                   RAM,     ANY,  NONE, 0,  X(0),   MEMORY,   MEMORY, 0 },
{ "ldp",         INSN_LDP(0, 2, 1),                 RAM,     ANY,  NONE, 0,  X(0) | X(2), MEMORY, MEMORY, 0 },
{ "ldr_q",       INSN_LDR_Q(0, 1),                  RAM,     ANY,  NONE, 0,  0,      0,        MEMORY, QREG },
{ "ld1",         INSN_LD1(0, 1),                    RAM,     ANY,  NONE, 0,  0,      0,        MEMORY, QREG },
{ "ldr_post",    INSN_LDR_POST(INSN_X, 0, 1, 8),    RAM,     ANY,  NONE, 0,  X(0) | X(1), MEMORY, MEMORY, 0 },
{ "strb_zero",   INSN_STR(INSN_B, 0, 1),            RAM,     ZERO, NONE, 0,  0,      0, MEMORY & ~0xffull, 0 },
{ "strh_zero",   INSN_STR(INSN_H, 0, 1),            RAM,     ZERO, NONE, 0,  0,      0, MEMORY & ~0xffffull, 0 },
{ "str_w_zero",  INSN_STR(INSN_W, 0, 1),            RAM,     ZERO, NONE, 0,  0,      0, MEMORY & ~0xffffffffull, 0 },
{ "str_xzr",     INSN_STR(INSN_X, 31, 1),           RAM,     ANY,  NONE, 0,  0,      0, 0, 0 },
{ "stlr_zero",   INSN_STLR(INSN_X, 0, 1),           RAM,     ZERO, NONE, 0,  0,      0, 0, 0 },
{ "stxr_alone",  INSN_STXR(0, 2, 1),                RAM,     ANY,  NONE, 0,  X(0),   1, MEMORY, 0 },
{ "ldadd_zero",  0xf8200040 /* ldadd x0, x0, [x2] */, NOWHERE, ZERO, NONE, 0, X(0),  0, 0, LSE | FREE },
{ "swp",         0xf83f8020 /* swp xzr, x0, [x1] */, RAM,    ANY,  NONE, 0,  X(0),   MEMORY, 0, LSE },
{ "prfm_hole",   INSN_PRFM(1),                      NOTHING, ANY,  NONE, 0,  0,      0, 0, 0 },
{ "dc_civac",    INSN_DC_CIVAC(1),                  RAM,     ANY,  NONE, 0,  0,      0, MEMORY, 0 },

{ "dev_ldrb",    INSN_LDR(INSN_B, 0, 1),            DEVICE,  ANY,  NONE, 0,  X(0),   0x11, 0, 0 },
{ "dev_ldrh",    INSN_LDR(INSN_H, 0, 1),            DEVICE,  ANY,  NONE, 0,  X(0),   0x11, 0, 0 },
{ "dev_ldr_w",   INSN_LDR(INSN_W, 0, 1),            DEVICE,  ANY,  NONE, 0,  X(0),   0x11, 0, 0 },
{ "dev_ldrsb_x", INSN_LDRS_X(INSN_B, 0, 1),         DEVICE,  ANY,  NONE, 0,  X(0),   0x11, 0, 0 },
{ "dev_ldrsw_x", INSN_LDRS_X(INSN_W, 0, 1),         DEVICE,  ANY,  NONE, 0,  X(0),   0x11, 0, 0 },
{ "dev_ldr_wzr", INSN_LDR(INSN_W, 31, 1),           DEVICE,  ANY,  NONE, 0,  0,      0,    0, 0 },
{ "dev_ldar_w",  INSN_LDAR(INSN_W, 0, 1),           DEVICE,  ANY,  NONE, 0,  X(0),   0x11, 0, 0 },
{ "dev_ldr_x29", INSN_LDR(INSN_W, 29, 1),           DEVICE,  ANY,  NONE, 0,  X(29),  0,    0, 0 },
{ "dev_ldr_x30", INSN_LDR(INSN_W, 30, 1),           DEVICE,  ANY,  NONE, 0,  X(30),  0,    0, 0 },
{ "dev_str_w",   INSN_STR(INSN_W, 0, 1),            DEVICE,  ANY,  NONE, 0,  0,      0,    0, 0 },

{ "hole_ldr",    INSN_LDR(INSN_X, 0, 1),            NOTHING, ANY,  ESR_EC_DABT, FSC_SEA, 0, 0, 0, 0 },
{ "hole_str",    INSN_STR(INSN_X, 0, 1),            NOTHING, ANY,  ESR_EC_DABT, FSC_SEA, 0, 0, 0, 0 },
{ "hole_ldp",    INSN_LDP(0, 2, 1),                 NOTHING, ANY,  ESR_EC_DABT, FSC_SEA, 0, 0, 0, 0 },
{ "hole_stp",    INSN_STP(0, 2, 1),                 NOTHING, ANY,  ESR_EC_DABT, FSC_SEA, 0, 0, 0, 0 },
{ "ro_str",      INSN_STR(INSN_X, 0, 1),            READ_ONLY, ANY, ESR_EC_DABT, FSC_PERM_L(3), 0, 0, MEMORY, 0 },
{ "ro_ldr",      INSN_LDR(INSN_X, 0, 1),            READ_ONLY, ANY, NONE, 0, X(0),   MEMORY, MEMORY, 0 },

{ "udf",         INSN_UDF,                          NOWHERE, ANY,  ESR_EC_UNKNOWN, 0, 0, 0, 0, 0 },
{ "svc",         INSN_SVC(7),                       NOWHERE, ANY,  ESR_EC_SVC64, 7, 0, 0, 0, 0 },
{ "brk",         INSN_BRK(9),                       NOWHERE, ANY,  ESR_EC_BRK64, 9, 0, 0, 0, 0 },
{ "mrs_midr",    INSN_MRS(INSN_SYSREG(3, 0, 0, 0, 0), 0), NOWHERE, ANY, NONE, 0, X(0), 0, 0, FREE },
{ "mrs_isar0",   INSN_MRS(INSN_SYSREG(3, 0, 0, 6, 0), 0), NOWHERE, ANY, NONE, 0, X(0), 0, 0, FREE },
{ "mrs_pfr0_x30", INSN_MRS(INSN_SYSREG(3, 0, 0, 4, 0), 30), NOWHERE, ANY, NONE, 0, X(30), 0, 0, 0 },
{ "mrs_isar0_xzr", INSN_MRS(INSN_SYSREG(3, 0, 0, 6, 0), 31), NOWHERE, ANY, NONE, 0, 0, 0, 0, 0 },
{ "mrs_cntvct",  INSN_MRS(INSN_SYSREG(3, 3, 14, 0, 2), 0), NOWHERE, ANY, NONE, 0, X(0), 0, 0, FREE },
{ "msr_contextidr", INSN_MSR(INSN_SYSREG(3, 0, 13, 0, 1), 0), NOWHERE, ANY, NONE, 0, 0, 0, 0, 0 },
{ "msr_sgi1r",   INSN_MSR(INSN_SYSREG(3, 0, 12, 11, 5), 0), NOWHERE, SELF_SGI, NONE, 0, 0, 0, 0, 0 },
{ "mrs_hcr_el2", INSN_MRS(INSN_SYSREG(3, 4, 1, 1, 0), 0), NOWHERE, ANY, ESR_EC_UNKNOWN, 0, 0, 0, 0, 0 },
{ "msr_id",      INSN_MSR(INSN_SYSREG(3, 0, 0, 6, 0), 0), NOWHERE, ANY, ESR_EC_UNKNOWN, 0, 0, 0, 0, 0 },
{ "dc_isw",      INSN_DC_ISW(0),                    NOWHERE, ZERO, NONE, 0,  0,      0, 0, 0 },

{ "hvc_psci",    INSN_HVC(0),                       NOWHERE, PSCI_ID, NONE, 0, 0xf,  0, 0, FREE },
{ "hvc_unknown", INSN_HVC(0),                       NOWHERE, UNKNOWN_ID, NONE, 0, 0xf, ~0ull, 0, 0 },
{ "smc_psci",    INSN_SMC(0),                       NOWHERE, PSCI_ID, NONE, 0, 0xf,  0, 0, FREE | HYP },
{ "smc_unknown", INSN_SMC(0),                       NOWHERE, UNKNOWN_ID, NONE, 0, 0xf, ~0ull, 0, HYP },
{ "hvc_identify", INSN_HVC(HVC_BASE),               NOWHERE, ANY,  NONE, 0,  0x3ffff, 0, 0, FREE | HYP },
{ "hvc_unused",  INSN_HVC(HVC_BASE + 0x1ff),        NOWHERE, ANY,  NONE, 0,  0x3ffff, ~0ull, 0, HYP },
};
/* clang-format on */
#define OP_COUNT (sizeof(ops) / sizeof(ops[0]))

static uint64_t cell[512] __attribute__((aligned(4096)));

static void prepare(const struct op *op, struct probe_regs *in)
{
	cell[0] = cell[1] = MEMORY;
	switch (op->where) {
	case NOWHERE:
		in->x[2] = (uint64_t)(uintptr_t)&cell[2];
		break;
	case RAM:
		in->x[1] = (uint64_t)(uintptr_t)cell;
		break;
	case DEVICE:
		in->x[1] = console_base() + PL011_ID;
		break;
	case NOTHING:
		in->x[1] = HOLE_VA;
		break;
	case READ_ONLY:
		in->x[1] = RO_VA;
		break;
	}
	switch (op->given) {
	case ANY:
		break;
	case PSCI_ID:
		in->x[0] = PSCI_VERSION;
		break;
	case UNKNOWN_ID:
		in->x[0] = 0x8600abcd;
		break;
	case ZERO:
		in->x[0] = 0;
		break;
	case SELF_SGI:
		in->x[0] = 5ull << 24 | 1ull << (cpu_self()->mpidr & 15);
		break;
	}
}

static enum greatest_test_res run_once(const struct op *op, unsigned seed)
{
	struct probe_regs in, out;
	struct fault fault;
	const char *difference;

	probe_fill(&in, seed);
	prepare(op, &in);
	probe_run(op->insn, &in, &out, &fault);
	if (op->ec == NONE) {
		ASSERT_EQ_FMTm("exceptions", 0u, (unsigned)fault.count, "%u");
	} else {
		ASSERT_EQ_FMTm("exceptions", 1u, (unsigned)fault.count, "%u");
		ASSERT_EQ_FMT((unsigned)op->ec, fault_ec(&fault), "%#x");
		ASSERT_EQ_FMT((unsigned)op->fsc, fault_fsc(&fault), "%#x");
	}
	difference = probe_difference(&in, &out, op->changed,
	                              op->flags & QREG ? 1 : 0);
	ASSERTm(difference, difference == NULL);
	if ((op->changed & X(0)) && !(op->flags & FREE)) {
		ASSERT_EQ_FMT((unsigned long)op->x0, (unsigned long)out.x[0],
		              "%#lx");
	}
	if (op->where == RAM || op->where == READ_ONLY) {
		ASSERT_EQ_FMT((unsigned long)op->memory, (unsigned long)cell[0],
		              "%#lx");
		ASSERT_EQ(MEMORY, cell[1]);
	}
	PASS();
}

TEST c3_c4_op(const struct op *op)
{
	if ((op->flags & HYP) && !dt_has_hypervisor()) {
		SKIPm("no hypervisor");
	}
	if ((op->flags & LSE) &&
	    field_get(FIELD(23, 20), sysreg_read(id_aa64isar0_el1)) < 2) {
		SKIPm("this CPU has no LSE");
	}
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		CHECK_CALL(run_once(op, seed));
	}
	PASS();
}

/* The same row ten thousand times: registers do not drift (110). */
TEST c110_ten_thousand_device_loads_do_not_drift(void)
{
	for (unsigned i = 0; i < 10000; i++) {
		struct probe_regs in, out;
		struct fault fault;
		const char *difference;

		probe_fill(&in, i);
		in.x[1] = console_base() + PL011_ID;
		probe_run(INSN_LDR(INSN_W, 0, 1), &in, &out, &fault);
		difference = probe_difference(&in, &out, X(0), 0);
		ASSERTm(difference, difference == NULL);
		ASSERT_EQ(0x11, out.x[0]);
	}
	PASS();
}

SUITE(operations)
{
	for (unsigned i = 0; i < OP_COUNT; i++) {
		greatest_set_test_suffix(ops[i].name);
		RUN_TEST1(c3_c4_op, &ops[i]);
	}
	RUN_TEST(c110_ten_thousand_device_loads_do_not_drift);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	mmu_map(HOLE_VA, HOLE, PAGE_SIZE, MMU_NC);
	mmu_map(RO_VA, (uint64_t)(uintptr_t)cell, PAGE_SIZE,
	        MMU_NORMAL | MMU_RO);
	RUN_SUITE(operations);
	GREATEST_MAIN_END();
}
