// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is not offered is denied by every way to ask for it, and interrupts
 * wait for a call to end (Arm DEN 0028; behaviours 8, 14, 16, 18, 72).
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <abi/smccc.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/probe.h"
#include "rt/timer.h"

#define NEEDS_HYPERVISOR()                                            \
	do {                                                          \
		if (!dt_has_hypervisor()) {                           \
			SKIPm("no hypervisor: nothing answers this"); \
		}                                                     \
	} while (0)

#define SOC_ID_KINDS 2 /* version, revision */

/* Paravirtualized Time for Arm-based Systems (Arm DEN 0057) */
#define PV_TIME_FEATURES 0xc5000020u
#define PV_TIME_ST       0xc5000021u

#define ABSENT_CPU 0xff00u /* affinity of no vCPU */
#define SGI        5
#define ROUNDS     200

static int64_t hvc(uint64_t id, uint64_t a)
{
	uint64_t x[CALL_REGS] = { id, a };

	smccc_hvc(x);
	return (int64_t)x[0];
}

/* "SMCCC_ARCH_SOC_ID": as ARCH_FEATURES says of it, for each kind (8). */
TEST c8_soc_id_is_as_arch_features_says(void)
{
	int64_t there;

	NEEDS_HYPERVISOR();
	there = hvc(SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID);
	for (uint64_t kind = 0; kind < SOC_ID_KINDS; kind++) {
		int64_t got = hvc(SMCCC_ARCH_SOC_ID, kind);

		if (there == SMCCC_NOT_SUPPORTED) {
			ASSERT_EQ_FMT(-1ll, (long long)got, "%lld");
		} else {
			ASSERT_GTE((int32_t)got, 0);
		}
	}
	ASSERT_EQ_FMT(there == SMCCC_NOT_SUPPORTED ? -1ll : SMCCC_INVALID,
	              (long long)hvc(SMCCC_ARCH_SOC_ID, SOC_ID_KINDS), "%lld");
	PASS();
}

/* DEN 0057, "PV_TIME_FEATURES": found by ARCH_FEATURES, or not there (16). */
TEST c16_stolen_time_is_as_arch_features_says(void)
{
	NEEDS_HYPERVISOR();
	if (hvc(SMCCC_ARCH_FEATURES, PV_TIME_FEATURES) < 0) {
		ASSERT_EQ(-1, hvc(PV_TIME_FEATURES, PV_TIME_FEATURES));
		ASSERT_EQ(-1, hvc(PV_TIME_FEATURES, PV_TIME_ST));
		ASSERT_EQ(-1, hvc(PV_TIME_ST, 0));
		PASS();
	}
	ASSERT_EQ(0, hvc(PV_TIME_FEATURES, PV_TIME_FEATURES));
	if (hvc(PV_TIME_FEATURES, PV_TIME_ST) == 0) {
		int64_t at = hvc(PV_TIME_ST, 0);

		ASSERT_EQ(0, at & 63);
		ASSERT_EQ(at, hvc(PV_TIME_ST, 0));
	}
	PASS();
}

/* A service that this VM was not given does not exist for it (18). */
TEST c18_a_service_that_is_off_is_not_supported(void)
{
	static const uint32_t ids[] = { SMCCC_WATCHDOG_CONTROL,
		                        SMCCC_WATCHDOG_STATUS,
		                        SMCCC_WATCHDOG_PING,
		                        SMCCC_WATCHDOG_SET_TIME };

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		uint64_t x[CALL_REGS] = { ids[i], 3, 1000 };

		smccc_hvc(x);
		ASSERT_EQ_FMT(-1ll, (long long)x[0], "%lld");
		ASSERT_EQ(3, x[1]);
		ASSERT_EQ(1000, x[2]);
	}
	PASS();
}

/*
 * "SMC and HVC as conduits": what is above EL2 is out of reach; whatever is
 * asked for by SMC is answered as if by HVC, results and all (14).
 */
TEST c14_smc_meets_the_policy_of_hvc(void)
{
	static const uint64_t calls[][2] = {
		{ 0x80001234, 1 },
		{ 0x82000001, 1 }, /* SiP */
		{ 0x83000001, 1 }, /* OEM */
		{ 0xb2000000, 0 }, /* trusted OS */
		{ 0x84000060, 1 }, /* FF-A and the like: "standard secure" */
		{ PSCI_CPU_ON, ABSENT_CPU },
		{ PSCI_AFFINITY_INFO, ABSENT_CPU },
		{ PSCI_SYSTEM_RESET2, 0x80000000 }, /* vendor's */
		{ 0xc4000005, 1 },                  /* MIGRATE */
		{ 0xc4000010, 0 },                  /* STAT_RESIDENCY */
		{ 0x95c1ba5e, 0 },                  /* of PSCI 0.1 */
		{ HVC_SMCCC(HVC_IDENTIFY), 0 },
		{ HVC_SMCCC(0x1ff), 0 },
	};

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		uint64_t by_hvc[CALL_REGS] = { calls[i][0], calls[i][1] };
		uint64_t by_smc[CALL_REGS] = { calls[i][0], calls[i][1] };

		smccc_hvc(by_hvc);
		smccc_smc(by_smc);
		ASSERT_MEM_EQ(by_hvc, by_smc, sizeof(by_hvc));
	}
	PASS();
}

/* "the immediate must be zero": with another one nothing is done (14). */
TEST c14_smc_with_an_immediate_is_refused(void)
{
	static const unsigned imms[] = { 1, HVC_BASE, HVC_BASE + HVC_IDENTIFY,
		                         0xffff };
	struct probe_regs in, out;
	struct fault fault;

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < sizeof(imms) / sizeof(imms[0]); i++) {
		const char *difference;

		probe_fill(&in, i + 1);
		in.x[0] = PSCI_VERSION;
		ASSERT_FALSE(probe_run(INSN_SMC(imms[i]), &in, &out, &fault));
		ASSERT_EQ_FMT(-1l, (long)out.x[0], "%ld");
		difference = probe_difference(&in, &out, 1, 0);
		ASSERTm(difference, difference == NULL);
	}
	PASS();
}

static volatile unsigned irqs;
static volatile uint64_t taken_at;

static void note_irq(struct frame *frame)
{
	uint64_t intid = sysreg_read(icc_iar1_el1);

	taken_at = frame->elr;
	irqs++;
	timer_virt_off();
	sysreg_write(icc_eoir1_el1, intid);
	isb();
}

static void quiet(void)
{
	fault_take_irqs(NULL);
	irq_mask();
	irq_disable(TIMER_VIRT_PPI);
	timer_virt_off();
}

/* Pending and masked before the call: it waits, is taken once, behind (72). */
TEST c72_a_pending_interrupt_outlasts_a_call(void)
{
	irq_mask();
	fault_take_irqs(note_irq);
	irq_enable(SGI);
	irqs = 0;
	for (unsigned i = 1; i <= ROUNDS; i++) {
		int64_t got;

		irq_send_self(SGI);
		got = hvc(PSCI_VERSION, 0);
		if (got < PSCI_VERSION_1_1 || irqs != i - 1) {
			break;
		}
		irq_unmask();
		isb(); /* it is taken here */
		irq_mask();
		if (irqs != i) {
			break;
		}
	}
	quiet();
	ASSERT_EQ_FMT((unsigned)ROUNDS, irqs, "%u");
	PASS();
}

/*
 * It comes at any moment of a row of calls: each call is made once and has its
 * result, and the interrupt is taken once, between two instructions of ours.
 */
static bool call_until_taken(uint64_t *made, uint64_t *wrong)
{
	uint64_t from, to, count = 0, bad = 0, want = PSCI_VERSION_1_1;

	__asm__ volatile("	adr	%0, 1f\n"
	                 "	adr	%1, 2f\n"
	                 "1:	mov	x0, %5\n"
	                 "	hvc	#0\n"
	                 "	add	%2, %2, #1\n"
	                 "	cmp	x0, %6\n"
	                 "	cinc	%3, %3, ne\n"
	                 "	ldr	w0, [%4]\n"
	                 "	cbz	w0, 1b\n"
	                 "2:\n"
	                 : "=&r"(from), "=&r"(to), "+&r"(count), "+&r"(bad)
	                 : "r"(&irqs), "r"((uint64_t)PSCI_VERSION), "r"(want)
	                 : "x0", "x1", "x2", "x3", "cc", "memory");
	*made = count;
	*wrong = bad;
	return taken_at >= from && taken_at < to;
}

TEST c72_an_interrupt_during_calls_is_taken_once(void)
{
	uint64_t made = 0, wrong = 0;
	unsigned i, inside = 0;

	NEEDS_HYPERVISOR(); /* without one its own PSCI is of another version */
	irq_mask();
	fault_take_irqs(note_irq);
	irq_enable(TIMER_VIRT_PPI);
	for (i = 0; i < ROUNDS && wrong == 0; i++) {
		irqs = 0;
		timer_virt_set(cntvct() + timer_ticks_of_us(20 + i),
		               CNT_ENABLE);
		irq_unmask();
		inside += call_until_taken(&made, &wrong);
		hvc(PSCI_VERSION, 0); /* no second one comes */
		irq_mask();
		if (irqs != 1 || made == 0) {
			break;
		}
	}
	quiet();
	ASSERT_EQ_FMT((unsigned)ROUNDS, i, "%u");
	ASSERT_EQ(0, wrong);
	ASSERT_GT(inside, 0);
	PASS();
}

SUITE(refusals)
{
	RUN_TEST(c8_soc_id_is_as_arch_features_says);
	RUN_TEST(c16_stolen_time_is_as_arch_features_says);
	RUN_TEST(c18_a_service_that_is_off_is_not_supported);
	RUN_TEST(c14_smc_meets_the_policy_of_hvc);
	RUN_TEST(c14_smc_with_an_immediate_is_refused);
}

SUITE(interrupts_and_calls)
{
	RUN_TEST(c72_a_pending_interrupt_outlasts_a_call);
	RUN_TEST(c72_an_interrupt_during_calls_is_taken_once);
}
