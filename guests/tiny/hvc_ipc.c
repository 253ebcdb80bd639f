/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells and message queues, within the root VM and between two VMs
 * (docs/abi.md, doorbells and message queues; behaviours 55, 231-249).
 */
#include <abi/rights.h>
#include <stdio.h>

#include "greatest.h"
#include "minivm.h"
#include "ours.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

#define BELL_INTID 40u
#define RX_INTID   41u
#define TX_INTID   42u
#define VM_INTID   50u
#define DEPTH      8u
#define SIZE       240u
#define WAIT_US    2000000u

/* In the other VM's mailbox page, behind the mailbox */
#define VM_BUFFER (MINIVM_MAIL + 0x400)

static struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];
static uint64_t bell, queue;
static volatile unsigned bells, rx_irqs, tx_irqs;
static uint8_t in[SIZE + 16], out[SIZE + 16];

static void on_bell(unsigned intid, void *arg)
{
	(void)intid;
	bells++;
	HV(DOORBELL_RECEIVE, *(uint64_t *)arg, ~0ull);
}

static void on_count(unsigned intid, void *arg)
{
	(void)intid;
	(*(volatile unsigned *)arg)++;
}

static uint64_t make_bell(void)
{
	uint64_t cap = create(HVC_PARTITION_CREATE_DOORBELL);

	return HV(OBJECT_ACTIVATE, cap).err == HV_OK ? cap : 0;
}

static uint64_t make_queue(uint64_t depth, uint64_t size)
{
	uint64_t cap = create(HVC_PARTITION_CREATE_MSGQUEUE);

	if (HV(MSGQUEUE_CONFIGURE, cap, depth | size << 16).err != HV_OK ||
	    HV(OBJECT_ACTIVATE, cap).err != HV_OK) {
		drop(cap);
		return 0;
	}
	return cap;
}

static struct hv send(uint64_t size, uint8_t fill, uint64_t flags)
{
	memset(in, fill, sizeof(in));
	return HV(MSGQUEUE_SEND, queue, size, (uint64_t)in, flags);
}

static struct hv receive(uint64_t room)
{
	memset(out, 0xee, sizeof(out));
	return HV(MSGQUEUE_RECEIVE, queue, (uint64_t)out, room);
}

TEST the_second_vm_and_its_objects_can_be_made(void)
{
	const char *wrong;

	ASSERT(hv_root_env(&root));
	ASSERT(hv_ledger(ledger_before));
	wrong = minivm_start(&vm, &root, 9);
	ASSERTm(wrong, wrong == NULL);
	bell = make_bell();
	queue = make_queue(DEPTH, SIZE);
	ASSERT(bell != 0 && queue != 0);
	PASS();
}

/* Sizes at the edges, and what comes with the results (231). */
TEST c231_sizes_0_1_max_and_max_plus_1(void)
{
	struct hv r;

	ASSERT_EQ(HV_MSGQUEUE_EMPTY, receive(SIZE).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE, send(0, 1, 0).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE, send(SIZE + 1, 1, 0).err);
	r = send(1, 0x11, 0);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ(1, r.out[0]);
	ASSERT_EQ(0, send(SIZE, 0x22, 0).err);
	r = receive(SIZE);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ(1, r.out[0]);
	ASSERT_EQ(1, r.out[1]);
	ASSERT(out[0] == 0x11 && out[1] == 0xee);
	ASSERT_EQ(HV_ADDR_OVERFLOW, receive(SIZE - 1).err);
	r = receive(SIZE);
	ASSERT_EQ(SIZE, r.out[0]);
	ASSERT_EQ(0, r.out[1]);
	ASSERT(out[SIZE - 1] == 0x22 && out[SIZE] == 0xee);
	PASS();
}

TEST c233_a_full_queue_refuses_and_tells_when_there_is_room(void)
{
	ASSERT_EQ(0,
	          HV(MSGQUEUE_BIND_SEND_VIRQ, queue, root.vic, TX_INTID).err);
	irq_set_edge(TX_INTID, true);
	irq_attach(TX_INTID, on_count, (void *)&tx_irqs);
	irq_enable(TX_INTID);
	for (unsigned i = 0; i < DEPTH; i++) {
		struct hv r = send(8, (uint8_t)i, 0);

		ASSERT_EQ(0, r.err);
		ASSERT_EQ(i + 1 < DEPTH, r.out[0]);
	}
	ASSERT_EQ(HV_MSGQUEUE_FULL, send(8, 1, 0).err);
	ASSERT_EQ(0, tx_irqs);
	ASSERT_EQ(0, receive(SIZE).err);
	ASSERT(irq_wait(&tx_irqs, WAIT_US));
	ASSERT_EQ(0, HV(MSGQUEUE_FLUSH, queue).err);
	ASSERT_EQ(HV_MSGQUEUE_EMPTY, receive(SIZE).err);
	ASSERT_EQ(0, HV(MSGQUEUE_UNBIND_SEND_VIRQ, queue).err);
	ASSERT_EQ(0, HV(MSGQUEUE_UNBIND_SEND_VIRQ, queue).err);
	PASS();
}

/* The receiver's interrupt lasts while there is something to receive. */
TEST c245_the_receiver_is_interrupted_at_its_threshold(void)
{
	rx_irqs = 0;
	irq_set_edge(RX_INTID, true);
	irq_attach(RX_INTID, on_count, (void *)&rx_irqs);
	irq_enable(RX_INTID);
	ASSERT_EQ(
		0,
		HV(MSGQUEUE_BIND_RECEIVE_VIRQ, queue, root.vic, RX_INTID).err);
	ASSERT_EQ(
		0,
		HV(MSGQUEUE_CONFIGURE_RECEIVE, queue, 3, HV_ONES, HV_ONES).err);
	ASSERT_EQ(0, send(8, 1, 0).err);
	ASSERT_EQ(0, send(8, 2, 0).err);
	ASSERT_FALSE(irq_wait(&rx_irqs, 20000));
	ASSERT_EQ(0, send(8, 3, 0).err);
	ASSERT(irq_wait(&rx_irqs, WAIT_US));
	ASSERT_EQ(0, HV(MSGQUEUE_FLUSH, queue).err);
	rx_irqs = 0;
	ASSERT_EQ(0, send(8, 1, 1).err); /* pushed */
	ASSERT(irq_wait(&rx_irqs, WAIT_US));
	ASSERT_EQ(0, HV(MSGQUEUE_FLUSH, queue).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, send(8, 1, 2).err);
	ASSERT_EQ(
		HV_ARGUMENT_INVALID,
		HV(MSGQUEUE_CONFIGURE_RECEIVE, queue, 0, HV_ONES, HV_ONES).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(MSGQUEUE_CONFIGURE_RECEIVE, queue,
	                                  DEPTH + 1, HV_ONES, HV_ONES)
	                                       .err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(MSGQUEUE_CONFIGURE_SEND, queue, DEPTH, HV_ONES, HV_ONES)
	                  .err);
	ASSERT_EQ(
		0,
		HV(MSGQUEUE_CONFIGURE_RECEIVE, queue, 1, HV_ONES, HV_ONES).err);
	ASSERT_EQ(0, HV(MSGQUEUE_UNBIND_RECEIVE_VIRQ, queue).err);
	PASS();
}

/* Buffers where there is nothing to read or write (55, 235). */
TEST c55_c235_buffers_must_be_ours(void)
{
	static uint8_t pages[2 * PAGE_SIZE] __attribute__((aligned(4096)));
	static const uint64_t bad[] = { 0, 0x08000000, 0x5f000000, 1ull << 45,
		                        ~0ull - 7 };
	uint64_t edge = MMU_TEST_VA + PAGE_SIZE - 4;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(HV_ADDR_INVALID,
		          HV(MSGQUEUE_SEND, queue, 8, bad[i]).err);
	}
	ASSERT_EQ(HV_MSGQUEUE_EMPTY, receive(SIZE).err);
	ASSERT_EQ(0, send(16, 0x77, 0).err);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(HV_ADDR_INVALID,
		          HV(MSGQUEUE_RECEIVE, queue, bad[i], SIZE).err);
	}
	/* Read-only for us: text. */
	ASSERT_EQ(HV_ADDR_INVALID,
	          HV(MSGQUEUE_RECEIVE, queue, (uint64_t)send, SIZE).err);
	/* Over the end of what is mapped. */
	mmu_map(MMU_TEST_VA, (uint64_t)pages, PAGE_SIZE, MMU_NORMAL);
	ASSERT_EQ(HV_ADDR_INVALID, HV(MSGQUEUE_SEND, queue, 16, edge).err);
	ASSERT_EQ(HV_ADDR_INVALID, HV(MSGQUEUE_RECEIVE, queue, edge, SIZE).err);
	/* Over a page's end into another one: two pages that are not in a row
	 * physically. */
	mmu_map(MMU_TEST_VA + PAGE_SIZE, (uint64_t)pages, PAGE_SIZE,
	        MMU_NORMAL);
	ASSERT_EQ(0, HV(MSGQUEUE_RECEIVE, queue, edge, SIZE).err);
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_EQ(0x77, pages[PAGE_SIZE - 4 + i]);
	}
	for (unsigned i = 0; i < 12; i++) {
		ASSERT_EQ(0x77, pages[i]);
	}
	ASSERT_EQ(0, pages[12]);
	mmu_unmap(MMU_TEST_VA, 2 * PAGE_SIZE);
	PASS();
}

TEST c238_nothing_of_an_earlier_message_shows(void)
{
	for (unsigned i = 0; i < DEPTH; i++) {
		ASSERT_EQ(0, send(SIZE, 0x5a, 0).err);
	}
	ASSERT_EQ(0, HV(MSGQUEUE_FLUSH, queue).err);
	ASSERT_EQ(0, send(3, 0x01, 0).err);
	ASSERT_EQ(3, receive(SIZE).out[0]);
	for (unsigned i = 3; i < SIZE; i++) {
		ASSERT_EQ(0xee, out[i]);
	}
	PASS();
}

TEST c240_order_is_kept_and_nothing_is_lost(void)
{
	uint64_t sent = 0;
	uint64_t got = 0;

	while (got < 20000) {
		while (HV(MSGQUEUE_SEND, queue, 8, (uint64_t)&sent).err ==
		       HV_OK) {
			sent++;
		}
		for (unsigned i = 0; i < 1 + got % DEPTH; i++) {
			uint64_t value = 0;

			ASSERT_EQ(0, HV(MSGQUEUE_RECEIVE, queue,
			                (uint64_t)&value, 8)
			                     .err);
			ASSERT_EQ(got, value);
			got++;
		}
	}
	ASSERT_EQ(0, HV(MSGQUEUE_FLUSH, queue).err);
	PASS();
}

TEST a_queue_is_configured_within_limits_and_once(void)
{
	uint64_t cap = create(HVC_PARTITION_CREATE_MSGQUEUE);
	static const uint64_t bad[] = {
		0,
		1,
		1 << 16,
		257 | 1 << 16,
		1 | 1025 << 16,
		1 | 1 << 16 | 1ull << 32,
		~0ull,
	};

	ASSERT_EQ(HV_OBJECT_CONFIG, HV(OBJECT_ACTIVATE, cap).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(MSGQUEUE_FLUSH, cap).err);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(HV_ARGUMENT_INVALID,
		          HV(MSGQUEUE_CONFIGURE, cap, bad[i]).err);
	}
	ASSERT_EQ(0, HV(MSGQUEUE_CONFIGURE, cap, 256 | 1024 << 16).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, cap).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(MSGQUEUE_CONFIGURE, cap, 1 | 1 << 16).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(OBJECT_ACTIVATE, cap).err);
	ASSERT_EQ(0, drop(cap));
	PASS();
}

/* A doorbell of ours, with an interrupt of ours (241). */
TEST c241_a_doorbell_interrupts_and_collects_flags(void)
{
	bells = 0;
	irq_attach(BELL_INTID, on_bell, &bell);
	irq_set_edge(BELL_INTID, false);
	irq_enable(BELL_INTID);
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, root.vic, BELL_INTID).err);
	ASSERT_EQ(HV_VIRQ_BOUND,
	          HV(DOORBELL_BIND_VIRQ, bell, root.vic, BELL_INTID + 5).err);
	ASSERT_EQ(0, HV(DOORBELL_MASK, bell, 0xf0, 0).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).out[0]);
	ASSERT_EQ(1, HV(DOORBELL_SEND, bell, 2).out[0]); /* they add up */
	ASSERT_FALSE(irq_wait(&bells, 20000));
	ASSERT_EQ(3, HV(DOORBELL_SEND, bell, 0x10).out[0]);
	ASSERT(irq_wait(&bells, WAIT_US));
	ASSERT_EQ(0, HV(DOORBELL_RECEIVE, bell, ~0ull).out[0]);
	ASSERT_FALSE(irq_is_pending(BELL_INTID));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(DOORBELL_RECEIVE, bell, 0).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT_EQ(0, HV(DOORBELL_RESET, bell).err);
	ASSERT_EQ(0, HV(DOORBELL_RECEIVE, bell, ~0ull).out[0]);
	ASSERT_EQ(0, HV(DOORBELL_UNBIND_VIRQ, bell).err);
	ASSERT_EQ(0, HV(DOORBELL_UNBIND_VIRQ, bell).err);
	bells = 0;
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT_FALSE(irq_wait(&bells, 20000));
	ASSERT_EQ(0, HV(DOORBELL_RESET, bell).err);
	PASS();
}

TEST c158_an_interrupt_has_one_source(void)
{
	uint64_t other = make_bell();

	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, root.vic, BELL_INTID).err);
	ASSERT_EQ(HV_BUSY,
	          HV(DOORBELL_BIND_VIRQ, other, root.vic, BELL_INTID).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(DOORBELL_BIND_VIRQ, other, root.vic, 5).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(DOORBELL_BIND_VIRQ, other, root.vic, 1020).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(DOORBELL_BIND_VIRQ, other, root.vic, 4096).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(DOORBELL_BIND_VIRQ, other, root.vic, ~0ull).err);
	ASSERT_EQ(0, drop(other));
	ASSERT_EQ(0, HV(DOORBELL_UNBIND_VIRQ, bell).err);
	PASS();
}

/* A message of the other VM, sent with the SMCCC form of the call. */
TEST c231_a_message_goes_from_vm_to_vm(void)
{
	uint64_t there = minivm_give(&vm, queue, MSGQUEUE_MAY_SEND);
	uint64_t *words = (uint64_t *)((uint64_t)vm.mail + 0x400);
	struct hv r;

	ASSERT_NEQ(0, there);
	for (unsigned i = 0; i < SIZE / 8; i++) {
		words[i] = 0x0101010101010101ull * i;
	}
	ASSERT_EQ(0,
	          minivm_call(&vm, HVC_MSGQUEUE_SEND,
	                      (const uint64_t[7]){ there, SIZE, VM_BUFFER }));
	ASSERT_EQ(1, vm.mail->x[1]);
	r = receive(SIZE);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ(SIZE, r.out[0]);
	ASSERT_MEM_EQ((void *)words, out, SIZE);
	PASS();
}

/* Rights: who may only send does not receive, bind or configure (246). */
TEST c246_rights_of_the_other_vm_are_those_it_was_given(void)
{
	uint64_t there = minivm_give(&vm, queue, MSGQUEUE_MAY_SEND);
	uint64_t none = minivm_give(&vm, bell, 0);
	const uint64_t arg[7] = { there, VM_BUFFER, SIZE };

	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          minivm_call(&vm, HVC_MSGQUEUE_RECEIVE, arg));
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          minivm_call(&vm, HVC_MSGQUEUE_FLUSH,
	                      (const uint64_t[7]){ there }));
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          minivm_call(&vm, HVC_DOORBELL_SEND,
	                      (const uint64_t[7]){ none, 1 }));
	/* Our own ids mean nothing there (236). */
	ASSERT_EQ(HV_CAP_NULL, minivm_call(&vm, HVC_DOORBELL_SEND,
	                                   (const uint64_t[7]){ bell, 1 }));
	/* Nor may it ask what only the root VM may (62). */
	ASSERT_EQ(HV_DENIED,
	          minivm_call(&vm, HVC_TS_ROOT_ENV, (const uint64_t[7]){ 0 }));
	ASSERT_EQ(HV_DENIED,
	          minivm_call(&vm, HVC_TS_LEDGER, (const uint64_t[7]){ 0 }));
	PASS();
}

/* A doorbell wakes a VM that sleeps in WFI (245, 249). */
TEST c249_a_doorbell_wakes_a_vm_from_wfi(void)
{
	uint64_t wake = make_bell();
	uint64_t gicd = 0x08000000;
	uint64_t gicr_sgi = 0x080a0000 + 0x10000;
	bool woken = false;

	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, wake, vm.vic, VM_INTID).err);
	(void)gicr_sgi;
	ASSERT(minivm_store32(&vm, gicd, 0x12)); /* ARE, group 1 */
	ASSERT(minivm_store32(&vm, gicd + 0x80 + 4, ~0u));
	ASSERT(minivm_store32(&vm, gicd + 0xc00 + VM_INTID / 16 * 4,
	                      2u << VM_INTID % 16 * 2)); /* edge */
	ASSERT(minivm_store32(&vm, gicd + 0x100 + 4, 1u << VM_INTID % 32));
	ASSERT(minivm_order(&vm, MINIVM_IRQS));
	vm.mail->woken = 0;
	ASSERT(minivm_order(&vm, MINIVM_WAIT));
	for (unsigned i = 0; i < 100; i++) {
		HV(SCHEDULER_YIELD, 0);
	}
	ASSERT_EQ(0, vm.mail->woken); /* it really sleeps */
	ASSERT_EQ(0, HV(DOORBELL_SEND, wake, 1).err);
	for (unsigned i = 0; i < 100000 && !woken; i++) {
		HV(SCHEDULER_YIELD, 0);
		woken = vm.mail->woken != 0;
	}
	ASSERT(woken);
	ASSERT_EQ(VM_INTID, vm.mail->intid);
	ASSERT_EQ(1, vm.mail->irq_count);
	ASSERT_EQ(0, drop(wake));
	PASS();
}

/* Revoked or deleted, the queue is out of the other VM's reach (232, 248). */
TEST c232_c248_a_queue_that_is_gone_is_gone(void)
{
	uint64_t mine = make_queue(2, 8);
	uint64_t there = minivm_give(&vm, mine, ~0u);
	const uint64_t arg[7] = { there, 8, VM_BUFFER };

	ASSERT_EQ(0, minivm_call(&vm, HVC_MSGQUEUE_SEND, arg));
	ASSERT_EQ(0, HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, mine).err);
	ASSERT_EQ(HV_CAP_REVOKED, minivm_call(&vm, HVC_MSGQUEUE_SEND, arg));
	ASSERT_EQ(0, drop(mine));
	ASSERT_EQ(HV_CAP_REVOKED, minivm_call(&vm, HVC_MSGQUEUE_SEND, arg));
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, vm.cspace, there).err);
	ASSERT_EQ(HV_CAP_NULL, minivm_call(&vm, HVC_MSGQUEUE_SEND, arg));
	PASS();
}

/* What was bound to the VM's VIC is unbound when the VM goes (243, 248). */
TEST c243_after_the_vm_is_gone_everything_is_as_before(void)
{
	uint64_t after[LEDGER_COUNT];

	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, vm.vic, VM_INTID).err);
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT_EQ(0, drop(bell));
	ASSERT_EQ(0, drop(queue));
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(ledger_before, after) ?: "nothing");
	PASS();
}

SUITE(ipc)
{
	RUN_TEST(the_second_vm_and_its_objects_can_be_made);
	RUN_TEST(c231_sizes_0_1_max_and_max_plus_1);
	RUN_TEST(c233_a_full_queue_refuses_and_tells_when_there_is_room);
	RUN_TEST(c245_the_receiver_is_interrupted_at_its_threshold);
	RUN_TEST(c55_c235_buffers_must_be_ours);
	RUN_TEST(c238_nothing_of_an_earlier_message_shows);
	RUN_TEST(c240_order_is_kept_and_nothing_is_lost);
	RUN_TEST(a_queue_is_configured_within_limits_and_once);
	RUN_TEST(c241_a_doorbell_interrupts_and_collects_flags);
	RUN_TEST(c158_an_interrupt_has_one_source);
	RUN_TEST(c231_a_message_goes_from_vm_to_vm);
	RUN_TEST(c246_rights_of_the_other_vm_are_those_it_was_given);
	RUN_TEST(c249_a_doorbell_wakes_a_vm_from_wfi);
	RUN_TEST(c232_c248_a_queue_that_is_gone_is_gone);
	RUN_TEST(c243_after_the_vm_is_gone_everything_is_as_before);
}

SUITE_EXTERN(copies); /* hvc_ipc_copy.c */

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(ipc);
	RUN_SUITE(copies);
	GREATEST_MAIN_END();
}
