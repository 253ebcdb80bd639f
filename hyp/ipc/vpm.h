/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual PM groups: the vCPUs of a VM as one power state, with an interrupt
 * for its manager whenever that has changed.
 */
#ifndef IPC_VPM_H
#define IPC_VPM_H

#include "vgic/vic.h"
#include "vm/part.h"

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
	struct spinlock lock; /* the source, the two counts */
	struct virq_source virq;
	int on;    /* members that are on */
	int awake; /* ... and not asleep in CPU_SUSPEND */
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

/** VPM_NO_STATE with VPM_NO_AGGREGATION. Context: any; takes the lock. */
enum vpm_state vpm_get_state(struct vpm_group *vpm);

/**
 * A member has gone on, to sleep, awake, off: its interrupt, if that changes
 * the state of all or @always. Context: any; takes the lock.
 */
void vpm_note(struct vpm_group *vpm, enum vcpu_power what, bool always);

#endif
