/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMs there are: who owns them and in which state of life each is. */
#ifndef RM_VMS_H
#define RM_VMS_H

#include <abi/bundle.h>
#include <abi/rm.h>
#include <stdbool.h>
#include <stdint.h>

#include "rm/objects.h"

#define VMS_MAX           32 /* at a time */
#define VMS_NAME_MAX      32
#define VMS_CRASH_MSG_MAX 256
#define VMS_RESOURCES_MAX 64

/* Interrupts of a VM that tell it about VMs of its own. */
#define VMS_VIRQ_FIRST 160
#define VMS_VIRQS      96

struct plan_vm;
struct client;

/* What RESET has still to do; one step, of RAM a few megabytes, for each turn of
 * the event loop: others are answered in between. */
enum reset_stage {
	RESET_NOT,
	RESET_VDEVICES,
	RESET_PARCELS,
	RESET_IRQS,
	RESET_RAM,
	RESET_OBJECTS,
	RESET_CLEANUP,
};

struct vm {
	uint16_t vmid; /* 0: this record is unused */
	uint16_t owner;
	enum rm_state state;
	uint8_t os_state;
	uint16_t app_state;
	char name[VMS_NAME_MAX];

	const struct plan_vm *plan; /* NULL: made by request */
	uint32_t launches;          /* times it was started */
	uint32_t resets;            /* of them, in place */
	struct objects objects;
	struct client *client; /* of its message queues; NULL: none */

	/* Its end */
	bool is_ending; /* killed, and some vCPU has not left yet */
	bool wants_restart;
	bool is_pausing;  /* some vCPU is not held yet */
	bool is_in_place; /* it is being reset, and will start at once */
	enum rm_exit exit;
	uint16_t exit_code; /* of RM_EXIT_VM_EXIT: RM_EXIT_CODE_* */
	enum reset_stage reset;
	char crash_msg[VMS_CRASH_MSG_MAX];
	uint32_t crash_len;

	struct {
		unsigned intid; /* ours; 0: none */
		bool is_held;
	} hold[OBJECTS_VCPUS_MAX]; /* pause.h */

	/* What CONFIG_IMAGE and SET_CONTEXT said, until it is started. */
	struct rm_config_image image;
	uint64_t entry, dtb; /* IPA of the first instruction, X0 */
	uint64_t mem_base;   /* IPA of the image's parcel */
	uint32_t vcpus;
	bool proxied;
	bool is_authentic; /* AUTH_IMAGE has said so, since CONFIG_IMAGE */
	uint8_t digest[BUNDLE_HASH_BYTES]; /* of its image, then */

	uint32_t firmware_parcel; /* SET_FIRMWARE_MEM */
	uint64_t firmware_offset, firmware_size;

	/* What its owner has of it: answer of GET_HYP_RESOURCES. */
	struct rm_resource resource[VMS_RESOURCES_MAX];
	unsigned resource_count;
	uint8_t virq_for[VMS_VIRQS]; /* VMID each is about; 0: free */
	uint16_t console_peer;       /* who hears its console; 0: nobody */
};

extern struct vm vms[VMS_MAX];

/** The VM with this VMID, or NULL. */
struct vm *vms_find(uint16_t vmid);

/**
 * A record in state LOAD.
 *
 * @vmid   0: any free one for VMs made by request
 * @error  why not: NORESOURCE, VMID_INVALID, IN_USE
 */
struct vm *vms_add(uint16_t vmid, uint16_t owner, enum rm_error *error);

/** Forget it: its VMID is free, see vms_on_remove. Context: LOAD or RESET. */
void vms_remove(struct vm *vm);

/**
 * The one place where a VM changes its state.
 * @return false: the table of life forbids it; nothing has changed
 */
bool vms_enter(struct vm *vm, enum rm_state state);

/**
 * Who hears that a VMID is free: what was offered to it is not meant for the
 * VM that gets it next. NULL: nobody.
 */
extern void (*vms_on_remove)(uint16_t vmid);

/** Who hears of each change of state; NULL: nobody. */
extern void (*vms_on_change)(struct vm *vm);

#endif
