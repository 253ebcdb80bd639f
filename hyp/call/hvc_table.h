/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers behind the rows of call/table.c. */
#ifndef CALL_HVC_TABLE_H
#define CALL_HVC_TABLE_H

#include "call/hvc.h"

hvc_fn hvc_unimplemented;

/* hvc_objects.c */
hvc_fn hvc_create_partition;
hvc_fn hvc_create_cspace;
hvc_fn hvc_create_addrspace;
hvc_fn hvc_create_memextent;
hvc_fn hvc_create_thread;
hvc_fn hvc_create_doorbell;
hvc_fn hvc_create_msgqueue;
hvc_fn hvc_create_vic;
hvc_fn hvc_object_activate;
hvc_fn hvc_object_activate_from;
hvc_fn hvc_cspace_delete_cap_from;
hvc_fn hvc_cspace_copy_cap_from;
hvc_fn hvc_cspace_configure;
hvc_fn hvc_cspace_revoke_caps_from;
hvc_fn hvc_cspace_attach_thread;
hvc_fn hvc_ts_partition_limit;

/* hvc_memory.c */
hvc_fn hvc_addrspace_attach_thread;
hvc_fn hvc_addrspace_map;
hvc_fn hvc_addrspace_unmap;
hvc_fn hvc_addrspace_update_access;
hvc_fn hvc_addrspace_configure;
hvc_fn hvc_addrspace_lookup;
hvc_fn hvc_addrspace_configure_vmmio;
hvc_fn hvc_addrspace_attach_vdevice;
hvc_fn hvc_memextent_configure;
hvc_fn hvc_memextent_configure_derive;
hvc_fn hvc_memextent_modify;
hvc_fn hvc_memextent_donate;

/* hvc_ipc.c */
hvc_fn hvc_doorbell_bind_virq;
hvc_fn hvc_doorbell_unbind_virq;
hvc_fn hvc_doorbell_send;
hvc_fn hvc_doorbell_receive;
hvc_fn hvc_doorbell_reset;
hvc_fn hvc_doorbell_mask;
hvc_fn hvc_msgqueue_bind_send_virq;
hvc_fn hvc_msgqueue_bind_receive_virq;
hvc_fn hvc_msgqueue_unbind_send_virq;
hvc_fn hvc_msgqueue_unbind_receive_virq;
hvc_fn hvc_msgqueue_send;
hvc_fn hvc_msgqueue_receive;
hvc_fn hvc_msgqueue_flush;
hvc_fn hvc_msgqueue_configure_send;
hvc_fn hvc_msgqueue_configure_receive;
hvc_fn hvc_msgqueue_configure;

/* hvc_vcpu.c */
hvc_fn hvc_vcpu_configure;
hvc_fn hvc_vcpu_poweron;
hvc_fn hvc_vcpu_poweroff;
hvc_fn hvc_vcpu_kill;
hvc_fn hvc_scheduler_yield;
hvc_fn hvc_vcpu_set_affinity;
hvc_fn hvc_vcpu_set_priority;
hvc_fn hvc_vcpu_set_timeslice;
hvc_fn hvc_vcpu_register_write;
hvc_fn hvc_vic_configure;
hvc_fn hvc_vgic_set_mpidr_mapping;
hvc_fn hvc_vic_attach_vcpu;

/* hvc_run.c */
hvc_fn hvc_vcpu_bind_virq;
hvc_fn hvc_vcpu_unbind_virq;
hvc_fn hvc_vcpu_run;
hvc_fn hvc_vcpu_run_check;

/* hvc_power.c */
hvc_fn hvc_create_watchdog;
hvc_fn hvc_create_vpm_group;
hvc_fn hvc_vpm_group_configure;
hvc_fn hvc_vpm_group_attach_vcpu;
hvc_fn hvc_vpm_group_bind_virq;
hvc_fn hvc_vpm_group_unbind_virq;
hvc_fn hvc_vpm_group_get_state;
hvc_fn hvc_watchdog_configure;
hvc_fn hvc_watchdog_attach_vcpu;
hvc_fn hvc_watchdog_bind_virq;
hvc_fn hvc_watchdog_unbind_virq;
hvc_fn hvc_watchdog_manage;

/* hvc_own.c */
hvc_fn hvc_ts_ledger;
hvc_fn hvc_ts_root_env;
hvc_fn hvc_hwirq_bind_virq;
hvc_fn hvc_hwirq_unbind_virq;
hvc_fn hvc_ts_dead;
hvc_fn hvc_trace_update_class_flags;

#endif
