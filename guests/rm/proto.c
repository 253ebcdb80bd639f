/* SPDX-License-Identifier: BSD-2-Clause */
#include "proto.h"

#include <string.h>

#define TYPE_MASK      0x3
#define FRAGMENT_SHIFT 2

void rm_receiver_reset(struct rm_receiver *rx)
{
	rx->awaited = 0;
	rx->message.len = 0;
	rx->dropped = 0;
}

static void drop_half(struct rm_receiver *rx)
{
	if (rx->awaited > 0) {
		rx->awaited = 0;
		rx->dropped++;
	}
}

/* The payload of every packet but the last is full: how much a message holds
 * is known only when its last packet came. */
static bool append(struct rm_receiver *rx, const uint8_t *from, size_t len)
{
	struct rm_message_buf *m = &rx->message;

	if (rx->awaited > 0 && len != RM_PAYLOAD_MAX) {
		drop_half(rx);
		return false;
	}
	memcpy(m->payload + m->len, from, len);
	m->len += len;
	return rx->awaited == 0;
}

static bool begin(struct rm_receiver *rx, const struct rm_header *h,
                  const uint8_t *payload, size_t len)
{
	unsigned fragments = h->type >> FRAGMENT_SHIFT;

	drop_half(rx);
	if (fragments > RM_FRAGMENT_MAX) {
		rx->dropped++;
		return false;
	}
	rx->message.type = (enum rm_type)(h->type & TYPE_MASK);
	rx->message.seq = h->seq;
	rx->message.id = h->id;
	rx->message.len = 0;
	rx->awaited = fragments;
	return append(rx, payload, len);
}

static bool go_on(struct rm_receiver *rx, const struct rm_header *h,
                  const uint8_t *payload, size_t len)
{
	if (rx->awaited == 0) {
		rx->dropped++;
		return false;
	}
	if (h->id != rx->message.id || h->seq != rx->message.seq ||
	    (unsigned)(h->type >> FRAGMENT_SHIFT) != rx->awaited - 1) {
		/* The continuation is dropped; the message still waits for
		 * the right one. */
		rx->dropped++;
		return false;
	}
	rx->awaited--;
	return append(rx, payload, len);
}

bool rm_receive(struct rm_receiver *rx, const void *packet, size_t len)
{
	const uint8_t *payload =
		(const uint8_t *)packet + sizeof(struct rm_header);
	struct rm_header h;

	if (len < sizeof(h) || len > RM_PACKET_MAX) {
		rx->dropped++;
		return false;
	}
	memcpy(&h, packet, sizeof(h));
	if (h.api != RM_API) {
		rx->dropped++;
		return false;
	}
	len -= sizeof(h);
	if ((h.type & TYPE_MASK) == RM_CONTINUATION) {
		return go_on(rx, &h, payload, len);
	}
	return begin(rx, &h, payload, len);
}

size_t rm_packet(enum rm_type type, uint32_t id, uint16_t seq,
                 const void *payload, size_t len, unsigned index, void *packet)
{
	size_t count =
		len == 0 ? 1 : (len + RM_PAYLOAD_MAX - 1) / RM_PAYLOAD_MAX;
	size_t at = (size_t)index * RM_PAYLOAD_MAX;
	size_t part;
	struct rm_header h;

	if (len > RM_MESSAGE_MAX || index >= count) {
		return 0;
	}
	part = len - at < RM_PAYLOAD_MAX ? len - at : RM_PAYLOAD_MAX;
	h.api = RM_API;
	h.type = (uint8_t)((index == 0 ? type : RM_CONTINUATION) |
	                   (count - 1 - index) << FRAGMENT_SHIFT);
	h.seq = seq;
	h.id = id;
	memcpy(packet, &h, sizeof(h));
	if (part > 0) {
		memcpy((uint8_t *)packet + sizeof(h),
		       (const uint8_t *)payload + at, part);
	}
	return sizeof(h) + part;
}
