// SPDX-License-Identifier: BSD-2-Clause
/*
 * What became of requests that nobody answered.
 *
 * A message that is lost leaves its sender in the dark: was it served, and only
 * the answer did not come?  So nothing is remembered and everything is asked:
 * which VM is ours that we do not know, which parcel is made of this memory, in
 * which state is the VM.
 */
#include <string.h>

#include "rm/life.h"
#include "vmm/life.h"
#include "vmm/rpc.h"

#define END_US 5000000

static uint32_t ask_vmid(uint32_t id, uint16_t about, uint16_t *vmid)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	const struct rm_vmid who = { about, 0 };
	uint32_t error = rpc_call(
		id, &who, id == RM_VM_GET_VMID ? 0 : sizeof(who), answer, NULL);

	if (error == RM_ERR_OK) {
		memcpy(vmid, answer, sizeof(*vmid));
	}
	return error;
}

/* A VM of ours that no machine has. @vmid  0: there is none */
static uint32_t find_vm(uint16_t *vmid)
{
	uint16_t self, owner;
	uint32_t error = ask_vmid(RM_VM_GET_VMID, 0, &self);

	*vmid = 0;
	for (uint16_t i = RM_VMID_DYNAMIC_MIN;
	     error == RM_ERR_OK && i <= RM_VMID_DYNAMIC_MAX; i++) {
		if (machine_with_vmid(i) != NULL) {
			continue;
		}
		error = ask_vmid(RM_VM_GET_OWNER, i, &owner);
		if (error == RM_ERR_OK && owner == self) {
			*vmid = i;
			break;
		}
		error = error == RM_ERR_VMID_INVALID ? RM_ERR_OK : error;
	}
	return error;
}

uint32_t machine_ask_state(struct machine *m)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	const struct rm_vmid who = { m->vmid, 0 };
	uint32_t error =
		rpc_call(RM_VM_GET_STATE, &who, sizeof(who), answer, NULL);

	if (error == RM_ERR_OK) {
		m->state = answer[0];
		m->has_exited = m->has_exited || m->state == RM_STATE_EXITED;
	} else if (error == RM_ERR_VMID_INVALID) {
		m->state = RM_STATE_NONE;
		m->vmid = 0;
		error = RM_ERR_OK;
	}
	return error;
}

/* Its parcel, if there is one. */
static uint32_t find_parcel(struct machine *m)
{
	uint32_t error = machine_ask_memory(m, RM_MEM_LOOKUP_SGL);

	if (error == RM_ERR_LOOKUP_FAILED) {
		m->handle = 0;
		return RM_ERR_OK;
	}
	return error;
}

/* It was started, though we did not hear of it. */
static uint32_t end_by_force(struct machine *m)
{
	uint32_t error = machine_stop(m);

	if (error == RM_ERR_OK && !machine_wait(m, END_US)) {
		error = RM_ERR_BUSY;
	}
	return error;
}

uint32_t machine_find_out(struct machine *m)
{
	uint32_t error = RM_ERR_OK;

	if (m->vmid == 0) {
		error = find_vm(&m->vmid);
	}
	if (error == RM_ERR_OK && m->vmid != 0) {
		error = find_parcel(m);
	}
	if (error == RM_ERR_OK && m->vmid != 0) {
		error = machine_ask_state(m);
	}
	if (error == RM_ERR_OK &&
	    (m->state == RM_STATE_RUNNING || m->state == RM_STATE_PAUSED)) {
		error = end_by_force(m);
	}
	m->is_unsure = error != RM_ERR_OK;
	return error;
}
