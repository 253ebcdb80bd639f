// SPDX-License-Identifier: BSD-2-Clause
/* Message queues that a VM's tree asks for, and that cannot be. */
#include <libfdt.h>

#include "greatest.h"
#include "vmm/calls.h"
#include "vmm/queues.h"
#include "vmm/rpc.h"

#define CALLS_MAX 200 /* more than a launch makes */
#define ROUNDS    4

/* A pair or a queue with one property more, and some less. */
struct bad {
	const char *type;
	const char *property;
	uint32_t value;
	bool is_sender, is_receiver, has_no_label;
};
static const struct bad *bad;

static void add_bad(void *tree)
{
	int node = calls_add_node(tree, "bad", bad->type);

	if (!bad->has_no_label) {
		fdt_setprop_u32(tree, node, "label", QUEUES_LABEL);
	}
	if (bad->is_sender) {
		fdt_setprop(tree, node, "is-sender", NULL, 0);
	}
	if (bad->is_receiver) {
		fdt_setprop(tree, node, "is-receiver", NULL, 0);
	}
	if (bad->property != NULL) {
		fdt_setprop_u32(tree, node, bad->property, bad->value);
	}
}

static const struct bad bads[] = {
	{ .type = QUEUES_PAIR, .has_no_label = true },
	{ .type = QUEUES_ONE_WAY, .is_sender = true, .has_no_label = true },
	{ .type = QUEUES_ONE_WAY },
	{ .type = QUEUES_ONE_WAY, .is_sender = true, .is_receiver = true },
	{ .type = QUEUES_PAIR, .property = "queue-depth", .value = 0 },
	{ .type = QUEUES_PAIR,
	  .property = "queue-depth",
	  .value = QUEUES_DEPTH_MAX + 1 },
	{ .type = QUEUES_PAIR, .property = "queue-depth", .value = 0x10001 },
	{ .type = QUEUES_PAIR, .property = "message-size", .value = 0 },
	{ .type = QUEUES_PAIR,
	  .property = "message-size",
	  .value = QUEUES_SIZE_MAX + 1 },
	{ .type = QUEUES_ONE_WAY,
	  .is_sender = true,
	  .property = "queue-depth",
	  .value = UINT32_MAX },
	{ .type = QUEUES_PAIR, .property = "peer", .value = RM_VMID_PRIMARY },
	{ .type = QUEUES_PAIR,
	  .property = "interrupts",
	  .value = QUEUES_UP_SPI },
	{ .type = QUEUES_ONE_WAY,
	  .is_receiver = true,
	  .property = "interrupts",
	  .value = QUEUES_UP_SPI },
};

static void add_label_twice(void *tree)
{
	queues_add_pair(tree, "one", QUEUES_ONE_LABEL);
	queues_add_one(tree, "other", true, QUEUES_UP_SPI);
}

static void add_same_end(void *tree)
{
	queues_add_one(tree, "one", false, QUEUES_UP_SPI);
	queues_add_one(tree, "other", false, QUEUES_DOWN_SPI);
}

static void add_same_irq(void *tree)
{
	queues_add_one(tree, "one", false, QUEUES_UP_SPI);
	queues_add_one(tree, "other", true, QUEUES_UP_SPI);
}

static void add_taken_irq(void *tree)
{
	queues_add_one(tree, "one", false,
	               96); /* the queues to the RM have it */
}

static void add_without_type(void *tree)
{
	fdt_delprop(tree, queues_add_pair(tree, "one", QUEUES_LABEL),
	            "vdevice-type");
}

TEST queues_that_cannot_be(void)
{
	for (unsigned i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		bad = &bads[i];
		ASSERT_EQm(bad->property != NULL ? bad->property : bad->type,
		           RM_ERR_ARGUMENT_INVALID, calls_refusal(add_bad));
	}
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_label_twice));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_same_end));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_without_type));
	ASSERT_EQ(RM_ERR_NORESOURCE, calls_refusal(add_same_irq));
	ASSERT_EQ(RM_ERR_NORESOURCE, calls_refusal(add_taken_irq));
	CALLS_MUST(calls_begin(queues_add_two)); /* nothing of it is left */
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_difference());
	PASS();
}

static uint32_t fail_at(uint32_t n)
{
	return rpc_call(RM_TS_FAIL_AT, &n, sizeof(n), NULL, NULL);
}

/* @return the number of calls that can fail; 0: something was left of one */
static uint32_t fail_each(void)
{
	for (uint32_t n = 1; n < CALLS_MAX; n++) {
		if (fail_at(n) != RM_ERR_OK) {
			return 0;
		}
		if (calls_begin(queues_add_two) == NULL) {
			return n - 1;
		}
		if (calls_error() == RM_ERR_OK ||
		    machine_dispose(&calls_vm) != RM_ERR_OK ||
		    calls_difference() != NULL) {
			return 0;
		}
	}
	return 0; /* it does not work any more */
}

/*
 * R22, with queues: whichever call fails, nothing is left of the launch.  Often
 * enough that what only the resource manager counts would be used up: clients,
 * and interrupts of the owner.
 */
TEST every_call_of_a_launch_with_queues_may_fail(void)
{
	CALLS_MUST(calls_begin(queues_add_two));
	CALLS_MUST(calls_leave());
	ASSERT(calls_mark());
	for (unsigned round = 0; round < ROUNDS; round++) {
		ASSERT_GT(fail_each(), 40u);
		ASSERT_EQ(RM_ERR_OK, fail_at(0));
		CALLS_MUST(calls_leave());
		CALLS_MUST(calls_difference());
	}
	PASS();
}

SUITE(queues_errors)
{
	RUN_TEST(every_call_of_a_launch_with_queues_may_fail);
}

SUITE(queues_bad)
{
	RUN_TEST(queues_that_cannot_be);
}
