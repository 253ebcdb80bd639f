/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about VMs that change nothing but what a VM says of itself. */
#include <abi/ledger.h>
#include <stdio.h>

#include "rm/client.h"
#include "rm/request.h"
#include "rt/hv.h"

/* No VM has a URI or GUID; its name can be looked up. */
enum rm_error get_id(struct request *rq)
{
	const uint32_t count = 0;

	if (request_vm(rq) == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	request_put(rq, &count, sizeof(count));
	return RM_ERR_OK;
}

enum rm_error lookup_none(struct request *rq)
{
	(void)rq;
	return RM_ERR_LOOKUP_FAILED;
}

/* u16 length, u16 0, the name; answer: a list of one VMID. */
enum rm_error lookup_name(struct request *rq)
{
	uint16_t len, found[4] = { 1, 0, 0, 0 };

	memcpy(&len, rq->in, sizeof(len));
	if (len == 0 || len > rq->len - 4) {
		return RM_ERR_MSG_INVALID;
	}
	for (unsigned i = 0; i < VMS_MAX; i++) {
		if (vms[i].vmid != 0 && strlen(vms[i].name) == len &&
		    memcmp(vms[i].name, rq->in + 4, len) == 0) {
			found[2] = vms[i].vmid;
			request_put(rq, found, sizeof(found));
			return RM_ERR_OK;
		}
	}
	return RM_ERR_LOOKUP_FAILED;
}

enum rm_error get_owner(struct request *rq)
{
	const struct vm *vm = request_vm(rq);
	struct rm_vmid answer = { 0, 0 };

	if (vm == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	answer.vmid = vm->owner;
	request_put(rq, &answer, sizeof(answer));
	return RM_ERR_OK;
}

enum rm_error get_vmid(struct request *rq)
{
	const struct rm_vmid answer = { rq->from->vmid, 0 };

	request_put(rq, &answer, sizeof(answer));
	return RM_ERR_OK;
}

enum rm_error get_state(struct request *rq)
{
	const struct vm *vm = request_vm(rq);
	uint8_t state;

	if (vm == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	state = (uint8_t)vm->state;
	request_put(rq, &state, sizeof(state));
	request_put(rq, &vm->os_state, 1);
	request_put(rq, &vm->app_state, 2);
	return RM_ERR_OK;
}

enum rm_error get_crash_msg(struct request *rq)
{
	enum rm_error error;
	const struct vm *vm = request_owned(rq, &error);

	if (vm == NULL) {
		return error;
	}
	request_put(rq, &vm->crash_len, sizeof(vm->crash_len));
	request_put(rq, vm->crash_msg, vm->crash_len);
	return RM_ERR_OK;
}

/* u16 length, u16 0, text */
enum rm_error set_crash_msg(struct request *rq)
{
	struct vm *vm = rq->from;
	uint16_t len;

	memcpy(&len, rq->in, sizeof(len));
	if (len > rq->len - 4 || len > VMS_CRASH_MSG_MAX) {
		return RM_ERR_MSG_INVALID;
	}
	memcpy(vm->crash_msg, rq->in + 4, len);
	vm->crash_len = len;
	return RM_ERR_OK;
}

/* u8 VM state (ignored: that is ours), u8 OS state, u16 application's */
enum rm_error set_status(struct request *rq)
{
	rq->from->os_state = rq->in[1];
	memcpy(&rq->from->app_state, rq->in + 2, 2);
	vms_on_change(rq->from);
	return RM_ERR_OK;
}

enum rm_error get_ledger(struct request *rq)
{
	for (uint64_t i = 0; i < LEDGER_COUNT; i++) {
		struct hv r = HV(TS_LEDGER, i);

		request_put(rq, &r.out[0], sizeof(r.out[0]));
	}
	return RM_ERR_OK;
}
