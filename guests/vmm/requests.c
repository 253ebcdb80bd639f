// SPDX-License-Identifier: BSD-2-Clause
/* What the resource manager refuses, and what it survives. */
#include <abi/ledger.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/hv_root.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB (1ull << 20)

static struct machine m;

static uint32_t ask(uint32_t id, uint16_t vmid)
{
	const struct rm_vmid who = { vmid, 0 };

	return rpc_call(id, &who, sizeof(who), NULL, NULL);
}

static uint32_t allocate(uint16_t wish, uint16_t *vmid)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	const struct rm_vmid who = { wish, 0 };
	uint32_t error =
		rpc_call(RM_VM_ALLOCATE, &who, sizeof(who), answer, NULL);

	memcpy(vmid, answer, sizeof(*vmid));
	return error;
}

/* Gunyah RM: VMIDs of VMs made on request are 0x80 to 0xbf. */
TEST vmids_are_given_and_taken_back(void)
{
	uint16_t a, b, again;

	ASSERT_EQ(RM_ERR_OK, allocate(0, &a));
	ASSERT_EQ(RM_VMID_DYNAMIC_MIN, a);
	ASSERT_EQ(RM_ERR_OK, allocate(0, &b));
	ASSERT_EQ(a + 1, b);
	ASSERT_EQ(RM_ERR_IN_USE, allocate(b, &again));
	ASSERT_EQ(RM_ERR_VMID_INVALID, allocate(64, &again));
	ASSERT_EQ(RM_ERR_VMID_INVALID, allocate(255, &again));
	ASSERT_EQ(RM_ERR_OK, ask(RM_VM_DEALLOCATE, a));
	ASSERT_EQ(RM_ERR_VMID_INVALID, ask(RM_VM_DEALLOCATE, a));
	ASSERT_EQ(RM_ERR_OK, allocate(0, &again));
	ASSERT_EQ(a, again);
	ASSERT_EQ(RM_ERR_OK, ask(RM_VM_DEALLOCATE, a));
	ASSERT_EQ(RM_ERR_OK, ask(RM_VM_DEALLOCATE, b));
	PASS();
}

/* Gunyah RM: the table of states; each request in a state that forbids it. */
TEST requests_out_of_order_are_refused(void)
{
	const struct rm_stop stop = { .flags = RM_STOP_FORCE };
	struct rm_stop of = stop;
	uint16_t vmid;

	ASSERT_EQ(RM_ERR_OK, allocate(0, &vmid));
	of.vmid = vmid;
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_INIT, vmid));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_START, vmid));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_RESET, vmid));
	ASSERT_EQ(RM_ERR_VM_STATE,
	          rpc_call(RM_VM_STOP, &of, sizeof(of), NULL, NULL));
	ASSERT_EQ(RM_ERR_OK, ask(RM_VM_DEALLOCATE, vmid));

	m = (struct machine){ .image = "victim",
		              .args = "do=wfi",
		              .ram = m.ram,
		              .ram_size = 2 * MIB,
		              .vcpu_count = 1 };
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_INIT, m.vmid));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_START, m.vmid));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_RESET, m.vmid));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_DEALLOCATE, m.vmid));
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, 2000000));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_START, m.vmid));
	ASSERT_EQ(RM_ERR_VM_STATE, machine_stop(&m));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_DEALLOCATE, m.vmid));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

/* Only what one owns; ourselves we do not own. */
TEST other_vms_are_not_ours(void)
{
	const struct rm_stop stop = { .vmid = RM_VMID_PRIMARY,
		                      .flags = RM_STOP_FORCE };

	ASSERT_EQ(RM_ERR_DENIED,
	          rpc_call(RM_VM_STOP, &stop, sizeof(stop), NULL, NULL));
	ASSERT_EQ(RM_ERR_DENIED, ask(RM_VM_DEALLOCATE, RM_VMID_PRIMARY));
	ASSERT_EQ(RM_ERR_VMID_INVALID, ask(RM_VM_START, 200));
	ASSERT_EQ(RM_ERR_UNIMPLEMENTED, ask(0x56000099, 0));
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          rpc_call(RM_VM_START, "12", 2, NULL, NULL));
	PASS();
}

/* RECLAIM while the borrower has it: MEM_INUSE, and lent memory is gone. */
TEST lent_memory_is_out_of_reach(void)
{
	uint32_t handle[2] = { 0, 0 };
	struct fault fault;
	uint64_t value;

	m = (struct machine){ .image = "victim",
		              .args = "do=wfi",
		              .ram = m.ram,
		              .ram_size = 2 * MIB,
		              .vcpu_count = 1 };
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	handle[0] = m.handle;
	ASSERT_EQ(RM_ERR_MEM_INUSE,
	          rpc_call(RM_MEM_RECLAIM, handle, sizeof(handle), NULL, NULL));
	fault_expect(&fault);
	value = *(volatile uint64_t *)m.ram;
	ASSERT(fault_came(&fault));
	(void)value;
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, 2000000));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	for (uint64_t at = 0; at < m.ram_size; at += 8) {
		ASSERT_EQ(0u, *(uint64_t *)((char *)m.ram + at)); /* scrubbed */
	}
	handle[0] = 0x7777;
	ASSERT_EQ(RM_ERR_HANDLE_INVALID,
	          rpc_call(RM_MEM_RECLAIM, handle, sizeof(handle), NULL, NULL));
	PASS();
}

/* Gunyah RM: what an owner has of its VM, whole or in parts; its names: counts,
 * sizes and values of all of them (247). */
TEST c247_resources_are_listed_three_ways(void)
{
	static uint8_t all[RM_MESSAGE_MAX], caps[RM_MESSAGE_MAX],
		irqs[RM_MESSAGE_MAX], id[RM_MESSAGE_MAX];
	struct rm_vmid who;
	struct rm_resource r;
	struct rm_resource_cap c;
	struct rm_resource_irq q;
	struct rm_id name;
	size_t len[3];
	uint32_t count[3];

	m = (struct machine){ .image = "victim",
		              .args = "do=wfi",
		              .ram = m.ram,
		              .ram_size = 2 * MIB,
		              .vcpu_count = 2 };
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	who = (struct rm_vmid){ m.vmid, 0 };
	rpc_call(RM_VM_GET_HYP_RESOURCES, &who, sizeof(who), all, &len[0]);
	rpc_call(RM_VM_GET_HYP_CAPIDS, &who, sizeof(who), caps, &len[1]);
	rpc_call(RM_VM_GET_HYP_IRQS, &who, sizeof(who), irqs, &len[2]);
	memcpy(&count[0], all, 4);
	memcpy(&count[1], caps, 4);
	memcpy(&count[2], irqs, 4);
	ASSERT_EQ(3u, count[0]); /* address space, two vCPUs */
	ASSERT_EQ(3u, count[1]);
	ASSERT_EQ(2u, count[2]);
	ASSERT_EQ(4 + 3 * sizeof(r), len[0]);
	ASSERT_EQ(4 + 3 * sizeof(c), len[1]);
	ASSERT_EQ(4 + 2 * sizeof(q), len[2]);
	memcpy(&r, all + 4 + 2 * sizeof(r), sizeof(r));
	memcpy(&c, caps + 4 + 2 * sizeof(c), sizeof(c));
	memcpy(&q, irqs + 4 + sizeof(q), sizeof(q));
	ASSERT_EQ(RM_RES_VCPU, c.type);
	ASSERT_EQ(RM_RES_VCPU, q.type);
	ASSERT_EQ(1u, c.label);
	ASSERT_EQ(1u, q.label);
	ASSERT_EQ(m.vcpu[1].cap, (uint64_t)c.cap_hi << 32 | c.cap_lo);
	ASSERT_EQ(m.vcpu[1].virq, q.virq);
	ASSERT_EQ(r.virq, q.virq);
	ASSERT_EQ(RM_ERR_OK,
	          rpc_call(RM_VM_GET_ID, &who, sizeof(who), id, &len[0]));
	memcpy(&name, id + 4, sizeof(name));
	ASSERT_EQ(RM_ID_NAME, name.type);
	ASSERT_EQ(6u, name.size);
	ASSERT_EQ(0, memcmp(id + 8, "victim\0\0", 8));
	ASSERT_EQ(16u, len[0]);
	/* Ourselves we do not own. */
	who.vmid = RM_VMID_PRIMARY;
	rpc_call(RM_VM_GET_HYP_CAPIDS, &who, sizeof(who), caps, &len[1]);
	ASSERT_EQ(4u, len[1]);
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, 2000000));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

/* Gunyah RM: a VM in RESET is configured again without a new VMID. */
TEST a_vm_is_configured_again(void)
{
	const struct rm_vmid who = { RM_VMID_DYNAMIC_MIN, 0 };
	static uint8_t answer[RM_MESSAGE_MAX];
	struct rm_config_image config = { .vmid = who.vmid };
	uint32_t count;

	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	ASSERT_EQ(who.vmid, m.vmid);
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, 2000000));
	ASSERT_EQ(RM_ERR_OK, ask(RM_VM_RESET, m.vmid));
	for (unsigned i = 0; i < 1000 && m.state != RM_STATE_RESET; i++) {
		if (!machine_listen()) {
			rpc_sleep();
		}
	}
	ASSERT_EQ(RM_STATE_RESET, m.state);
	/* Nothing of the life before is left to it. */
	rpc_call(RM_VM_GET_HYP_RESOURCES, &who, sizeof(who), answer, NULL);
	memcpy(&count, answer, sizeof(count));
	ASSERT_EQ(0u, count);
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_INIT, m.vmid));
	config.memparcel = m.handle;
	config.image_size = config.dt_offset = 0x1000;
	config.dt_size = 0x1000;
	config.image_offset = 0x10000;
	ASSERT_EQ(RM_ERR_OK, rpc_call(RM_VM_CONFIG_IMAGE, &config,
	                              sizeof(config), NULL, NULL));
	ASSERT_EQ(RM_ERR_VM_STATE, ask(RM_VM_DEALLOCATE, m.vmid));
	/* There is no device tree in zeros: it fails, and can be reset. */
	ASSERT_EQ(RM_ERR_MEM_INVALID, ask(RM_VM_INIT, m.vmid));
	while (machine_listen()) {
	}
	ASSERT_EQ(RM_STATE_INIT_FAILED, m.state);
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

static uint64_t dice;

static uint32_t roll(uint32_t below)
{
	dice = dice * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(dice >> 33) % below;
}

/* Requests that change nothing when their contents are nonsense. */
static const uint32_t ids[] = {
	RM_MEM_DONATE,   RM_MEM_ACCEPT,       RM_MEM_LEND,
	RM_MEM_SHARE,    RM_MEM_RELEASE,      RM_MEM_RECLAIM,
	RM_MEM_NOTIFY,   RM_MEM_APPEND,       RM_VM_CONFIG_IMAGE,
	RM_VM_INIT,      RM_VM_START,         RM_VM_RESET,
	RM_VM_GET_STATE, RM_VM_LOOKUP_NAME,   RM_VM_SET_CONTEXT,
	RM_VM_GET_OWNER, RM_VM_SET_CRASH_MSG, RM_VM_CONSOLE_WRITE,
	0x51000000,      0x56000000,          0xffffffff,
};

/* Random, truncated, mis-sequenced and oversized packets, by seed. */
TEST nonsense_is_answered_or_dropped(void)
{
	uint8_t packet[RM_PACKET_MAX + 8];

	for (unsigned i = 0; i < 3000; i++) {
		struct rm_header h = {
			.api = roll(20) != 0 ? RM_API : (uint8_t)roll(256),
			.type = (uint8_t)(roll(3) | roll(4) << 2),
			.seq = (uint16_t)roll(4),
			.id = ids[roll(sizeof(ids) / sizeof(ids[0]))],
		};
		size_t len = 1 + roll(sizeof(packet));

		for (size_t k = 0; k < sizeof(packet); k++) {
			packet[k] =
				(uint8_t)(roll(3) != 0 ? roll(8) : roll(256));
		}
		memcpy(packet, &h, sizeof(h));
		rpc_send_raw(packet, len < RM_PACKET_MAX ? len : RM_PACKET_MAX);
		/* Fetch what comes; what answers nobody's request is lost. */
		if (roll(4) == 0) {
			ASSERT_EQ(RM_ERR_OK, ask(RM_VM_GET_STATE, 0));
		}
		while (rpc_notification() != NULL) {
		}
	}
	ASSERT_EQ(RM_ERR_OK, ask(RM_VM_GET_STATE, 0));
	PASS();
}

/* GET_STATE, as @h says, from packets of our own. @return answers to it */
static unsigned answers_to(struct rm_header h, size_t payload)
{
	uint8_t packet[RM_PACKET_MAX] = { 0 };
	unsigned before = rpc_strays();

	h.seq = 0x7777; /* of no request of ours */
	memcpy(packet, &h, sizeof(h));
	while (!rpc_send_raw(packet, sizeof(h) + payload)) {
		rpc_sleep();
	}
	/* An answer to it comes before that to the next request. */
	return ask(RM_VM_GET_STATE, 0) == RM_ERR_OK ? rpc_strays() - before
	                                            : 99;
}

/* Gunyah RM, "API version": another one is nobody's request (76). */
TEST c76_an_unknown_version_is_not_answered(void)
{
	struct rm_header h = { RM_API, RM_REQUEST, 0, RM_VM_GET_STATE };

	ASSERT_EQ_FMT(1u, answers_to(h, sizeof(struct rm_vmid)), "%u");
	for (unsigned api = 0; api < 256; api++) {
		h.api = (uint8_t)api;
		ASSERT_EQ_FMT(api == RM_API ? 1u : 0u,
		              answers_to(h, sizeof(struct rm_vmid)), "%u");
	}
	PASS();
}

/*
 * Headers that promise what does not come: more packets, another message's
 * end, a payload of another size.  Nothing of them is done, nor left (237).
 */
TEST c237_lying_headers_are_dropped(void)
{
	const struct rm_header good = { RM_API, RM_REQUEST, 0,
		                        RM_VM_GET_STATE };
	struct rm_header h = good;

	/* "one more follows", but this one is not full, or the last */
	h.type = RM_REQUEST | 1 << 2;
	ASSERT_EQ(0, answers_to(h, sizeof(struct rm_vmid)));
	ASSERT_EQ(0, answers_to(h, RM_PAYLOAD_MAX));
	h.type = RM_REQUEST | 63 << 2; /* more than a message has */
	ASSERT_EQ(0, answers_to(h, RM_PAYLOAD_MAX));
	h.type = RM_CONTINUATION; /* of nothing */
	ASSERT_EQ(0, answers_to(h, sizeof(struct rm_vmid)));
	h.type = RM_REPLY; /* to what nobody has asked */
	ASSERT_EQ(0, answers_to(h, sizeof(struct rm_vmid)));
	/* Too short and too long are answered: as such. */
	ASSERT_EQ(1, answers_to(good, 0));
	ASSERT_EQ(1, answers_to(good, RM_PAYLOAD_MAX));
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          rpc_call(RM_VM_GET_STATE, NULL, 0, NULL, NULL));
	ASSERT_EQ(RM_ERR_OK, ask(RM_VM_GET_STATE, 0));
	PASS();
}

SUITE(requests)
{
	dice = dt_bootarg_number("seed", 1);
	RUN_TEST(vmids_are_given_and_taken_back);
	RUN_TEST(requests_out_of_order_are_refused);
	RUN_TEST(other_vms_are_not_ours);
	RUN_TEST(lent_memory_is_out_of_reach);
	RUN_TEST(c247_resources_are_listed_three_ways);
	RUN_TEST(a_vm_is_configured_again);
	RUN_TEST(c76_an_unknown_version_is_not_answered);
	RUN_TEST(c237_lying_headers_are_dropped);
	RUN_TEST(nonsense_is_answered_or_dropped);
	RUN_TEST(requests_out_of_order_are_refused);
}
