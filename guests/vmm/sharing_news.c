// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the two sides of a parcel say to each other: what a borrower believes
 * when he accepts, and what NOTIFY tells whom.
 * Promised by: docs/lifecycle.md, "Memory".
 */
#include <string.h>

#include "greatest.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/sharing_steps.h"

/* Gunyah RM: who accepts says what he takes it for, and is refused if it is
 * not so. */
TEST a_borrower_believes_what_is_true(void)
{
	static const struct belief {
		uint8_t type, transfer, flags;
		uint32_t label, want;
	} beliefs[] = {
		{ RM_MEM_IO, RM_TRANSFER_LEND, 0, 0, RM_ERR_VALIDATE_FAILED },
		{ 0, RM_TRANSFER_SHARE, 0, 0, RM_ERR_VALIDATE_FAILED },
		{ 0, RM_TRANSFER_DONATE, 0, 0, RM_ERR_VALIDATE_FAILED },
		{ 0, RM_TRANSFER_LEND, RM_ACCEPT_LABEL, LABEL + 1,
		  RM_ERR_VALIDATE_FAILED },
		{ 0, RM_TRANSFER_LEND, RM_ACCEPT_ACL, 0,
		  RM_ERR_VALIDATE_FAILED },
		{ 0, RM_TRANSFER_LEND, RM_ACCEPT_SANITIZED, 0,
		  RM_ERR_VALIDATE_FAILED },
		{ 0, RM_TRANSFER_LEND, RM_ACCEPT_MAP_OTHER, 0,
		  RM_ERR_UNIMPLEMENTED },
		{ 0, RM_TRANSFER_LEND, RM_ACCEPT_LABEL, LABEL, OK },
	};
	uint32_t handle;

	ASSERT_EQ(OK, sharing_make(LEND, RM_ACL_R, &handle));
	for (unsigned i = 0; i < sizeof(beliefs) / sizeof(beliefs[0]); i++) {
		const struct belief *b = &beliefs[i];
		struct peer_accept a =
			peer_accept_of((enum rm_mem_transfer)b->transfer,
		                       handle, MAILBOX_PLAY);

		a.head.type = b->type;
		a.head.flags = b->flags;
		a.head.label = b->label;
		ASSERT_EQ_FMT(
			b->want,
			sharing_ask(BORROWER, RM_MEM_ACCEPT, &a, sizeof(a)),
			"%u");
		/* Cut off anywhere it is no message. */
		ASSERT_EQ_FMT(
			(uint32_t)RM_ERR_MSG_INVALID,
			sharing_ask(BORROWER, RM_MEM_ACCEPT, &a, sizeof(a) - 4),
			"%u");
	}
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	PASS();
}

/* The ACL that he believes in: whole, in any order, with the rights. */
TEST a_borrower_knows_who_else_has_it(void)
{
	struct __attribute__((packed)) {
		struct rm_mem_accept head;
		uint16_t acl_count, pad0;
		struct rm_acl_entry acl;
		uint16_t sgl_count, map_vmid;
		struct rm_sgl_entry sgl;
		uint16_t attr_count, pad1;
	} a = { .head = { .transfer = RM_TRANSFER_SHARE,
		          .flags = RM_ACCEPT_ACL },
		.acl_count = 1,
		.acl = { peer_vmid(BORROWING), RM_ACL_R | RM_ACL_W, 0 },
		.sgl_count = 1,
		.sgl = { MAILBOX_PLAY, PAGE_SIZE } };
	uint32_t handle;

	ASSERT_EQ(OK, sharing_make(SHARE, RM_ACL_R, &handle));
	a.head.handle = handle;
	ASSERT_EQ(RM_ERR_VALIDATE_FAILED,
	          sharing_ask(BORROWER, RM_MEM_ACCEPT, &a, sizeof(a)));
	a.acl.rights = RM_ACL_R;
	a.acl.vmid = peer_vmid(STRANGE);
	ASSERT_EQ(RM_ERR_VALIDATE_FAILED,
	          sharing_ask(BORROWER, RM_MEM_ACCEPT, &a, sizeof(a)));
	a.acl.vmid = peer_vmid(BORROWING);
	ASSERT_EQ(OK, sharing_ask(BORROWER, RM_MEM_ACCEPT, &a, sizeof(a)));
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	PASS();
}

/* Gunyah RM: NOTIFY tells those of the list, if there is one. */
TEST news_go_to_whom_they_are_for(void)
{
	struct __attribute__((packed)) {
		struct rm_mem_notify head;
		uint16_t count, pad;
		struct {
			uint16_t vmid, reserved;
		} to[2];
	} n = { .head = { .flags = RM_NOTIFY_SHARED, .tag = LABEL },
		.count = 1 };
	const size_t one = sizeof(n) - sizeof(n.to[1]);
	struct rm_mem_shared shared;
	struct {
		uint16_t acl_count, pad0;
		struct rm_acl_entry acl;
		uint16_t sgl_count, pad1;
	} lists;
	const uint8_t *data;
	uint64_t size;
	uint32_t handle;

	ASSERT_EQ(OK, sharing_make(SHARE, RM_ACL_R, &handle));
	n.head.handle = handle;
	ASSERT_EQ(RM_ERR_VMID_INVALID,
	          sharing_ask(OWNER, RM_MEM_NOTIFY, &n, one));
	n.to[0].vmid = peer_vmid(STRANGE); /* it is not for him */
	ASSERT_EQ(CLOSED, sharing_ask(OWNER, RM_MEM_NOTIFY, &n, one));
	n.count = 0;
	ASSERT_EQ(RM_ERR_MSG_INVALID,
	          sharing_ask(OWNER, RM_MEM_NOTIFY, &n, one));
	ASSERT_EQ(CLOSED, sharing_ask(OWNER, RM_MEM_NOTIFY, &n, one - 4));
	n.count = 2;
	ASSERT_EQ(CLOSED, sharing_ask(OWNER, RM_MEM_NOTIFY, &n, sizeof(n)));
	n.count = 1;
	n.to[0].vmid = peer_vmid(BORROWING);
	(void)peer_note(BORROWING);
	(void)peer_note(STRANGE);
	ASSERT_EQ(OK, sharing_ask(OWNER, RM_MEM_NOTIFY, &n, one));
	ASSERT_EQ(RM_MEM_SHARED, peer_note(BORROWING));
	ASSERT_EQ(0u, peer_note(STRANGE));
	ASSERT_EQ(sizeof(shared) + sizeof(lists) + sizeof(size) + 4,
	          peer_note_data(BORROWING, &data));
	memcpy(&shared, data, sizeof(shared));
	memcpy(&lists, data + sizeof(shared), sizeof(lists));
	memcpy(&size, data + sizeof(shared) + sizeof(lists), sizeof(size));
	ASSERT_EQ(handle, shared.handle);
	ASSERT_EQ(RM_TRANSFER_SHARE, shared.transfer);
	ASSERT_EQ(RM_VMID_PRIMARY, shared.owner);
	ASSERT_EQ(LABEL, shared.label);
	ASSERT_EQ(LABEL, shared.tag);
	ASSERT_EQ(1, lists.acl_count);
	ASSERT_EQ(peer_vmid(BORROWING), lists.acl.vmid);
	ASSERT_EQ(RM_ACL_R, lists.acl.rights);
	ASSERT_EQ(1, lists.sgl_count);
	ASSERT_EQ(PAGE_SIZE, size);
	/* From now on all know the tag. */
	n.head.tag = LABEL + 1;
	ASSERT_EQ(CLOSED, sharing_ask(OWNER, RM_MEM_NOTIFY, &n, one));
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	PASS();
}

/* Gunyah RM: NOTIFY tells the other side; acceptance is told by itself. */
TEST news_reaches_the_other_side(void)
{
	const struct rm_message_buf *note;
	uint32_t handle, recall[3] = { 0, RM_NOTIFY_RECALL, LABEL };
	struct rm_mem_news news = { 0 };
	const uint8_t *data;

	ASSERT_EQ(OK, sharing_make(SHARE, RM_ACL_R, &handle));
	recall[0] = handle;
	(void)peer_note(BORROWING);
	ASSERT_EQ(OK, sharing_step(OWNER, NOTIFY, handle));
	ASSERT_EQ(RM_MEM_SHARED, peer_note(BORROWING));
	ASSERT_EQ(0u, peer_note(STRANGE));
	ASSERT_EQ(OK, sharing_step(BORROWER, ACCEPT, handle));
	while ((note = rpc_notification()) != NULL) {
		if (note->id == RM_MEM_ACCEPTED) {
			memcpy(&news, note->payload, sizeof(news));
		}
	}
	ASSERT_EQ(handle, news.handle);
	ASSERT_EQ(peer_vmid(BORROWING), news.vmid);
	ASSERT_EQ(LABEL, news.tag);
	ASSERT_EQ(INUSE, sharing_step(BORROWER, NOTIFY, handle));
	ASSERT_EQ(DENIED,
	          sharing_ask(BORROWER, RM_MEM_NOTIFY, recall, sizeof(recall)));
	ASSERT_EQ(OK,
	          sharing_ask(OWNER, RM_MEM_NOTIFY, recall, sizeof(recall)));
	ASSERT_EQ(RM_MEM_RECALL, peer_note(BORROWING));
	ASSERT_EQ(2 * sizeof(uint32_t), peer_note_data(BORROWING, &data));
	ASSERT_EQ(0, memcmp(data, &handle, sizeof(handle)));
	ASSERT_EQ(0u, peer_note(STRANGE));
	ASSERT_EQ(OK, sharing_step(BORROWER, RELEASE, handle));
	ASSERT_EQ(OK, sharing_step(BORROWER, NOTIFY, handle));
	note = rpc_notification();
	ASSERT(note != NULL);
	ASSERT_EQ(RM_MEM_RELEASED, note->id);
	ASSERT_EQ(OK, sharing_step(OWNER, RECLAIM, handle));
	PASS();
}

void sharing_news(void)
{
	RUN_TEST(a_borrower_believes_what_is_true);
	RUN_TEST(a_borrower_knows_who_else_has_it);
	RUN_TEST(news_go_to_whom_they_are_for);
	RUN_TEST(news_reaches_the_other_side);
}
