// SPDX-License-Identifier: BSD-2-Clause
/* How much a VM can share at a time. Promised by: docs/lifecycle.md, "Memory". */
#include <string.h>

#include "greatest.h"
#include "rt/hv_root.h"
#include "rt/mmu.h"
#include "vmm/lives.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define OURS  0x3c3c3c3c3c3c3c3cull
#define LABEL 0x1234u
#define PEER  2 /* the others are sharing.c's */

/*
 * As many pages as a VM may have shared and accepted at places of their own, its
 * RAM and the mailbox counted.
 */
#define PLACES 64u
#define MANY   (PLACES - 2)

static uint64_t many[MANY + 1][PAGE_SIZE / 8]
	__attribute__((aligned(PAGE_SIZE)));

/* The last page first, so that no two lie as far from where they were. */
static uint32_t share_many(unsigned count, uint32_t *handle)
{
	static struct __attribute__((packed)) {
		struct rm_mem_create head;
		uint16_t acl_count, pad0;
		struct rm_acl_entry acl;
		uint16_t sgl_count, pad1;
		struct rm_sgl_entry sgl[MANY + 1];
		uint16_t attr_count, pad2;
	} request;
	size_t unused = (MANY + 1 - count) * sizeof(request.sgl[0]);
	static uint8_t answer[RM_MESSAGE_MAX];
	uint32_t error;

	memset(&request, 0, sizeof(request));
	request.head.label = LABEL;
	request.acl_count = 1;
	request.acl.vmid = peer_vmid(PEER);
	request.acl.rights = RM_ACL_R;
	request.sgl_count = (uint16_t)count;
	for (unsigned i = 0; i < count; i++) {
		request.sgl[i].ipa = (uintptr_t)many[count - 1 - i];
		request.sgl[i].size = PAGE_SIZE;
		many[i][0] = OURS + i;
	}
	/* The empty list behind the used entries is zeros, as these are. */
	error = rpc_call(RM_MEM_SHARE, &request, sizeof(request) - unused,
	                 answer, NULL);
	memcpy(handle, answer, sizeof(*handle));
	return error;
}

static bool they_see_many(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t value = 0;

		if (!peer_touch(PEER, false, MAILBOX_PLAY + i * PAGE_SIZE,
		                &value) ||
		    value != OURS + count - 1 - i) {
			return false;
		}
	}
	return true;
}

static uint32_t they_release(uint32_t handle)
{
	const uint32_t request[2] = { handle, 0 };

	return peer_ask(PEER, RM_MEM_RELEASE, request, sizeof(request));
}

static uint32_t reclaim(uint32_t handle)
{
	const uint32_t request[2] = { handle, 0 };

	return rpc_call(RM_MEM_RECLAIM, request, sizeof(request), NULL, NULL);
}

/* What cannot be mapped is not mapped at all, and nothing is lost. */
TEST many_ranges_are_shared_at_a_time(void)
{
	static const unsigned counts[] = { 1, 3, 4, 5, 32, MANY, MANY };
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *differs;
	uint32_t handle;
	uint64_t value = 0;

	ASSERT(peer_open(PEER, "third"));
	ASSERT(lives_ledger(before));
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		ASSERT_EQ(RM_ERR_OK, share_many(counts[i], &handle));
		ASSERT_EQ(RM_ERR_OK,
		          peer_accept(PEER, RM_TRANSFER_SHARE, handle));
		ASSERT(they_see_many(counts[i]));
		ASSERT_EQ(OURS, many[0][0]);
		ASSERT_EQ(RM_ERR_OK, they_release(handle));
		ASSERT_EQ(RM_ERR_OK, reclaim(handle));
		ASSERT_EQ(RM_ERR_OK, share_many(MANY + 1, &handle));
		ASSERT_EQ(RM_ERR_MAP_FAILED,
		          peer_accept(PEER, RM_TRANSFER_SHARE, handle));
		ASSERT_FALSE(peer_touch(PEER, false, MAILBOX_PLAY, &value));
		ASSERT_EQ(RM_ERR_MEM_RELEASED, they_release(handle));
		ASSERT_EQ(RM_ERR_OK, reclaim(handle));
		ASSERT_EQ(OURS + MANY, many[MANY][0]);
	}
	ASSERT(lives_ledger(after));
	differs = hv_ledger_difference(before, after);
	ASSERT_EQm(differs != NULL ? differs : "", NULL, differs);
	ASSERT(peer_off(PEER));
	ASSERT(peer_close(PEER));
	PASS();
}

SUITE(sharing_many)
{
	RUN_TEST(many_ranges_are_shared_at_a_time);
}
