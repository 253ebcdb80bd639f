/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that make, start and end VMs. */
#include <stdio.h>

#include "rm/auth.h"
#include "rm/client.h"
#include "rm/dynamic.h"
#include "rm/heap.h"
#include "rm/launch.h"
#include "rm/life.h"
#include "rm/parcel.h"
#include "rm/pause.h"
#include "rm/request.h"
#include "rm/reset.h"
#include "rt/hv.h"

enum rm_error vm_allocate(struct request *rq)
{
	enum rm_error error;
	struct rm_vmid wish;
	struct vm *vm;

	memcpy(&wish, rq->in, sizeof(wish));
	vm = vms_add(wish.vmid, rq->from->vmid, &error);
	if (vm == NULL) {
		return error;
	}
	snprintf(vm->name, sizeof(vm->name), "vm%u", vm->vmid);
	wish.vmid = vm->vmid;
	wish.reserved = 0;
	request_put(rq, &wish, sizeof(wish));
	return RM_ERR_OK;
}

enum rm_error vm_deallocate(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);

	if (vm == NULL) {
		return error;
	}
	if (!life_is_empty(vm->state)) {
		return RM_ERR_VM_STATE;
	}
	vms_remove(vm);
	return RM_ERR_OK;
}

enum rm_error vm_start(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);

	if (vm == NULL) {
		return error;
	}
	if (vm->state != RM_STATE_READY) {
		return RM_ERR_VM_STATE;
	}
	if (!objects_start(&vm->objects, vm->entry, vm->dtb)) {
		return RM_ERR_NORESOURCE;
	}
	vm->launches++;
	vms_enter(vm, RM_STATE_RUNNING);
	return RM_ERR_OK;
}

enum rm_error vm_stop(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);
	struct rm_stop stop;

	if (vm == NULL) {
		return error;
	}
	memcpy(&stop, rq->in, sizeof(stop));
	if ((stop.flags & ~RM_STOP_FORCE) != 0 || stop.reserved != 0) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	if (vm->state != RM_STATE_RUNNING && vm->state != RM_STATE_PAUSED) {
		return RM_ERR_VM_STATE;
	}
	if ((stop.flags & RM_STOP_FORCE) == 0) {
		/* Asked, not forced: the VM may hear it and do it itself. */
		if (client_is_behind(vm)) {
			return RM_ERR_BUSY;
		}
		client_notify(vm, RM_VM_SHUTDOWN, &stop, sizeof(stop));
		return RM_ERR_OK;
	}
	launch_stop(vm, RM_EXIT_FORCED);
	return RM_ERR_OK;
}

enum rm_error vm_reset(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);

	if (vm == NULL) {
		return error;
	}
	return reset_begin(vm) ? RM_ERR_OK : RM_ERR_VM_STATE;
}

enum rm_error vm_pause(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);

	return vm == NULL ? error : pause_begin(vm);
}

enum rm_error vm_resume(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);

	return vm == NULL ? error : pause_end(vm);
}

static bool is_inside(uint64_t at, uint64_t size, uint64_t limit)
{
	return at <= limit && size <= limit - at;
}

/* Can the image of @vm be authenticated in this way, in that memory? */
static enum rm_error check_auth(const struct vm *vm, const struct parcel *p,
                                uint16_t auth)
{
	if (auth == RM_AUTH_NONE) {
		return RM_ERR_OK;
	}
	if (auth != RM_AUTH_PLATFORM || vm->firmware_parcel != 0) {
		return RM_ERR_ARGUMENT_INVALID; /* it would begin elsewhere */
	}
	return auth_is_private(p, vm) ? RM_ERR_OK : RM_ERR_DENIED;
}

enum rm_error vm_config_image(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);
	struct rm_config_image image;
	struct parcel *p;

	if (vm == NULL) {
		return error;
	}
	if (!life_may(vm->state, RM_STATE_AUTH)) {
		return RM_ERR_VM_STATE;
	}
	memcpy(&image, rq->in, sizeof(image));
	p = parcel_find(image.memparcel);
	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	if (p->owner != rq->from->vmid ||
	    parcel_borrower(p, vm->vmid) == NULL) {
		return RM_ERR_DENIED;
	}
	error = check_auth(vm, p, image.auth);
	if (error != RM_ERR_OK) {
		return error;
	}
	if (image.image_size == 0 || image.dt_size == 0 ||
	    !is_inside(image.image_offset, image.image_size, parcel_size(p)) ||
	    !is_inside(image.dt_offset, image.dt_size, parcel_size(p)) ||
	    (image.image_offset < image.dt_offset + image.dt_size &&
	     image.dt_offset < image.image_offset + image.image_size)) {
		return RM_ERR_MEM_INVALID;
	}
	vm->image = image;
	vm->is_authentic = false;
	p->vouched_for = 0;
	vms_enter(vm, RM_STATE_AUTH);
	return RM_ERR_OK;
}

/* Is it due, and has not been done? */
static bool needs_auth(const struct vm *vm)
{
	return vm->image.auth != RM_AUTH_NONE && !vm->is_authentic;
}

/* u16 VMID, u16 0; perhaps u32 count of parameters, of which we know none */
enum rm_error vm_auth_image(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);
	struct parcel *p;
	uint32_t count = 0;

	if (vm == NULL) {
		return error;
	}
	if (vm->state != RM_STATE_AUTH || !needs_auth(vm)) {
		return RM_ERR_VM_STATE;
	}
	memcpy(&count, rq->in + 4, rq->len >= 8 ? sizeof(count) : 0);
	if (count != 0) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	p = parcel_find(vm->image.memparcel);
	error = p == NULL ? RM_ERR_HANDLE_INVALID : auth_check(vm, p);
	if (error != RM_ERR_OK) {
		vms_enter(vm, RM_STATE_INIT_FAILED);
	}
	return error;
}

enum rm_error vm_init(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);

	if (vm == NULL) {
		return error;
	}
	if (vm->state != RM_STATE_AUTH || needs_auth(vm)) {
		return RM_ERR_VM_STATE;
	}
	vms_enter(vm, RM_STATE_INIT);
	error = dynamic_build(vm);
	vms_enter(vm,
	          error == RM_ERR_OK ? RM_STATE_READY : RM_STATE_INIT_FAILED);
	return error;
}

enum rm_error vm_set_context(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);
	struct rm_set_context set;

	if (vm == NULL) {
		return error;
	}
	if (vm->state != RM_STATE_READY) {
		return RM_ERR_VM_STATE;
	}
	if (strcmp(launch_mutant, "rm-context-ignored") == 0) {
		return RM_ERR_OK;
	}
	if (vm->is_authentic) {
		return RM_ERR_DENIED; /* it begins where the image does */
	}
	memcpy(&set, rq->in, sizeof(set));
	if (set.reserved != 0) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	if (HV(VCPU_REGISTER_WRITE, vm->objects.thread[0], set.set, set.index,
	       set.value)
	            .err != HV_OK) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	/* Power-on sets these two from what we give it. */
	if (set.set == RM_CONTEXT_PC) {
		vm->entry = set.value;
	} else if (set.set == RM_CONTEXT_X && set.index == 0) {
		vm->dtb = set.value;
	}
	return RM_ERR_OK;
}

/* u16 VMID, u16 0, u32 parcel, u64 offset, u64 size */
enum rm_error vm_set_firmware_mem(struct request *rq)
{
	enum rm_error error;
	struct vm *vm = request_owned(rq, &error);
	uint32_t handle;
	uint64_t place[2];
	struct parcel *p;

	if (vm == NULL) {
		return error;
	}
	if (vm->state != RM_STATE_LOAD &&
	    (vm->state != RM_STATE_AUTH || vm->image.auth != RM_AUTH_NONE)) {
		return RM_ERR_VM_STATE;
	}
	memcpy(&handle, rq->in + 4, sizeof(handle));
	memcpy(place, rq->in + 8, sizeof(place));
	p = parcel_find(handle);
	if (p == NULL || p->owner != rq->from->vmid) {
		return RM_ERR_HANDLE_INVALID;
	}
	if (!is_inside(place[0], place[1], parcel_size(p)) || place[1] == 0) {
		return RM_ERR_MEM_INVALID;
	}
	vm->firmware_parcel = handle;
	vm->firmware_offset = place[0];
	vm->firmware_size = place[1];
	return RM_ERR_OK;
}

static void fail_own_at(struct request *rq, uint32_t n)
{
	const struct rm_heap heap = { heap_in_use(), heap_has_failed(), 0 };

	heap_fail_at(n);
	request_put(rq, &heap, sizeof(heap));
}

/*
 * For tests: u32 n, the n-th call that makes something fails; or the n-th
 * allocation, ours or EL2's, or the n-th message from the answer to this on.
 * Answer, of our allocations: struct rm_heap.
 */
enum rm_error fail_at(struct request *rq)
{
	uint32_t n;

	memcpy(&n, rq->in, sizeof(n));
	if (strcmp(launch_mutant, "rm-fail-at") == 0) {
		objects_fail_at(n);
	} else if (strcmp(launch_mutant, "alloc-fails") == 0 ||
	           strcmp(launch_mutant, "message-fails") == 0 ||
	           strcmp(launch_mutant, "rm-parcel-lost") == 0) {
		HV(IDENTIFY, n); /* something of EL2's instead */
	} else if (strcmp(launch_mutant, "rm-alloc-fails") == 0 ||
	           strcmp(launch_mutant, "rm-answer-lost") == 0 ||
	           strcmp(launch_mutant, "rm-copy-kept") == 0) {
		fail_own_at(rq, n);
	} else {
		return RM_ERR_DENIED;
	}
	return RM_ERR_OK;
}
