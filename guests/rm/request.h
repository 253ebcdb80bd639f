/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request and its answer.
 *
 * A handler gets a payload whose size its row of the table (dispatch.c) has
 * checked, and a caller who may ask; it returns an error or puts its answer
 * behind the error word.
 */
#ifndef RM_REQUEST_H
#define RM_REQUEST_H

#include <abi/rm.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rm/vms.h"

struct request {
	struct vm *from;
	uint32_t id;
	const uint8_t *in;
	size_t len;
	size_t out_len; /* bytes of out, without the error */
	uint8_t out[RM_MESSAGE_MAX - sizeof(uint32_t)];
};

typedef enum rm_error request_handler(struct request *rq);

/** Append to the answer. */
static inline void request_put(struct request *rq, const void *data, size_t len)
{
	if (len <= sizeof(rq->out) - rq->out_len) {
		memcpy(rq->out + rq->out_len, data, len);
		rq->out_len += len;
	}
}

/** The VM that the payload's first 16 bits name; 0 names the caller. */
static inline struct vm *request_vm(const struct request *rq)
{
	uint16_t vmid;

	memcpy(&vmid, rq->in, sizeof(vmid));
	return vmid == 0 ? rq->from : vms_find(vmid);
}

/** The same, if the caller owns it. @error  VMID_INVALID or DENIED */
static inline struct vm *request_owned(const struct request *rq,
                                       enum rm_error *error)
{
	struct vm *vm = request_vm(rq);

	*error = vm == NULL ? RM_ERR_VMID_INVALID : RM_ERR_DENIED;
	return vm != NULL && vm->owner == rq->from->vmid ? vm : NULL;
}

/* about_vm.c: what VMs there are and how they are */
request_handler get_id, lookup_name, lookup_none, get_owner, get_state,
	get_vmid, get_crash_msg, set_crash_msg, set_status, get_ledger,
	vm_resources, vm_capids, vm_irqs;

/* vm_calls.c: making and ending VMs */
request_handler vm_allocate, vm_deallocate, vm_start, vm_stop, vm_reset,
	vm_config_image, vm_auth_image, vm_init, vm_set_context,
	vm_set_firmware_mem, vm_pause, vm_resume, fail_at;

/* ending.c: a VM ends itself */
request_handler vm_exit;

/* mem_calls.c */
request_handler mem_donate, mem_lend, mem_share, mem_accept, mem_release,
	mem_reclaim, mem_append, mem_lookup;

/* mem_notify.c */
request_handler mem_notify;

/* misc_calls.c */
request_handler serve_console_open, serve_console_close, serve_console_write,
	serve_console_flush;

/* irq_calls.c */
request_handler irq_lend, irq_accept, irq_release, irq_reclaim, irq_notify,
	irq_unmap;

#endif
