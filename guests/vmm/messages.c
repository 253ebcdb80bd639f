// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each message of a VM's life, whoever sends it, is lost once, and is refused
 * once by its queue.
 *
 * Who is refused tries again, and nobody else notices.  What is lost costs a
 * life: the VMM gives up after a time and says so, finds out what is there of
 * the VM, and takes it away; then nothing is left and the next launch works.
 *
 * Only where time is counted in instructions: nobody is ever late.
 */
#include <stdio.h>

#include "greatest.h"
#include "rt/hv_root.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"

#define MIB         (1ull << 20)
#define PATIENCE_US 50000
#define END_US      50000
#define LIFE_US     5000000 /* of a life with all that is waited for in it */

static struct machine machine = { .image = "victim",
	                          .args = "do=off",
	                          .ram_size = 2 * MIB,
	                          .vcpu_count = 2 };

/* @return NULL, or the step that failed */
static const char *live(void)
{
	if (machine_launch(&machine) != RM_ERR_OK) {
		return machine.step;
	}
	if (!machine_wait(&machine, END_US)) {
		return "EXITED";
	}
	return machine_dispose(&machine) == RM_ERR_OK ? NULL : machine.step;
}

/* The @n-th message behind the answer to this. */
static bool fail_at(uint32_t n, uint32_t how)
{
	uint32_t arg = n == 0 ? 0 : (n + 1) | how;

	return rpc_call(RM_TS_FAIL_AT, &arg, sizeof(arg), NULL, NULL) ==
	       RM_ERR_OK;
}

static const char *nothing_is_left(const uint64_t *before)
{
	uint64_t after[LEDGER_COUNT];
	const char *differs;

	if (machine_dispose(&machine) != RM_ERR_OK) {
		return machine.step;
	}
	if (!lives_ledger(after)) {
		return "there is no ledger";
	}
	differs = hv_ledger_difference(before, after);
	return differs == NULL ? live() : differs;
}

/* Another life that lacks its @n-th message. @return NULL, or what is wrong */
static const char *live_without(uint32_t n, uint32_t how,
                                const uint64_t *before, const char **failed)
{
	uint64_t end = cntvct() + timer_ticks_of_us(LIFE_US);

	if (!fail_at(n, how)) {
		return "messages do not fail in this build";
	}
	*failed = live();
	if (cntvct() > end) {
		return "it took too long";
	}
	return fail_at(0, 0) ? nothing_is_left(before) : "who is still there?";
}

/* @failures of the lives that lack one message each */
static const char *lack_each(uint32_t how, unsigned *failures, unsigned *calls)
{
	uint64_t before[LEDGER_COUNT];
	struct rpc_traffic first;
	const char *wrong, *failed = NULL;
	static char text[96];
	unsigned packets;

	rpc_set_patience(PATIENCE_US);
	wrong = live(); /* what is made once and kept */
	if (wrong != NULL || !lives_ledger(before)) {
		return wrong != NULL ? wrong : "there is no ledger";
	}
	first = rpc_traffic();
	wrong = live();
	*calls = rpc_traffic().calls - first.calls;
	packets = rpc_traffic().packets - first.packets;
	*failures = 0;
	for (unsigned n = 1; wrong == NULL && n <= packets; n++) {
		wrong = live_without(n, how, before, &failed);
		*failures += failed != NULL;
		if (wrong != NULL) {
			snprintf(text, sizeof(text), "message %u (%s): %s", n,
			         failed != NULL ? failed : "no step", wrong);
			wrong = text;
		}
	}
	rpc_set_patience(0);
	printf("%u messages, %u calls, %u lives failed\n", packets, *calls,
	       *failures);
	return wrong;
}

/* R22 */
TEST each_message_may_be_lost(void)
{
	unsigned failures, calls;
	const char *wrong = lack_each(0, &failures, &calls);

	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	/* Each request, each answer, and that it has ended. */
	ASSERT_GTE(failures, 2 * calls + 1);
	PASS();
}

TEST each_message_may_be_refused(void)
{
	unsigned failures, calls;
	const char *wrong = lack_each(RM_FAIL_REFUSED, &failures, &calls);

	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	ASSERT_EQ(0u, failures);
	PASS();
}

SUITE(messages)
{
	RUN_TEST(each_message_may_be_lost);
	RUN_TEST(each_message_may_be_refused);
}
