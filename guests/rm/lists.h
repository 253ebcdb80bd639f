/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists in the payload of a request: u16 count, u16 more, entries. */
#ifndef RM_LISTS_H
#define RM_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct list_cursor {
	const uint8_t *at;
	size_t left;
};

/** A list; its entries have no alignment. */
struct list_seen {
	const uint8_t *entry;
	unsigned count;
	uint16_t more; /* 0 in most lists */
};

/** Take the next list. @return false: it is cut off */
static inline bool list_next(struct list_cursor *c, size_t entry_size,
                             struct list_seen *list)
{
	uint16_t head[2];

	if (c->left < sizeof(head)) {
		return false;
	}
	memcpy(head, c->at, sizeof(head));
	c->at += sizeof(head);
	c->left -= sizeof(head);
	if (head[0] * entry_size > c->left) {
		return false;
	}
	*list = (struct list_seen){ c->at, head[0], head[1] };
	c->at += head[0] * entry_size;
	c->left -= head[0] * entry_size;
	return true;
}

/** The same, of a list that has nothing more to say. */
static inline bool list_next_plain(struct list_cursor *c, size_t entry_size,
                                   struct list_seen *list)
{
	return list_next(c, entry_size, list) && list->more == 0;
}

#endif
