/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells: 64 flags that one side sets, and the other reads and clears, with
 * a virtual interrupt while flags are set that the receiver has enabled.
 */
#ifndef IPC_DOORBELL_H
#define IPC_DOORBELL_H

#include "vgic/vic.h"

struct doorbell {
	struct object obj;
	struct spinlock lock; /* the rest */
	uint64_t flags;
	uint64_t
		enabled; /* set flags that assert the interrupt; all at first */
	uint64_t ack;    /* flags that asserting it clears; none at first */
	struct virq_source virq;
};

extern const struct obj_ops doorbell_ops;

/**
 * Set @flags, and assert the interrupt if an enabled flag is set (an
 * edge-triggered one always).
 * @return the flags before. Context: any CPU; takes and releases the lock.
 */
uint64_t doorbell_send(struct doorbell *db, uint64_t flags);

/**
 * Clear @flags, and lower the interrupt if no enabled flag is left.
 * @return the flags before. Context: as doorbell_send.
 */
uint64_t doorbell_receive(struct doorbell *db, uint64_t flags);

/** No flags, all enabled, none acknowledged. Context: as doorbell_send. */
void doorbell_reset(struct doorbell *db);

/** Set both masks, and the interrupt accordingly. Context: as doorbell_send. */
void doorbell_mask(struct doorbell *db, uint64_t enabled, uint64_t ack);

#endif
