/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hypercall there is: one row each, in order of numbers.  A hole means
 * "unknown", and so does a number beyond the ends.
 *
 * docs/abi.md lists the same calls; testsuite/lint/abi compares.
 */

#include <abi/hypercall.h>

#include "call/hvc.h"
#include "call/hvc_basic.h"
#include "call/hvc_random.h"
#include "call/hvc_table.h"

/* fn, ins, outs, reserved, is_raw, is_slow, name; FAST takes no lock */
#define FAST(fn, in, out, res, name)                    \
	{                                               \
		fn, in, out, res, false, false, name, 0 \
	}
#define SLOW(fn, in, out, res, name)                   \
	{                                              \
		fn, in, out, res, false, true, name, 0 \
	}
#define CREATE(type) \
	SLOW(hvc_create_##type, 2, 1, R_ZERO, "partition_create_" #type)

/* clang-format off */
const struct hvc_row hvc_rows[HVC_ROWS] = {
[HVC_IDENTIFY] =
	{ hvc_identify, 0, 4, R_NONE, true, false, "hypervisor_identify", 0 },
[HVC_PARTITION_CREATE_PARTITION] = CREATE(partition),
[HVC_PARTITION_CREATE_CSPACE]    = CREATE(cspace),
[HVC_PARTITION_CREATE_ADDRSPACE] = CREATE(addrspace),
[HVC_PARTITION_CREATE_MEMEXTENT] = CREATE(memextent),
[HVC_PARTITION_CREATE_THREAD]    = CREATE(thread),
[HVC_PARTITION_CREATE_DOORBELL]  = CREATE(doorbell),
[HVC_PARTITION_CREATE_MSGQUEUE]  = CREATE(msgqueue),
[HVC_PARTITION_CREATE_WATCHDOG]  = CREATE(watchdog),
[HVC_PARTITION_CREATE_VIC]       = CREATE(vic),
[HVC_PARTITION_CREATE_VPM_GROUP] = CREATE(vpm_group),
[HVC_OBJECT_ACTIVATE] =
	SLOW(hvc_object_activate, 1, 0, R_ZERO, "object_activate"),
[HVC_OBJECT_ACTIVATE_FROM] =
	SLOW(hvc_object_activate_from, 2, 0, R_ZERO, "object_activate_from"),
[HVC_OBJECT_RESET] =
	FAST(hvc_unimplemented, 1, 0, R_NONE, "object_reset"),
[HVC_OBJECT_RESET_FROM] =
	FAST(hvc_unimplemented, 2, 0, R_NONE, "object_reset_from"),
[HVC_DOORBELL_BIND_VIRQ] =
	SLOW(hvc_doorbell_bind_virq, 3, 0, R_ZERO, "doorbell_bind_virq"),
[HVC_DOORBELL_UNBIND_VIRQ] =
	SLOW(hvc_doorbell_unbind_virq, 1, 0, R_ZERO, "doorbell_unbind_virq"),
[HVC_DOORBELL_SEND] =
	FAST(hvc_doorbell_send, 2, 1, R_ZERO, "doorbell_send"),
[HVC_DOORBELL_RECEIVE] =
	FAST(hvc_doorbell_receive, 2, 1, R_ZERO, "doorbell_receive"),
[HVC_DOORBELL_RESET] =
	FAST(hvc_doorbell_reset, 1, 0, R_ZERO, "doorbell_reset"),
[HVC_DOORBELL_MASK] =
	FAST(hvc_doorbell_mask, 3, 0, R_ZERO, "doorbell_mask"),
[HVC_MSGQUEUE_BIND_SEND_VIRQ] =
	SLOW(hvc_msgqueue_bind_send_virq, 3, 0, R_ZERO,
	     "msgqueue_bind_send_virq"),
[HVC_MSGQUEUE_BIND_RECEIVE_VIRQ] =
	SLOW(hvc_msgqueue_bind_receive_virq, 3, 0, R_ZERO,
	     "msgqueue_bind_receive_virq"),
[HVC_MSGQUEUE_UNBIND_SEND_VIRQ] =
	SLOW(hvc_msgqueue_unbind_send_virq, 1, 0, R_ZERO,
	     "msgqueue_unbind_send_virq"),
[HVC_MSGQUEUE_UNBIND_RECEIVE_VIRQ] =
	SLOW(hvc_msgqueue_unbind_receive_virq, 1, 0, R_ZERO,
	     "msgqueue_unbind_receive_virq"),
[HVC_MSGQUEUE_SEND] =
	FAST(hvc_msgqueue_send, 4, 1, R_ZERO, "msgqueue_send"),
[HVC_MSGQUEUE_RECEIVE] =
	FAST(hvc_msgqueue_receive, 3, 2, R_ZERO, "msgqueue_receive"),
[HVC_MSGQUEUE_FLUSH] =
	FAST(hvc_msgqueue_flush, 1, 0, R_ZERO, "msgqueue_flush"),
[HVC_MSGQUEUE_CONFIGURE_SEND] =
	FAST(hvc_msgqueue_configure_send, 3, 0, R_ONES,
	     "msgqueue_configure_send"),
[HVC_MSGQUEUE_CONFIGURE_RECEIVE] =
	FAST(hvc_msgqueue_configure_receive, 3, 0, R_ONES,
	     "msgqueue_configure_receive"),
[HVC_MSGQUEUE_CONFIGURE] =
	SLOW(hvc_msgqueue_configure, 2, 0, R_ZERO, "msgqueue_configure"),
[HVC_CSPACE_DELETE_CAP_FROM] =
	SLOW(hvc_cspace_delete_cap_from, 2, 0, R_ZERO,
	     "cspace_delete_cap_from"),
[HVC_CSPACE_COPY_CAP_FROM] =
	SLOW(hvc_cspace_copy_cap_from, 4, 1, R_ZERO, "cspace_copy_cap_from"),
[HVC_CSPACE_REVOKE_CAP_FROM] =
	FAST(hvc_unimplemented, 2, 0, R_NONE, "cspace_revoke_cap_from"),
[HVC_CSPACE_CONFIGURE] =
	SLOW(hvc_cspace_configure, 2, 0, R_ZERO, "cspace_configure"),
[HVC_HWIRQ_BIND_VIRQ] =
	SLOW(hvc_hwirq_bind_virq, 3, 0, R_ZERO, "hwirq_bind_virq"),
[HVC_HWIRQ_UNBIND_VIRQ] =
	SLOW(hvc_hwirq_unbind_virq, 1, 0, R_ZERO, "hwirq_unbind_virq"),
[HVC_VIC_CONFIGURE] =
	SLOW(hvc_vic_configure, 5, 0, R_NONE, "vic_configure"),
[HVC_VIC_ATTACH_VCPU] =
	SLOW(hvc_vic_attach_vcpu, 3, 0, R_ZERO, "vic_attach_vcpu"),
[HVC_ADDRSPACE_ATTACH_THREAD] =
	SLOW(hvc_addrspace_attach_thread, 2, 0, R_ZERO,
	     "addrspace_attach_thread"),
[HVC_ADDRSPACE_MAP] =
	SLOW(hvc_addrspace_map, 7, 0, R_NONE, "addrspace_map"),
[HVC_ADDRSPACE_UNMAP] =
	SLOW(hvc_addrspace_unmap, 6, 0, R_NONE, "addrspace_unmap"),
[HVC_ADDRSPACE_UPDATE_ACCESS] =
	SLOW(hvc_addrspace_update_access, 7, 0, R_NONE,
	     "addrspace_update_access"),
[HVC_ADDRSPACE_CONFIGURE] =
	SLOW(hvc_addrspace_configure, 2, 0, R_ZERO, "addrspace_configure"),
[HVC_MEMEXTENT_MODIFY] =
	SLOW(hvc_memextent_modify, 4, 0, R_NONE, "memextent_modify"),
[HVC_MEMEXTENT_CONFIGURE] =
	SLOW(hvc_memextent_configure, 4, 0, R_ZERO, "memextent_configure"),
[HVC_MEMEXTENT_CONFIGURE_DERIVE] =
	SLOW(hvc_memextent_configure_derive, 5, 0, R_ZERO,
	     "memextent_configure_derive"),
[HVC_VCPU_CONFIGURE] =
	SLOW(hvc_vcpu_configure, 2, 0, R_ZERO, "vcpu_configure"),
[HVC_VCPU_POWERON] =
	SLOW(hvc_vcpu_poweron, 4, 0, R_NONE, "vcpu_poweron"),
[HVC_VCPU_POWEROFF] =
	SLOW(hvc_vcpu_poweroff, 2, 0, R_NONE, "vcpu_poweroff"),
[HVC_VCPU_KILL] =
	SLOW(hvc_vcpu_kill, 1, 0, R_ZERO, "vcpu_kill"),
[HVC_SCHEDULER_YIELD] =
	FAST(hvc_scheduler_yield, 2, 0, R_ZERO, "scheduler_yield"),
[HVC_VPM_GROUP_ATTACH_VCPU] =
	SLOW(hvc_vpm_group_attach_vcpu, 3, 0, R_ZERO, "vpm_group_attach_vcpu"),
[HVC_VCPU_SET_AFFINITY] =
	SLOW(hvc_vcpu_set_affinity, 2, 0, R_ONES, "vcpu_set_affinity"),
[HVC_CSPACE_ATTACH_THREAD] =
	SLOW(hvc_cspace_attach_thread, 2, 0, R_ZERO, "cspace_attach_thread"),
[HVC_TRACE_UPDATE_CLASS_FLAGS] =
	SLOW(hvc_trace_update_class_flags, 2, 1, R_ZERO,
	     "trace_update_class_flags"),
[HVC_WATCHDOG_ATTACH_VCPU] =
	SLOW(hvc_watchdog_attach_vcpu, 2, 0, R_ZERO, "watchdog_attach_vcpu"),
[HVC_WATCHDOG_BIND_VIRQ] =
	SLOW(hvc_watchdog_bind_virq, 4, 0, R_NONE, "watchdog_bind_virq"),
[HVC_WATCHDOG_UNBIND_VIRQ] =
	SLOW(hvc_watchdog_unbind_virq, 2, 0, R_NONE, "watchdog_unbind_virq"),
[HVC_VPM_GROUP_BIND_VIRQ] =
	SLOW(hvc_vpm_group_bind_virq, 3, 0, R_ZERO, "vpm_group_bind_virq"),
[HVC_VPM_GROUP_UNBIND_VIRQ] =
	SLOW(hvc_vpm_group_unbind_virq, 1, 0, R_ZERO, "vpm_group_unbind_virq"),
[HVC_VPM_GROUP_GET_STATE] =
	SLOW(hvc_vpm_group_get_state, 1, 1, R_ZERO, "vpm_group_get_state"),
[HVC_VCPU_SET_PRIORITY] =
	SLOW(hvc_vcpu_set_priority, 2, 0, R_NONE, "vcpu_set_priority"),
[HVC_VCPU_SET_TIMESLICE] =
	SLOW(hvc_vcpu_set_timeslice, 2, 0, R_NONE, "vcpu_set_timeslice"),
[HVC_PRNG_GET_ENTROPY] =
	FAST(hvc_prng_get_entropy, 1, 4, R_ZERO, "prng_get_entropy"),
[HVC_WATCHDOG_CONFIGURE] =
	SLOW(hvc_watchdog_configure, 2, 0, R_ZERO, "watchdog_configure"),
[HVC_CSPACE_REVOKE_CAPS_FROM] =
	SLOW(hvc_cspace_revoke_caps_from, 2, 0, R_ZERO,
	     "cspace_revoke_caps_from"),
[HVC_ADDRSPACE_LOOKUP] =
	SLOW(hvc_addrspace_lookup, 4, 3, R_ZERO, "addrspace_lookup"),
[HVC_VCPU_BIND_VIRQ] =
	SLOW(hvc_vcpu_bind_virq, 4, 0, R_ZERO, "vcpu_bind_virq"),
[HVC_VCPU_UNBIND_VIRQ] =
	SLOW(hvc_vcpu_unbind_virq, 2, 0, R_ZERO, "vcpu_unbind_virq"),
[HVC_ADDRSPACE_CONFIGURE_VMMIO] =
	SLOW(hvc_addrspace_configure_vmmio, 4, 0, R_ZERO,
	     "addrspace_configure_vmmio"),
[HVC_MEMEXTENT_DONATE] =
	SLOW(hvc_memextent_donate, 5, 0, R_ZERO, "memextent_donate"),
[HVC_ADDRSPACE_ATTACH_VDEVICE] =
	SLOW(hvc_addrspace_attach_vdevice, 5, 0, R_ZERO,
	     "addrspace_attach_vdevice"),
[HVC_WATCHDOG_MANAGE] =
	SLOW(hvc_watchdog_manage, 2, 0, R_ZERO, "watchdog_manage"),
[HVC_VCPU_REGISTER_WRITE] =
	SLOW(hvc_vcpu_register_write, 4, 0, R_ZERO, "vcpu_register_write"),
[HVC_VCPU_RUN] =
	FAST(hvc_vcpu_run, 4, 4, R_ZERO, "vcpu_run"),
[HVC_VPM_GROUP_CONFIGURE] =
	SLOW(hvc_vpm_group_configure, 2, 0, R_ZERO, "vpm_group_configure"),
[HVC_VGIC_SET_MPIDR_MAPPING] =
	SLOW(hvc_vgic_set_mpidr_mapping, 7, 0, R_NONE,
	     "vgic_set_mpidr_mapping"),
[HVC_VCPU_RUN_CHECK] =
	FAST(hvc_vcpu_run_check, 1, 4, R_ZERO, "vcpu_run_check"),
};

const struct hvc_row hvc_own_rows[HVC_OWN_ROWS] = {
#define OWN(n) [(n) - HVC_TS_FIRST]
OWN(HVC_TS_BOOT_INFO) = FAST(hvc_boot_info, 0, 3, R_NONE, "ts_boot_info"),
OWN(HVC_TS_LEDGER)    = SLOW(hvc_ts_ledger, 1, 1, R_ZERO, "ts_ledger"),
OWN(HVC_TS_ROOT_ENV)  = FAST(hvc_ts_root_env, 1, 4, R_ZERO, "ts_root_env"),
OWN(HVC_TS_PARTITION_LIMIT) =
	SLOW(hvc_ts_partition_limit, 3, 0, R_ZERO, "ts_partition_limit"),
OWN(HVC_TS_DEAD)      = FAST(hvc_ts_dead, 0, 1, R_NONE, "ts_dead"),
};
/* clang-format on */

_Static_assert(HVC_ROWS <= HVC_TS_FIRST, "two ranges");
_Static_assert(HVC_TS_FIRST + HVC_OWN_ROWS <= HVC_COUNT,
               "room of the encoding");
