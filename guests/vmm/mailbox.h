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
	MAILBOX_NOTE, /* answer: id of the last notification since, or 0; data */
	MAILBOX_OFF,  /* system off; value 1: system reset; no answer */
	/* The device it was given; answer: at, id: INTID, value: the machine's;
	 * error 1: it has none. */
	MAILBOX_DEVICE,
	MAILBOX_POKE,   /* "value", 32 bits, to "at" of its device */
	MAILBOX_LISTEN, /* to INTID "at", as "value" says, and from 0 again */
	/* The doorbell of its device tree whose label is "at".  One that it
	 * sends to gets "value"; of another one it takes the flags that are in
	 * "value".  Answer: value: the flags before; id: INTID, or 0; error 1:
	 * there is none, 2: the hypervisor refuses, 3: it could be used the
	 * other way round, too. */
	MAILBOX_BELL,
	/* The queue of its device tree whose label is "at", the end that it
	 * sends to ("value" 1) or receives from.  Answer: id: INTID, value:
	 * messages, from bit 16 bytes of one; error 1: there is none, 2: the
	 * end can be used the other way round, too. */
	MAILBOX_QUEUE,
	/* "data" to it; or from it.  Answer: error: enum hv_error, or 1 as
	 * above, value: not full, or not empty. */
	MAILBOX_SEND,
	MAILBOX_RECEIVE,
};

/* What it does when the interrupt comes. */
enum mailbox_on {
	MAILBOX_ON_ONE,  /* disables it, and goes on */
	MAILBOX_ON_STAY, /* stays in the handler for ever */
	MAILBOX_ON_OFF,  /* system off, in the handler */
};

struct mailbox {
	volatile uint32_t asked, done; /* equal: nothing to do */
	uint32_t op, id;
	uint32_t len, error;
	uint64_t at, value;
	volatile uint32_t heard; /* interrupts since LISTEN */
	volatile uint32_t born;  /* one more when it has found the page */
	uint8_t data[MAILBOX_DATA];
};

#endif
