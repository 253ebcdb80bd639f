/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Those who talk to the resource manager: a pair of message queues each.
 *
 * Answers and notifications that a client's queue has no room for wait in an
 * outbox; a client that does not fetch its answers is not listened to until
 * it does, so it can fill nothing but its own outbox.  Nobody else can, either:
 * a request that would have something told to a client that is behind is BUSY.
 */
#ifndef RM_CLIENT_H
#define RM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rm/proto.h"
#include "rm/vms.h"

struct client;

/** Give @vm its queues. @return false: why, is in vm->objects */
bool client_open(struct vm *vm);

/** Forget what is under way for @vm; its queues die with its objects. */
void client_close(struct vm *vm);

/**
 * Tell @vm something; @vm may have no queues, then nobody hears it.  If more
 * waits for it than is kept, or memory is short and what is set aside for that
 * is used up, it is lost, and the first of them is told on our console.
 */
void client_notify(struct vm *vm, uint32_t id, const void *payload, size_t len);

/** So much waits for @vm that a request for more is RM_ERR_BUSY. */
bool client_is_behind(const struct vm *vm);

/**
 * Receive from, and send to, all clients what can be.
 *
 * @serve   called with each whole request
 * @return  whether something was done
 */
bool client_turn(void (*serve)(struct client *client,
                               const struct rm_message_buf *message));

/** Answer a request. */
void client_reply(struct client *client, const struct rm_message_buf *to,
                  const void *payload, size_t len);

struct vm *client_vm(const struct client *client);

/** Whether something waits for room in a queue. */
bool client_is_waiting(void);

/** Something may have come; set by interrupts. */
extern volatile unsigned client_work;

#endif
