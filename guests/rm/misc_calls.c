/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Consoles by message.
 *
 * A VM that opens another one's console hears what that one writes to it; the
 * owner of a VM may, and the VM it owns may open the owner's.
 */
#include "rm/client.h"
#include "rm/request.h"

static struct vm *partner(const struct request *rq, enum rm_error *error)
{
	struct vm *vm = request_vm(rq);

	if (vm == NULL) {
		*error = RM_ERR_VMID_INVALID;
		return NULL;
	}
	if (vm != rq->from && vm->owner != rq->from->vmid &&
	    rq->from->owner != vm->vmid) {
		*error = RM_ERR_DENIED;
		return NULL;
	}
	return vm;
}

enum rm_error serve_console_open(struct request *rq)
{
	enum rm_error error = RM_ERR_OK;
	struct vm *vm = partner(rq, &error);

	if (vm != NULL && vm->console_peer != 0) {
		return RM_ERR_BUSY;
	}
	if (vm != NULL) {
		vm->console_peer = rq->from->vmid;
	}
	return error;
}

enum rm_error serve_console_close(struct request *rq)
{
	enum rm_error error = RM_ERR_OK;
	struct vm *vm = partner(rq, &error);

	if (vm != NULL && vm->console_peer != rq->from->vmid) {
		return RM_ERR_DENIED;
	}
	if (vm != NULL) {
		vm->console_peer = 0;
	}
	return error;
}

/* u16 VMID, u16 count, bytes: to whoever has the caller's console open. */
enum rm_error serve_console_write(struct request *rq)
{
	struct vm *peer = vms_find(rq->from->console_peer);
	uint8_t note[RM_PAYLOAD_MAX];
	uint16_t count;

	memcpy(&count, rq->in + 2, sizeof(count));
	if (count > rq->len - 4 || count > sizeof(note) - 4) {
		return RM_ERR_MSG_INVALID;
	}
	if (peer == NULL) {
		return RM_ERR_OK; /* nobody listens */
	}
	if (client_is_behind(peer)) {
		return RM_ERR_BUSY;
	}
	memcpy(note, &rq->from->vmid, 2);
	memcpy(note + 2, &count, 2);
	memcpy(note + 4, rq->in + 4, count);
	client_notify(peer, RM_VM_CONSOLE_CHARS, note, 4 + (size_t)count);
	return RM_ERR_OK;
}

/* Nothing is held back. */
enum rm_error serve_console_flush(struct request *rq)
{
	enum rm_error error = RM_ERR_OK;

	partner(rq, &error);
	return error;
}
