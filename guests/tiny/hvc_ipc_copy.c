/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2 copies messages on behalf of a VM: only where that VM itself may read or
 * write, by its own tables and by the hypervisor's (behaviours 55, 95).
 */
#include <string.h>

#include "greatest.h"
#include "ours.h"
#include "rt/hv.h"
#include "rt/mmu.h"

#define IPA    0x1c0000000ull /* where nothing else of ours is */
#define MAP_RO 0xf0044u
#define MAP_RW 0xf0066u
#define SIZE   32u
#define FILL   0x5a

static uint64_t queue, memory;
static uint8_t message[SIZE] = "a message";

static bool make_all(void)
{
	uint64_t from;

	if (!hv_root_env(&root) || root.ram_count == 0) {
		return false;
	}
	from = root.ram[root.ram_count - 1].cap;
	queue = create(HVC_PARTITION_CREATE_MSGQUEUE);
	memory = create(HVC_PARTITION_CREATE_MEMEXTENT);
	return HV(MSGQUEUE_CONFIGURE, queue, 2 | SIZE << 16).err == HV_OK &&
	       HV(OBJECT_ACTIVATE, queue).err == HV_OK &&
	       HV(MEMEXTENT_CONFIGURE_DERIVE, memory, from, 0, PAGE_SIZE, 6)
	                       .err == HV_OK &&
	       HV(OBJECT_ACTIVATE, memory).err == HV_OK &&
	       HV(ADDRSPACE_MAP, root.addrspace, memory, IPA, MAP_RW).err ==
	               HV_OK;
}

static int64_t send(uint64_t va)
{
	return HV(MSGQUEUE_SEND, queue, SIZE, va).err;
}

static int64_t receive(uint64_t va)
{
	return HV(MSGQUEUE_RECEIVE, queue, va, SIZE).err;
}

static int64_t allow(uint64_t access)
{
	return HV(ADDRSPACE_UPDATE_ACCESS, root.addrspace, memory, IPA,
	          access & 0x77)
	        .err;
}

static bool is_filled(void)
{
	const uint8_t *at = (const uint8_t *)IPA;

	for (unsigned i = 0; i < SIZE; i++) {
		if (at[i] != FILL) {
			return false;
		}
	}
	return true;
}

/* Stage 2 says no; our own tables would let us. */
TEST c55_c95_a_message_goes_to_no_read_only_page(void)
{
	ASSERT(make_all());
	mmu_map(IPA, IPA, PAGE_SIZE, MMU_NORMAL);
	memset((void *)IPA, FILL, SIZE);
	ASSERT_EQ(0, send((uint64_t)(uintptr_t)message));
	ASSERT_EQ(0, allow(MAP_RO));
	ASSERT_EQ(HV_ADDR_INVALID, receive(IPA));
	ASSERT(is_filled());
	ASSERT_EQ(0, send(IPA)); /* to read it is allowed */
	ASSERT_EQ(0, allow(MAP_RW));
	ASSERT_EQ(0, receive(IPA)); /* the message has stayed */
	ASSERT_MEM_EQ(message, (void *)IPA, SIZE);
	ASSERT_EQ(0, receive(IPA));
	ASSERT(is_filled());
	PASS();
}

/* Our own tables say no; stage 2 would let us. */
TEST c55_c95_our_own_rights_count_too(void)
{
	ASSERT_EQ(0, send((uint64_t)(uintptr_t)message));
	mmu_unmap(IPA, PAGE_SIZE);
	mmu_map(IPA, IPA, PAGE_SIZE, MMU_NORMAL | MMU_RO);
	ASSERT_EQ(HV_ADDR_INVALID, receive(IPA));
	ASSERT(is_filled());
	ASSERT_EQ(0, send(IPA));
	mmu_unmap(IPA, PAGE_SIZE);
	ASSERT_EQ(HV_ADDR_INVALID, receive(IPA));
	ASSERT_EQ(0, drop(queue));
	ASSERT_EQ(0, drop(memory));
	PASS();
}

SUITE(copies)
{
	RUN_TEST(c55_c95_a_message_goes_to_no_read_only_page);
	RUN_TEST(c55_c95_our_own_rights_count_too);
}
