/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The objects of the hypervisor that make up one VM.
 *
 * Every capability that is made is written down and deleted again in exact
 * reverse; nothing else in the resource manager creates objects of a VM.
 */
#ifndef RM_OBJECTS_H
#define RM_OBJECTS_H

#include <abi/error.h>
#include <stdbool.h>
#include <stdint.h>

#include "rm/ram.h"

#define OBJECTS_VCPUS_MAX  8
#define OBJECTS_CAPS_MAX   80
#define OBJECTS_PEER_MAX   64
#define OBJECTS_BELLS_MAX  32
#define OBJECTS_QUEUES_MAX 16 /* beside those to us */

/* Shared interrupts of a VM: devices have 32 to 127, queues come behind. */
#define OBJECTS_SPIS     256
#define OBJECTS_TX_INTID 128 /* the VM's sending end has room again */
#define OBJECTS_RX_INTID 129 /* there is something for the VM */

#define OBJECTS_QUEUE_DEPTH 8 /* messages */

struct objects {
	uint64_t cspace, addrspace, vic, vpm;
	uint64_t watchdog; /* 0: none */
	uint64_t thread[OBJECTS_VCPUS_MAX];
	unsigned thread_count;
	uint64_t ram_cap; /* sparse extent over ram; 0: none */
	struct ram_place ram;
	uint64_t ram_done; /* bytes of it that objects_ram_turn is done with */
	uint64_t to_rm, to_vm;          /* our ends of the queues; 0: none */
	uint64_t vm_tx, vm_rx;          /* the VM's capabilities to them */
	uint64_t cap[OBJECTS_CAPS_MAX]; /* all of them, in order */
	unsigned cap_count;
	/* What the owner of the VM has been given of it. */
	uint64_t peer_cspace;
	uint64_t peer_cap[OBJECTS_PEER_MAX];
	unsigned peer_count;
	int64_t error;    /* of the call that failed, enum hv_error */
	const char *step; /* which was it */
};

/**
 * Capability space, address space, interrupt controller, group of vCPUs.
 * @our_intid  interrupt of ours that says: the VM is ending, or has ended
 */
bool objects_begin(struct objects *o, uint16_t vmid, unsigned vcpus,
                   unsigned our_intid);

/** @size bytes of free RAM, zeroed, all at hand but not yet mapped. */
bool objects_add_ram(struct objects *o, uint64_t size);

/**
 * Give the VM's RAM home, where it comes back zeroed, or zero it where it is
 * kept: one step of a few megabytes, as others wait meanwhile.
 *
 * @return  whether there is more to do; what a call refuses is left to
 *          objects_end, or to objects_ram_is_clean
 */
bool objects_ram_turn(struct objects *o, bool is_kept);

/** Has all of the RAM that was kept been zeroed?  Asked once. */
bool objects_ram_is_clean(struct objects *o);

/** Let the VM see its RAM at @ipa. */
bool objects_map_ram(struct objects *o, uint64_t ipa);

/** Let the VM see all of the extent @cap. */
bool objects_map(struct objects *o, uint64_t cap, uint64_t ipa, uint64_t attrs);

/**
 * A pair of message queues between the VM and us.
 * @our_intid  interrupt of ours that says: the VM has sent something
 */
bool objects_add_queues(struct objects *o, unsigned our_intid);

/** A message queue for the VM and its owner. @return ours; 0: failed */
uint64_t objects_add_queue(struct objects *o, uint32_t depth,
                           uint32_t message_size);

/** Its sending end, or its receiving end, is interrupt @intid of @vic. */
bool objects_bind_queue(struct objects *o, uint64_t mq, bool is_sender,
                        uint64_t vic, unsigned intid);

/** A watchdog, off, that ends the VM when it bites; before the vCPUs. */
bool objects_add_watchdog(struct objects *o);

/** The vCPUs, ready to be powered on; after everything else. */
bool objects_add_threads(struct objects *o, unsigned vcpus, unsigned priority);

/*
 * Below our own, so that no VM can keep us from working; and below its owner's
 * if the owner runs it, as vcpu_run wants it.
 */
#define OBJECTS_PRIORITY         30
#define OBJECTS_PRIORITY_PROXIED 20

/**
 * Only whoever calls vcpu_run for it runs vCPU @index from now on; @intid of
 * @vic tells when it wakes up.
 */
bool objects_proxy(struct objects *o, unsigned index, uint64_t vic,
                   unsigned intid);

/**
 * A doorbell that raises @intid of @vic, which is the VM's or its owner's.
 * @return our capability, or 0
 */
uint64_t objects_add_bell(struct objects *o, uint64_t vic, unsigned intid);

/** A capability for the VM itself, which dies with it. @return 0: failed */
uint64_t objects_hand_over(struct objects *o, uint64_t cap, uint64_t rights);

/** A capability for the owner of the VM. @return 0: failed */
uint64_t objects_give(struct objects *o, uint64_t cap, uint64_t rights);

/** Power on the first vCPU. */
bool objects_start(struct objects *o, uint64_t entry, uint64_t context);

/** A fresh object of type HVC_PARTITION_CREATE_*, and note it. 0: failed */
uint64_t objects_create(struct objects *o, unsigned call, const char *step);

/** Note a capability of our own space that goes with the VM. */
bool objects_note(struct objects *o, uint64_t cap);

/** Forget and delete one that was noted. */
void objects_drop(struct objects *o, uint64_t cap);

/** No vCPU may run any more; they leave as soon as each can. */
void objects_kill(struct objects *o);

/**
 * Has every vCPU left?  Those that only run when somebody runs them are run
 * here, so that they can leave.
 */
bool objects_are_quiet(struct objects *o);

/** How the VM ended, looking at its vCPUs: enum rm_exit, or -1: it has not. */
int objects_exit(struct objects *o);

/** Delete everything there is. Context: the vCPUs are quiet. */
void objects_end(struct objects *o);

/** The same, but the VM's RAM stays what it has been given. */
void objects_end_but_ram(struct objects *o);

/** The n-th call from now that makes something fails; 0: none. */
void objects_fail_at(unsigned n);

#endif
