/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual PM groups: the vCPUs of a VM as one power state, with an interrupt
 * for its manager when the last of them has gone off.
 */
#ifndef IPC_VPM_H
#define IPC_VPM_H

#include "vgic/vic.h"

#define VPM_VCPUS_MAX 64u

/* "VPMGroupOptionFlags" */
#define VPM_NO_AGGREGATION 1u

/* "VPMState" */
enum vpm_state {
	VPM_NO_STATE, /* no vCPU is on */
	VPM_RUNNING,
	VPM_CPUS_SUSPENDED, /* those that are on sleep in CPU_SUSPEND */
	VPM_SYSTEM_SUSPENDED,
};

struct vpm_group {
	struct object obj;
	struct spinlock lock; /* the source */
	struct virq_source virq;
	uint32_t options;
	struct thread *member[VPM_VCPUS_MAX]; /* configuration lock */
};

extern const struct obj_ops vpm_group_ops;

/** @return ERR_INVAL: unknown bits; ERR_STATE. Context: configuration lock. */
MUST_USE enum err vpm_configure(struct vpm_group *vpm, uint64_t options);

/**
 * @return  ERR_INVAL  @index is not below VPM_VCPUS_MAX
 *          ERR_BUSY   it is taken
 *          ERR_STATE  @t is ACTIVE
 * Context: configuration lock held.
 */
MUST_USE enum err vpm_attach(struct vpm_group *vpm, struct thread *t,
                             uint64_t index);

/** Context: configuration lock held. */
enum vpm_state vpm_get_state(const struct vpm_group *vpm);

/** The last vCPU of its VM has gone off. Context: any. */
void vpm_ended(struct vpm_group *vpm);

#endif
