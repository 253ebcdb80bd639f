// SPDX-License-Identifier: BSD-2-Clause
/*
 * R22: each allocation of the resource manager's own fails once, during the
 * life of a VM with doorbells and queues, and during what is done with memory.
 *
 * Who asked is told NOMEM, or does not notice; the other VM is answered;
 * nothing is left, not in the resource manager's heap either; and the same is
 * tried again with the next one, until nothing was left to fail.
 */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/hv_root.h"
#include "rt/mmu.h"
#include "vmm/calls.h"
#include "vmm/lives.h"
#include "vmm/peers.h"
#include "vmm/queues.h"
#include "vmm/rpc.h"

#define MIB         (1ull << 20)
#define END_US      1000000
#define PATIENCE_US 500000
#define MOST        500u /* allocations of a life */
#define OTHER       0    /* peers.h */
#define LABEL       0x1234u
#define BELL_SPI    40u

static struct machine machine;
static uint64_t page[2][PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
static uint32_t handle; /* of a parcel with them; 0: none */

/* What is in use: EL2's and the resource manager's. */
struct uses {
	uint64_t ledger[LEDGER_COUNT];
	uint64_t heap;
};

/* What is tried: @return enum rm_error, *step says of what. */
struct trial {
	uint32_t (*does)(const char **step);
	uint32_t (*undoes)(const char **step); /* as far as it came */
};

/*
 * The @n-th allocation behind the answer to this, 0: none.
 * @heap  of the time before
 */
static bool fail_at(uint32_t n, struct rm_heap *heap)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	uint32_t arg = n == 0 ? 0 : n + 1;
	size_t len;

	if (rpc_call(RM_TS_FAIL_AT, &arg, sizeof(arg), answer, &len) !=
	            RM_ERR_OK ||
	    len != sizeof(*heap)) {
		return false;
	}
	memcpy(heap, answer, sizeof(*heap));
	return true;
}

static bool note_uses(struct uses *uses)
{
	struct rm_heap heap;
	bool known = fail_at(0, &heap) && lives_ledger(uses->ledger);

	uses->heap = heap.in_use;
	return known;
}

static const char *difference(const struct uses *before)
{
	static char text[64];
	struct uses after;

	if (!note_uses(&after)) {
		return "nobody says what is in use";
	}
	if (after.heap != before->heap) {
		snprintf(text, sizeof(text), "the heap has %lld bytes more",
		         (long long)(after.heap - before->heap));
		return text;
	}
	return hv_ledger_difference(before->ledger, after.ledger);
}

static uint32_t ask_other(const char **step)
{
	const struct rm_vmid who = { peer_vmid(OTHER), 0 };

	*step = "what the other VM asks";
	return peer_ask(OTHER, RM_VM_GET_STATE, &who, sizeof(who));
}

static void hear_all(void)
{
	while (machine_listen()) {
	}
}

static void add_devices(struct machine *m, struct rm_config_image *config,
                        const char *step)
{
	const fdt32_t irq[3] = { 0, cpu_to_fdt32(BELL_SPI), cpu_to_fdt32(1) };
	uint8_t *tree = (uint8_t *)m->ram + config->dt_offset;
	int node;

	if (strcmp(step, "LEND") != 0) {
		return;
	}
	queues_add_two(tree);
	queues_add_pair(tree, "both", QUEUES_LABEL);
	node = calls_add_node(tree, "in", "doorbell");
	fdt_setprop(tree, node, "interrupts", irq, sizeof(irq));
	fdt_setprop_u32(tree, node, "label", 1);
	node = calls_add_node(tree, "out", "doorbell-source");
	fdt_setprop_u32(tree, node, "label", 2);
}

/* ALLOCATE to START, its end, RESET to DEALLOCATE; the other asks meanwhile. */
static uint32_t live(const char **step)
{
	uint32_t error = machine_launch(&machine);

	*step = machine.step;
	if (error != RM_ERR_OK) {
		return error;
	}
	hear_all(); /* before the other one, who throws it away */
	error = ask_other(step);
	if (error != RM_ERR_OK) {
		return error;
	}
	*step = "EXITED";
	if (!machine_wait(&machine, END_US) || machine.exits_heard != 1) {
		return RPC_NO_ANSWER;
	}
	error = machine_dispose(&machine);
	*step = machine.step;
	return error;
}

static uint32_t end_life(const char **step)
{
	uint32_t error = machine_dispose(&machine);

	*step = machine.step;
	return error;
}

/* SHARE, APPEND, ACCEPT; what undoes it fails by itself, not by us. */
static uint32_t give(enum rm_mem_transfer transfer, const char **step)
{
	struct peer_append more = { .flags = 1,
		                    .count = 1,
		                    .sgl = { (uintptr_t)page[1], PAGE_SIZE } };
	uint32_t error;

	*step = "SHARE or LEND";
	error = peer_make_open(
		transfer == RM_TRANSFER_SHARE ? RM_MEM_SHARE : RM_MEM_LEND,
		peer_vmid(OTHER), RM_ACL_R, page[0], LABEL, &handle);
	if (error == RM_ERR_OK) {
		*step = "APPEND";
		more.handle = handle;
		error = rpc_call(RM_MEM_APPEND, &more, sizeof(more), NULL,
		                 NULL);
	}
	if (error == RM_ERR_OK) {
		*step = "ACCEPT";
		error = peer_accept(OTHER, transfer, handle);
	}
	return error;
}

/* What is not accepted, or not made, needs no undoing. */
static uint32_t take_back(const char **step)
{
	const uint32_t request[2] = { handle, 0 };
	uint32_t error;

	if (handle == 0) {
		return RM_ERR_OK;
	}
	*step = "RELEASE";
	error = peer_ask(OTHER, RM_MEM_RELEASE, request, sizeof(request));
	if (error == RM_ERR_OK || error == RM_ERR_MEM_RELEASED) {
		*step = "RECLAIM";
		error = rpc_call(RM_MEM_RECLAIM, request, sizeof(request), NULL,
		                 NULL);
	}
	if (error == RM_ERR_OK) {
		handle = 0;
	}
	return error;
}

static uint32_t share_and_lend(const char **step)
{
	uint32_t error = give(RM_TRANSFER_SHARE, step);

	if (error == RM_ERR_OK) {
		error = take_back(step);
	}
	if (error == RM_ERR_OK) {
		error = give(RM_TRANSFER_LEND, step);
	}
	return error == RM_ERR_OK ? take_back(step) : error;
}

/* @return NULL, or what is wrong; *fired: it has failed; *error: of the trial */
static const char *try_without(const struct trial *t, uint32_t n,
                               const struct uses *before, bool *fired,
                               uint32_t *error)
{
	const char *step = "", *wrong;
	struct rm_heap heap;
	static char text[64];

	if (!fail_at(n, &heap)) {
		return "no answer to TS_FAIL_AT, or another build";
	}
	*error = t->does(&step);
	if (*error != RM_ERR_OK && *error != RM_ERR_NOMEM) {
		snprintf(text, sizeof(text), "%s: %s", step,
		         rpc_error_name(*error));
		return text;
	}
	if (!fail_at(0, &heap)) {
		return "who is still there?";
	}
	*fired = heap.has_failed != 0;
	if (*error != RM_ERR_OK && (!*fired || t->undoes(&step) != RM_ERR_OK)) {
		return step;
	}
	if (ask_other(&step) != RM_ERR_OK) {
		return step;
	}
	wrong = difference(before);
	if (wrong == NULL && t->does(&step) != RM_ERR_OK) {
		wrong = step; /* the next one, with all that it needs */
	}
	return wrong != NULL ? wrong : difference(before);
}

/* @failures of the @n that failed */
static const char *try_each(const struct trial *t, unsigned *n,
                            unsigned *failures)
{
	const char *wrong = NULL, *step = "";
	static char text[96];
	struct uses before;
	bool fired = true;
	uint32_t error;

	*failures = 0;
	/* What is made once and kept. */
	if (t->does(&step) != RM_ERR_OK || !note_uses(&before)) {
		return step;
	}
	for (*n = 0; wrong == NULL && fired; *n += fired) {
		fired = false;
		wrong = *n < MOST ? try_without(t, *n + 1, &before, &fired,
		                                &error)
		                  : "there is no end of it";
		*failures += wrong == NULL && error != RM_ERR_OK;
	}
	if (wrong != NULL) {
		snprintf(text, sizeof(text), "allocation %u: %s", *n + 1,
		         wrong);
		return text;
	}
	printf("%u allocations failed, %u times it was told\n", *n, *failures);
	return NULL;
}

TEST each_allocation_of_a_life_may_fail(void)
{
	static const struct trial trial = { live, end_life };
	unsigned n, failures;

	machine = (struct machine){ .image = "victim",
		                    .args = "do=off",
		                    .ram_size = 2 * MIB,
		                    .vcpu_count = 2,
		                    .at_step = add_devices };
	CALLS_MUST(try_each(&trial, &n, &failures));
	/* The parcel's ranges and extents, where it is, a tree and its copy */
	ASSERT_GTE(failures, 5u);
	/* And each answer, the other one's, too, and what was told. */
	ASSERT_GT(n, failures + 10);
	PASS();
}

TEST each_allocation_for_memory_may_fail(void)
{
	static const struct trial trial = { share_and_lend, take_back };
	unsigned n, failures;

	CALLS_MUST(try_each(&trial, &n, &failures));
	/* Ranges, extents, twice, and where they are: of both kinds. */
	ASSERT_GTE(failures, 2 * 5u);
	ASSERT_GT(n, failures + 10);
	PASS();
}

TEST the_other_is_there(void)
{
	ASSERT(peer_open(OTHER, "other"));
	rpc_set_patience(PATIENCE_US);
	PASS();
}

SUITE(shortage)
{
	RUN_TEST(the_other_is_there);
	RUN_TEST(each_allocation_of_a_life_may_fail);
	RUN_TEST(each_allocation_for_memory_may_fail);
	rpc_set_patience(0);
}
