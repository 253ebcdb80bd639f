// SPDX-License-Identifier: BSD-2-Clause
/*
 * A physical interrupt between VMs: every step, legal and illegal, by owner,
 * borrower and a stranger, and that it comes to who has it and to nobody else;
 * who ends first is in irqs_ends.c.  We own the board's PL031, whose interrupt
 * can be raised at any time: the alarm is now.  The stranger owns its PL061.
 * Promised by: docs/lifecycle.md, "Interrupts".
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/irqs.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define RTC_SPI  34u /* of the board */
#define GPIO_SPI 39u
#define QUIET_US 20000u /* that nothing may come in */

enum state { HOME, OFFERED, ACCEPTED, MUTED, DROPPED, STATES };
#define OK      RM_ERR_OK
#define NONE    RM_ERR_HANDLE_INVALID
#define INVALID RM_ERR_IRQ_INVALID
#define INUSE   RM_ERR_IRQ_INUSE
#define FREE    RM_ERR_IRQ_RELEASED
#define UNMAPPD RM_ERR_IRQ_NOT_MAPPED

/* What each step comes to in each state.  OK: it may change the state. */
/* clang-format off */
static const uint32_t expected[STATES][WHOS][STEPS] = {
	/*               LEND     ACCEPT RELEASE RECLAIM UNMAP    TELL_LENT _RELEASED _ACCEPTED */
	[HOME] = {
		[OWNER]    = { OK,      NONE,  NONE,   NONE,   OK,      NONE,  NONE,  NONE },
		[BORROWER] = { INVALID, NONE,  NONE,   NONE,   INVALID, NONE,  NONE,  NONE },
		[STRANGER] = { INVALID, NONE,  NONE,   NONE,   INVALID, NONE,  NONE,  NONE },
	},
	[OFFERED] = {
		[OWNER]    = { INUSE,   NONE,  NONE,   OK,     INUSE,   OK,    NONE,  NONE },
		[BORROWER] = { INVALID, OK,    FREE,   NONE,   INVALID, NONE,  OK,    FREE },
		[STRANGER] = { INVALID, NONE,  NONE,   NONE,   INVALID, NONE,  NONE,  NONE },
	},
	[ACCEPTED] = {
		[OWNER]    = { INUSE,   NONE,  NONE,   INUSE,  INUSE,   INUSE, NONE,  NONE },
		[BORROWER] = { INVALID, INUSE, OK,     NONE,   OK,      NONE,  INUSE, OK },
		[STRANGER] = { INVALID, NONE,  NONE,   NONE,   INVALID, NONE,  NONE,  NONE },
	},
	[MUTED] = {
		[OWNER]    = { INUSE,   NONE,  NONE,   INUSE,  INUSE,   INUSE, NONE,  NONE },
		[BORROWER] = { INVALID, INUSE, OK,     NONE,   UNMAPPD, NONE,  INUSE, UNMAPPD },
		[STRANGER] = { INVALID, NONE,  NONE,   NONE,   INVALID, NONE,  NONE,  NONE },
	},
	[DROPPED] = {
		[OWNER]    = { OK,      NONE,  NONE,   NONE,   UNMAPPD, NONE,  NONE,  NONE },
		[BORROWER] = { INVALID, NONE,  NONE,   NONE,   INVALID, NONE,  NONE,  NONE },
		[STRANGER] = { INVALID, NONE,  NONE,   NONE,   INVALID, NONE,  NONE,  NONE },
	},
};
/* clang-format on */

static const char *const state_names[] = { "home", "offered", "accepted",
	                                   "muted", "dropped" };
static const char *const who_names[] = { "owner", "borrower", "stranger" };
static const char *const step_names[] = { "LEND",      "ACCEPT",   "RELEASE",
	                                  "RECLAIM",   "UNMAP",    "TELL_LENT",
	                                  "TELL_REL.", "TELL_ACC." };

/* Who has it in each state; STRANGER: nobody. */
static const enum who holder[STATES] = { [HOME] = OWNER,
	                                 [OFFERED] = STRANGER,
	                                 [ACCEPTED] = BORROWER,
	                                 [MUTED] = STRANGER,
	                                 [DROPPED] = STRANGER };

/* All steps that are refused here, and those that change nothing. */
static const char *try_all(enum state state, uint32_t handle)
{
	static char text[96];

	for (unsigned i = 0; i < WHOS * STEPS; i++) {
		enum who who = (enum who)(i / STEPS);
		enum step step = (enum step)(i % STEPS);
		uint32_t want = expected[state][who][step], got;

		if (want == OK && step < TELL_LENT) {
			continue;
		}
		got = irqs_do(who, step, handle);
		if (got != want) {
			snprintf(text, sizeof(text), "%s, %s: %s said %s",
			         state_names[state], who_names[who],
			         step_names[step], rpc_error_name(got));
			return text;
		}
	}
	return NULL;
}

/* Raise it once, and see to whom it comes, and to whom not. */
static const char *where_it_goes(enum who to)
{
	static char text[64];
	uint64_t end;
	bool good;

	if (!peer_listen(BORROWING, IRQS_THEIRS, MAILBOX_ON_ONE) ||
	    !peer_listen(STRANGE, IRQS_THEIRS, MAILBOX_ON_ONE) ||
	    !irqs_raise_it()) {
		return "nobody can listen";
	}
	end = cntvct() +
	      timer_ticks_of_us(to == STRANGER ? QUIET_US : IRQS_WAIT_US);
	do {
		cpu_relax(); /* an emulator may run one CPU at a time */
		good = irqs_taken == (to == OWNER) &&
		       peer_heard(BORROWING) == (to == BORROWER) &&
		       peer_heard(STRANGE) == 0;
	} while ((!good || to == STRANGER) && cntvct() < end);
	irqs_quieten();
	snprintf(text, sizeof(text), "it came %u, %u and %u times", irqs_taken,
	         peer_heard(BORROWING), peer_heard(STRANGE));
	return good ? NULL : text;
}

#define TRY(state)                                                   \
	do {                                                         \
		const char *wrong = try_all(state, handle);          \
                                                                     \
		wrong = wrong ?: where_it_goes(holder[state]);       \
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong); \
	} while (0)

static bool is_rtc_ours(void)
{
	return dt_device(&irqs_rtc) && irqs_rtc.physical == RTC_SPI;
}

/* docs/scenarios.md, "irqs": registers and interrupt, as the tree says. */
TEST the_owner_has_its_device(void)
{
	unsigned physical = 0;

	ASSERT(is_rtc_ours());
	mmu_map_device(irqs_rtc.reg.base, irqs_rtc.reg.size);
	irq_attach(irqs_rtc.intid, irqs_on_alarm, NULL);
	irq_enable(irqs_rtc.intid);
	for (unsigned i = 0; i < 10; i++) {
		ASSERT(irqs_raise_it());
		ASSERT(irq_wait(&irqs_taken, IRQS_WAIT_US));
		ASSERT_EQ(1u, irqs_taken);
		ASSERT(!irq_is_active(irqs_rtc.intid));
	}
	ASSERT_NEQ(0u, peer_device(STRANGE, &physical));
	ASSERT_EQ(GPIO_SPI, physical);
	ASSERT_EQ(0u, peer_device(BORROWING, &physical));
	PASS();
}

/* The whole table; and each time it comes to who has it. */
TEST it_goes_every_legal_way_and_no_other(void)
{
	uint32_t handle = 0;

	TRY(HOME);
	ASSERT_EQ(OK, irqs_lend_to(peer_vmid(BORROWING), &handle));
	TRY(OFFERED);
	ASSERT_EQ(OK, irqs_do(BORROWER, ACCEPT, handle));
	TRY(ACCEPTED);
	ASSERT_EQ(OK, irqs_do(BORROWER, RELEASE, handle));
	TRY(OFFERED);
	ASSERT_EQ(OK, irqs_do(BORROWER, ACCEPT, handle));
	ASSERT_EQ(OK, irqs_do(BORROWER, UNMAP, handle));
	TRY(MUTED);
	ASSERT_EQ(OK, irqs_do(BORROWER, RELEASE, handle));
	TRY(OFFERED);
	ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
	TRY(HOME);
	ASSERT_EQ(OK, irqs_do(OWNER, UNMAP, handle));
	TRY(DROPPED);
	ASSERT_EQ(OK, irqs_lend_to(peer_vmid(BORROWING), &handle));
	ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
	TRY(HOME);
	PASS();
}

TEST arguments_are_looked_at(void)
{
	static const uint32_t bad[] = { 0, 27, 33, 34, 128, 160, 255, 1000 };
	uint32_t twice[4] = { 2, 0, irqs_rtc.intid, irqs_rtc.intid };
	uint32_t handle, got, tell[4];
	unsigned physical;
	struct rm_irq_lend lend = { .borrower = RM_VMID_PRIMARY,
		                    .virq = irqs_rtc.intid };

	ASSERT_EQ(RM_ERR_VMID_INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), &got));
	lend.borrower = 63; /* nobody */
	ASSERT_EQ(RM_ERR_VMID_INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), &got));
	lend.virq += 2; /* the next one is the stranger's, perhaps */
	ASSERT_EQ(INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), &got));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_UNMAP, twice, sizeof(twice), &got));
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_UNMAP, twice, 12, &got));
	ASSERT_EQ(OK, irqs_lend_to(peer_vmid(STRANGE), &handle));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
		          irqs_accept(STRANGE, handle, bad[i], &got));
	}
	/* Its own is there, also while it is lent. */
	ASSERT_EQ(INUSE, irqs_accept(STRANGE, handle,
	                             peer_device(STRANGE, &physical), &got));
	memcpy(tell, (uint32_t[4]){ handle, 1, 1, 63 }, sizeof(tell));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_NOTIFY, tell, sizeof(tell), &got));
	tell[3] = peer_vmid(STRANGE);
	ASSERT_EQ(OK,
	          irqs_ask(OWNER, RM_VM_IRQ_NOTIFY, tell, sizeof(tell), &got));
	tell[1] = 3;
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_NOTIFY, tell, sizeof(tell), &got));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          irqs_ask(OWNER, RM_VM_IRQ_NOTIFY, tell, 8, &got));
	ASSERT_EQ(OK, irqs_accept(STRANGE, handle, RM_IRQ_ANY, &got));
	ASSERT_EQ(irqs_rtc.intid, got); /* the owner's, for it is free there */
	ASSERT_EQ(OK, irqs_do(STRANGER, RELEASE, handle));
	ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
	PASS();
}

TEST news_reaches_the_other_side(void)
{
	uint32_t handle;

	ASSERT_EQ(OK, irqs_lend_to(peer_vmid(BORROWING), &handle));
	(void)peer_note(BORROWING);
	(void)peer_note(STRANGE);
	ASSERT_EQ(OK, irqs_do(OWNER, TELL_LENT, handle));
	ASSERT_EQ(RM_VM_IRQ_LENT, peer_note(BORROWING));
	ASSERT_EQ(0u, peer_note(STRANGE));
	ASSERT_EQ(OK, irqs_do(BORROWER, ACCEPT, handle));
	ASSERT_EQ(OK, irqs_do(BORROWER, TELL_ACCEPTED, handle));
	ASSERT_EQ(handle, irqs_note_of(RM_VM_IRQ_ACCEPTED));
	ASSERT_EQ(OK, irqs_do(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, irqs_do(BORROWER, TELL_RELEASED, handle));
	ASSERT_EQ(handle, irqs_note_of(RM_VM_IRQ_RELEASED));
	ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
	PASS();
}

/* What is raised and not quietened comes to one after the other. */
TEST a_level_follows_whoever_has_it(void)
{
	uint32_t handle, got;

	for (unsigned i = 0; i < IRQS_ROUNDS; i++) {
		ASSERT_EQ(OK, irqs_lend_to(peer_vmid(BORROWING), &handle));
		ASSERT(irqs_raise_it());
		ASSERT(peer_listen(BORROWING, IRQS_THEIRS, MAILBOX_ON_ONE));
		ASSERT_EQ(OK,
		          irqs_accept(BORROWING, handle, IRQS_THEIRS, &got));
		ASSERT(irqs_heard(BORROWING));
		ASSERT_EQ(0u, irqs_taken);
		ASSERT_EQ(OK, irqs_do(BORROWER, RELEASE, handle));
		ASSERT_EQ(0u, irqs_taken);
		ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
		ASSERT(irq_wait(&irqs_taken, IRQS_WAIT_US));
		ASSERT_EQ(1u, irqs_taken);
	}
	PASS();
}

/* It goes off in its handler, is launched again, and knows nothing of it. */
TEST a_borrower_goes_off_with_it_active(void)
{
	uint32_t handle, got;

	for (unsigned i = 0; i < IRQS_ROUNDS; i++) {
		ASSERT_EQ(OK, irqs_lend_to(peer_vmid(BORROWING), &handle));
		ASSERT_EQ(OK,
		          irqs_accept(BORROWING, handle, IRQS_THEIRS, &got));
		ASSERT(peer_listen(BORROWING, IRQS_THEIRS, MAILBOX_ON_OFF));
		ASSERT(irqs_raise_it());
		ASSERT_EQ(handle, irqs_note_of(RM_VM_IRQ_RELEASED));
		ASSERT_EQ(1u, peer_heard(BORROWING));
		ASSERT(peer_again(BORROWING));
		ASSERT_EQ(NONE,
		          irqs_accept(BORROWING, handle, IRQS_THEIRS, &got));
		ASSERT_EQ(FREE, irqs_do(OWNER, TELL_LENT, handle));
		ASSERT_EQ(0u, irqs_taken);
		ASSERT_EQ(OK, irqs_do(OWNER, RECLAIM, handle));
		ASSERT(irq_wait(&irqs_taken,
		                IRQS_WAIT_US)); /* it is still high */
		ASSERT_EQ(1u, irqs_taken);
		handle = 0;
		TRY(HOME);
	}
	PASS();
}

SUITE(irqs)
{
	if (!peer_open(BORROWING, "borrower") || !peer_open(STRANGE, "other")) {
		printf("the other VMs do not answer\n");
	}
	RUN_TEST(the_owner_has_its_device);
	RUN_TEST(it_goes_every_legal_way_and_no_other);
	RUN_TEST(arguments_are_looked_at);
	RUN_TEST(news_reaches_the_other_side);
	RUN_TEST(a_level_follows_whoever_has_it);
	RUN_TEST(a_borrower_goes_off_with_it_active);
}
