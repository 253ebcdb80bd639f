/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a test makes another VM do something: a page that both see.  The page
 * itself comes by SHARE and NOTIFY with a label of its own; from then on the
 * other VM (guests/tiny/peer.c) does what stands in it.
 */
#ifndef VMM_MAILBOX_H
#define VMM_MAILBOX_H

#include <stdint.h>

#define MAILBOX_LABEL 0x4d41494cu    /* "MAIL" */
#define MAILBOX_IPA   0x100000000ull /* where the other VM accepts it */
#define MAILBOX_PLAY  0x140000000ull /* where it accepts anything else */
#define MAILBOX_DATA  1024

enum mailbox_op {
	MAILBOX_ASK,   /* the resource manager: id, data; answer: error, data */
	MAILBOX_READ,  /* a word at "at"; answer: error 1 if that faulted */
	MAILBOX_WRITE, /* "value" to "at"; answer as READ's */
	MAILBOX_RAM,   /* answer: at, a page of its own that is not in use */
	MAILBOX_NOTE,  /* answer: id of the last notification since, or 0 */
	MAILBOX_OFF,   /* system off; no answer */
};

struct mailbox {
	volatile uint32_t asked, done; /* equal: nothing to do */
	uint32_t op, id;
	uint32_t len, error;
	uint64_t at, value;
	uint8_t data[MAILBOX_DATA];
};

#endif
