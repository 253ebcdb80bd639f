// SPDX-License-Identifier: BSD-2-Clause
#include "vmm/peers.h"

#include <abi/error.h>
#include <string.h>

#include "rt/fault.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/rpc.h"

#define ANSWER_US 5000000
#define AGAIN_US  10000
#define HERE      0x300000000ull /* IPA of what we accept */

struct __attribute__((packed)) make {
	struct rm_mem_create head;
	uint16_t acl_count, pad0;
	struct rm_acl_entry acl;
	uint16_t sgl_count, pad1;
	struct rm_sgl_entry sgl;
	uint16_t attr_count, pad2;
};

static struct {
	uint16_t vmid;
	uint32_t parcel; /* of the mailbox */
	struct mailbox box __attribute__((aligned(PAGE_SIZE)));
} peers[PEERS_MAX];

uint16_t peer_vmid(unsigned peer)
{
	return peers[peer].vmid;
}

static bool find(unsigned peer, const char *name)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	uint8_t request[64] = { 0 };
	uint16_t len = (uint16_t)strlen(name);

	memcpy(request, &len, sizeof(len));
	memcpy(request + 4, name, len);
	if (rpc_call(RM_VM_LOOKUP_NAME, request, 4 + (size_t)len, answer,
	             NULL) != RM_ERR_OK) {
		return false;
	}
	memcpy(&peers[peer].vmid, answer + 4, sizeof(peers[peer].vmid));
	return true;
}

static struct make make_of(uint16_t to, uint8_t rights, uint8_t flags,
                           uint64_t ipa, uint32_t label)
{
	return (struct make){
		.head = { .flags = flags, .label = label },
		.acl_count = 1,
		.acl = { to, rights, 0 },
		.sgl_count = 1,
		.sgl = { ipa, PAGE_SIZE },
	};
}

static uint32_t make(uint32_t id, const struct make *request, uint32_t *handle)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	uint32_t error = rpc_call(id, request, sizeof(*request), answer, NULL);

	if (error == RM_ERR_OK) {
		memcpy(handle, answer, sizeof(*handle));
	}
	return error;
}

uint32_t peer_make(uint32_t id, uint16_t to, uint8_t rights, void *page,
                   uint32_t label, uint32_t *handle)
{
	struct make m = make_of(to, rights, 0, (uintptr_t)page, label);

	return make(id, &m, handle);
}

uint32_t peer_make_open(uint32_t id, uint16_t to, uint8_t rights, void *page,
                        uint32_t label, uint32_t *handle)
{
	struct make m =
		make_of(to, rights, RM_MEM_MORE, (uintptr_t)page, label);

	return make(id, &m, handle);
}

/* @return whether it has done it */
static bool tell(unsigned peer, enum mailbox_op op)
{
	struct mailbox *box = &peers[peer].box;
	uint64_t end = cntvct() + timer_ticks_of_us(ANSWER_US);

	while (rpc_notification() != NULL) { /* nobody here wants to know */
	}
	box->op = op;
	dmb_ish(); /* what is asked is seen before that something is */
	box->asked++;
	while (box->done != box->asked) {
		if (cntvct() > end) {
			return false;
		}
		rpc_sleep();
	}
	dmb_ish(); /* the answer was written before it was said to be there */
	return true;
}

static bool tell_of_mailbox(unsigned peer)
{
	const struct rm_mem_notify note = { .handle = peers[peer].parcel,
		                            .flags = RM_NOTIFY_SHARED };

	return rpc_call(RM_MEM_NOTIFY, &note, sizeof(note), NULL, NULL) ==
	       RM_ERR_OK;
}

bool peer_open(unsigned peer, const char *name)
{
	return find(peer, name) &&
	       peer_make(RM_MEM_SHARE, peers[peer].vmid, RM_ACL_R | RM_ACL_W,
	                 &peers[peer].box, MAILBOX_LABEL,
	                 &peers[peer].parcel) == RM_ERR_OK &&
	       tell_of_mailbox(peer) && tell(peer, MAILBOX_RAM);
}

bool peer_close(unsigned peer)
{
	const uint32_t request[2] = { peers[peer].parcel, 0 };

	return rpc_call(RM_MEM_RECLAIM, request, sizeof(request), NULL, NULL) ==
	       RM_ERR_OK;
}

/* Whoever is not there yet hears nothing: it is told until it answers. */
bool peer_again(unsigned peer)
{
	struct mailbox *box = &peers[peer].box;
	uint64_t end = cntvct() + timer_ticks_of_us(ANSWER_US);
	uint32_t born = box->born;

	while (box->born == born) {
		if (cntvct() > end || !tell_of_mailbox(peer)) {
			return false;
		}
		for (uint64_t next = cntvct() + timer_ticks_of_us(AGAIN_US);
		     box->born == born && cntvct() < next;) {
			rpc_sleep();
		}
	}
	return tell(peer, MAILBOX_NOTE);
}

uint32_t peer_ask(unsigned peer, uint32_t id, const void *data, size_t len)
{
	struct mailbox *box = &peers[peer].box;

	box->id = id;
	box->len = (uint32_t)len;
	memcpy(box->data, data, len);
	return tell(peer, MAILBOX_ASK) ? box->error : RM_ERR_UNIMPLEMENTED;
}

void peer_post(unsigned peer, uint32_t id, const void *data, size_t len)
{
	struct mailbox *box = &peers[peer].box;

	box->op = MAILBOX_ASK;
	box->id = id;
	box->len = (uint32_t)len;
	memcpy(box->data, data, len);
	dmb_ish(); /* as in tell */
	box->asked++;
}

uint32_t peer_posted(unsigned peer)
{
	const struct mailbox *box = &peers[peer].box;
	uint64_t end = cntvct() + timer_ticks_of_us(ANSWER_US);

	while (box->done != box->asked) {
		if (cntvct() > end) {
			return RPC_NO_ANSWER;
		}
		cpu_relax();
	}
	dmb_ish(); /* as in tell */
	return box->error;
}

uint32_t peer_parcel(unsigned peer)
{
	return peers[peer].parcel;
}

uint32_t peer_answer(unsigned peer)
{
	uint32_t word;

	memcpy(&word, peers[peer].box.data, sizeof(word));
	return word;
}

struct peer_accept peer_accept_of(enum rm_mem_transfer transfer,
                                  uint32_t handle, uint64_t ipa)
{
	return (struct peer_accept){
		.head = { .handle = handle,
		          .type = RM_MEM_NORMAL,
		          .transfer = (uint8_t)transfer,
		          .flags = RM_ACCEPT_DONE },
		.sgl_count = 1,
		.sgl = { ipa, PAGE_SIZE },
	};
}

uint32_t peer_accept_at(unsigned peer, enum rm_mem_transfer transfer,
                        uint32_t handle, uint64_t ipa)
{
	struct peer_accept a = peer_accept_of(transfer, handle, ipa);

	return peer_ask(peer, RM_MEM_ACCEPT, &a, sizeof(a));
}

uint32_t peer_accept(unsigned peer, enum rm_mem_transfer transfer,
                     uint32_t handle)
{
	return peer_accept_at(peer, transfer, handle, MAILBOX_PLAY);
}

bool peer_touch(unsigned peer, bool writes, uint64_t at, uint64_t *value)
{
	struct mailbox *box = &peers[peer].box;

	box->at = at;
	box->value = *value;
	if (!tell(peer, writes ? MAILBOX_WRITE : MAILBOX_READ) ||
	    box->error != 0) {
		return false;
	}
	*value = box->value;
	return true;
}

unsigned peer_device(unsigned peer, unsigned *physical)
{
	const struct mailbox *box = &peers[peer].box;

	if (!tell(peer, MAILBOX_DEVICE) || box->error != 0) {
		return 0;
	}
	*physical = (unsigned)box->value;
	return box->id;
}

bool peer_poke(unsigned peer, uint64_t offset, uint32_t value)
{
	peers[peer].box.at = offset;
	peers[peer].box.value = value;
	return tell(peer, MAILBOX_POKE);
}

bool peer_listen(unsigned peer, unsigned intid, enum mailbox_on on)
{
	peers[peer].box.at = intid;
	peers[peer].box.value = on;
	return tell(peer, MAILBOX_LISTEN);
}

unsigned peer_heard(unsigned peer)
{
	return peers[peer].box.heard;
}

void peer_leave(unsigned peer, bool resets)
{
	peers[peer].box.op = MAILBOX_OFF;
	peers[peer].box.value = resets;
	dmb_ish(); /* as in tell */
	peers[peer].box.asked++;
}

uint32_t peer_note(unsigned peer)
{
	return tell(peer, MAILBOX_NOTE) ? peers[peer].box.id : 0;
}

size_t peer_note_data(unsigned peer, const uint8_t **data)
{
	*data = peers[peer].box.data;
	return peers[peer].box.len;
}

bool peer_bell(unsigned peer, uint32_t label, uint64_t *flags, unsigned *intid)
{
	struct mailbox *box = &peers[peer].box;

	box->at = label;
	box->value = *flags;
	if (!tell(peer, MAILBOX_BELL) || box->error != 0) {
		return false;
	}
	*flags = box->value;
	*intid = box->id;
	return true;
}

bool peer_end(unsigned peer, uint32_t label, bool sends, struct peer_end *end)
{
	struct mailbox *box = &peers[peer].box;

	box->at = label;
	box->value = sends;
	box->len = 1;
	if (!tell(peer, MAILBOX_QUEUE) || box->error != 0) {
		return false;
	}
	end->intid = box->id;
	end->depth = box->value & 0xffff;
	end->size = (unsigned)(box->value >> 16);
	return true;
}

int64_t peer_send(unsigned peer, uint32_t label, const void *data, size_t len)
{
	struct mailbox *box = &peers[peer].box;

	box->at = label;
	box->len = (uint32_t)len;
	memcpy(box->data, data, len < MAILBOX_DATA ? len : MAILBOX_DATA);
	return tell(peer, MAILBOX_SEND) ? (int32_t)box->error : HV_FAILURE;
}

int64_t peer_receive(unsigned peer, uint32_t label, void *data, size_t *len)
{
	struct mailbox *box = &peers[peer].box;

	box->at = label;
	if (!tell(peer, MAILBOX_RECEIVE)) {
		return HV_FAILURE;
	}
	*len = box->len;
	memcpy(data, box->data, box->len);
	return (int32_t)box->error;
}

bool peer_off(unsigned peer)
{
	const struct rm_vmid who = { peers[peer].vmid, 0 };
	uint64_t end = cntvct() + timer_ticks_of_us(ANSWER_US);

	peer_leave(peer, false);
	while (rpc_call(RM_VM_GET_STATE, &who, sizeof(who), NULL, NULL) ==
	       RM_ERR_OK) {
		if (cntvct() > end) {
			return false;
		}
		rpc_sleep();
	}
	return true;
}

uint32_t peer_lends_us(unsigned peer, uint32_t label, uint32_t *handle)
{
	struct mailbox *box = &peers[peer].box;
	struct make m;
	uint32_t error;

	if (!tell(peer, MAILBOX_RAM)) {
		return RM_ERR_UNIMPLEMENTED;
	}
	m = make_of(RM_VMID_PRIMARY, RM_ACL_R, 0, box->at, label);
	error = peer_ask(peer, RM_MEM_LEND, &m, sizeof(m));
	if (error == RM_ERR_OK) {
		memcpy(handle, box->data, sizeof(*handle));
	}
	return error;
}

uint32_t peer_accept_here(enum rm_mem_transfer transfer, uint32_t handle)
{
	struct peer_accept a = peer_accept_of(transfer, handle, HERE);
	static bool is_mapped;

	if (!is_mapped) {
		mmu_map(HERE, HERE, PAGE_SIZE, MMU_NORMAL | MMU_RO);
		is_mapped = true;
	}
	return rpc_call(RM_MEM_ACCEPT, &a, sizeof(a), NULL, NULL);
}

bool peer_touch_here(uint64_t *value)
{
	struct fault fault;

	fault_expect(&fault);
	*value = *(volatile uint64_t *)(uintptr_t)HERE;
	return !fault_came(&fault);
}
