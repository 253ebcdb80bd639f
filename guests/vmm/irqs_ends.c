// SPDX-License-Identifier: BSD-2-Clause
/*
 * A physical interrupt that is lent, and who ends first: the borrower by force,
 * before it has accepted, or the owner.  The stranger's PL061 is a GPIO: low is
 * the level that interrupts, and it is low.
 * Promised by: docs/lifecycle.md, "Interrupts".
 */
#include "greatest.h"
#include "rt/hv_root.h"
#include "rt/irq.h"
#include "vmm/irqs.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/peers.h"

#define MIB (1ull << 20)

#define GPIO_IS 0x404 /* 1: a level */
#define GPIO_IE 0x410

#define OK    RM_ERR_OK
#define NONE  RM_ERR_HANDLE_INVALID
#define INUSE RM_ERR_IRQ_INUSE
#define FREE  RM_ERR_IRQ_RELEASED

static struct machine made = { .image = "peer",
	                       .ram_size = 4 * MIB,
	                       .vcpu_count = 1,
	                       .is_scheduled = true };

/* @return NULL, or what went wrong */
static const char *launch_peer(void)
{
	if (machine_launch(&made) != RM_ERR_OK) {
		return made.step;
	}
	return peer_open(MADE, made.image) ? NULL : "it does not answer";
}

static const char *end_peer(void)
{
	if (machine_stop(&made) != RM_ERR_OK ||
	    !machine_wait(&made, IRQS_WAIT_US) ||
	    machine_dispose(&made) != RM_ERR_OK || !peer_close(MADE)) {
		return made.step != NULL ? made.step : "it does not end";
	}
	return NULL;
}

#define MUST(does)                                                   \
	do {                                                         \
		const char *wrong = does;                            \
                                                                     \
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong); \
	} while (0)

/* It is ended by force in its handler; nothing of it is left (R3). */
TEST a_borrower_is_killed_with_it_active(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	uint32_t handle, got;

	for (unsigned i = 0; i < IRQS_ROUNDS; i++) {
		if (i == 1) { /* what is made once and kept is there */
			ASSERT(lives_ledger(before));
		}
		MUST(launch_peer());
		ASSERT_EQ(OK, irqs_lend_to(peer_vmid(MADE), &handle));
		ASSERT_EQ(OK, irqs_accept(MADE, handle, RM_IRQ_ANY, &got));
		ASSERT(peer_listen(MADE, got, MAILBOX_ON_STAY));
		ASSERT(irqs_raise_it());
		ASSERT(irqs_heard(MADE));
		ASSERT_EQ(INUSE, irqs_do(OWNER, RECLAIM, handle));
		MUST(end_peer());
		ASSERT_EQ(0u, irqs_taken);
		ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
		ASSERT(irq_wait(&irqs_taken, IRQS_WAIT_US));
		ASSERT_EQ(1u, irqs_taken);
	}
	ASSERT(lives_ledger(after));
	MUST(hv_ledger_difference(before, after));
	PASS();
}

/* Offered to a VM that never was: who gets its VMID does not get it. */
TEST an_offer_is_not_inherited(void)
{
	struct rm_vmid who = { 0x90, 0 };
	uint32_t handle, got;

	ASSERT_EQ(OK, irqs_ask(OWNER, RM_VM_ALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(OK, irqs_lend_to(who.vmid, &handle));
	ASSERT_EQ(OK, irqs_do(OWNER, TELL_LENT, handle));
	ASSERT_EQ(OK,
	          irqs_ask(OWNER, RM_VM_DEALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(OK, irqs_ask(OWNER, RM_VM_ALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(FREE, irqs_do(OWNER, TELL_LENT, handle));
	ASSERT_EQ(OK,
	          irqs_ask(OWNER, RM_VM_DEALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
	PASS();
}

static const char *gpio_at_home(unsigned intid)
{
	if (!peer_poke(STRANGE, GPIO_IE, 0) ||
	    !peer_poke(STRANGE, GPIO_IS, 0xff) ||
	    !peer_listen(STRANGE, intid, MAILBOX_ON_ONE) ||
	    peer_heard(STRANGE) != 0) {
		return "it is not quiet";
	}
	if (!peer_poke(STRANGE, GPIO_IE, 1) || !irqs_heard(STRANGE)) {
		return "its owner does not hear it";
	}
	return peer_poke(STRANGE, GPIO_IE, 0) ? NULL : "no answer";
}

/* The owner ends while another VM is in the handler; it finds it at home. */
TEST an_owner_goes_first(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	struct rm_irq_lend lend = { .label = IRQS_LABEL };
	uint32_t handle, got;
	unsigned physical;

	for (unsigned i = 0; i < IRQS_ROUNDS; i++) {
		if (i == 2) { /* after one of each kind */
			ASSERT(lives_ledger(before));
		}
		lend.virq = peer_device(STRANGE, &physical);
		MUST(gpio_at_home(lend.virq));
		MUST(launch_peer());
		lend.borrower = peer_vmid(MADE);
		ASSERT_EQ(OK, irqs_ask(STRANGER, RM_VM_IRQ_LEND, &lend,
		                       sizeof(lend), &handle));
		ASSERT_EQ(OK, irqs_accept(MADE, handle, IRQS_THEIRS, &got));
		ASSERT(peer_listen(MADE, IRQS_THEIRS, MAILBOX_ON_STAY));
		ASSERT(peer_poke(STRANGE, GPIO_IE, 1));
		ASSERT(irqs_heard(MADE));
		peer_leave(STRANGE, i % 2 != 0);
		ASSERT(peer_again(STRANGE));
		ASSERT_EQ(lend.virq, peer_device(STRANGE, &physical));
		ASSERT_EQ(NONE, irqs_ask(STRANGER, RM_VM_IRQ_RECLAIM, &handle,
		                         sizeof(handle), &got));
		MUST(gpio_at_home(lend.virq));
		ASSERT_EQ(1u, peer_heard(MADE));
		MUST(end_peer());
		MUST(gpio_at_home(lend.virq));
	}
	ASSERT(lives_ledger(after));
	MUST(hv_ledger_difference(before, after));
	PASS();
}

SUITE(irqs_ends)
{
	RUN_TEST(a_borrower_is_killed_with_it_active);
	RUN_TEST(an_offer_is_not_inherited);
	RUN_TEST(an_owner_goes_first);
}
