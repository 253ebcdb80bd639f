// SPDX-License-Identifier: BSD-2-Clause
/* Message queues between a VM and its owner, as its gunyah-vm-config asks for. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/calls.h"
#include "vmm/peers.h"
#include "vmm/queues.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define END_US    5000000
#define SPI_FIRST 32
#define PUSH      1

#define DEPTH 4u
#define SIZE  100u

#define USUAL_DEPTH  8u /* if the node does not say */
#define USUAL_SIZE   240u
#define MOST_PAIRS   8u
#define INTID_CHOSEN 130u /* the first that may be chosen */

/* Our interrupts: there is room again; something is there. */
enum { ROOM, THERE };
static volatile unsigned came[2];

/* Our ends of the queues of one label. */
struct ends {
	struct rm_resource to, from;
};

static void add_one_pair(void *tree)
{
	int node = queues_add_pair(tree, "both", QUEUES_LABEL);

	fdt_setprop_u32(tree, node, "queue-depth", DEPTH);
	fdt_setprop_u32(tree, node, "message-size", SIZE);
}

static void add_largest(void *tree)
{
	int node = queues_add_pair(tree, "both", QUEUES_LABEL);

	fdt_setprop_u32(tree, node, "queue-depth", QUEUES_DEPTH_MAX);
	fdt_setprop_u32(tree, node, "message-size", QUEUES_SIZE_MAX);
}

static void add_pairs(void *tree, unsigned count)
{
	char name[16];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "both%u", i);
		queues_add_pair(tree, name, QUEUES_LABEL + i);
	}
}

static void add_most(void *tree)
{
	add_pairs(tree, MOST_PAIRS);
}

static void add_too_many(void *tree)
{
	add_pairs(tree, MOST_PAIRS + 1);
}

/* Our row for the VM's sending end is one to receive from. */
static bool find_ends(uint32_t label, struct ends *ends)
{
	uint32_t count;

	return calls_find_row(RM_RES_MSGQUEUE_SEND, label, &ends->to, &count) &&
	       calls_find_row(RM_RES_MSGQUEUE_RECEIVE, label, &ends->from,
	                      &count);
}

static uint64_t cap_of(const struct rm_resource *row)
{
	return (uint64_t)row->cap_hi << 32 | row->cap_lo;
}

static struct hv send(const struct rm_resource *row, const void *data,
                      size_t len)
{
	return HV(MSGQUEUE_SEND, cap_of(row), len, (uintptr_t)data, PUSH);
}

static struct hv receive(const struct rm_resource *row, void *data, size_t room)
{
	return HV(MSGQUEUE_RECEIVE, cap_of(row), (uintptr_t)data, room);
}

static void on_interrupt(unsigned intid, void *arg)
{
	volatile unsigned *count = arg;

	(void)intid;
	*count += 1;
	rpc_wake();
}

static void listen(const struct rm_resource *row, volatile unsigned *count)
{
	*count = 0;
	irq_attach(row->virq, on_interrupt, (void *)count);
	irq_set_edge(row->virq, true);
	irq_enable(row->virq);
}

static bool wait_came(unsigned which)
{
	uint64_t limit = cntvct() + timer_ticks_of_us(END_US);

	while (came[which] == 0 && cntvct() < limit) {
		rpc_sleep();
	}
	return came[which] != 0;
}

static bool wait_heard(void)
{
	uint64_t limit = cntvct() + timer_ticks_of_us(END_US);

	while (peer_heard(CALLS_PEER) == 0 && cntvct() < limit) {
		rpc_sleep();
	}
	return peer_heard(CALLS_PEER) == 1;
}

/* Another one for each @seed, zeros in it, too. */
static void fill(uint8_t *data, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++) {
		data[i] = (uint8_t)(seed * 31 + i * 7);
	}
}

/* One message of @len bytes to the VM, and one from it. NULL: it went well */
static const char *exchange(const struct ends *ends, uint32_t label, size_t len)
{
	static uint8_t out[QUEUES_SIZE_MAX], in[QUEUES_SIZE_MAX];
	size_t got = 0;
	struct hv r;

	fill(out, len, label);
	if (send(&ends->to, out, len).err != HV_OK) {
		return "it cannot be sent";
	}
	if (peer_receive(CALLS_PEER, label, in, &got) != HV_OK || got != len ||
	    memcmp(in, out, len) != 0) {
		return "the VM receives another one";
	}
	fill(out, len, ~label);
	if (peer_send(CALLS_PEER, label, out, len) != HV_OK) {
		return "the VM cannot send";
	}
	r = receive(&ends->from, in, sizeof(in));
	if (r.err != HV_OK || r.out[0] != len || memcmp(in, out, len) != 0) {
		return "another one is received";
	}
	return NULL;
}

/* What is made once and kept is made before the ledger is noted. */
TEST nobody_has_a_queue_that_was_not_asked_for(void)
{
	struct peer_end end;
	struct ends ends;

	CALLS_MUST(calls_begin(NULL));
	ASSERT_FALSE(peer_end(CALLS_PEER, QUEUES_LABEL, true, &end));
	ASSERT_FALSE(peer_end(CALLS_PEER, QUEUES_LABEL, false, &end));
	ASSERT_FALSE(find_ends(QUEUES_LABEL, &ends));
	CALLS_MUST(calls_leave());
	ASSERT(calls_mark());
	PASS();
}

/* Both sides are told; nothing is there that another life has left. */
static enum greatest_test_res empty_at_first(const struct ends *ends,
                                             struct peer_end *tx,
                                             struct peer_end *rx)
{
	uint8_t data[SIZE];
	size_t len;

	ASSERT(peer_end(CALLS_PEER, QUEUES_LABEL, true, tx));
	ASSERT(peer_end(CALLS_PEER, QUEUES_LABEL, false, rx));
	ASSERT_EQ_FMT(DEPTH, tx->depth, "%u");
	ASSERT_EQ_FMT(SIZE, tx->size, "%u");
	ASSERT_EQ_FMT(DEPTH, rx->depth, "%u");
	ASSERT_EQ_FMT(SIZE, rx->size, "%u");
	ASSERT(tx->intid >= INTID_CHOSEN && rx->intid >= INTID_CHOSEN);
	ASSERT_NEQ(tx->intid, rx->intid);
	ASSERT_NEQ(0u, ends->to.virq);
	ASSERT_NEQ(0u, ends->from.virq);
	ASSERT_NEQ(ends->to.virq, ends->from.virq);
	ASSERT_EQ(calls_vm.vmid, ends->to.partner);
	ASSERT_EQ(HV_MSGQUEUE_EMPTY, receive(&ends->from, data, SIZE).err);
	ASSERT_EQ(HV_MSGQUEUE_EMPTY,
	          peer_receive(CALLS_PEER, QUEUES_LABEL, data, &len));
	PASS();
}

/* Each side is told of a message by its own interrupt. */
static enum greatest_test_res both_are_told(const struct ends *ends,
                                            const struct peer_end *rx)
{
	uint8_t data[SIZE + 1], got[SIZE];
	size_t len;

	fill(data, sizeof(data), 1);
	ASSERT(peer_listen(CALLS_PEER, rx->intid, MAILBOX_ON_ONE));
	ASSERT_EQ(HV_OK, send(&ends->to, data, 5).err);
	ASSERT(wait_heard());
	ASSERT_EQ(HV_OK, peer_receive(CALLS_PEER, QUEUES_LABEL, got, &len));
	ASSERT_EQ_FMT((size_t)5, len, "%zu");
	ASSERT_MEM_EQ(data, got, 5);

	came[THERE] = 0;
	ASSERT_EQ(HV_OK, peer_send(CALLS_PEER, QUEUES_LABEL, data, SIZE));
	ASSERT(wait_came(THERE));
	ASSERT_EQ(HV_ADDR_OVERFLOW, receive(&ends->from, got, SIZE - 1).err);
	ASSERT_EQ(HV_OK, receive(&ends->from, got, SIZE).err);
	ASSERT_MEM_EQ(data, got, SIZE);
	/* Not more than the tree said. */
	ASSERT_EQ(HV_ARGUMENT_SIZE, send(&ends->to, data, SIZE + 1).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE,
	          peer_send(CALLS_PEER, QUEUES_LABEL, data, SIZE + 1));
	PASS();
}

/* As many as the tree said; who was refused is told when there is room. */
static enum greatest_test_res both_get_full(const struct ends *ends,
                                            const struct peer_end *tx)
{
	uint8_t data[SIZE], got[SIZE];
	size_t len;

	came[ROOM] = 0;
	for (unsigned i = 0; i < DEPTH; i++) {
		struct hv r;

		fill(data, i + 1, i);
		r = send(&ends->to, data, i + 1);
		ASSERT_EQ(HV_OK, r.err);
		ASSERT_EQ(i + 1 < DEPTH, r.out[0] != 0);
		ASSERT_EQ(HV_OK,
		          peer_send(CALLS_PEER, QUEUES_LABEL, data, i + 1));
	}
	ASSERT_EQ(HV_MSGQUEUE_FULL, send(&ends->to, data, 1).err);
	ASSERT_EQ(HV_MSGQUEUE_FULL,
	          peer_send(CALLS_PEER, QUEUES_LABEL, data, 1));
	ASSERT(peer_listen(CALLS_PEER, tx->intid, MAILBOX_ON_ONE));
	for (unsigned i = 0; i + 1 < DEPTH; i++) {
		fill(data, i + 1, i);
		ASSERT_EQ(HV_OK,
		          peer_receive(CALLS_PEER, QUEUES_LABEL, got, &len));
		ASSERT_EQ_FMT((size_t)i + 1, len, "%zu");
		ASSERT_MEM_EQ(data, got, len);
		ASSERT_EQ_FMT(i + 1ul, receive(&ends->from, got, SIZE).out[0],
		              "%lu");
		ASSERT_MEM_EQ(data, got, i + 1);
	}
	ASSERT(wait_came(ROOM));
	ASSERT(wait_heard());
	PASS(); /* one is left in each */
}

static enum greatest_test_res a_life_with_a_pair(struct ends *ends)
{
	struct peer_end tx, rx;
	uint8_t data[SIZE];

	CALLS_MUST(calls_begin(add_one_pair));
	ASSERT(find_ends(QUEUES_LABEL, ends));
	CHECK_CALL(empty_at_first(ends, &tx, &rx));
	listen(&ends->to, &came[ROOM]);
	listen(&ends->from, &came[THERE]);
	CHECK_CALL(both_are_told(ends, &rx));
	CHECK_CALL(both_get_full(ends, &tx));
	/* Each end is good for one direction. */
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS, send(&ends->from, data, 1).err);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS, receive(&ends->to, data, SIZE).err);
	CALLS_MUST(calls_leave());
	/* It is gone with the VM. */
	ASSERT_EQ(HV_CAP_NULL, send(&ends->to, data, 1).err);
	ASSERT_EQ(HV_CAP_NULL, receive(&ends->from, data, SIZE).err);
	irq_disable(ends->to.virq);
	irq_disable(ends->from.virq);
	PASS();
}

/* Gunyah RM, "message-queue-pair", over a relaunch. */
TEST a_pair_carries_messages_both_ways(void)
{
	struct ends first, second;

	CHECK_CALL(a_life_with_a_pair(&first));
	CHECK_CALL(a_life_with_a_pair(&second));
	ASSERT_EQ(first.to.virq, second.to.virq); /* they were free again */
	ASSERT_EQ(first.from.virq, second.from.virq);
	CALLS_MUST(calls_difference());
	PASS();
}

/* The row of that type in GET_HYP_CAPIDS' or _IRQS' answer. */
static bool find_short(uint32_t id, enum rm_resource_type type, void *row)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	const size_t size = sizeof(struct rm_resource_cap);
	const struct rm_vmid who = { calls_vm.vmid, 0 };
	uint32_t count;

	if (rpc_call(id, &who, sizeof(who), answer, NULL) != RM_ERR_OK) {
		return false;
	}
	memcpy(&count, answer, sizeof(count));
	for (uint32_t i = 0; i < count; i++) {
		if (answer[4 + i * size] == type) {
			memcpy(row, answer + 4 + i * size, size);
			return true;
		}
	}
	return false;
}

/* Gunyah RM, "message-queue", one each way with one label. */
TEST a_queue_carries_messages_one_way(void)
{
	struct rm_resource_cap cap;
	struct rm_resource_irq irq;
	struct peer_end end;
	struct ends ends;

	for (unsigned life = 0; life < 2; life++) {
		CALLS_MUST(calls_begin(queues_add_two));
		ASSERT(find_ends(QUEUES_ONE_LABEL, &ends));
		ASSERT(peer_end(CALLS_PEER, QUEUES_ONE_LABEL, true, &end));
		ASSERT_EQ_FMT(QUEUES_UP_SPI + SPI_FIRST, end.intid, "%u");
		ASSERT_EQ_FMT(USUAL_DEPTH, end.depth, "%u");
		ASSERT_EQ_FMT(USUAL_SIZE, end.size, "%u");
		ASSERT(peer_end(CALLS_PEER, QUEUES_ONE_LABEL, false, &end));
		ASSERT_EQ_FMT(QUEUES_DOWN_SPI + SPI_FIRST, end.intid, "%u");
		CALLS_MUST(exchange(&ends, QUEUES_ONE_LABEL, USUAL_SIZE));
		ASSERT(find_short(RM_VM_GET_HYP_CAPIDS, RM_RES_MSGQUEUE_SEND,
		                  &cap));
		ASSERT_EQ(ends.to.cap_lo, cap.cap_lo);
		ASSERT_EQ(ends.to.cap_hi, cap.cap_hi);
		ASSERT(find_short(RM_VM_GET_HYP_IRQS, RM_RES_MSGQUEUE_RECEIVE,
		                  &irq));
		ASSERT_EQ(ends.from.virq, irq.virq);
		ASSERT_EQ(QUEUES_ONE_LABEL, irq.label);
		CALLS_MUST(calls_leave());
	}
	CALLS_MUST(calls_difference());
	PASS();
}

TEST queues_may_be_large_and_many(void)
{
	struct ends ends;

	CALLS_MUST(calls_begin(add_largest));
	ASSERT(find_ends(QUEUES_LABEL, &ends));
	CALLS_MUST(exchange(&ends, QUEUES_LABEL, QUEUES_SIZE_MAX));
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_begin(add_most));
	for (uint32_t i = 0; i < MOST_PAIRS; i++) {
		ASSERT(find_ends(QUEUES_LABEL + i, &ends));
		CALLS_MUST(exchange(&ends, QUEUES_LABEL + i, 1 + i));
	}
	CALLS_MUST(calls_leave());
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_too_many));
	CALLS_MUST(calls_difference());
	PASS();
}

SUITE(queues)
{
	RUN_TEST(nobody_has_a_queue_that_was_not_asked_for);
	RUN_TEST(a_pair_carries_messages_both_ways);
	RUN_TEST(a_queue_carries_messages_one_way);
	RUN_TEST(queues_may_be_large_and_many);
}
