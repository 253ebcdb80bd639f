// SPDX-License-Identifier: BSD-2-Clause
/*
 * How an exception that somebody above makes of a trap arrives: at the vector,
 * with the PSTATE and with the saved state that the architecture gives one of
 * the hardware's own (Arm ARM, "Exception entry", "SPSR_EL1"; behaviours 94,
 * 124).  Whatever the interrupted code had masked, the handler has all masked.
 */
#include "greatest.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/mmu.h"
#include "rt/probe.h"

#define HOLE    0x0b000000ull /* between devices of the virt machine */
#define HOLE_VA MMU_TEST_VA
#define EL1T    4u
#define EL1H    5u

/* inject_code.S knows the order. */
struct arrival {
	uint64_t vector, daif, spsel, spsr, esr, far, elr, count;
};

extern struct arrival inject_arrival;
struct arrival inject_arrival;

uint64_t inject_try(uint64_t address, uint64_t daif, uint64_t spsel);

static void map_hole(void *arg)
{
	(void)arg;
	mmu_map(HOLE_VA, HOLE, PAGE_SIZE, MMU_DEVICE | MMU_USER);
	inject_arrival = (struct arrival){ 0 };
}

static void unmap_hole(void *arg)
{
	(void)arg;
	mmu_unmap(HOLE_VA, PAGE_SIZE);
}

static enum greatest_test_res arrived(uint64_t at, uint64_t daif,
                                      uint64_t spsel)
{
	const struct arrival *a = &inject_arrival;

	ASSERT_EQ(1, a->count);
	ASSERT_EQ_FMT(spsel != 0 ? 0x200ul : 0x000ul, (unsigned long)a->vector,
	              "%#lx");
	/* The handler: everything masked, on SP_EL1. */
	ASSERT_EQ_FMT((unsigned long)PSR_DAIF, (unsigned long)a->daif, "%#lx");
	ASSERT_EQ(1, a->spsel);
	/* The interrupted code, as it was. */
	ASSERT_EQ_FMT((unsigned long)daif, (unsigned long)(a->spsr & PSR_DAIF),
	              "%#lx");
	ASSERT_EQ(spsel != 0 ? EL1H : EL1T, a->spsr & 0x1f);
	ASSERT_EQ_FMT((unsigned long)at, (unsigned long)a->elr, "%#lx");
	PASS();
}

/* Each of D, A, I and F open or masked, on either stack pointer. */
TEST c94_an_abort_arrives(unsigned masked)
{
	uint64_t daif = (uint64_t)masked << 6;

	for (uint64_t spsel = 0; spsel < 2; spsel++) {
		uint64_t at;

		inject_arrival = (struct arrival){ 0 };
		at = inject_try(HOLE_VA + 8 * masked, daif, spsel);
		CHECK_CALL(arrived(at, daif, spsel));
		ASSERT_EQ(ESR_EC_DABT, inject_arrival.esr >> 26);
		ASSERT_EQ_FMT((unsigned long)(HOLE_VA + 8 * masked),
		              (unsigned long)inject_arrival.far, "%#lx");
	}
	PASS();
}

TEST c124_an_undefined_register_arrives(unsigned masked)
{
	uint64_t daif = (uint64_t)masked << 6;

	if (field_get(FIELD(11, 8), sysreg_read(id_aa64dfr0_el1)) != 0) {
		SKIPm("there is a PMU here");
	}
	for (uint64_t spsel = 0; spsel < 2; spsel++) {
		uint64_t at;

		inject_arrival = (struct arrival){ 0 };
		at = inject_try(0, daif, spsel);
		CHECK_CALL(arrived(at, daif, spsel));
		ASSERT_EQ(ESR_EC_UNKNOWN, inject_arrival.esr >> 26);
	}
	PASS();
}

/* From EL0 it is an abort of a lower level, at another vector. */
TEST c94_an_abort_at_el0_arrives(uint32_t insn, int ec)
{
	struct probe_regs in, out;
	struct fault fault;
	const char *difference;

	probe_fill(&in, 21);
	in.x[1] = HOLE_VA;
	ASSERT(probe_run_user(insn, &in, &out, &fault));
	ASSERT_EQ_FMT((unsigned)(VECTOR_SYNC + VECTOR_EL0),
	              (unsigned)fault.kind, "%#x");
	ASSERT_EQ_FMT(ec, (int)fault_ec(&fault), "%#x");
	ASSERT_EQ_FMT((unsigned)FSC_SEA, fault_fsc(&fault), "%#x");
	ASSERT_EQ_FMT((unsigned long)HOLE_VA, (unsigned long)fault.far, "%#lx");
	ASSERT_EQ(0, fault.spsr & 0x1f); /* EL0t */
	difference = probe_difference(&in, &out, 0, 0);
	ASSERTm(difference, difference == NULL);
	PASS();
}

SUITE(exceptions_from_above)
{
	SET_SETUP(map_hole, NULL);
	SET_TEARDOWN(unmap_hole, NULL);
	for (unsigned masked = 0; masked < 16; masked++) {
		RUN_TESTp(c94_an_abort_arrives, masked);
		RUN_TESTp(c124_an_undefined_register_arrives, masked);
	}
	greatest_set_test_suffix("load");
	RUN_TESTp(c94_an_abort_at_el0_arrives, INSN_LDR(INSN_X, 0, 1),
	          ESR_EC_DABT - 1);
	greatest_set_test_suffix("store");
	RUN_TESTp(c94_an_abort_at_el0_arrives, INSN_STR(INSN_W, 0, 1),
	          ESR_EC_DABT - 1);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(exceptions_from_above);
	GREATEST_MAIN_END();
}
