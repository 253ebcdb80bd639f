// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory between VMs: every step of a parcel's life, legal and illegal, by
 * owner, borrower and a stranger, and what each sees of the memory meanwhile.
 * Promised by: docs/lifecycle.md, "Memory".
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/fault.h"
#include "rt/mmu.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/sharing_steps.h"
#include "vmm/tests.h"

#define OURS   0x3c3c3c3c3c3c3c3cull
#define THEIRS 0x9696969696969696ull

/* What each step comes to in each state.  OK: it may change the state. */
/* clang-format off */
static const uint32_t expected[STATES][WHOS][STEPS] = {
	/*              ACCEPT     RELEASE    RECLAIM    APPEND     NOTIFY */
	[OFFERED] = {
		[OWNER]    = { DENIED,    DENIED,    OK,        CLOSED,    OK },
		[BORROWER] = { OK,        NOT_THERE, DENIED,    DENIED,    OK },
		[STRANGER] = { DENIED,    DENIED,    DENIED,    DENIED,    DENIED },
	},
	[ACCEPTED] = {
		[OWNER]    = { DENIED,    DENIED,    INUSE,     CLOSED,    OK },
		[BORROWER] = { INUSE,     OK,        DENIED,    DENIED,    INUSE },
		[STRANGER] = { DENIED,    DENIED,    DENIED,    DENIED,    DENIED },
	},
	[RELEASED] = {
		[OWNER]    = { DENIED,    DENIED,    OK,        CLOSED,    OK },
		[BORROWER] = { OK,        NOT_THERE, DENIED,    DENIED,    OK },
		[STRANGER] = { DENIED,    DENIED,    DENIED,    DENIED,    DENIED },
	},
	[GONE] = {
		[OWNER]    = { NO_HANDLE, NO_HANDLE, NO_HANDLE, NO_HANDLE, NO_HANDLE },
		[BORROWER] = { NO_HANDLE, NO_HANDLE, NO_HANDLE, NO_HANDLE, NO_HANDLE },
		[STRANGER] = { NO_HANDLE, NO_HANDLE, NO_HANDLE, NO_HANDLE, NO_HANDLE },
	},
};
/* clang-format on */

static const char *const state_names[] = { "offered", "accepted", "released",
	                                   "gone" };
static const char *const who_names[] = { "owner", "borrower", "stranger" };
static const char *const step_names[] = { "ACCEPT", "RELEASE", "RECLAIM",
	                                  "APPEND", "NOTIFY" };

/* All steps that are refused here, and those that change nothing. */
static const char *try_all(enum kind kind, enum state state, uint32_t handle)
{
	static char text[96];

	for (unsigned i = 0; i < WHOS * STEPS; i++) {
		enum who who = (enum who)(i / STEPS);
		enum step step = (enum step)(i % STEPS);
		uint32_t want = expected[state][who][step], got;

		if (kind == DONATE && step == RECLAIM && state != GONE) {
			want = DENIED; /* whoever asks: it is not lent */
		}
		if (want == OK && step != NOTIFY) {
			continue;
		}
		got = sharing_step(who, step, handle);
		if (got != want) {
			snprintf(text, sizeof(text), "%s, %s: %s said %s",
			         state_names[state], who_names[who],
			         step_names[step], rpc_error_name(got));
			return text;
		}
	}
	return NULL;
}

#define TRY(kind, state)                                             \
	do {                                                         \
		const char *wrong = try_all(kind, state, handle);    \
                                                                     \
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong); \
	} while (0)

static bool is_ours(void)
{
	struct fault fault;

	fault_expect(&fault);
	(void)*(volatile uint64_t *)sharing_page;
	return !fault_came(&fault);
}

/* @return whether the borrower can do it */
static bool they_see(uint64_t *value)
{
	return peer_touch(BORROWING, false, MAILBOX_PLAY, value);
}

static bool they_write(uint64_t value)
{
	return peer_touch(BORROWING, true, MAILBOX_PLAY, &value);
}

static void fill(uint64_t value)
{
	for (size_t i = 0; i < PAGE_SIZE / 8; i++) {
		sharing_page[i] = value;
	}
}

/* Gunyah RM: LEND takes it from the owner; it comes back scrubbed. */
TEST lent_memory_changes_hands(void)
{
	uint32_t handle;
	uint64_t seen;

	fill(OURS);
	ASSERT_EQ(OK, sharing_make(LEND, RM_ACL_R | RM_ACL_W, &handle));
	ASSERT_FALSE(is_ours());
	ASSERT_FALSE(they_see(&seen));
	TRY(LEND, OFFERED);
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT(they_see(&seen));
	ASSERT_EQ(OURS, seen); /* nobody asked for it to be scrubbed */
	ASSERT(they_write(THEIRS));
	ASSERT_FALSE(is_ours());
	TRY(LEND, ACCEPTED);
	ASSERT(they_see(&seen));
	ASSERT_EQ(THEIRS, seen);
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_FALSE(they_see(&seen));
	ASSERT_FALSE(is_ours());
	TRY(LEND, RELEASED);
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	ASSERT(is_ours());
	for (size_t i = 0; i < PAGE_SIZE / 8; i++) {
		ASSERT_EQ(0u, sharing_page[i]);
	}
	TRY(LEND, GONE);
	PASS();
}

/* Gunyah RM: SHARE leaves it with the owner, too. */
TEST shared_memory_is_seen_by_both(void)
{
	uint32_t handle;
	uint64_t seen;

	fill(OURS);
	ASSERT_EQ(OK, sharing_make(SHARE, RM_ACL_R | RM_ACL_W, &handle));
	ASSERT(is_ours());
	TRY(SHARE, OFFERED);
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT(they_see(&seen));
	ASSERT_EQ(OURS, seen);
	ASSERT(they_write(THEIRS));
	ASSERT_EQ(THEIRS, *(volatile uint64_t *)sharing_page);
	TRY(SHARE, ACCEPTED);
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_FALSE(they_see(&seen));
	TRY(SHARE, RELEASED);
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	ASSERT_EQ(THEIRS, *(volatile uint64_t *)sharing_page);
	TRY(SHARE, GONE);
	PASS();
}

/* Gunyah RM: the ACL says what a borrower may do with it. */
TEST rights_are_kept(void)
{
	uint32_t handle;
	uint64_t seen;

	fill(OURS);
	ASSERT_EQ(OK, sharing_make(SHARE, RM_ACL_R, &handle));
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT(they_see(&seen));
	ASSERT_FALSE(they_write(THEIRS));
	ASSERT_EQ(OURS, sharing_page[0]);
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	PASS();
}

/* Gunyah RM: nobody accepts what is not complete; then all of it. */
TEST c219_appended_memory_comes_as_one(void)
{
	static uint64_t more[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
	struct peer_append append = { .count = 1,
		                      .flags = 1,
		                      .sgl = { (uintptr_t)more, PAGE_SIZE } };
	uint32_t handle;
	uint64_t seen;

	more[0] = THEIRS;
	fill(OURS);
	sharing_made = RM_TRANSFER_LEND;
	ASSERT_EQ(OK, peer_make_open(RM_MEM_LEND, peer_vmid(BORROWING),
	                             RM_ACL_R, sharing_page, LABEL, &handle));
	append.handle = handle;
	ASSERT_EQ(DENIED, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT_EQ(DENIED, sharing_ask(STRANGER, RM_MEM_APPEND, &append,
	                              sizeof(append)));
	ASSERT_EQ(OK,
	          sharing_ask(OWNER, RM_MEM_APPEND, &append, sizeof(append)));
	ASSERT_EQ(CLOSED,
	          sharing_ask(OWNER, RM_MEM_APPEND, &append, sizeof(append)));
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT(peer_touch(BORROWING, false, MAILBOX_PLAY, &seen));
	ASSERT_EQ(OURS, seen);
	ASSERT(peer_touch(BORROWING, false, MAILBOX_PLAY + PAGE_SIZE, &seen));
	ASSERT_EQ(THEIRS, seen);
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	PASS();
}

/* Gunyah RM: a list that is broken off is taken back as if it were whole. */
TEST c219_a_list_that_is_broken_off_comes_back(void)
{
	uint32_t handle, again;
	uint64_t seen;

	fill(OURS);
	sharing_made = RM_TRANSFER_LEND;
	ASSERT_EQ(OK, peer_make_open(RM_MEM_LEND, peer_vmid(BORROWING),
	                             RM_ACL_R, sharing_page, LABEL, &handle));
	ASSERT_EQ(DENIED, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	ASSERT(sharing_step(BORROWER, ACCEPT, handle) != OK);
	ASSERT(sharing_step(OWNER, RECLAIM, handle) != OK);
	/* It is ours again, to use and to lend. */
	fill(OURS);
	ASSERT_EQ(OURS, sharing_page[0]);
	ASSERT_EQ(OK, sharing_make(LEND, RM_ACL_R, &again));
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, again));
	ASSERT(they_see(&seen));
	ASSERT_EQ(OURS, seen);
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, again));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, again));
	PASS();
}

/* The same page twice: refused, whoever has it and however. */
TEST memory_is_given_once(void)
{
	uint32_t handle, second;

	ASSERT_EQ(OK, sharing_make(SHARE, RM_ACL_R, &handle));
	ASSERT_EQ(INUSE, sharing_make(SHARE, RM_ACL_R, &second));
	ASSERT_EQ(INUSE, sharing_make(LEND, RM_ACL_R, &second));
	ASSERT_EQ(INUSE, sharing_make(DONATE, RM_ACL_R, &second));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	ASSERT_EQ(OK, sharing_make(LEND, RM_ACL_R, &handle));
	ASSERT_EQ(INUSE, sharing_make(SHARE, RM_ACL_R, &second));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	PASS();
}

/* The owner goes first: what it lent goes with it. */
TEST an_owner_that_dies_takes_it_along(void)
{
	uint64_t value = 0;
	uint32_t handle;

	ASSERT_EQ(OK, peer_lends_us(STRANGE, LABEL, &handle));
	ASSERT_EQ(OK, peer_accept_here(RM_TRANSFER_LEND, handle));
	ASSERT(peer_touch_here(&value));
	ASSERT_EQ(0x5a5a5a5a5a5a5a5aull, value);
	ASSERT(peer_off(STRANGE));
	ASSERT_FALSE(peer_touch_here(&value));
	ASSERT_EQ(NO_HANDLE, sharing_step(OWNER, RELEASE, handle));
	PASS();
}

/* DONATE is for good; when the new owner is gone it comes home, scrubbed. */
TEST donated_memory_comes_home_last(void)
{
	static uint64_t lent[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
	uint32_t handle, borrowed;
	uint64_t seen;

	fill(OURS);
	ASSERT_EQ(OK, sharing_make(DONATE, RM_ACL_R | RM_ACL_W, &handle));
	ASSERT_FALSE(is_ours());
	ASSERT_EQ(DENIED, sharing_step(OWNER, RECLAIM, handle));
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, handle));
	ASSERT(they_see(&seen));
	ASSERT(they_write(THEIRS));
	ASSERT_EQ(DENIED, sharing_step(OWNER, RECLAIM, handle));
	/* A borrower that dies lets go of what it had. */
	ASSERT_EQ(OK, peer_make(RM_MEM_LEND, peer_vmid(BORROWING), RM_ACL_R,
	                        lent, LABEL, &borrowed));
	ASSERT_EQ(OK, peer_accept_at(BORROWING, RM_TRANSFER_LEND, borrowed,
	                             MAILBOX_PLAY + PAGE_SIZE));
	ASSERT_EQ(INUSE, sharing_step(OWNER, RECLAIM, borrowed));
	ASSERT(peer_off(BORROWING));
	ASSERT(is_ours());
	for (size_t i = 0; i < PAGE_SIZE / 8; i++) {
		ASSERT_EQ(0u, sharing_page[i]);
	}
	ASSERT_EQ(NO_HANDLE, sharing_step(OWNER, RECLAIM, handle));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, borrowed));
	PASS();
}

SUITE(sharing)
{
	if (!peer_open(BORROWING, "borrower") || !peer_open(STRANGE, "other")) {
		printf("the other VMs do not answer\n");
	}
	RUN_TEST(lent_memory_changes_hands);
	RUN_TEST(shared_memory_is_seen_by_both);
	RUN_TEST(rights_are_kept);
	RUN_TEST(c219_appended_memory_comes_as_one);
	RUN_TEST(c219_a_list_that_is_broken_off_comes_back);
	sharing_news();
	RUN_TEST(memory_is_given_once);
	RUN_TEST(an_owner_that_dies_takes_it_along);
	RUN_TEST(donated_memory_comes_home_last);
}
