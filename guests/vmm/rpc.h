/* SPDX-License-Identifier: BSD-2-Clause */
/* Talking to the resource manager (abi/rm.h) from any VM. */
#ifndef VMM_RPC_H
#define VMM_RPC_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rm/proto.h"

/** Find the queues in the device tree. @return false: there are none */
bool rpc_open(void);

/**
 * Ask, and wait for the answer.
 *
 * @answer  room for RM_MESSAGE_MAX bytes, or NULL; what came behind the error
 * @return  enum rm_error, or RPC_NO_ANSWER after a time that is long for
 *          anybody: then nobody knows whether it was done.  Notifications
 *          that came meanwhile are kept
 */
uint32_t rpc_call(uint32_t id, const void *payload, size_t len, void *answer,
                  size_t *answer_len);

#define RPC_NO_ANSWER 0x80000000u /* no number of enum rm_error */

/** Wait so long for an answer; 0: as long as in the beginning. */
void rpc_set_patience(uint64_t us);

/** What has gone on since the beginning. */
struct rpc_traffic {
	unsigned calls;   /* of rpc_call */
	unsigned packets; /* sent and received */
};
struct rpc_traffic rpc_traffic(void);

/** The next notification that has come, or NULL; valid until the next call. */
const struct rm_message_buf *rpc_notification(void);

/** Send one packet as it is, for tests. @return whether it was taken */
bool rpc_send_raw(const void *packet, size_t len);

/** Sleep until something may have come, at most a millisecond. */
void rpc_sleep(void);

/** "VM_STATE"; "?" for a number that is no error. */
const char *rpc_error_name(uint32_t error);

/** Something has happened: for interrupt handlers of the program. */
void rpc_wake(void);

/** How many answers came that nobody had asked for. */
unsigned rpc_strays(void);

#endif
