/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes of message queues that a test puts into the tree of its VM. */
#ifndef VMM_QUEUES_H
#define VMM_QUEUES_H

#include <stdbool.h>
#include <stdint.h>

#define QUEUES_PAIR    "message-queue-pair"
#define QUEUES_ONE_WAY "message-queue"

#define QUEUES_LABEL     5u /* of a pair */
#define QUEUES_ONE_LABEL 6u /* of one queue each way */
#define QUEUES_UP_SPI    41u
#define QUEUES_DOWN_SPI  43u
#define QUEUES_DEPTH_MAX 256u
#define QUEUES_SIZE_MAX  1024u

/** A pair; the node says nothing else. @return the node */
int queues_add_pair(void *tree, const char *name, uint32_t label);

/** A queue with QUEUES_ONE_LABEL and an interrupt. @return the node */
int queues_add_one(void *tree, const char *name, bool vm_sends, uint32_t spi);

/** For calls_begin: one each way; and a kind that nobody makes. */
void queues_add_two(void *tree);

#endif
