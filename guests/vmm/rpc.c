/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/rpc.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

#define KEPT_MAX  64 /* notifications not yet fetched */
#define SPI_FIRST 32
#define PUSH      1
#define SLEEP_US  1000

/* The resource manager answers at once, or is busy, or never will. */
#define PATIENCE_US 10000000

static uint64_t tx, rx; /* capabilities */
static volatile unsigned woken;
static uint16_t next_seq;
static unsigned strays;
static uint64_t patience_us = PATIENCE_US;
static struct rpc_traffic traffic;
static struct rm_receiver receiver;
static struct rm_message_buf *kept[KEPT_MAX];
static unsigned kept_first, kept_count;

void rpc_wake(void)
{
	woken = 1;
}

static void on_interrupt(unsigned intid, void *arg)
{
	(void)intid;
	(void)arg;
	woken = 1;
}

static void listen_to(unsigned intid)
{
	irq_attach(intid, on_interrupt, NULL);
	irq_set_edge(intid, true);
	irq_enable(intid);
}

static void on_timer(unsigned intid, void *arg)
{
	(void)intid;
	(void)arg;
	timer_virt_off();
}

bool rpc_open(void)
{
	int node = dt_find("gunyah-resource-manager");
	const fdt32_t *irq;
	int len;

	if (node < 0) {
		return false;
	}
	tx = dt_reg(node, 0).base;
	rx = dt_reg(node, 1).base;
	irq = fdt_getprop(dt(), node, "interrupts", &len);
	if (irq == NULL || len != 6 * (int)sizeof(*irq)) {
		return false;
	}
	listen_to(fdt32_to_cpu(irq[1]) + SPI_FIRST);
	listen_to(fdt32_to_cpu(irq[4]) + SPI_FIRST);
	irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	irq_unmask();
	return true;
}

void rpc_sleep(void)
{
	irq_mask();
	if (!woken) {
		timer_virt_set(cntvct() + timer_ticks_of_us(SLEEP_US), 1);
		wfi(); /* what comes in between is pending, and ends it */
		timer_virt_off();
	}
	irq_unmask();
	woken = 0;
}

bool rpc_send_raw(const void *packet, size_t len)
{
	bool taken = HV(MSGQUEUE_SEND, tx, len, (uintptr_t)packet, PUSH).err ==
	             HV_OK;

	traffic.packets += taken;
	return taken;
}

static void keep(const struct rm_message_buf *message)
{
	struct rm_message_buf *copy = malloc(sizeof(*copy));

	if (copy == NULL || kept_count == KEPT_MAX) {
		fatal("more notifications than anybody fetches");
	}
	*copy = *message;
	kept[(kept_first + kept_count++) % KEPT_MAX] = copy;
}

/* One packet, if there is one. @return whether it ended an answer */
static bool receive(bool *any)
{
	uint8_t packet[RM_PACKET_MAX];
	struct hv r =
		HV(MSGQUEUE_RECEIVE, rx, (uintptr_t)packet, sizeof(packet));

	*any = r.err == HV_OK;
	traffic.packets += *any;
	if (!*any || !rm_receive(&receiver, packet, (size_t)r.out[0])) {
		return false;
	}
	if (receiver.message.type == RM_NOTIFICATION) {
		keep(&receiver.message);
		return false;
	}
	return receiver.message.type == RM_REPLY;
}

/* @return false: there was no room until @end */
static bool send(uint32_t id, uint16_t seq, const void *payload, size_t len,
                 uint64_t end)
{
	uint8_t packet[RM_PACKET_MAX];
	size_t size;

	for (unsigned i = 0; (size = rm_packet(RM_REQUEST, id, seq, payload,
	                                       len, i, packet)) != 0;
	     i++) {
		while (!rpc_send_raw(packet, size)) {
			if (cntvct() > end) {
				return false;
			}
			rpc_sleep();
		}
	}
	return true;
}

/* @return false: there was no answer until @end */
static bool await_reply(uint32_t id, uint16_t seq, uint64_t end)
{
	const struct rm_message_buf *m = &receiver.message;
	bool any;

	for (;;) {
		if (receive(&any)) {
			if (m->seq == seq && m->id == id &&
			    m->len >= sizeof(uint32_t)) {
				return true;
			}
			strays++;
		}
		if (!any) {
			if (cntvct() > end) {
				return false;
			}
			rpc_sleep();
		}
	}
}

void rpc_set_patience(uint64_t us)
{
	patience_us = us != 0 ? us : PATIENCE_US;
}

struct rpc_traffic rpc_traffic(void)
{
	return traffic;
}

unsigned rpc_strays(void)
{
	return strays;
}

uint32_t rpc_call(uint32_t id, const void *payload, size_t len, void *answer,
                  size_t *answer_len)
{
	uint16_t seq = next_seq++;
	const struct rm_message_buf *m = &receiver.message;
	uint64_t end = cntvct() + timer_ticks_of_us(patience_us);
	uint32_t error;

	traffic.calls++;
	if (!send(id, seq, payload, len, end) || !await_reply(id, seq, end)) {
		return RPC_NO_ANSWER;
	}
	memcpy(&error, m->payload, sizeof(error));
	if (answer != NULL) {
		memcpy(answer, m->payload + sizeof(error),
		       m->len - sizeof(error));
	}
	if (answer_len != NULL) {
		*answer_len = m->len - sizeof(error);
	}
	return error;
}

const struct rm_message_buf *rpc_notification(void)
{
	static struct rm_message_buf current;
	bool any = true;

	while (kept_count == 0 && any) {
		receive(&any);
	}
	if (kept_count == 0) {
		return NULL;
	}
	current = *kept[kept_first];
	free(kept[kept_first]);
	kept_first = (kept_first + 1) % KEPT_MAX;
	kept_count--;
	return &current;
}

#define NAME(name, num) { (num), #name },
static const struct {
	uint32_t error;
	const char *name;
} names[] = { RM_ERRORS(NAME) };

const char *rpc_error_name(uint32_t error)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].error == error) {
			return names[i].name;
		}
	}
	return error == RPC_NO_ANSWER ? "NO_ANSWER" : "?";
}
