/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of objects and the rights that a capability can carry.
 *
 * The values are Gunyah's ("Gunyah API", object rights); the numbers of the
 * types are ours, and are seen by guests only in the ledger.
 */
#ifndef ABI_RIGHTS_H
#define ABI_RIGHTS_H

enum obj_type {
	OBJ_PARTITION,
	OBJ_CSPACE,
	OBJ_ADDRSPACE,
	OBJ_MEMEXTENT,
	OBJ_THREAD,
	OBJ_DOORBELL,
	OBJ_MSGQUEUE,
	OBJ_WATCHDOG,
	OBJ_VIC,
	OBJ_VPM_GROUP,
	OBJ_HWIRQ,
	OBJ_TYPE_COUNT,
};

/* For every type */
#define OBJ_MAY_ACTIVATE 0x80000000u

#define PARTITION_MAY_CREATE 0x01u
#define PARTITION_MAY_DONATE 0x02u

#define CSPACE_MAY_CREATE_CAP 0x01u
#define CSPACE_MAY_DELETE_CAP 0x02u
#define CSPACE_MAY_COPY_CAP   0x04u
#define CSPACE_MAY_ATTACH     0x08u
#define CSPACE_MAY_REVOKE_CAP 0x10u

#define ADDRSPACE_MAY_ATTACH    0x01u
#define ADDRSPACE_MAY_MAP       0x02u
#define ADDRSPACE_MAY_LOOKUP    0x04u
#define ADDRSPACE_MAY_ADD_VMMIO 0x08u

#define MEMEXTENT_MAY_MAP    0x01u
#define MEMEXTENT_MAY_DERIVE 0x02u
#define MEMEXTENT_MAY_ATTACH 0x04u
#define MEMEXTENT_MAY_LOOKUP 0x08u
#define MEMEXTENT_MAY_DONATE 0x10u

#define THREAD_MAY_POWER         0x001u
#define THREAD_MAY_SET_AFFINITY  0x002u
#define THREAD_MAY_SET_PRIORITY  0x004u
#define THREAD_MAY_SET_TIMESLICE 0x008u
#define THREAD_MAY_YIELD_TO      0x010u
#define THREAD_MAY_BIND_VIRQ     0x020u
#define THREAD_MAY_STATE         0x040u
#define THREAD_MAY_LIFECYCLE     0x080u
#define THREAD_MAY_WRITE_CONTEXT 0x100u
#define THREAD_MAY_DISABLE       0x200u

#define DOORBELL_MAY_SEND    0x01u
#define DOORBELL_MAY_RECEIVE 0x02u
#define DOORBELL_MAY_BIND    0x04u

#define MSGQUEUE_MAY_SEND         0x01u
#define MSGQUEUE_MAY_RECEIVE      0x02u
#define MSGQUEUE_MAY_BIND_SEND    0x04u
#define MSGQUEUE_MAY_BIND_RECEIVE 0x08u

#define WATCHDOG_MAY_ATTACH 0x01u
#define WATCHDOG_MAY_BIND   0x02u
#define WATCHDOG_MAY_MANAGE 0x04u

#define VIC_MAY_BIND_SOURCE 0x01u
#define VIC_MAY_ATTACH_VCPU 0x02u
#define VIC_MAY_ATTACH_VDEV 0x04u

#define VPM_MAY_ATTACH 0x01u
#define VPM_MAY_BIND   0x02u
#define VPM_MAY_QUERY  0x04u

#define HWIRQ_MAY_BIND 0x02u

#endif
