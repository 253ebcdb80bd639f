// SPDX-License-Identifier: BSD-2-Clause
#include "vmm/sharing_steps.h"

#include "vmm/peers.h"
#include "vmm/rpc.h"

uint64_t sharing_page[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));
enum rm_mem_transfer sharing_made;

uint32_t sharing_ask(enum who who, uint32_t id, const void *data, size_t len)
{
	return who == OWNER ? rpc_call(id, data, len, NULL, NULL)
	                    : peer_ask(who == BORROWER ? BORROWING : STRANGE,
	                               id, data, len);
}

uint32_t sharing_step(enum who who, enum step step, uint32_t handle)
{
	uint32_t one[3] = { handle, 0, LABEL };
	struct peer_append more = { .handle = handle,
		                    .flags = 1,
		                    .count = 1,
		                    .sgl = { (uintptr_t)sharing_page,
		                             PAGE_SIZE } };

	switch (step) {
	case ACCEPT:
		return who == OWNER ? peer_accept_here(sharing_made, handle)
		                    : peer_accept(who == BORROWER ? BORROWING
		                                                  : STRANGE,
		                                  sharing_made, handle);
	case RELEASE:
		return sharing_ask(who, RM_MEM_RELEASE, one, 8);
	case RECLAIM:
		return sharing_ask(who, RM_MEM_RECLAIM, one, 8);
	case APPEND:
		return sharing_ask(who, RM_MEM_APPEND, &more, sizeof(more));
	case NOTIFY:
		one[1] = who == OWNER ? RM_NOTIFY_SHARED : RM_NOTIFY_RELEASED;
		return sharing_ask(who, RM_MEM_NOTIFY, one, sizeof(one));
	case STEPS:
		break;
	}
	return ~0u;
}

uint32_t sharing_make(enum kind kind, uint8_t rights, uint32_t *handle)
{
	static const uint32_t ids[] = { RM_MEM_LEND, RM_MEM_SHARE,
		                        RM_MEM_DONATE };
	static const enum rm_mem_transfer transfers[] = { RM_TRANSFER_LEND,
		                                          RM_TRANSFER_SHARE,
		                                          RM_TRANSFER_DONATE };

	sharing_made = transfers[kind];
	return peer_make(ids[kind], peer_vmid(BORROWING), rights, sharing_page,
	                 LABEL, handle);
}
