// SPDX-License-Identifier: BSD-2-Clause
/* Doorbells between a VM and its owner, as its gunyah-vm-config asks for. */
#include <libfdt.h>

#include "greatest.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/calls.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define END_US    5000000
#define SPI_FIRST 32

#define IN_LABEL  7u /* the owner rings */
#define IN_SPI    40u
#define OUT_LABEL 9u /* the VM rings */

/* What the bad ones below have instead. */
static uint32_t in_spi = IN_SPI;
static uint32_t in_kind; /* 0: a shared interrupt */

static volatile unsigned rung;

static void add_in(void *tree)
{
	const fdt32_t irq[3] = { cpu_to_fdt32(in_kind), cpu_to_fdt32(in_spi),
		                 cpu_to_fdt32(1) };
	int node = calls_add_node(tree, "in", "doorbell");

	fdt_setprop_u32(tree, node, "label", IN_LABEL);
	fdt_setprop(tree, node, "interrupts", irq, sizeof(irq));
}

static void add_out(void *tree)
{
	fdt_setprop_u32(tree, calls_add_node(tree, "out", "doorbell-source"),
	                "qcom,label", OUT_LABEL);
}

/* Kinds that are not made are told, and passed over. */
static void add_all(void *tree)
{
	add_in(tree);
	calls_add_node(tree, "nothing", "teapot");
	add_out(tree);
	calls_add_node(tree, "buffer", "shm");
}

/* A doorbell without an interrupt. */
static void add_mute(void *tree)
{
	calls_add_node(tree, "in", "doorbell");
}

/* Two that are the same interrupt. */
static void add_twice(void *tree)
{
	int node;

	add_in(tree);
	node = fdt_path_offset(tree, "/gunyah-vm-config/vdevices/in");
	fdt_setprop_u32(tree, node, "label", IN_LABEL + 1);
	fdt_set_name(tree, node, "also");
	add_in(tree);
}

static void add_label_twice(void *tree)
{
	add_in(tree);
	fdt_set_name(tree,
	             fdt_path_offset(tree, "/gunyah-vm-config/vdevices/in"),
	             "also");
	in_spi++;
	add_in(tree);
	in_spi--;
}

static uint64_t cap_of(const struct rm_resource *row)
{
	return (uint64_t)row->cap_hi << 32 | row->cap_lo;
}

static void on_ring(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	rung++;
	rpc_wake();
}

static bool wait_heard(unsigned times)
{
	uint64_t limit = cntvct() + timer_ticks_of_us(END_US);

	while (peer_heard(CALLS_PEER) < times && cntvct() < limit) {
		rpc_sleep();
	}
	return peer_heard(CALLS_PEER) == times;
}

static bool wait_rung(unsigned times)
{
	uint64_t limit = cntvct() + timer_ticks_of_us(END_US);

	while (rung < times && cntvct() < limit) {
		rpc_sleep();
	}
	return rung == times;
}

/* What is made once and kept is made before the ledger is noted. */
TEST nobody_rings_without_a_bell(void)
{
	struct rm_resource row;
	unsigned intid;
	uint64_t flags = 1;
	uint32_t count;

	CALLS_MUST(calls_begin(NULL));
	ASSERT_FALSE(peer_bell(CALLS_PEER, IN_LABEL, &flags, &intid));
	ASSERT_FALSE(peer_bell(CALLS_PEER, OUT_LABEL, &flags, &intid));
	ASSERT_FALSE(calls_find_row(RM_RES_DOORBELL, OUT_LABEL, &row, &count));
	CALLS_MUST(calls_leave());
	ASSERT(calls_mark());
	PASS();
}

/* Gunyah RM, "doorbell": we ring, its interrupt comes, it takes the flags. */
TEST an_owner_rings(void)
{
	struct rm_resource row;
	uint64_t flags = UINT64_MAX;
	unsigned intid;
	uint32_t count;

	CALLS_MUST(calls_begin(add_all));
	ASSERT(calls_find_row(RM_RES_DOORBELL_SRC, IN_LABEL, &row, &count));
	ASSERT_EQ_FMT(3u, count, "%u"); /* address space, two bells */
	ASSERT_EQ(calls_vm.vmid, row.partner);
	ASSERT_EQ_FMT(0u, row.virq, "%u");
	/* It is in the VM's tree, with the interrupt that was asked for. */
	ASSERT(peer_bell(CALLS_PEER, IN_LABEL, &flags, &intid));
	ASSERT_EQ_FMT(IN_SPI + SPI_FIRST, intid, "%u");
	ASSERT_EQ_FMT(0ul, flags, "%#lx");
	ASSERT(peer_listen(CALLS_PEER, intid, MAILBOX_ON_ONE));
	ASSERT_EQ(HV_OK, HV(DOORBELL_SEND, cap_of(&row), 0x50).err);
	ASSERT(wait_heard(1));
	flags = UINT64_MAX;
	ASSERT(peer_bell(CALLS_PEER, IN_LABEL, &flags, &intid));
	ASSERT_EQ_FMT(0x50ul, flags, "%#lx");
	flags = UINT64_MAX; /* they are taken */
	ASSERT(peer_bell(CALLS_PEER, IN_LABEL, &flags, &intid));
	ASSERT_EQ_FMT(0ul, flags, "%#lx");
	/* We may ring, and no more. */
	ASSERT_NEQ(HV_OK, HV(DOORBELL_RECEIVE, cap_of(&row), 1).err);
	CALLS_MUST(calls_leave());
	/* It is gone with the VM. */
	ASSERT_NEQ(HV_OK, HV(DOORBELL_SEND, cap_of(&row), 1).err);
	CALLS_MUST(calls_difference());
	PASS();
}

/* Gunyah RM, "doorbell-source": the VM rings, an interrupt of ours comes. */
TEST a_vm_rings(void)
{
	struct rm_resource row;
	unsigned intid, virq[2] = { 0, 0 };
	uint64_t flags;
	uint32_t count;

	for (unsigned life = 0; life < 2; life++) {
		CALLS_MUST(calls_begin(add_all));
		ASSERT(calls_find_row(RM_RES_DOORBELL, OUT_LABEL, &row,
		                      &count));
		ASSERT_NEQ(0u, row.virq);
		virq[life] = row.virq;
		rung = 0;
		irq_attach(row.virq, on_ring, NULL);
		irq_set_edge(row.virq, true);
		irq_enable(row.virq);
		flags = 0x9;
		ASSERT(peer_bell(CALLS_PEER, OUT_LABEL, &flags, &intid));
		ASSERT_EQ_FMT(0u, intid, "%u"); /* it is one to send to */
		ASSERT_EQ_FMT(0ul, flags, "%#lx");
		ASSERT(wait_rung(1));
		flags = 0x6;
		ASSERT(peer_bell(CALLS_PEER, OUT_LABEL, &flags, &intid));
		ASSERT_EQ_FMT(0x9ul, flags, "%#lx");
		ASSERT(wait_rung(2));
		ASSERT_EQ_FMT(0xful,
		              HV(DOORBELL_RECEIVE, cap_of(&row), 0xff).out[0],
		              "%#lx");
		ASSERT_NEQ(HV_OK, HV(DOORBELL_SEND, cap_of(&row), 1).err);
		CALLS_MUST(calls_leave());
		irq_disable(row.virq);
		ASSERT_EQ(2u, rung);
	}
	ASSERT_EQ(virq[0], virq[1]); /* it was free again */
	CALLS_MUST(calls_difference());
	PASS();
}

TEST bells_that_cannot_be(void)
{
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_mute));
	in_kind = 1; /* a private interrupt */
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_in));
	in_kind = 0;
	in_spi = UINT32_MAX - SPI_FIRST + 1 + 20; /* round the corner: a PPI */
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_in));
	in_spi = 96; /* the queues to the resource manager have it */
	ASSERT_EQ(RM_ERR_NORESOURCE, calls_refusal(add_in));
	in_spi = IN_SPI;
	ASSERT_EQ(RM_ERR_NORESOURCE, calls_refusal(add_twice));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, calls_refusal(add_label_twice));
	CALLS_MUST(calls_begin(add_all)); /* nothing of it is left */
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_difference());
	PASS();
}

SUITE(bells)
{
	RUN_TEST(nobody_rings_without_a_bell);
	RUN_TEST(an_owner_rings);
	RUN_TEST(a_vm_rings);
	RUN_TEST(bells_that_cannot_be);
}
