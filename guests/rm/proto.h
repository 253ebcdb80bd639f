/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets to messages and back (abi/rm.h).
 *
 * Pure: no hypercall is made here.  A receiver per client collects packets;
 * what breaks the rules is dropped without an answer, as the protocol says,
 * and counted.
 */
#ifndef RM_PROTO_H
#define RM_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <abi/rm.h>

/* A whole message. */
struct rm_message_buf {
	enum rm_type type;
	uint16_t seq;
	uint32_t id;
	size_t len; /* bytes of payload */
	uint8_t payload[RM_MESSAGE_MAX];
};

struct rm_receiver {
	struct rm_message_buf message; /* being collected, or complete */
	unsigned awaited;              /* continuations still to come */
	unsigned dropped;              /* packets and half messages */
};

void rm_receiver_reset(struct rm_receiver *rx);

/**
 * Take one packet.
 *
 * @return  true: rx->message is complete and stays until the next call.
 *          false: more is to come, or the packet was dropped.
 * A new first packet drops a message that was half received.
 */
bool rm_receive(struct rm_receiver *rx, const void *packet, size_t len);

/**
 * Cut packet @index (from 0) out of a message.
 *
 * @len     bytes of @payload, 0 to RM_MESSAGE_MAX
 * @packet  room for RM_PACKET_MAX bytes
 * @return  bytes of the packet; 0: there is no such packet, or @len is too
 *          large
 */
size_t rm_packet(enum rm_type type, uint32_t id, uint16_t seq,
                 const void *payload, size_t len, unsigned index, void *packet);

#endif
