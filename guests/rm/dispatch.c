/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/dispatch.h"

#define MAX sizeof(((struct request *)0)->out)

enum who {
	ANY,     /* every VM */
	PRIMARY, /* the one that may make VMs */
};

/* clang-format off */
static const struct row {
	uint32_t id;
	size_t min, max; /* bytes of payload */
	enum who who;
	request_handler *handler;
} rows[] = {
	{ RM_MEM_DONATE,           20, MAX, ANY,     mem_donate },
	{ RM_MEM_ACCEPT,           24, MAX, ANY,     mem_accept },
	{ RM_MEM_LEND,             20, MAX, ANY,     mem_lend },
	{ RM_MEM_SHARE,            20, MAX, ANY,     mem_share },
	{ RM_MEM_RELEASE,           8,   8, ANY,     mem_release },
	{ RM_MEM_RECLAIM,           8,   8, ANY,     mem_reclaim },
	{ RM_MEM_NOTIFY,           12, MAX, ANY,     mem_notify },
	{ RM_MEM_APPEND,           12, MAX, ANY,     mem_append },
	{ RM_MEM_LOOKUP_SGL,       16, MAX, ANY,     mem_lookup },
	{ RM_VM_ALLOCATE,           4,   4, PRIMARY, vm_allocate },
	{ RM_VM_DEALLOCATE,         4,   4, ANY,     vm_deallocate },
	{ RM_VM_START,              4,   4, ANY,     vm_start },
	{ RM_VM_STOP,               8,   8, ANY,     vm_stop },
	{ RM_VM_RESET,              4,   4, ANY,     vm_reset },
	{ RM_VM_CONFIG_IMAGE,      40,  40, PRIMARY, vm_config_image },
	{ RM_VM_AUTH_IMAGE,         4, MAX, PRIMARY, vm_auth_image },
	{ RM_VM_INIT,               4,   4, PRIMARY, vm_init },
	{ RM_VM_GET_ID,             4,   4, ANY,     get_id },
	{ RM_VM_LOOKUP_URI,         4, MAX, ANY,     lookup_none },
	{ RM_VM_LOOKUP_GUID,       16, MAX, ANY,     lookup_none },
	{ RM_VM_LOOKUP_NAME,        4, MAX, ANY,     lookup_name },
	{ RM_VM_GET_OWNER,          4,   4, ANY,     get_owner },
	{ RM_VM_GET_STATE,          4,   4, ANY,     get_state },
	{ RM_VM_GET_CRASH_MSG,      4,   4, ANY,     get_crash_msg },
	{ RM_VM_GET_HYP_RESOURCES,  4,   4, ANY,     vm_resources },
	{ RM_VM_GET_HYP_CAPIDS,     4,   4, ANY,     vm_capids },
	{ RM_VM_GET_HYP_IRQS,       4,   4, ANY,     vm_irqs },
	{ RM_VM_GET_VMID,           0,   0, ANY,     get_vmid },
	{ RM_VM_SET_CONTEXT,       16,  16, ANY,     vm_set_context },
	{ RM_VM_SET_FIRMWARE_MEM,  24,  24, PRIMARY, vm_set_firmware_mem },
	{ RM_VM_IRQ_ACCEPT,         8,   8, ANY,     irq_accept },
	{ RM_VM_IRQ_LEND,          12,  12, ANY,     irq_lend },
	{ RM_VM_IRQ_RELEASE,        4,   4, ANY,     irq_release },
	{ RM_VM_IRQ_RECLAIM,        4,   4, ANY,     irq_reclaim },
	{ RM_VM_IRQ_NOTIFY,         8, MAX, ANY,     irq_notify },
	{ RM_VM_IRQ_UNMAP,          8, MAX, ANY,     irq_unmap },
	{ RM_VM_SET_STATUS,         4,   4, ANY,     set_status },
	{ RM_VM_CONSOLE_OPEN,       4,   4, ANY,     serve_console_open },
	{ RM_VM_CONSOLE_CLOSE,      4,   4, ANY,     serve_console_close },
	{ RM_VM_CONSOLE_WRITE,      4, MAX, ANY,     serve_console_write },
	{ RM_VM_CONSOLE_FLUSH,      4,   4, ANY,     serve_console_flush },
	{ RM_VM_EXIT,               8, MAX, ANY,     vm_exit },
	{ RM_VM_SET_CRASH_MSG,      4, MAX, ANY,     set_crash_msg },
	{ RM_TS_PAUSE,              4,   4, ANY,     vm_pause },
	{ RM_TS_RESUME,             4,   4, ANY,     vm_resume },
	{ RM_TS_LEDGER,             0,   0, PRIMARY, get_ledger },
	{ RM_TS_FAIL_AT,            4,   4, PRIMARY, fail_at },
};
/* clang-format on */

static const struct row *find_row(uint32_t id)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].id == id) {
			return &rows[i];
		}
	}
	return NULL;
}

enum rm_error dispatch(struct request *rq)
{
	const struct row *row = find_row(rq->id);
	enum rm_error error;

	rq->out_len = 0;
	if (row == NULL) {
		return RM_ERR_UNIMPLEMENTED;
	}
	if (rq->len < row->min || rq->len > row->max) {
		return RM_ERR_MSG_INVALID;
	}
	if (row->who == PRIMARY && rq->from->vmid != RM_VMID_PRIMARY) {
		return RM_ERR_DENIED;
	}
	error = row->handler(rq);
	if (error != RM_ERR_OK) {
		rq->out_len = 0;
	}
	return error;
}
