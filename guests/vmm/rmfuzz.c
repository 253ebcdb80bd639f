// SPDX-License-Identifier: BSD-2-Clause
/*
 * The resource manager under messages that nobody would send, by seed: every
 * id there is, sizes that are nearly right, VMIDs and handles that may be
 * right, fragments that are lost, doubled or in the wrong order.
 *
 * bootargs: seed=N, rounds=N.  The same seed does the same.
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/hv_root.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB        (1ull << 20)
#define MESSAGES   300             /* in a round */
#define FAR_RAM    0x5000000000ull /* nobody has RAM there */
#define ENTRIES    4               /* of a list, at most */
#define SHORT_SIZE 64
#define OTHER      1 /* VMID: another VM of the scenario */
#define FIRST_LENT 0x200u
#define OWN_VIRQ   96 /* INTIDs of our two devices, from here on */

#define ID(name, num) num,
static const uint32_t ids[] = { RM_MESSAGES(ID) };

static uint64_t dice;
static uint32_t last_lent; /* handle */

static uint32_t roll(uint32_t below)
{
	dice = dice * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(dice >> 33) % below;
}

static uint32_t any_id(void)
{
	uint32_t id;

	do { /* that one we would be gone after */
		id = ids[roll(sizeof(ids) / sizeof(ids[0]))];
		id = roll(16) == 0 ? id ^ 1u << roll(31) : id;
	} while (id == RM_VM_EXIT);
	return id;
}

static uint32_t any_irq_id(void)
{
	return RM_VM_IRQ_ACCEPT + roll(RM_VM_IRQ_UNMAP - RM_VM_IRQ_ACCEPT + 1);
}

static uint16_t any_vmid(void)
{
	static const uint16_t some[] = { 0, 3, 1, 2, 63, 64, 128, 129, 255 };

	return roll(8) == 0 ? (uint16_t)roll(65536)
	                    : some[roll(sizeof(some) / sizeof(some[0]))];
}

static size_t put(uint8_t *at, size_t len, uint64_t value, size_t size)
{
	memcpy(at + len, &value, size);
	return len + size;
}

/* A parcel that could be: but its memory is nowhere. */
static size_t like_a_parcel(uint8_t *at)
{
	unsigned acls = roll(ENTRIES), sgls = roll(ENTRIES);
	size_t len = put(at, 0, roll(4) == 0 ? roll(256) : 0, 8);

	len = put(at, len, roll(16) == 0 ? roll(65536) : acls, 4);
	for (unsigned i = 0; i < acls; i++) {
		len = put(at, len, any_vmid() | (uint64_t)roll(9) << 16, 4);
	}
	len = put(at, len, roll(16) == 0 ? roll(65536) : sgls, 4);
	for (unsigned i = 0; i < sgls; i++) {
		len = put(at, len, FAR_RAM + roll(1u << 20) * 4096ull, 8);
		len = put(at, len, roll(4) * 4096ull, 8);
	}
	return put(at, len, 0, 4);
}

static size_t like_a_call(uint8_t *at)
{
	size_t len = put(at, 0, any_vmid(), 4);

	while (len < SHORT_SIZE && roll(4) != 0) {
		len = put(at, len, roll(3) == 0 ? roll(65536) : roll(300), 4);
	}
	return roll(8) == 0 ? len - 1 : len;
}

/* A handle that may be good, INTIDs that are, or nearly. */
static size_t like_an_irq(uint8_t *at)
{
	size_t len =
		put(at, 0, roll(2) == 0 ? last_lent - roll(3) : any_vmid(), 4);
	unsigned count = roll(ENTRIES);

	if (roll(4) == 0) { /* UNMAP */
		len = put(at, 0, count, 8);
	}
	for (unsigned i = 0; i < count; i++) {
		len = put(at, len,
		          roll(8) == 0 ? roll(200) : OWN_VIRQ + roll(2), 4);
	}
	return roll(4) == 0 ? put(at, len, 1u << roll(4), 4) : len;
}

static size_t like_nothing(uint8_t *at)
{
	size_t len = roll(8) == 0 ? roll(RM_MESSAGE_MAX) : roll(700);

	for (size_t i = 0; i < len; i++) {
		at[i] = (uint8_t)roll(256);
	}
	/* No address of ours by chance: the lists say that there are none. */
	return len;
}

static void hear(void)
{
	while (rpc_notification() != NULL) {
	}
}

/* One bit of its header; but we must not ask to be ended. */
static void damage(uint8_t *packet)
{
	uint8_t *at = &packet[roll(8)];
	uint8_t bit = (uint8_t)(1u << roll(8));
	struct rm_header header;

	*at ^= bit;
	memcpy(&header, packet, sizeof(header));
	if (header.id == RM_VM_EXIT) {
		*at ^= bit;
	}
}

/* All packets of a message, but for some accident. */
static void send(uint32_t id, const uint8_t *payload, size_t len)
{
	uint8_t packet[RM_PACKET_MAX];
	uint16_t seq = (uint16_t)roll(65536);
	unsigned accident = roll(3) == 0 ? roll(8) : 64;
	size_t size;

	for (unsigned i = 0; (size = rm_packet(RM_REQUEST, id, seq, payload,
	                                       len, i, packet)) != 0;
	     i++) {
		if (i == accident) {
			switch (roll(4)) {
			case 0:
				continue; /* lost */
			case 1:
				rpc_send_raw(packet, size); /* doubled */
				break;
			case 2:
				damage(packet);
				break;
			default:
				size = 1 + roll((uint32_t)size); /* cut off */
				break;
			}
		}
		for (unsigned k = 0; k < 1000 && !rpc_send_raw(packet, size);
		     k++) {
			hear();
			rpc_sleep();
		}
		hear();
	}
}

static bool is_answered(void)
{
	const struct rm_vmid self = { 0, 0 };
	static uint8_t answer[RM_MESSAGE_MAX];
	size_t len = 0;

	return rpc_call(RM_VM_GET_STATE, &self, sizeof(self), answer, &len) ==
	               RM_ERR_OK &&
	       len == 4 && answer[0] == RM_STATE_RUNNING;
}

/* Sometimes a lending that is right, so that there is something to break. */
static void lend_one(void)
{
	const struct rm_irq_lend lend = { .borrower = OTHER,
		                          .virq = OWN_VIRQ + roll(2) };
	static uint8_t answer[RM_MESSAGE_MAX];

	if (roll(2) == 0 && rpc_call(RM_VM_IRQ_LEND, &lend, sizeof(lend),
	                             answer, NULL) == RM_ERR_OK) {
		memcpy(&last_lent, answer, sizeof(last_lent));
	}
	hear();
}

/* What was lent by chance, or is not wanted by chance, is ours again. */
static void reclaim(void)
{
	for (uint32_t handle = FIRST_LENT; handle <= last_lent + MESSAGES;
	     handle++) {
		rpc_call(RM_VM_IRQ_RECLAIM, &handle, sizeof(handle), NULL,
		         NULL);
		hear();
	}
	for (uint32_t virq = OWN_VIRQ; virq < OWN_VIRQ + 2; virq++) {
		const struct rm_irq_lend lend = { .borrower = OTHER,
			                          .virq = virq };
		static uint8_t answer[RM_MESSAGE_MAX];

		if (rpc_call(RM_VM_IRQ_LEND, &lend, sizeof(lend), answer,
		             NULL) == RM_ERR_OK) {
			rpc_call(RM_VM_IRQ_RECLAIM, answer, 4, NULL, NULL);
		}
		hear();
	}
}

/* What ALLOCATE gave by chance. */
static void give_back(void)
{
	reclaim();
	for (uint16_t vmid = 1; vmid <= RM_VMID_DYNAMIC_MAX; vmid++) {
		const struct rm_vmid who = { vmid, 0 };

		rpc_call(RM_VM_DEALLOCATE, &who, sizeof(who), NULL, NULL);
		hear();
	}
}

TEST whatever_comes_the_next_request_is_answered(void)
{
	static uint8_t payload[RM_MESSAGE_MAX];
	uint64_t rounds = dt_bootarg_number("rounds", 5);
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *differs;

	ASSERT(lives_ledger(before));
	for (uint64_t round = 0; round < rounds; round++) {
		dice = dt_bootarg_number("seed", 1) + round;
		for (unsigned i = 0; i < MESSAGES; i++) {
			bool is_irq = roll(5) == 0;
			size_t len = is_irq         ? like_an_irq(payload)
			             : roll(3) == 0 ? like_a_parcel(payload)
			             : roll(2) == 0 ? like_a_call(payload)
			                            : like_nothing(payload);

			send(is_irq ? any_irq_id() : any_id(), payload, len);
			if (is_irq) {
				lend_one();
			}
			if (roll(4) == 0) {
				ASSERT(is_answered());
			}
		}
		ASSERT(is_answered());
		give_back();
	}
	ASSERT_GT(last_lent, FIRST_LENT + rounds); /* it was worth it */
	ASSERT(lives_ledger(after));
	differs = hv_ledger_difference(before, after);
	ASSERT_EQm(differs != NULL ? differs : "", NULL, differs);
	PASS();
}

TEST a_vm_can_be_launched_afterwards(void)
{
	static struct machine m = { .image = "victim",
		                    .args = "do=off",
		                    .ram_size = 2 * MIB,
		                    .vcpu_count = 1 };

	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	ASSERT(machine_wait(&m, 5000000));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

SUITE(rmfuzz)
{
	RUN_TEST(whatever_comes_the_next_request_is_answered);
	RUN_TEST(a_vm_can_be_launched_afterwards);
}
