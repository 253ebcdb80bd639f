// SPDX-License-Identifier: BSD-2-Clause
/*
 * Another VM's hand: does what a test in the primary VM tells it, by a mailbox
 * (guests/vmm/mailbox.h).  It says nothing and checks nothing itself.
 */
#include <abi/psci.h>
#include <abi/rm.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/main.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "vmm/mailbox.h"
#include "vmm/rpc.h"

#define PLAY_SIZE 0x200000ull
#define SPI_FIRST 32

static uint8_t page[4 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint32_t last_note;
static uint8_t last_data[MAILBOX_DATA];
static uint32_t last_len;
static struct mailbox *const box = (void *)(uintptr_t)MAILBOX_IPA;
static struct dt_device device;
static unsigned on; /* enum mailbox_on */

/* The mailbox, which is shared, in one range; no ACL, no attributes. */
static uint32_t accept(uint32_t handle, uint64_t ipa)
{
	struct __attribute__((packed)) {
		struct rm_mem_accept head;
		uint16_t acl_count, pad0;
		uint16_t sgl_count, map_vmid;
		struct rm_sgl_entry sgl;
		uint16_t attr_count, pad1;
	} request = { .head = { .handle = handle,
		                .transfer = RM_TRANSFER_SHARE,
		                .flags = RM_ACCEPT_LABEL | RM_ACCEPT_DONE,
		                .label = MAILBOX_LABEL },
		      .sgl_count = 1,
		      .sgl = { ipa, PAGE_SIZE } };

	return rpc_call(RM_MEM_ACCEPT, &request, sizeof(request), NULL, NULL);
}

/* Until the mailbox is there. */
static void wait_for_mailbox(void)
{
	for (;;) {
		const struct rm_message_buf *note = rpc_notification();
		struct rm_mem_shared shared;

		if (note == NULL) {
			rpc_sleep();
			continue;
		}
		memcpy(&shared, note->payload, sizeof(shared));
		if (note->id == RM_MEM_SHARED &&
		    shared.label == MAILBOX_LABEL) {
			if (accept(shared.handle, MAILBOX_IPA) != RM_ERR_OK) {
				fatal("peer: the mailbox cannot be accepted");
			}
			mmu_map(MAILBOX_IPA, MAILBOX_IPA, PAGE_SIZE,
			        MMU_NORMAL);
			return;
		}
	}
}

static void ask(void)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	size_t len = 0;

	box->error = rpc_call(box->id, box->data, box->len, answer, &len);
	box->len = (uint32_t)(len < MAILBOX_DATA ? len : MAILBOX_DATA);
	memcpy(box->data, answer, box->len);
}

static void touch(bool writes)
{
	volatile uint64_t *word = (volatile uint64_t *)(uintptr_t)box->at;
	struct fault fault;
	uint64_t value = box->value;

	fault_expect(&fault);
	if (writes) {
		*word = value;
	} else {
		value = *word;
	}
	box->error = fault_came(&fault);
	box->value = value;
}

/* Only the last notification is kept. */
static void hear(void)
{
	const struct rm_message_buf *note;

	while ((note = rpc_notification()) != NULL) {
		last_note = note->id;
		last_len = (uint32_t)(note->len < MAILBOX_DATA ? note->len
		                                               : MAILBOX_DATA);
		memcpy(last_data, note->payload, last_len);
	}
}

static void tell_note(void)
{
	hear();
	box->id = last_note;
	box->len = last_len;
	memcpy(box->data, last_data, last_len);
	last_note = 0;
	last_len = 0;
}

/* By name, "bell-tx-LABEL" or "bell-rx-LABEL". @return node, or negative */
static int find_bell(const char *kind, uint64_t label)
{
	char path[64];

	snprintf(path, sizeof(path), "/hypervisor/bell-%s-%lx", kind,
	         (unsigned long)label);
	return fdt_path_offset(dt(), path);
}

static void use_bell(void)
{
	int sends = find_bell("tx", box->at);
	int node = sends >= 0 ? sends : find_bell("rx", box->at);
	const fdt32_t *irq;
	struct hv r;
	uint64_t cap;

	if (node < 0) {
		box->error = 1;
		return;
	}
	cap = dt_reg(node, 0).base;
	irq = fdt_getprop(dt(), node, "interrupts", NULL);
	box->id = irq != NULL ? fdt32_to_cpu(irq[1]) + SPI_FIRST : 0;
	r = sends >= 0 ? HV(DOORBELL_SEND, cap, box->value)
	               : HV(DOORBELL_RECEIVE, cap, box->value);
	box->error = r.err == HV_OK ? 0 : 2;
	box->value = r.out[0];
	r = sends >= 0 ? HV(DOORBELL_RECEIVE, cap, 1)
	               : HV(DOORBELL_SEND, cap, 1);
	box->error = r.err == HV_OK ? 3 : box->error;
}

struct end {
	uint64_t cap;
	uint32_t intid;
	uint32_t depth, size;
};

static uint32_t number(int node, const char *name)
{
	const fdt32_t *cell = fdt_getprop(dt(), node, name, NULL);

	return cell != NULL ? fdt32_to_cpu(*cell) : 0;
}

/* As a driver does: by what the node says that it is, not by its name. */
static bool has_end(int node, uint64_t label, bool sends, bool *is_pair)
{
	const char *way = sends ? "is-sender" : "is-receiver";

	*is_pair = fdt_getprop(dt(), node, "qcom,is-full-duplex", NULL) != NULL;
	return fdt_node_check_compatible(dt(), node,
	                                 "qcom,gunyah-message-queue") == 0 &&
	       fdt_getprop(dt(), node, "qcom,label", NULL) != NULL &&
	       number(node, "qcom,label") == label &&
	       (*is_pair || fdt_getprop(dt(), node, way, NULL) != NULL);
}

static bool find_end(uint64_t label, bool sends, struct end *end)
{
	int node, top = fdt_path_offset(dt(), "/hypervisor");

	fdt_for_each_subnode(node, dt(), top)
	{
		bool is_pair;
		unsigned index;
		const fdt32_t *irq;

		if (!has_end(node, label, sends, &is_pair)) {
			continue;
		}
		index = is_pair && !sends ? 1 : 0;
		irq = fdt_getprop(dt(), node, "interrupts", NULL);
		end->cap = dt_reg(node, index).base;
		end->intid = fdt32_to_cpu(irq[3 * index + 1]) + SPI_FIRST;
		end->depth = number(node, !is_pair ? "tx_queue_depth"
		                          : sends  ? "qcom,tx-queue-depth"
		                                   : "qcom,rx-queue-depth");
		end->size = number(node, !is_pair ? "tx_message_size"
		                         : sends  ? "qcom,tx-message-size"
		                                  : "qcom,rx-message-size");
		return true;
	}
	return false;
}

static struct hv send(uint64_t cap)
{
	return HV(MSGQUEUE_SEND, cap, box->len, (uintptr_t)box->data, 1);
}

static struct hv receive(uint64_t cap)
{
	return HV(MSGQUEUE_RECEIVE, cap, (uintptr_t)box->data, MAILBOX_DATA);
}

static void use_queue(void)
{
	bool sends = box->op == MAILBOX_SEND ||
	             (box->op == MAILBOX_QUEUE && box->value != 0);
	struct end end;
	struct hv r;

	if (!find_end(box->at, sends, &end)) {
		box->error = 1;
		return;
	}
	if (box->op == MAILBOX_QUEUE) {
		box->id = end.intid;
		box->value = end.depth | (uint64_t)end.size << 16;
		r = sends ? receive(end.cap) : send(end.cap);
		box->error = r.err == HV_INSUFFICIENT_RIGHTS ? 0 : 2;
		return;
	}
	r = sends ? send(end.cap) : receive(end.cap);
	box->error = (uint32_t)r.err;
	box->len = sends || r.err != HV_OK ? 0 : (uint32_t)r.out[0];
	box->value = sends ? r.out[0] : r.out[1];
}

static void go_off(bool resets)
{
	if (resets) {
		psci(PSCI_SYSTEM_RESET, 0, 0, 0);
	}
	power_off();
}

static void on_interrupt(unsigned intid, void *arg)
{
	(void)arg;
	box->heard++;
	dsb_sy(); /* it is seen before we are gone */
	switch ((enum mailbox_on)on) {
	case MAILBOX_ON_ONE:
		irq_disable(intid);
		break;
	case MAILBOX_ON_STAY:
		for (;;) {
			cpu_relax();
		}
	case MAILBOX_ON_OFF:
		power_off();
	}
}

/* What came while nobody listened is not meant. */
static void listen(unsigned intid)
{
	on = (unsigned)box->value;
	box->heard = 0;
	irq_disable(intid);
	irq_set_pending(intid, false);
	irq_attach(intid, on_interrupt, NULL);
	dsb_sy();
	irq_enable(intid);
}

static void serve(void)
{
	box->error = 0;
	switch ((enum mailbox_op)box->op) {
	case MAILBOX_ASK:
		ask();
		break;
	case MAILBOX_READ:
	case MAILBOX_WRITE:
		touch(box->op == MAILBOX_WRITE);
		break;
	case MAILBOX_RAM:
		box->at = (uintptr_t)page;
		break;
	case MAILBOX_NOTE:
		tell_note();
		break;
	case MAILBOX_OFF:
		go_off(box->value != 0);
		break;
	case MAILBOX_DEVICE:
		box->error = device.reg.size == 0;
		box->at = device.reg.base;
		box->id = device.intid;
		box->value = device.physical;
		break;
	case MAILBOX_POKE:
		mmio_write32(device.reg.base + box->at, (uint32_t)box->value);
		break;
	case MAILBOX_LISTEN:
		listen((unsigned)box->at);
		break;
	case MAILBOX_BELL:
		use_bell();
		break;
	case MAILBOX_QUEUE:
	case MAILBOX_SEND:
	case MAILBOX_RECEIVE:
		use_queue();
		break;
	}
}

int main(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (!rpc_open()) {
		fatal("peer: no resource manager");
	}
	memset(page, 0x5a, sizeof(page));
	mmu_map(MAILBOX_PLAY, MAILBOX_PLAY, PLAY_SIZE, MMU_NORMAL);
	if (dt_device(&device)) {
		mmu_map_device(device.reg.base, device.reg.size);
	}
	irq_unmask();
	wait_for_mailbox();
	/* What one before us was asked is not for us. */
	box->done = box->asked;
	box->born++;
	for (;;) {
		uint32_t asked = box->asked;

		hear();
		if (asked == box->done) {
			rpc_sleep();
			continue;
		}
		dmb_ish(); /* what is asked was written before */
		serve();
		dmb_ish(); /* the answer is seen before it is said to be there */
		box->done = asked;
	}
}
