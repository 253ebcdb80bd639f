/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/launch.h"
#include "rt/hv.h"
#include "rt/irq.h"

#define CLIENTS_MAX   VMS_MAX
#define INTID_FIRST   64  /* ours: one for each client */
#define OUTBOX_LISTEN 64  /* packets waiting: above, nothing is received */
#define OUTBOX_BUSY   256 /* above, others may not have more told to it */
#define OUTBOX_MAX    512 /* packets waiting: above, notifications are lost */
#define PUSH          1

struct packet {
	struct packet *next;
	size_t len;
	uint8_t data[RM_PACKET_MAX];
};

struct client {
	struct vm *vm; /* NULL: unused */
	uint16_t next_seq;
	struct packet *first, **last;
	unsigned waiting;
	unsigned lost;
	struct rm_receiver rx;
};

/*
 * When memory is short: a request that was done must be answered, and an end
 * be told, or whoever waits for it waits for ever.
 */
#define SPARES (2 * (RM_FRAGMENT_MAX + 1)) /* two of the longest messages */

static struct packet spare[SPARES];
static bool is_taken[SPARES];

static struct client clients[CLIENTS_MAX];
volatile unsigned client_work;

static void on_interrupt(unsigned intid, void *arg)
{
	(void)intid;
	(void)arg;
	client_work = 1;
}

static struct packet *new_packet(void)
{
	struct packet *p = malloc(sizeof(*p));

	if (p != NULL || strcmp(launch_mutant, "rm-answer-lost") == 0) {
		return p;
	}
	for (unsigned i = 0; i < SPARES; i++) {
		if (!is_taken[i]) {
			is_taken[i] = true;
			return &spare[i];
		}
	}
	return NULL;
}

static void free_packet(struct packet *p)
{
	if (p >= spare && p < spare + SPARES) {
		is_taken[p - spare] = false;
	} else {
		free(p);
	}
}

static void drop_first(struct client *c)
{
	struct packet *p = c->first;

	c->first = p->next;
	if (c->first == NULL) {
		c->last = &c->first;
	}
	c->waiting--;
	free_packet(p);
}

static void drop_all(struct client *c)
{
	while (c->first != NULL) {
		drop_first(c);
	}
	c->last = &c->first;
	c->waiting = 0;
}

bool client_open(struct vm *vm)
{
	unsigned i = 0;

	while (i < CLIENTS_MAX && clients[i].vm != NULL) {
		i++;
	}
	if (i == CLIENTS_MAX ||
	    !objects_add_queues(&vm->objects, INTID_FIRST + i)) {
		return false; /* as many clients as VMs: there is room */
	}
	clients[i].vm = vm;
	clients[i].next_seq = 0;
	if (strcmp(launch_mutant, "rm-outbox-kept") != 0) {
		drop_all(&clients[i]);
	}
	clients[i].lost = 0;
	rm_receiver_reset(&clients[i].rx);
	vm->client = &clients[i];
	irq_attach(INTID_FIRST + i, on_interrupt, NULL);
	irq_set_edge(INTID_FIRST + i, true);
	irq_enable(INTID_FIRST + i);
	return true;
}

void client_close(struct vm *vm)
{
	struct client *c = vm->client;

	if (c == NULL) {
		return;
	}
	irq_disable(INTID_FIRST + (unsigned)(c - clients));
	if (strcmp(launch_mutant, "rm-outbox-kept") != 0) {
		drop_all(c);
	}
	c->vm = NULL;
	vm->client = NULL;
}

struct vm *client_vm(const struct client *client)
{
	return client->vm;
}

/* All packets of a message, or none. */
static bool enqueue(struct client *c, enum rm_type type, uint32_t id,
                    uint16_t seq, const void *payload, size_t len)
{
	struct packet *list = NULL, **end = &list;
	unsigned count = 0;

	for (;;) {
		struct packet *p = new_packet();

		if (p == NULL) {
			break;
		}
		p->next = NULL;
		p->len = rm_packet(type, id, seq, payload, len, count, p->data);
		if (p->len == 0) {
			free_packet(p);
			*c->last = list;
			c->last = count > 0 ? end : c->last;
			c->waiting += count;
			return true;
		}
		*end = p;
		end = &p->next;
		count++;
	}
	while (list != NULL) {
		struct packet *next = list->next;

		free_packet(list);
		list = next;
	}
	return false;
}

static void lose(struct client *c)
{
	if (c->lost++ == 0) {
		printf("rm: vm %u %s does not hear all it is told\n",
		       c->vm->vmid, c->vm->name);
	}
}

static bool flush(struct client *c)
{
	bool any = false;

	while (c->first != NULL &&
	       HV(MSGQUEUE_SEND, c->vm->objects.to_vm, c->first->len,
	          (uintptr_t)c->first->data, PUSH)
	                       .err == HV_OK) {
		drop_first(c);
		any = true;
	}
	return any;
}

void client_notify(struct vm *vm, uint32_t id, const void *payload, size_t len)
{
	struct client *c = vm->client;

	if (c == NULL) {
		return;
	}
	if (c->waiting > OUTBOX_MAX ||
	    !enqueue(c, RM_NOTIFICATION, id, c->next_seq++, payload, len)) {
		lose(c);
		return;
	}
	flush(c);
}

bool client_is_behind(const struct vm *vm)
{
	return vm != NULL && vm->client != NULL &&
	       vm->client->waiting > OUTBOX_BUSY;
}

void client_reply(struct client *client, const struct rm_message_buf *to,
                  const void *payload, size_t len)
{
	if (!enqueue(client, RM_REPLY, to->id, to->seq, payload, len)) {
		lose(client);
	}
	flush(client);
}

static bool receive(struct client *c,
                    void (*serve)(struct client *client,
                                  const struct rm_message_buf *message))
{
	uint8_t packet[RM_PACKET_MAX];
	struct hv r;

	if (c->waiting > OUTBOX_LISTEN) {
		return false;
	}
	r = HV(MSGQUEUE_RECEIVE, c->vm->objects.to_rm, (uintptr_t)packet,
	       sizeof(packet));
	if (r.err != HV_OK) {
		return false;
	}
	if (rm_receive(&c->rx, packet, (size_t)r.out[0]) &&
	    c->rx.message.type == RM_REQUEST) {
		serve(c, &c->rx.message);
	}
	return true;
}

bool client_turn(void (*serve)(struct client *client,
                               const struct rm_message_buf *message))
{
	bool any = false;

	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		if (clients[i].vm != NULL) {
			any |= flush(&clients[i]);
			any |= receive(&clients[i], serve);
		}
	}
	return any;
}

bool client_is_waiting(void)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		if (clients[i].vm != NULL && clients[i].first != NULL) {
			return true;
		}
	}
	return false;
}
