/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits for a VM that never fetches its messages: it pays for that
 * itself, and others go on being answered and told.
 * Promised by: guests/rm/client.h; docs/lifecycle.md, "What is guaranteed".
 */
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/client.h"
#include "../../guests/rm/launch.h"
#include "rt/hv.h"
#include "rt/irq.h"

/* Packets that wait: with more than that, the one or the other happens. */
#define LISTEN_MAX 64u
#define BUSY_MAX   256u
#define KEPT_MAX   512u

#define TURNS 1000u

/* Numbers of the VMs here; the capabilities of their queues are made of it. */
#define DEAF   0u
#define GOOD   1u
#define TO(n)  (2 * (n) + 1)
#define OF(n)  (2 * (n) + 2)
#define VM_IDS 2u

const char *launch_mutant = ""; /* no fault is played */

static bool fetches[VM_IDS], asks[VM_IDS];
static unsigned served[VM_IDS], got[VM_IDS], out_of_order;
static uint32_t heard; /* the number in the last notification of DEAF */
static struct rm_receiver at_deaf;

bool objects_add_queues(struct objects *o, unsigned our_intid)
{
	unsigned i = o == &vms[GOOD].objects ? GOOD : DEAF;

	(void)our_intid;
	o->to_vm = TO(i);
	o->to_rm = OF(i);
	return true;
}

void irq_attach(unsigned intid, irq_handler *handler, void *arg)
{
	(void)intid, (void)handler, (void)arg;
}

void irq_set_edge(unsigned intid, bool edge)
{
	(void)intid, (void)edge;
}

void irq_enable(unsigned intid)
{
	(void)intid;
}

void irq_disable(unsigned intid)
{
	(void)intid;
}

/* Notifications to DEAF carry numbers, each one more than the last. */
static void fetch(unsigned i, const void *packet, size_t len)
{
	uint32_t number;

	got[i]++;
	if (i != DEAF || !rm_receive(&at_deaf, packet, len) ||
	    at_deaf.message.type != RM_NOTIFICATION) {
		return;
	}
	memcpy(&number, at_deaf.message.payload, sizeof(number));
	out_of_order += number != heard + 1;
	heard = number;
}

/* Who asks asks without end, and without waiting for an answer. */
struct hv hv_call(unsigned number, const uint64_t arg[8])
{
	struct hv r = { .err = HV_OK };
	unsigned i = (unsigned)(arg[0] - 1) / 2;

	if (number == HVC_MSGQUEUE_SEND) {
		if (!fetches[i]) {
			r.err = HV_MSGQUEUE_FULL;
		} else {
			fetch(i, (const void *)(uintptr_t)arg[2],
			      (size_t)arg[1]);
		}
	} else if (!asks[i]) {
		r.err = HV_MSGQUEUE_EMPTY;
	} else {
		r.out[0] = rm_packet(RM_REQUEST, RM_VM_GET_VMID, 1, NULL, 0, 0,
		                     (void *)(uintptr_t)arg[1]);
	}
	return r;
}

static void serve(struct client *client, const struct rm_message_buf *message)
{
	const uint32_t error = RM_ERR_OK;

	served[client_vm(client) - vms]++;
	client_reply(client, message, &error, sizeof(error));
}

static void turn(unsigned times)
{
	while (times-- > 0) {
		client_turn(serve);
	}
}

static void tell(unsigned i, unsigned times)
{
	static uint32_t number;

	for (number = 1; number <= times; number++) {
		client_notify(&vms[i], RM_VM_STATUS, &number, sizeof(number));
	}
}

static void set_up(void)
{
	for (unsigned i = 0; i < VM_IDS; i++) {
		client_close(&vms[i]);
		memset(&vms[i], 0, sizeof(vms[i]));
		vms[i].vmid = (uint16_t)(i + 1);
		client_open(&vms[i]);
		fetches[i] = i != DEAF;
		asks[i] = false;
		served[i] = got[i] = 0;
	}
	heard = out_of_order = 0;
	rm_receiver_reset(&at_deaf);
}

TEST who_fetches_no_answers_is_not_listened_to(void)
{
	set_up();
	asks[DEAF] = asks[GOOD] = true;
	turn(TURNS);
	ASSERT_EQ_FMT(LISTEN_MAX + 1, served[DEAF], "%u");
	ASSERT_EQ_FMT(TURNS, served[GOOD], "%u");
	ASSERT_EQ_FMT(TURNS, got[GOOD], "%u");
	fetches[DEAF] = true;
	turn(TURNS);
	ASSERT_EQ_FMT(LISTEN_MAX + 1 + TURNS, served[DEAF], "%u");
	ASSERT_EQ_FMT(served[DEAF], got[DEAF], "%u");
	ASSERT_FALSE(client_is_waiting());
	PASS();
}

TEST who_is_behind_is_told_nothing_more_on_request(void)
{
	set_up();
	tell(DEAF, BUSY_MAX);
	ASSERT_FALSE(client_is_behind(&vms[DEAF]));
	tell(DEAF, 1);
	ASSERT(client_is_behind(&vms[DEAF]));
	tell(GOOD, TURNS);
	ASSERT_FALSE(client_is_behind(&vms[GOOD]));
	fetches[DEAF] = true;
	turn(1);
	ASSERT_FALSE(client_is_behind(&vms[DEAF]));
	PASS();
}

TEST what_cannot_be_put_off_is_kept_to_a_limit(void)
{
	set_up();
	tell(DEAF, TURNS);
	tell(GOOD, TURNS);
	ASSERT_EQ_FMT(TURNS, got[GOOD], "%u");
	fetches[DEAF] = true;
	turn(1);
	ASSERT_EQ_FMT(KEPT_MAX + 1, got[DEAF], "%u");
	ASSERT_EQ_FMT(KEPT_MAX + 1, heard, "%u");
	ASSERT_EQ_FMT(0u, out_of_order, "%u");
	PASS();
}

TEST the_next_life_does_not_hear_it(void)
{
	set_up();
	tell(DEAF, TURNS);
	set_up();
	ASSERT_FALSE(client_is_behind(&vms[DEAF]));
	fetches[DEAF] = true;
	turn(1);
	ASSERT_EQ_FMT(0u, got[DEAF], "%u");
	PASS();
}

SUITE(client)
{
	RUN_TEST(who_fetches_no_answers_is_not_listened_to);
	RUN_TEST(who_is_behind_is_told_nothing_more_on_request);
	RUN_TEST(what_cannot_be_put_off_is_kept_to_a_limit);
	RUN_TEST(the_next_life_does_not_hear_it);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(client);
	GREATEST_MAIN_END();
}
