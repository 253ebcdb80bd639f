/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about VMs that change nothing but what a VM says of itself. */
#include <abi/ledger.h>
#include <stdio.h>

#include "rm/client.h"
#include "rm/request.h"
#include "rt/hv.h"

/* No VM has a URI or GUID; its name can be looked up. Of one whose image was
 * authenticated the digest is told, too. */
enum rm_error get_id(struct request *rq)
{
	static const uint8_t zeros[4];
	const struct vm *vm = request_vm(rq);
	struct rm_id id = { .type = RM_ID_NAME };
	uint32_t count;

	if (vm == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	count = vm->is_authentic ? 2 : 1;
	id.size = (uint16_t)strlen(vm->name);
	request_put(rq, &count, sizeof(count));
	request_put(rq, &id, sizeof(id));
	request_put(rq, vm->name, id.size);
	request_put(rq, zeros, -id.size & 3u);
	if (vm->is_authentic) {
		id.type = RM_ID_SIGN_AUTH;
		id.size = sizeof(vm->digest);
		request_put(rq, &id, sizeof(id));
		request_put(rq, vm->digest, sizeof(vm->digest));
	}
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
	if (client_is_behind(vms_find(rq->from->owner))) {
		return RM_ERR_BUSY;
	}
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

/* What the caller has of the VM it names; only an owner has something. */
static unsigned count_of(const struct request *rq, const struct vm *vm)
{
	return vm->owner == rq->from->vmid ? vm->resource_count : 0;
}

enum rm_error vm_resources(struct request *rq)
{
	const struct vm *vm = request_vm(rq);
	uint32_t count;

	if (vm == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	count = count_of(rq, vm);
	request_put(rq, &count, sizeof(count));
	request_put(rq, vm->resource, count * sizeof(vm->resource[0]));
	return RM_ERR_OK;
}

/* The count comes first and is known last. */
static void put_count(struct request *rq, uint32_t count)
{
	memcpy(rq->out, &count, sizeof(count));
}

enum rm_error vm_capids(struct request *rq)
{
	const struct vm *vm = request_vm(rq);
	uint32_t count = 0;

	if (vm == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	request_put(rq, &count, sizeof(count));
	for (unsigned i = 0; i < count_of(rq, vm); i++) {
		const struct rm_resource *r = &vm->resource[i];
		const struct rm_resource_cap row = { r->type,    0,
			                             r->partner, r->label,
			                             r->cap_lo,  r->cap_hi };

		if ((r->cap_lo | r->cap_hi) != 0) {
			request_put(rq, &row, sizeof(row));
			count++;
		}
	}
	put_count(rq, count);
	return RM_ERR_OK;
}

enum rm_error vm_irqs(struct request *rq)
{
	const struct vm *vm = request_vm(rq);
	uint32_t count = 0;

	if (vm == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	request_put(rq, &count, sizeof(count));
	for (unsigned i = 0; i < count_of(rq, vm); i++) {
		const struct rm_resource *r = &vm->resource[i];
		const struct rm_resource_irq row = { r->type,        0,
			                             r->partner,     r->label,
			                             r->virq_handle, r->virq };

		if (r->virq != 0) {
			request_put(rq, &row, sizeof(row));
			count++;
		}
	}
	put_count(rq, count);
	return RM_ERR_OK;
}
