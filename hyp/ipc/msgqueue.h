/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message queues: a ring of messages that EL2 copies in and out.
 *
 * A message is copied from the sender once, into the ring, and from there once
 * to the receiver: nobody can change it after it has been accepted.
 *
 *     sender's interrupt      when the ring gets as empty as the not-full
 *                             threshold says (a pulse)
 *     receiver's interrupt    while it is as full as the not-empty threshold
 *                             says, or something has been pushed
 */
#ifndef IPC_MSGQUEUE_H
#define IPC_MSGQUEUE_H

#include "vgic/vic.h"

#define MSGQUEUE_DEPTH_MAX 256u
#define MSGQUEUE_SIZE_MAX  1024u /* bytes of one message */

/* Arguments of msgqueue_configure_send and _receive */
#define MSGQUEUE_UNCHANGED UINT64_MAX
#define MSGQUEUE_AT_DEPTH  (UINT64_MAX - 1)

struct stage2;

struct msgqueue {
	struct object obj;
	struct spinlock lock; /* all below */
	uint16_t depth;       /* messages; 0: not configured */
	uint16_t size_max;    /* bytes of one message */
	uint16_t head;        /* the oldest one */
	uint16_t used;
	uint16_t not_full;  /* threshold: used count at or below which ... */
	uint16_t not_empty; /* ... at or above which */
	bool is_pushed;     /* tell the receiver, threshold or not */
	uint8_t *slots;     /* depth times a length and the bytes */
	uint32_t slot_size;
	struct virq_source send_virq;
	struct virq_source receive_virq;
};

extern const struct obj_ops msgqueue_ops;

/**
 * Set depth and message size while INIT.
 * @return ERR_STATE, ERR_INVAL. Context: configuration lock held.
 */
MUST_USE enum err msgqueue_configure(struct msgqueue *mq, uint64_t depth,
                                     uint64_t size_max);

/**
 * Append a message.
 *
 * @s2        of the calling vCPU, whose EL1 state is loaded
 * @va        its address there
 * @size      bytes
 * @push      tell the receiver at once
 * @not_full  whether there is room for one more
 * @return  ERR_SIZE  0, or more than a message may have
 *          ERR_FULL
 *          ERR_ADDR  the sender cannot read all of it
 * Context: any CPU; takes the queue's lock, then @s2's.
 */
MUST_USE enum err msgqueue_send(struct msgqueue *mq, struct stage2 *s2,
                                uint64_t va, uint64_t size, bool push,
                                bool *not_full);

/**
 * Take the oldest message out.
 *
 * On an error it stays; bytes of the buffer may have been written.
 *
 * @return  ERR_EMPTY
 *          ERR_OVERFLOW  it is larger than @room
 *          ERR_ADDR      the receiver cannot write all of it
 */
MUST_USE enum err msgqueue_receive(struct msgqueue *mq, struct stage2 *s2,
                                   uint64_t va, uint64_t room, uint64_t *size,
                                   bool *not_empty);

/**
 * For tests: the @n-th message from now on its way through any queue is lost,
 * though its sender is told that it went; or, with MSGQUEUE_FAIL_REFUSED, it is
 * refused as if the queue were full. 0: none.
 */
void msgqueue_fail_at(uint64_t n);
#define MSGQUEUE_FAIL_REFUSED 0x80000000ull

/** Throw all messages away; both interrupts follow. */
void msgqueue_flush(struct msgqueue *mq);

/**
 * Set a threshold; MSGQUEUE_UNCHANGED leaves it.
 *
 * @delay_us  MSGQUEUE_UNCHANGED or 0: there are no delays
 * @return  ERR_INVAL          threshold out of range
 *          ERR_UNIMPLEMENTED  a delay is asked for
 */
MUST_USE enum err msgqueue_configure_send(struct msgqueue *mq,
                                          uint64_t threshold,
                                          uint64_t delay_us);
MUST_USE enum err msgqueue_configure_receive(struct msgqueue *mq,
                                             uint64_t threshold,
                                             uint64_t delay_us);

#endif
