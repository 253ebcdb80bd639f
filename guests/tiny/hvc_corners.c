/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hypercalls can do that no other payload asks them for: rows of
 * docs/abi.md one by one, each with its value (behaviours 36, 57, 160, 209,
 * 221, 241, 289).
 */
#include <abi/psci.h>
#include <abi/rights.h>
#include <abi/smccc.h>
#include <abi/vcpu_run.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "hvc_corners.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmio.h"

#define PPI     20u /* free: the machine's are 22 to 30 */
#define WAIT_US 30000000u

struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];
static volatile unsigned irqs;

static void on_irq(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	irqs++;
}

/* Relative to the last look: one test's leak is not the next one's. */
static enum greatest_test_res ledger_is_whole(void)
{
	uint64_t was[LEDGER_COUNT];

	uint64_t now[LEDGER_COUNT];

	ASSERT(hv_ledger(now));
	memcpy(was, ledger_before, sizeof(was));
	memcpy(ledger_before, now, sizeof(now));
	ASSERT_STR_EQ("nothing", hv_ledger_difference(was, now) ?: "nothing");
	PASS();
}

/* An object made, activated and named through another space. */
TEST a_space_may_be_worked_on_from_outside(void)
{
	uint64_t space = create(HVC_PARTITION_CREATE_CSPACE);
	struct hv bell, mine;

	ASSERT_EQ(0, HV(CSPACE_CONFIGURE, space, 600).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, space).err);
	bell = HV(PARTITION_CREATE_DOORBELL, root.partition, space);
	ASSERT_EQ(0, bell.err);
	ASSERT_EQ(HV_CAP_NULL, HV(OBJECT_ACTIVATE, bell.out[0]).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE_FROM, space, bell.out[0]).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(OBJECT_ACTIVATE_FROM, space, bell.out[0]).err);
	mine = HV(CSPACE_COPY_CAP_FROM, space, bell.out[0], root.cspace,
	          DOORBELL_MAY_SEND | DOORBELL_MAY_RECEIVE);
	ASSERT_EQ(0, mine.err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, mine.out[0], 5).err);
	ASSERT_EQ(5, HV(DOORBELL_RECEIVE, mine.out[0], ~0ull).out[0]);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          HV(DOORBELL_UNBIND_VIRQ, mine.out[0]).err);

	/* More than a page of slots: filled, emptied, all counted. */
	static uint64_t copies[500];
	uint64_t caps = HV(TS_LEDGER, LEDGER_CAPS).out[0];

	for (unsigned i = 0; i < 500; i++) {
		copies[i] =
			HV(CSPACE_COPY_CAP_FROM, space, bell.out[0], space, 1)
				.out[0];
		ASSERT_NEQ(0, copies[i]);
	}
	ASSERT_EQ(caps + 500, HV(TS_LEDGER, LEDGER_CAPS).out[0]);
	for (unsigned i = 0; i < 500; i++) {
		ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, space, copies[i]).err);
		ASSERT_EQ(HV_CAP_NULL,
		          HV(CSPACE_DELETE_CAP_FROM, space, copies[i]).err);
	}
	ASSERT_EQ(caps, HV(TS_LEDGER, LEDGER_CAPS).out[0]);
	ASSERT_EQ(0, drop(mine.out[0]));
	ASSERT_EQ(0, drop(space));
	return ledger_is_whole();
}

/* Quota that was given can be taken back, as far as it is not in use. */
TEST a_limit_can_be_lowered(void)
{
	uint64_t child = create(HVC_PARTITION_CREATE_PARTITION);
	uint64_t used = HV(TS_LEDGER, LEDGER_PARTITION_USED).out[0];
	struct hv bell;

	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, child).err);
	ASSERT_EQ(0,
	          HV(TS_PARTITION_LIMIT, root.partition, child, 0x10000).err);
	ASSERT_EQ(used + 0x10000, HV(TS_LEDGER, LEDGER_PARTITION_USED).out[0]);
	bell = HV(PARTITION_CREATE_DOORBELL, child, root.cspace);
	ASSERT_EQ(0, bell.err);
	ASSERT_EQ(
		HV_NOMEM,
		HV(TS_PARTITION_LIMIT, root.partition, child, -0x10000ull).err);
	ASSERT_EQ(0, drop(bell.out[0]));
	ASSERT_EQ(
		0,
		HV(TS_PARTITION_LIMIT, root.partition, child, -0x10000ull).err);
	ASSERT_EQ(used, HV(TS_LEDGER, LEDGER_PARTITION_USED).out[0]);
	ASSERT_EQ(HV_NOMEM,
	          HV(PARTITION_CREATE_DOORBELL, child, root.cspace).err);
	/* Memory belongs to the root partition alone. */
	ASSERT_EQ(
		HV_DENIED,
		HV(MEMEXTENT_DONATE, 0, child, child, 0x40000000, 0x1000).err);
	ASSERT_EQ(0, drop(child));
	return ledger_is_whole();
}

static uint64_t make_bell(void)
{
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);

	return HV(OBJECT_ACTIVATE, bell).err == HV_OK ? bell : 0;
}

/* Flags of the ack mask are taken by the interrupt itself (241). */
TEST c241_acknowledged_flags_clear_themselves(void)
{
	uint64_t bell = make_bell();

	irqs = 0;
	irq_attach(45, on_irq, NULL);
	irq_set_edge(45, true);
	irq_enable(45);
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, root.vic, 45).err);
	ASSERT_EQ(0, HV(DOORBELL_MASK, bell, 3, 1).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).out[0]);
	ASSERT(irq_wait(&irqs, WAIT_US));
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 4).out[0]); /* 1 is gone */
	ASSERT_EQ(4, HV(DOORBELL_SEND, bell, 3).out[0]);
	ASSERT_EQ(6, HV(DOORBELL_RECEIVE, bell, ~0ull).out[0]);
	irq_disable(45);
	irq_set_pending(45, false);
	ASSERT_EQ(0, drop(bell));
	return ledger_is_whole();
}

/* A PPI of one vCPU may have a source, too; of none that is not there. */
TEST c160_a_ppi_goes_to_its_vcpu(void)
{
	uint64_t bell = make_bell(), other = make_bell();

	irqs = 0;
	irq_attach(PPI, on_irq, NULL);
	irq_enable(PPI);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(DOORBELL_BIND_VIRQ, bell, root.vic, 200u << 24 | PPI).err);
	ASSERT_EQ(HV_BUSY, HV(DOORBELL_BIND_VIRQ, bell, root.vic, 27).err);
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, root.vic, PPI).err);
	ASSERT_EQ(HV_BUSY, HV(DOORBELL_BIND_VIRQ, other, root.vic, PPI).err);
	ASSERT_EQ(0,
	          HV(DOORBELL_BIND_VIRQ, other, root.vic, 1u << 24 | PPI).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, other, 1).err);
	ASSERT_FALSE(irq_is_pending(PPI)); /* the other vCPU's */
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT(irq_is_pending(PPI));
	ASSERT_EQ(1, HV(DOORBELL_RECEIVE, bell, ~0ull).out[0]);
	ASSERT_FALSE(irq_is_pending(PPI));
	ASSERT_EQ(0, HV(DOORBELL_UNBIND_VIRQ, bell).err);
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, root.vic, PPI).err);
	ASSERT_EQ(0, drop(other));
	ASSERT_EQ(0, drop(bell));
	irq_disable(PPI);
	return ledger_is_whole();
}

/* An SPI for an affinity that nobody has waits; nobody is harmed (160). */
TEST c160_an_interrupt_for_nobody_waits(void)
{
	irqs = 0;
	irq_attach(46, on_irq, NULL);
	irq_set_edge(46, true);
	irq_enable(46);
	irq_route(46, 0xff01);
	irq_set_pending(46, true);
	__asm__ volatile("msr icc_sgi1r_el1, %0\n\tisb" ::"r"(
		7ull << 24 | 0xffull << 16 | 0xfffe)); /* to Aff1 255 */
	ASSERT_EQ(0, irqs);
	ASSERT(irq_is_pending(46));
	irq_route(46, cpus[0].mpidr);
	ASSERT(irq_wait(&irqs, WAIT_US));
	ASSERT_EQ_FMT(1u, irqs, "%u");
	irq_disable(46);
	PASS();
}

TEST a_threshold_may_be_the_depth_or_stay(void)
{
	uint64_t queue = create(HVC_PARTITION_CREATE_MSGQUEUE);
	static char text[8] = "queue";

	ASSERT_EQ(0, HV(MSGQUEUE_CONFIGURE, queue, 4 | 64 << 16).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, queue).err);
	irqs = 0;
	irq_attach(47, on_irq, NULL);
	irq_set_edge(47, false);
	irq_enable(47);
	ASSERT_EQ(0, HV(MSGQUEUE_BIND_RECEIVE_VIRQ, queue, root.vic, 47).err);
	ASSERT_EQ(0,
	          HV(MSGQUEUE_CONFIGURE_RECEIVE, queue, ~1ull, ~0ull, HV_ONES)
	                  .err);
	ASSERT_EQ(0,
	          HV(MSGQUEUE_CONFIGURE_RECEIVE, queue, ~0ull, ~0ull, HV_ONES)
	                  .err);
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_FALSE(irq_is_pending(47)); /* not before it is full */
		ASSERT_EQ(0,
		          HV(MSGQUEUE_SEND, queue, sizeof(text), (uint64_t)text)
		                  .err);
	}
	ASSERT(irq_is_pending(47));
	irq_disable(47);
	ASSERT_EQ(0, drop(queue));
	return ledger_is_whole();
}

/* The next owner of a queue's memory sees nothing of the last one's (289). */
TEST c289_a_queue_begins_empty(void)
{
	static uint8_t secret[240], got[240];

	memset(secret, 0xa5, sizeof(secret));
	for (unsigned round = 0; round < 8; round++) {
		uint64_t queue = create(HVC_PARTITION_CREATE_MSGQUEUE);
		struct hv r;

		ASSERT_EQ(0, HV(MSGQUEUE_CONFIGURE, queue, 8 | 240 << 16).err);
		ASSERT_EQ(0, HV(OBJECT_ACTIVATE, queue).err);
		memset(got, 0x11, sizeof(got));
		r = HV(MSGQUEUE_RECEIVE, queue, (uint64_t)got, sizeof(got));
		ASSERT_EQ(HV_MSGQUEUE_EMPTY, r.err);
		ASSERT_EQ(
			0,
			HV(MSGQUEUE_SEND, queue, 8, (uint64_t) "1234567").err);
		r = HV(MSGQUEUE_RECEIVE, queue, (uint64_t)got, sizeof(got));
		ASSERT_EQ(8, r.out[0]);
		for (unsigned i = 8; i < sizeof(got); i++) {
			ASSERT_EQ_FMT(0x11u, got[i], "%#x");
		}
		for (unsigned i = 0; i < 8; i++) {
			ASSERT_EQ(0, HV(MSGQUEUE_SEND, queue, sizeof(secret),
			                (uint64_t)secret)
			                     .err);
		}
		ASSERT_EQ(0, drop(queue));
	}
	return ledger_is_whole();
}

/* PSCI (Arm DEN 0022): what its rarer forms answer (36, 41). */
TEST c36_c41_rarer_psci_calls(void)
{
	ASSERT_EQ(PSCI_INVALID_ADDRESS, psci(PSCI_CPU_SUSPEND, 1 << 16, 1, 0));
	ASSERT_EQ(PSCI_INVALID_ADDRESS,
	          psci(PSCI_CPU_SUSPEND_32, 1 << 16, 0x3000, 0));
	ASSERT_EQ(PSCI_INVALID_ADDRESS,
	          psci(PSCI_CPU_DEFAULT_SUSPEND, 0x09000000, 0, 0));
	ASSERT_EQ(PSCI_DENIED, psci(PSCI_SYSTEM_SUSPEND, 0x40200000, 0, 0));
	ASSERT_EQ(PSCI_DENIED, psci(PSCI_SYSTEM_SUSPEND_32, 0x40200000, 0, 0));
	ASSERT_EQ(PSCI_INVALID_PARAMETERS, psci(PSCI_SYSTEM_RESET2, 1, 0, 0));
	ASSERT_EQ(PSCI_INVALID_PARAMETERS,
	          psci(PSCI_SYSTEM_RESET2_32, 0x7fffffff, 0, 0));
	ASSERT_EQ(PSCI_NOT_SUPPORTED,
	          psci(PSCI_SYSTEM_RESET2, 0x80000000, 0, 0));
	ASSERT_EQ(PSCI_SUCCESS, psci(PSCI_FEATURES, SMCCC_VERSION, 0, 0));
	PASS();
}

static volatile int64_t left = 1; /* the error, if it came back */

static void leave(void *arg)
{
	left = HV(VCPU_POWEROFF, *(uint64_t *)arg, 1).err;
}

/* A vCPU turns itself off, if it says that it is the last. */
TEST a_vcpu_may_turn_itself_off(void)
{
	uint64_t mpidr = cpus[1].mpidr;

	/* In no VM group each of them is the last one of its kind. */
	ASSERT_EQ(HV_DENIED, HV(VCPU_POWEROFF, root.thread[0], 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_POWEROFF, root.thread[1], 1).err);
	cpu_call(1, leave, &root.thread[1]);
	while (psci(PSCI_AFFINITY_INFO, mpidr, 0, 0) != PSCI_AFFINITY_OFF) {
		ASSERT_EQ(1, left);
		HV(SCHEDULER_YIELD, 0);
	}
	ASSERT_EQ(1, left);
	PASS();
}

TEST entropy_is_given_in_bytes(void)
{
	struct hv a = HV(PRNG_GET_ENTROPY, 16), b;

	ASSERT_EQ(HV_ARGUMENT_SIZE, HV(PRNG_GET_ENTROPY, 0).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE, HV(PRNG_GET_ENTROPY, 17).err);
	if (a.err == HV_UNIMPLEMENTED) {
		SKIPm("this CPU gives no entropy");
	}
	while (a.err == HV_BUSY) {
		a = HV(PRNG_GET_ENTROPY, 16);
	}
	do {
		b = HV(PRNG_GET_ENTROPY, 5);
	} while (b.err == HV_BUSY);
	ASSERT(a.out[0] != b.out[0]);
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_EQ(0, a.out[i] >> 32);
	}
	ASSERT_EQ(0, b.out[1] >> 8); /* five bytes: four, and one */
	ASSERT_EQ(0, b.out[2] | b.out[3]);
	PASS();
}

TEST the_trng_says_who_it_is(void)
{
	uint64_t version[CALL_REGS] = { 0x84000050 };
	uint64_t x[CALL_REGS] = { 0x84000052, 0, 0, 0 };

	smccc_hvc(version);
	smccc_hvc(x);
	if ((int32_t)version[0] == -1) {
		ASSERT_EQ(-1, (int32_t)x[0]);
		SKIPm("this CPU gives no entropy");
	}
	for (unsigned i = 0; i < 4; i++) {
		ASSERT(x[i] != 0 && x[i] >> 32 == 0);
	}
	PASS();
}

SUITE(corners)
{
	RUN_TEST(a_space_may_be_worked_on_from_outside);
	RUN_TEST(a_limit_can_be_lowered);
	RUN_TEST(c241_acknowledged_flags_clear_themselves);
	RUN_TEST(c160_a_ppi_goes_to_its_vcpu);
	RUN_TEST(c160_an_interrupt_for_nobody_waits);
	RUN_TEST(a_threshold_may_be_the_depth_or_stay);
	RUN_TEST(c289_a_queue_begins_empty);
	RUN_TEST(c36_c41_rarer_psci_calls);
	RUN_TEST(entropy_is_given_in_bytes);
	RUN_TEST(the_trng_says_who_it_is);
}

/* Nothing comes behind it: a CPU is missing. */
SUITE(the_last_corner)
{
	RUN_TEST(a_vcpu_may_turn_itself_off);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (!hv_root_env(&root) || cpu_start_all() < 2 ||
	    !hv_ledger(ledger_before)) {
		fatal("hvc_corners: wants to be the root VM, with two vCPUs");
	}
	/* Whoever yields on a CPU lets those go on that are there with it. */
	for (unsigned i = 0; i < 2; i++) {
		HV(VCPU_SET_AFFINITY, root.thread[i], i, HV_ONES);
	}
	RUN_SUITE(corners);
	RUN_SUITE(memory_corners);
	RUN_SUITE(vm_corners);
	RUN_SUITE(the_last_corner);
	GREATEST_MAIN_END();
}
