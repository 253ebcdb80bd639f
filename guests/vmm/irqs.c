// SPDX-License-Identifier: BSD-2-Clause
/*
 * A physical interrupt between VMs: every step, legal and illegal, by owner,
 * borrower and a stranger; that it comes to who has it and to nobody else; and
 * who ends first.  We own the board's PL031, whose interrupt can be raised at
 * any time: the alarm is now.  The stranger owns its PL061, a GPIO: low is the
 * level that interrupts, and it is low.
 * Promised by: docs/lifecycle.md, "Interrupts".
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/hv_root.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB      (1ull << 20)
#define RTC_SPI  34u /* of the board */
#define GPIO_SPI 39u
#define THEIRS   40u /* INTID with the borrower */
#define LABEL    0x4c4142u
#define ROUNDS   5u
#define WAIT_US  3000000u
#define QUIET_US 20000u /* that nothing may come in */

#define RTC_DR   0x00
#define RTC_MR   0x04
#define RTC_IMSC 0x10
#define RTC_RIS  0x14
#define RTC_ICR  0x1c

#define GPIO_IS 0x404 /* 1: a level */
#define GPIO_IE 0x410

enum state { HOME, OFFERED, ACCEPTED, MUTED, DROPPED, STATES };
enum who { OWNER, BORROWER, STRANGER, WHOS };
enum step {
	LEND,
	ACCEPT,
	RELEASE,
	RECLAIM,
	UNMAP,
	TELL_LENT,
	TELL_RELEASED,
	TELL_ACCEPTED,
	STEPS
};

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

/* The peers are ready from the first test on. */
#define BORROWING 0
#define STRANGE   1
#define MADE      2 /* a VM of our own */

static struct dt_device rtc;
static volatile unsigned taken;

static void on_alarm(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	taken++;
	mmio_write32(rtc.reg.base + RTC_ICR, 1);
}

static void quieten(void)
{
	mmio_write32(rtc.reg.base + RTC_ICR, 1);
}

static bool raise_it(void)
{
	taken = 0;
	mmio_write32(rtc.reg.base + RTC_IMSC, 1);
	for (unsigned i = 0; i < 10; i++) {
		mmio_write32(rtc.reg.base + RTC_MR,
		             mmio_read32(rtc.reg.base + RTC_DR));
		/* In this order: the handler quietens it. */
		if (mmio_read32(rtc.reg.base + RTC_RIS) != 0 || taken != 0) {
			return true;
		}
		/* The second has just changed. */
	}
	return false;
}

static uint32_t ask(enum who who, uint32_t id, const void *data, size_t len,
                    uint32_t *answer)
{
	static uint8_t room[RM_MESSAGE_MAX];
	uint32_t error;

	if (who != OWNER) {
		error = peer_ask(who == BORROWER ? BORROWING : STRANGE, id,
		                 data, len);
		*answer = peer_answer(who == BORROWER ? BORROWING : STRANGE);
		return error;
	}
	error = rpc_call(id, data, len, room, NULL);
	memcpy(answer, room, sizeof(*answer));
	return error;
}

static uint32_t lend_to(uint16_t vmid, uint32_t *handle)
{
	const struct rm_irq_lend lend = { .borrower = vmid,
		                          .virq = rtc.intid,
		                          .label = LABEL };

	return ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), handle);
}

/* Until who had it has let it go. */
static uint32_t accept(unsigned peer, uint32_t handle, uint32_t virq,
                       uint32_t *got)
{
	const struct rm_irq_accept accept = { handle, virq };
	uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);
	uint32_t error;

	do {
		error = peer_ask(peer, RM_VM_IRQ_ACCEPT, &accept,
		                 sizeof(accept));
	} while (error == RM_ERR_BUSY && cntvct() < end);
	*got = peer_answer(peer);
	return error;
}

static uint32_t do_step(enum who who, enum step step, uint32_t handle)
{
	static const uint32_t ids[STEPS] = {
		[LEND] = RM_VM_IRQ_LEND,
		[ACCEPT] = RM_VM_IRQ_ACCEPT,
		[RELEASE] = RM_VM_IRQ_RELEASE,
		[RECLAIM] = RM_VM_IRQ_RECLAIM,
		[UNMAP] = RM_VM_IRQ_UNMAP,
		[TELL_LENT] = RM_VM_IRQ_NOTIFY,
		[TELL_RELEASED] = RM_VM_IRQ_NOTIFY,
		[TELL_ACCEPTED] = RM_VM_IRQ_NOTIFY,
	};
	uint32_t word[4] = { handle, 0, 0, 0 }, got;
	size_t len = 4;

	switch (step) {
	case LEND:
		word[0] = peer_vmid(who == BORROWER ? STRANGE : BORROWING);
		word[1] = rtc.intid;
		word[2] = LABEL;
		len = 12;
		break;
	case UNMAP:
		word[0] = 1;
		word[2] = who == BORROWER ? THEIRS : rtc.intid;
		len = 12;
		break;
	case ACCEPT:
		word[1] = THEIRS;
		len = 8;
		break;
	case TELL_LENT:
	case TELL_RELEASED:
	case TELL_ACCEPTED:
		word[1] = 1u << (step - TELL_LENT);
		len = 8;
		break;
	case RELEASE:
	case RECLAIM:
	case STEPS:
		break;
	}
	return ask(who, ids[step], word, len, &got);
}

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
		got = do_step(who, step, handle);
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

	if (!peer_listen(BORROWING, THEIRS, MAILBOX_ON_ONE) ||
	    !peer_listen(STRANGE, THEIRS, MAILBOX_ON_ONE) || !raise_it()) {
		return "nobody can listen";
	}
	end = cntvct() + timer_ticks_of_us(to == STRANGER ? QUIET_US : WAIT_US);
	do {
		cpu_relax(); /* an emulator may run one CPU at a time */
		good = taken == (to == OWNER) &&
		       peer_heard(BORROWING) == (to == BORROWER) &&
		       peer_heard(STRANGE) == 0;
	} while ((!good || to == STRANGER) && cntvct() < end);
	quieten();
	snprintf(text, sizeof(text), "it came %u, %u and %u times", taken,
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
	return dt_device(&rtc) && rtc.physical == RTC_SPI;
}

/* docs/scenarios.md, "irqs": registers and interrupt, as the tree says. */
TEST the_owner_has_its_device(void)
{
	unsigned physical = 0;

	ASSERT(is_rtc_ours());
	mmu_map_device(rtc.reg.base, rtc.reg.size);
	irq_attach(rtc.intid, on_alarm, NULL);
	irq_enable(rtc.intid);
	for (unsigned i = 0; i < 10; i++) {
		ASSERT(raise_it());
		ASSERT(irq_wait(&taken, WAIT_US));
		ASSERT_EQ(1u, taken);
		ASSERT(!irq_is_active(rtc.intid));
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
	ASSERT_EQ(OK, lend_to(peer_vmid(BORROWING), &handle));
	TRY(OFFERED);
	ASSERT_EQ(OK, do_step(BORROWER, ACCEPT, handle));
	TRY(ACCEPTED);
	ASSERT_EQ(OK, do_step(BORROWER, RELEASE, handle));
	TRY(OFFERED);
	ASSERT_EQ(OK, do_step(BORROWER, ACCEPT, handle));
	ASSERT_EQ(OK, do_step(BORROWER, UNMAP, handle));
	TRY(MUTED);
	ASSERT_EQ(OK, do_step(BORROWER, RELEASE, handle));
	TRY(OFFERED);
	ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
	TRY(HOME);
	ASSERT_EQ(OK, do_step(OWNER, UNMAP, handle));
	TRY(DROPPED);
	ASSERT_EQ(OK, lend_to(peer_vmid(BORROWING), &handle));
	ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
	TRY(HOME);
	PASS();
}

TEST arguments_are_looked_at(void)
{
	static const uint32_t bad[] = { 0, 27, 33, 34, 128, 160, 255, 1000 };
	uint32_t twice[4] = { 2, 0, rtc.intid, rtc.intid };
	uint32_t handle, got, tell[4];
	unsigned physical;
	struct rm_irq_lend lend = { .borrower = RM_VMID_PRIMARY,
		                    .virq = rtc.intid };

	ASSERT_EQ(RM_ERR_VMID_INVALID,
	          ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), &got));
	lend.borrower = 63; /* nobody */
	ASSERT_EQ(RM_ERR_VMID_INVALID,
	          ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), &got));
	lend.virq += 2; /* the next one is the stranger's, perhaps */
	ASSERT_EQ(INVALID,
	          ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), &got));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          ask(OWNER, RM_VM_IRQ_UNMAP, twice, sizeof(twice), &got));
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          ask(OWNER, RM_VM_IRQ_UNMAP, twice, 12, &got));
	ASSERT_EQ(OK, lend_to(peer_vmid(STRANGE), &handle));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
		          accept(STRANGE, handle, bad[i], &got));
	}
	/* Its own is there, also while it is lent. */
	ASSERT_EQ(INUSE, accept(STRANGE, handle,
	                        peer_device(STRANGE, &physical), &got));
	memcpy(tell, (uint32_t[4]){ handle, 1, 1, 63 }, sizeof(tell));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          ask(OWNER, RM_VM_IRQ_NOTIFY, tell, sizeof(tell), &got));
	tell[3] = peer_vmid(STRANGE);
	ASSERT_EQ(OK, ask(OWNER, RM_VM_IRQ_NOTIFY, tell, sizeof(tell), &got));
	tell[1] = 3;
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          ask(OWNER, RM_VM_IRQ_NOTIFY, tell, sizeof(tell), &got));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          ask(OWNER, RM_VM_IRQ_NOTIFY, tell, 8, &got));
	ASSERT_EQ(OK, accept(STRANGE, handle, RM_IRQ_ANY, &got));
	ASSERT_EQ(rtc.intid, got); /* the owner's, for it is free there */
	ASSERT_EQ(OK, do_step(STRANGER, RELEASE, handle));
	ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
	PASS();
}

/* @return its handle; 0: it did not come */
static uint32_t note_of(uint32_t id)
{
	uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);
	uint32_t handle;

	while (cntvct() < end) {
		const struct rm_message_buf *note = rpc_notification();

		if (note != NULL && note->id == id) {
			memcpy(&handle, note->payload, sizeof(handle));
			return handle;
		}
		if (note == NULL) {
			rpc_sleep();
		}
	}
	return 0;
}

TEST news_reaches_the_other_side(void)
{
	uint32_t handle;

	ASSERT_EQ(OK, lend_to(peer_vmid(BORROWING), &handle));
	(void)peer_note(BORROWING);
	(void)peer_note(STRANGE);
	ASSERT_EQ(OK, do_step(OWNER, TELL_LENT, handle));
	ASSERT_EQ(RM_VM_IRQ_LENT, peer_note(BORROWING));
	ASSERT_EQ(0u, peer_note(STRANGE));
	ASSERT_EQ(OK, do_step(BORROWER, ACCEPT, handle));
	ASSERT_EQ(OK, do_step(BORROWER, TELL_ACCEPTED, handle));
	ASSERT_EQ(handle, note_of(RM_VM_IRQ_ACCEPTED));
	ASSERT_EQ(OK, do_step(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, do_step(BORROWER, TELL_RELEASED, handle));
	ASSERT_EQ(handle, note_of(RM_VM_IRQ_RELEASED));
	ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
	PASS();
}

static bool heard(unsigned peer)
{
	uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);

	while (peer_heard(peer) == 0 && cntvct() < end) {
		rpc_sleep();
	}
	return peer_heard(peer) == 1;
}

/* What is raised and not quietened comes to one after the other. */
TEST a_level_follows_whoever_has_it(void)
{
	uint32_t handle, got;

	for (unsigned i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(OK, lend_to(peer_vmid(BORROWING), &handle));
		ASSERT(raise_it());
		ASSERT(peer_listen(BORROWING, THEIRS, MAILBOX_ON_ONE));
		ASSERT_EQ(OK, accept(BORROWING, handle, THEIRS, &got));
		ASSERT(heard(BORROWING));
		ASSERT_EQ(0u, taken);
		ASSERT_EQ(OK, do_step(BORROWER, RELEASE, handle));
		ASSERT_EQ(0u, taken);
		ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
		ASSERT(irq_wait(&taken, WAIT_US));
		ASSERT_EQ(1u, taken);
	}
	PASS();
}

/* It goes off in its handler, is launched again, and knows nothing of it. */
TEST a_borrower_goes_off_with_it_active(void)
{
	uint32_t handle, got;

	for (unsigned i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(OK, lend_to(peer_vmid(BORROWING), &handle));
		ASSERT_EQ(OK, accept(BORROWING, handle, THEIRS, &got));
		ASSERT(peer_listen(BORROWING, THEIRS, MAILBOX_ON_OFF));
		ASSERT(raise_it());
		ASSERT_EQ(handle, note_of(RM_VM_IRQ_RELEASED));
		ASSERT_EQ(1u, peer_heard(BORROWING));
		ASSERT(peer_again(BORROWING));
		ASSERT_EQ(NONE, accept(BORROWING, handle, THEIRS, &got));
		ASSERT_EQ(FREE, do_step(OWNER, TELL_LENT, handle));
		ASSERT_EQ(0u, taken);
		ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
		ASSERT(irq_wait(&taken, WAIT_US)); /* it is still high */
		ASSERT_EQ(1u, taken);
		handle = 0;
		TRY(HOME);
	}
	PASS();
}

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
	if (machine_stop(&made) != RM_ERR_OK || !machine_wait(&made, WAIT_US) ||
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

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i == 1) { /* what is made once and kept is there */
			ASSERT(lives_ledger(before));
		}
		MUST(launch_peer());
		ASSERT_EQ(OK, lend_to(peer_vmid(MADE), &handle));
		ASSERT_EQ(OK, accept(MADE, handle, RM_IRQ_ANY, &got));
		ASSERT(peer_listen(MADE, got, MAILBOX_ON_STAY));
		ASSERT(raise_it());
		ASSERT(heard(MADE));
		ASSERT_EQ(INUSE, do_step(OWNER, RECLAIM, handle));
		MUST(end_peer());
		ASSERT_EQ(0u, taken);
		ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
		ASSERT(irq_wait(&taken, WAIT_US));
		ASSERT_EQ(1u, taken);
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

	ASSERT_EQ(OK, ask(OWNER, RM_VM_ALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(OK, lend_to(who.vmid, &handle));
	ASSERT_EQ(OK, do_step(OWNER, TELL_LENT, handle));
	ASSERT_EQ(OK, ask(OWNER, RM_VM_DEALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(OK, ask(OWNER, RM_VM_ALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(FREE, do_step(OWNER, TELL_LENT, handle));
	ASSERT_EQ(OK, ask(OWNER, RM_VM_DEALLOCATE, &who, sizeof(who), &got));
	ASSERT_EQ(OK, do_step(OWNER, RECLAIM, handle));
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
	if (!peer_poke(STRANGE, GPIO_IE, 1) || !heard(STRANGE)) {
		return "its owner does not hear it";
	}
	return peer_poke(STRANGE, GPIO_IE, 0) ? NULL : "no answer";
}

/* The owner ends while another VM is in the handler; it finds it at home. */
TEST an_owner_goes_first(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	struct rm_irq_lend lend = { .label = LABEL };
	uint32_t handle, got;
	unsigned physical;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i == 2) { /* after one of each kind */
			ASSERT(lives_ledger(before));
		}
		lend.virq = peer_device(STRANGE, &physical);
		MUST(gpio_at_home(lend.virq));
		MUST(launch_peer());
		lend.borrower = peer_vmid(MADE);
		ASSERT_EQ(OK, ask(STRANGER, RM_VM_IRQ_LEND, &lend, sizeof(lend),
		                  &handle));
		ASSERT_EQ(OK, accept(MADE, handle, THEIRS, &got));
		ASSERT(peer_listen(MADE, THEIRS, MAILBOX_ON_STAY));
		ASSERT(peer_poke(STRANGE, GPIO_IE, 1));
		ASSERT(heard(MADE));
		peer_leave(STRANGE, i % 2 != 0);
		ASSERT(peer_again(STRANGE));
		ASSERT_EQ(lend.virq, peer_device(STRANGE, &physical));
		ASSERT_EQ(NONE, ask(STRANGER, RM_VM_IRQ_RECLAIM, &handle,
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
	RUN_TEST(a_borrower_is_killed_with_it_active);
	RUN_TEST(an_offer_is_not_inherited);
	RUN_TEST(an_owner_goes_first);
}
