/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resource manager's packets and life cycle.
 * Promised by: Gunyah resource manager, message header and VM states.
 */
#include <stdlib.h>
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/life.h"
#include "../../guests/rm/proto.h"

static struct rm_receiver rx;
static uint8_t packet[RM_PACKET_MAX + 1];
static uint8_t payload[RM_MESSAGE_MAX];

static void fill_payload(void)
{
	for (size_t i = 0; i < sizeof(payload); i++) {
		payload[i] = (uint8_t)(i * 7 + i / 251);
	}
	rm_receiver_reset(&rx);
}

/* Sends all packets of a message of @len bytes; true if the last, and only
 * the last, completed it. */
static bool send_all(size_t len)
{
	size_t size;
	bool done = false;

	for (unsigned i = 0; (size = rm_packet(RM_REQUEST, RM_VM_START, 9,
	                                       payload, len, i, packet)) > 0;
	     i++) {
		if (done) {
			return false;
		}
		done = rm_receive(&rx, packet, size);
	}
	return done;
}

TEST messages_of_every_size_arrive_whole(void)
{
	static const size_t sizes[] = { 0,
		                        1,
		                        RM_PAYLOAD_MAX - 1,
		                        RM_PAYLOAD_MAX,
		                        RM_PAYLOAD_MAX + 1,
		                        5 * RM_PAYLOAD_MAX,
		                        RM_MESSAGE_MAX };

	fill_payload();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ASSERT(send_all(sizes[i]));
		ASSERT_EQ_FMT(sizes[i], rx.message.len, "%zu");
		ASSERT_MEM_EQ(payload, rx.message.payload, sizes[i]);
		ASSERT_EQ(RM_VM_START, rx.message.id);
		ASSERT_EQ(9, rx.message.seq);
	}
	ASSERT_EQ(0, rx.dropped);
	PASS();
}

TEST larger_messages_have_no_packets(void)
{
	ASSERT_EQ(0, rm_packet(RM_REQUEST, 1, 1, payload, RM_MESSAGE_MAX + 1, 0,
	                       packet));
	ASSERT_EQ(0, rm_packet(RM_REQUEST, 1, 1, payload, 10, 1, packet));
	PASS();
}

TEST bad_headers_are_dropped(void)
{
	size_t size;

	fill_payload();
	size = rm_packet(RM_REQUEST, RM_VM_START, 1, payload, 4, 0, packet);
	ASSERT_FALSE(rm_receive(&rx, packet, 7));
	packet[0] = 0x22;
	ASSERT_FALSE(rm_receive(&rx, packet, size));
	packet[0] = RM_API;
	packet[1] = RM_REQUEST | 63 << 2;
	ASSERT_FALSE(rm_receive(&rx, packet, RM_PACKET_MAX));
	packet[1] = RM_CONTINUATION;
	ASSERT_FALSE(rm_receive(&rx, packet, size));
	ASSERT_FALSE(rm_receive(&rx, packet, RM_PACKET_MAX + 1));
	ASSERT_EQ(5, rx.dropped);
	ASSERT(send_all(4));
	PASS();
}

TEST wrong_continuations_do_not_spoil_the_message(void)
{
	uint8_t second[RM_PACKET_MAX];
	size_t len = RM_PAYLOAD_MAX + 10, size;

	fill_payload();
	size = rm_packet(RM_REQUEST, RM_VM_START, 1, payload, len, 1, second);
	rm_packet(RM_REQUEST, RM_VM_START, 1, payload, len, 0, packet);
	ASSERT_FALSE(rm_receive(&rx, packet, RM_PACKET_MAX));
	second[2] ^= 1; /* sequence */
	ASSERT_FALSE(rm_receive(&rx, second, size));
	second[2] ^= 1;
	second[4] ^= 1; /* message id */
	ASSERT_FALSE(rm_receive(&rx, second, size));
	second[4] ^= 1;
	second[1] ^= 4; /* packets that follow */
	ASSERT_FALSE(rm_receive(&rx, second, size));
	second[1] ^= 4;
	ASSERT_EQ(3, rx.dropped);
	ASSERT(rm_receive(&rx, second, size));
	ASSERT_MEM_EQ(payload, rx.message.payload, len);
	PASS();
}

TEST a_new_message_drops_the_half_received(void)
{
	fill_payload();
	rm_packet(RM_REQUEST, RM_VM_START, 1, payload, 500, 0, packet);
	ASSERT_FALSE(rm_receive(&rx, packet, RM_PACKET_MAX));
	ASSERT(send_all(20));
	ASSERT_EQ(1, rx.dropped);
	PASS();
}

/* Whatever comes, the receiver stays inside its buffer (the sanitizer sees
 * to that) and takes a good message afterwards. */
TEST random_packets_do_no_harm(void)
{
	unsigned seed = 1;

	fill_payload();
	for (unsigned round = 0; round < 200000; round++) {
		size_t len = (size_t)rand_r(&seed) % (RM_PACKET_MAX + 1);

		for (size_t i = 0; i < 8; i++) {
			packet[i] = (uint8_t)rand_r(&seed);
		}
		packet[0] = rand_r(&seed) % 8 ? RM_API : packet[0];
		if (rand_r(&seed) % 2) {
			memset(packet + 2, 0, 6);
		}
		if (rm_receive(&rx, packet, len)) {
			ASSERT_LTE(rx.message.len, (size_t)RM_MESSAGE_MAX);
		}
	}
	ASSERT(send_all(300));
	PASS();
}

TEST the_life_cycle_is_the_documented_one(void)
{
	ASSERT(life_may(RM_STATE_NONE, RM_STATE_LOAD));
	ASSERT(life_may(RM_STATE_READY, RM_STATE_RUNNING));
	ASSERT(life_may(RM_STATE_RESET, RM_STATE_AUTH));
	ASSERT_FALSE(life_may(RM_STATE_RUNNING, RM_STATE_RESETTING));
	ASSERT_FALSE(life_may(RM_STATE_EXITED, RM_STATE_RUNNING));
	ASSERT_FALSE(life_may(RM_STATE_RESETTING, RM_STATE_NONE));
	ASSERT_FALSE(life_may((enum rm_state)7, RM_STATE_NONE));
	ASSERT_FALSE(life_may(RM_STATE_NONE, (enum rm_state)99));
	PASS();
}

/* No state is a trap, and only two of them may be deallocated. */
TEST every_state_leads_back_to_none(void)
{
	static const enum rm_state all[] = {
#define STATE(name, num) RM_STATE_##name,
		RM_VM_STATES(STATE)
	};
	size_t count = sizeof(all) / sizeof(all[0]);
	bool reaches[RM_STATE_COUNT] = { [RM_STATE_NONE] = true };

	for (size_t round = 0; round < count; round++) {
		for (size_t i = 0; i < count; i++) {
			for (size_t j = 0; j < count; j++) {
				reaches[all[i]] |= reaches[all[j]] &&
				                   life_may(all[i], all[j]);
			}
		}
	}
	for (size_t i = 0; i < count; i++) {
		ASSERTm(life_name(all[i]), reaches[all[i]]);
		ASSERT_EQ(all[i] == RM_STATE_LOAD || all[i] == RM_STATE_RESET,
		          life_is_empty(all[i]));
	}
	ASSERT_STR_EQ("RESETTING", life_name(RM_STATE_RESETTING));
	ASSERT_STR_EQ("?", life_name((enum rm_state)7));
	PASS();
}

SUITE(rm_suite)
{
	RUN_TEST(messages_of_every_size_arrive_whole);
	RUN_TEST(larger_messages_have_no_packets);
	RUN_TEST(bad_headers_are_dropped);
	RUN_TEST(wrong_continuations_do_not_spoil_the_message);
	RUN_TEST(a_new_message_drops_the_half_received);
	RUN_TEST(random_packets_do_no_harm);
	RUN_TEST(the_life_cycle_is_the_documented_one);
	RUN_TEST(every_state_leads_back_to_none);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(rm_suite);
	GREATEST_MAIN_END();
}
