// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a VM asks the resource manager for while it runs, and what its owner
 * does: its end by VM_EXIT, a STOP that is only asked for, consoles by message.
 * The VM (guests/tiny/peer.c) does what it is told.
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/calls.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define END_US 5000000

/* Peers of the scenario, beside CALLS_PEER. */
#define OTHER 1
#define THIRD 2

#define CHARS_MAX (RM_PAYLOAD_MAX - 4) /* of one CONSOLE_WRITE */

/* What is made once and kept is made here. */
TEST the_others_are_there(void)
{
	ASSERT(peer_open(OTHER, "other"));
	ASSERT(peer_open(THIRD, "third"));
	CALLS_MUST(calls_begin(NULL));
	CALLS_MUST(calls_leave());
	ASSERT(calls_mark());
	CALLS_MUST(calls_begin(NULL));
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_difference());
	PASS();
}

/* VM_EXIT: u16 type, u16 0, u32 bytes that follow, words. */
struct exit_request {
	uint16_t type, reserved;
	uint32_t size;
	uint32_t word[2];
};

static struct exit_request exit_with(uint32_t code, uint32_t flags)
{
	return (struct exit_request){
		.size = sizeof(uint32_t),
		.word = { code << RM_EXIT_CODE_SHIFT | flags },
	};
}

/* Gunyah RM, VM_EXIT: its owner hears type, code and flags. */
TEST an_exit_is_told_as_it_was_said(void)
{
	static const struct {
		uint32_t code, flags;
	} rows[] = {
		{ RM_EXIT_CODE_NORMAL, 0 },
		{ RM_EXIT_CODE_SW, 0 },
		{ 4, 0 },
		{ 0xffff, 0 },
		{ RM_EXIT_CODE_NORMAL, RM_EXIT_RESTART },
		{ RM_EXIT_CODE_SW, RM_EXIT_RESTART },
		{ RM_EXIT_CODE_NORMAL, 0 }, /* nothing stays */
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct exit_request r = exit_with(rows[i].code, rows[i].flags);

		CALLS_MUST(calls_begin(NULL));
		peer_post(CALLS_PEER, RM_VM_EXIT, &r, 8 + sizeof(uint32_t));
		CALLS_MUST(calls_end(RM_EXIT_VM_EXIT));
		ASSERT_EQ_FMT(4u, calls_vm.reason_size, "%u");
		ASSERT_EQ_FMT(r.word[0], calls_vm.reason, "%#x");
	}
	CALLS_MUST(calls_difference());
	PASS();
}

/* Without a reason, and with more of it than we know; lies are refused. */
TEST an_exit_may_say_less_or_more(void)
{
	struct exit_request r = { .size = 0 };

	CALLS_MUST(calls_begin(NULL));
	r.size = 4; /* but nothing follows */
	ASSERT_EQ(RM_ERR_MSG_INVALID, peer_ask(CALLS_PEER, RM_VM_EXIT, &r, 8));
	r.size = UINT32_MAX;
	ASSERT_EQ(RM_ERR_MSG_INVALID, peer_ask(CALLS_PEER, RM_VM_EXIT, &r, 12));
	ASSERT_EQ(RM_ERR_MSG_INVALID, peer_ask(CALLS_PEER, RM_VM_EXIT, &r, 7));
	r.size = 0;
	calls_hear();
	peer_post(CALLS_PEER, RM_VM_EXIT, &r, 8);
	CALLS_MUST(calls_end(RM_EXIT_VM_EXIT));
	ASSERT_EQ_FMT(0u, calls_vm.reason, "%#x");

	CALLS_MUST(calls_begin(NULL));
	r = exit_with(2, RM_EXIT_RESTART);
	r.size = 8;
	r.word[1] = 0x12345678;
	peer_post(CALLS_PEER, RM_VM_EXIT, &r, 16);
	CALLS_MUST(calls_end(RM_EXIT_VM_EXIT));
	ASSERT_EQ_FMT(0x20001u, calls_vm.reason, "%#x");
	/* Another end has no reason. */
	CALLS_MUST(calls_begin(NULL));
	CALLS_MUST(calls_leave());
	ASSERT_EQ_FMT(0u, calls_vm.reason_size, "%u");
	CALLS_MUST(calls_difference());
	PASS();
}

/* Until it has been told something. @return enum rm_message, or 0 */
static uint32_t wait_note(unsigned peer)
{
	uint64_t limit = cntvct() + timer_ticks_of_us(END_US);
	uint32_t id = peer_note(peer);

	while (id == 0 && cntvct() < limit) {
		id = peer_note(peer);
	}
	return id;
}

/* Gunyah RM, VM_STOP without force: the VM is told, and does it itself. */
TEST a_stop_that_is_asked_for(void)
{
	const struct rm_stop odd = { 0, 2, 0, 0 }, odder = { 0, 0, 1, 0 };
	struct rm_stop stop = odd;
	const uint8_t *data;

	CALLS_MUST(calls_begin(NULL));
	peer_note(CALLS_PEER);
	stop.vmid = calls_vm.vmid;
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          rpc_call(RM_VM_STOP, &stop, sizeof(stop), NULL, NULL));
	stop = odder;
	stop.vmid = calls_vm.vmid;
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID,
	          rpc_call(RM_VM_STOP, &stop, sizeof(stop), NULL, NULL));
	stop = (struct rm_stop){ .vmid = calls_vm.vmid };
	ASSERT_EQ(RM_ERR_DENIED,
	          peer_ask(OTHER, RM_VM_STOP, &stop, sizeof(stop)));
	ASSERT_EQ(RM_ERR_DENIED,
	          peer_ask(CALLS_PEER, RM_VM_STOP, &stop, sizeof(stop)));
	ASSERT_EQ(0u, peer_note(CALLS_PEER));

	ASSERT_EQ(RM_ERR_OK, machine_ask_stop(&calls_vm));
	ASSERT_EQ_FMT((uint32_t)RM_VM_SHUTDOWN, wait_note(CALLS_PEER), "%#x");
	ASSERT_EQ(sizeof(stop), peer_note_data(CALLS_PEER, &data));
	ASSERT_MEM_EQ(&stop, data, sizeof(stop));
	/* It goes on until it wants to. */
	ASSERT_EQ(0u, peer_note(CALLS_PEER));
	ASSERT_FALSE(calls_vm.has_exited);
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_difference());
	PASS();
}

struct chars {
	uint16_t vmid, count;
	uint8_t text[RM_PAYLOAD_MAX];
};

static struct chars chars_of(uint16_t vmid, const char *text)
{
	struct chars c = { vmid, (uint16_t)strlen(text), { 0 } };

	memcpy(c.text, text, c.count);
	return c;
}

/* The next CONSOLE_CHARS for us. @return bytes, or -1: there are none */
static int hear_chars(uint16_t from, uint8_t text[RM_PAYLOAD_MAX])
{
	const struct rm_message_buf *note;
	struct chars c;

	while ((note = rpc_notification()) != NULL) {
		if (note->id != RM_VM_CONSOLE_CHARS || note->len < 4) {
			continue;
		}
		memcpy(&c, note->payload, note->len);
		if (c.vmid != from || c.count != note->len - 4) {
			return -2;
		}
		memcpy(text, c.text, c.count);
		return c.count;
	}
	return -1;
}

static uint32_t console(uint32_t id, uint16_t vmid)
{
	const struct rm_vmid who = { vmid, 0 };

	return rpc_call(id, &who, sizeof(who), NULL, NULL);
}

static uint32_t peer_console(unsigned peer, uint32_t id, uint16_t vmid)
{
	const struct rm_vmid who = { vmid, 0 };

	return peer_ask(peer, id, &who, sizeof(who));
}

static uint32_t peer_writes(const struct chars *c)
{
	return peer_ask(CALLS_PEER, RM_VM_CONSOLE_WRITE, c,
	                4 + (size_t)c->count);
}

/* Gunyah RM, CONSOLE_*: what the VM writes its owner hears, byte for byte. */
TEST an_owner_hears_the_console(void)
{
	uint8_t text[RM_PAYLOAD_MAX];
	struct chars c, most = { .count = CHARS_MAX };

	CALLS_MUST(calls_begin(NULL));
	c = chars_of(RM_VMID_PRIMARY, "hello");
	ASSERT_EQ(RM_ERR_OK, peer_writes(&c)); /* nobody listens */
	ASSERT_EQ(-1, hear_chars(calls_vm.vmid, text));
	ASSERT_EQ(RM_ERR_OK, console(RM_VM_CONSOLE_OPEN, calls_vm.vmid));
	ASSERT_EQ(RM_ERR_BUSY, console(RM_VM_CONSOLE_OPEN, calls_vm.vmid));
	ASSERT_EQ(-1,
	          hear_chars(calls_vm.vmid, text)); /* nothing from before */

	ASSERT_EQ(RM_ERR_OK, peer_writes(&c));
	ASSERT_EQ(5, hear_chars(calls_vm.vmid, text));
	ASSERT_MEM_EQ("hello", text, 5);
	for (unsigned i = 0; i < CHARS_MAX; i++) {
		most.text[i] = (uint8_t)(i * 7); /* zeros, too */
	}
	ASSERT_EQ(RM_ERR_OK, peer_writes(&most));
	ASSERT_EQ((int)CHARS_MAX, hear_chars(calls_vm.vmid, text));
	ASSERT_MEM_EQ(most.text, text, CHARS_MAX);
	c.count = 0;
	ASSERT_EQ(RM_ERR_OK, peer_writes(&c));
	ASSERT_EQ(0, hear_chars(calls_vm.vmid, text));
	ASSERT_EQ(RM_ERR_OK, console(RM_VM_CONSOLE_FLUSH, calls_vm.vmid));

	c.count = 6; /* more than follows; more than a message of one packet */
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          peer_ask(CALLS_PEER, RM_VM_CONSOLE_WRITE, &c, 4 + 5));
	most.count = CHARS_MAX + 1;
	ASSERT_EQ(RM_ERR_MSG_INVALID, peer_writes(&most));
	ASSERT_EQ(-1, hear_chars(calls_vm.vmid, text));

	ASSERT_EQ(RM_ERR_OK, console(RM_VM_CONSOLE_CLOSE, calls_vm.vmid));
	ASSERT_EQ(RM_ERR_DENIED, console(RM_VM_CONSOLE_CLOSE, calls_vm.vmid));
	c = chars_of(RM_VMID_PRIMARY, "unheard");
	ASSERT_EQ(RM_ERR_OK, peer_writes(&c));
	ASSERT_EQ(-1, hear_chars(calls_vm.vmid, text));
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_difference());
	PASS();
}

TEST strangers_have_no_console(void)
{
	static const uint32_t ids[] = { RM_VM_CONSOLE_OPEN, RM_VM_CONSOLE_CLOSE,
		                        RM_VM_CONSOLE_FLUSH };

	CALLS_MUST(calls_begin(NULL));
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ASSERT_EQ(RM_ERR_DENIED,
		          peer_console(OTHER, ids[i], calls_vm.vmid));
		ASSERT_EQ(RM_ERR_DENIED,
		          peer_console(CALLS_PEER, ids[i], peer_vmid(OTHER)));
		ASSERT_EQ(RM_ERR_DENIED, console(ids[i], peer_vmid(OTHER)));
		ASSERT_EQ(RM_ERR_VMID_INVALID, console(ids[i], 200));
		ASSERT_EQ(RM_ERR_MSG_INVALID,
		          rpc_call(ids[i], &calls_vm.vmid,
		                   sizeof(calls_vm.vmid), NULL, NULL));
	}
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_difference());
	PASS();
}

/* The other way: a VM hears what its owner writes. */
TEST a_vm_hears_its_owner(void)
{
	struct chars c = chars_of(0, "who is there?");
	const uint8_t *data;
	size_t len = 4 + (size_t)c.count;

	CALLS_MUST(calls_begin(NULL));
	ASSERT_EQ(RM_ERR_OK, peer_console(CALLS_PEER, RM_VM_CONSOLE_OPEN,
	                                  RM_VMID_PRIMARY));
	peer_note(CALLS_PEER);
	c.vmid = calls_vm.vmid;
	ASSERT_EQ(RM_ERR_OK,
	          rpc_call(RM_VM_CONSOLE_WRITE, &c, len, NULL, NULL));
	ASSERT_EQ_FMT((uint32_t)RM_VM_CONSOLE_CHARS, wait_note(CALLS_PEER),
	              "%#x");
	ASSERT_EQ(len, peer_note_data(CALLS_PEER, &data));
	c.vmid = RM_VMID_PRIMARY; /* who has written it */
	ASSERT_MEM_EQ(&c, data, len);
	ASSERT_EQ(RM_ERR_OK, peer_console(CALLS_PEER, RM_VM_CONSOLE_CLOSE,
	                                  RM_VMID_PRIMARY));
	ASSERT_EQ(RM_ERR_OK,
	          rpc_call(RM_VM_CONSOLE_WRITE, &c, len, NULL, NULL));
	ASSERT_EQ(0u, peer_note(CALLS_PEER));
	CALLS_MUST(calls_leave());
	CALLS_MUST(calls_difference());
	PASS();
}

/* Who ends without closing it leaves it free, and the next one unheard. */
TEST consoles_end_with_their_vms(void)
{
	uint8_t text[RM_PAYLOAD_MAX];
	struct chars c = chars_of(RM_VMID_PRIMARY, "new");
	uint16_t vmid = 0;

	for (unsigned i = 0; i < 3; i++) {
		CALLS_MUST(calls_begin(NULL));
		ASSERT(i == 0 || vmid == calls_vm.vmid);
		vmid = calls_vm.vmid;
		ASSERT_EQ(RM_ERR_OK, peer_writes(&c));
		ASSERT_EQ(-1, hear_chars(calls_vm.vmid, text));
		/* Nor does this one hear what that one had opened. */
		peer_note(CALLS_PEER);
		ASSERT_EQ(RM_ERR_OK,
		          rpc_call(RM_VM_CONSOLE_WRITE, &c, 7, NULL, NULL));
		ASSERT_EQ(0u, peer_note(CALLS_PEER));
		ASSERT_EQ(RM_ERR_OK,
		          console(RM_VM_CONSOLE_OPEN, calls_vm.vmid));
		ASSERT_EQ(RM_ERR_OK,
		          peer_console(CALLS_PEER, RM_VM_CONSOLE_OPEN,
		                       RM_VMID_PRIMARY));
		CALLS_MUST(calls_leave());
	}
	CALLS_MUST(calls_difference());
	PASS();
}

/* Policy (docs/scenarios.md) of a VM of the scenario that ends by VM_EXIT. */
static bool is_gone(unsigned peer)
{
	const struct rm_vmid who = { peer_vmid(peer), 0 };
	uint64_t limit = cntvct() + timer_ticks_of_us(END_US);

	while (rpc_call(RM_VM_GET_STATE, &who, sizeof(who), NULL, NULL) ==
	       RM_ERR_OK) {
		if (cntvct() > limit) {
			return false;
		}
		rpc_sleep();
	}
	return true;
}

TEST an_exit_restarts_who_wants_it(void)
{
	struct exit_request r = exit_with(RM_EXIT_CODE_NORMAL, RM_EXIT_RESTART);

	peer_post(OTHER, RM_VM_EXIT, &r, 12); /* on-off is "stop" */
	ASSERT(peer_again(OTHER));
	r = exit_with(RM_EXIT_CODE_NORMAL, 0);
	peer_post(OTHER, RM_VM_EXIT, &r, 12);
	ASSERT(is_gone(OTHER));
	PASS();
}

TEST an_exit_with_a_code_is_a_crash(void)
{
	struct exit_request r = exit_with(RM_EXIT_CODE_NORMAL, 0);

	peer_post(THIRD, RM_VM_EXIT, &r, 12); /* on-off is "restart" */
	ASSERT(peer_again(THIRD));
	r = exit_with(RM_EXIT_CODE_SW, RM_EXIT_RESTART);
	peer_post(THIRD, RM_VM_EXIT, &r, 12); /* on-crash is "stop" */
	ASSERT(is_gone(THIRD));
	PASS();
}

SUITE(calls)
{
	RUN_TEST(the_others_are_there);
	RUN_TEST(an_exit_is_told_as_it_was_said);
	RUN_TEST(an_exit_may_say_less_or_more);
	RUN_TEST(a_stop_that_is_asked_for);
	RUN_TEST(an_owner_hears_the_console);
	RUN_TEST(strangers_have_no_console);
	RUN_TEST(a_vm_hears_its_owner);
	RUN_TEST(consoles_end_with_their_vms);
	RUN_TEST(an_exit_restarts_who_wants_it);
	RUN_TEST(an_exit_with_a_code_is_a_crash);
}
