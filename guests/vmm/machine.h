/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One secondary VM, from the VMM's side: its memory, its vCPUs, its life.
 *
 *     machine_launch    ALLOCATE, LEND, CONFIG_IMAGE, INIT, START
 *     machine_turn      runs vCPUs and hears what the RM says
 *     machine_dispose   RESET, RECLAIM, DEALLOCATE: nothing is left
 */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINES_MAX      8 /* struct machine in use */
#define MACHINE_VCPUS_MAX 8
#define MACHINE_BLOCK     (2ull << 20)

enum machine_last { /* what a vCPU's last exit was, for "ps" */
	            LAST_NEVER,
	            LAST_PREEMPTED,
	            LAST_ASLEEP,
	            LAST_OFF,
	            LAST_BLOCKED,
	            LAST_READ,
	            LAST_WRITE,
	            LAST_FAULT,
	            LAST_RESET,
};

struct machine_vcpu {
	volatile uint64_t cap; /* 0: nobody runs it */
	unsigned virq;
	volatile unsigned woken; /* its wake-up interrupt came */
	volatile bool may_run;
	bool is_taken;   /* by the CPU that runs it; atomic */
	uint64_t resume; /* for the next vcpu_run */
	enum machine_last last;
	uint64_t runs, exits; /* calls of vcpu_run; accesses served */
};

struct machine {
	uint16_t vmid; /* 0: none */
	const char *image;
	const char *args;
	void *ram; /* at a MACHINE_BLOCK boundary; lent while it lives */
	uint64_t ram_size;
	uint32_t handle; /* of the parcel; 0: not lent */
	uint64_t addrspace;
	unsigned vcpu_count;
	unsigned slots; /* virtio-mmio, without a device: see slots.h */
	struct machine_vcpu vcpu[MACHINE_VCPUS_MAX];
	uint8_t state; /* enum rm_state, as last heard */
	volatile bool has_exited;
	enum rm_exit exit;
	uint32_t reason_size,
		reason; /* that came with it; of RM_EXIT_VM_EXIT */
	uint32_t launches;
	uint32_t resets;      /* of them, because it asked */
	unsigned exits_heard; /* VM_EXITED since the launch */
	bool is_unsure;       /* a request was not answered, or it never ends */
	bool is_shared;       /* memory shared, not lent */
	bool has_watchdog;
	bool is_scheduled; /* by the hypervisor: we do not run it */
	volatile bool is_paused;
	uint64_t scratch; /* of the device that machine_turn emulates */
	uint64_t asked;   /* CNTVCT when the RM was first asked */
	const char *step; /* which request failed */
	uint16_t auth;    /* enum rm_auth */
	/* For tests: called before each request; NULL: not wanted. */
	void (*at_step)(struct machine *m, struct rm_config_image *config,
	                const char *step);
};

/* The VMM's own test device in every VM: reads give back what was written. */
#define MACHINE_DEVICE_IPA  0x0b000000ull
#define MACHINE_DEVICE_SIZE 0x1000ull

/** Map the bundle. @return false: there is none */
bool machine_open_bundle(void);

/** Bytes of image @name in the bundle, and its SHA-256; 0, NULL: not there. */
size_t machine_image_size(const char *name);
const uint8_t *machine_image_hash(const char *name);

/** A request whose payload is the VMID. @return enum rm_error */
uint32_t machine_ask(struct machine *m, uint32_t id);

/**
 * @m  image, args, ram_size, vcpu_count are set; ram too, or NULL to get some
 * @return enum rm_error; @m->step says where. What was made is still there:
 *         machine_dispose takes it away
 */
uint32_t machine_launch(struct machine *m);

/** The same, but no further than CONFIG_IMAGE: nothing of it is made yet. */
uint32_t machine_load(struct machine *m);

/** Run vCPU @index here once, if it is ready and nobody else does.
 * @return whether it ran */
bool machine_run(struct machine *m, unsigned index);

/** Run all vCPUs that are this CPU's once and hear notifications. @return anything done */
bool machine_turn(struct machine *m);

/** Hear one thing that the resource manager has said about any VM. */
bool machine_listen(void);

/** STOP, by force; or it is only told that it should. */
uint32_t machine_stop(struct machine *m);
uint32_t machine_ask_stop(struct machine *m);

/** Dispose of one that has ended, and launch it with the same VMID. */
uint32_t machine_relaunch(struct machine *m);

/** PAUSED comes a little later; from now on machine_turn does not run it. */
uint32_t machine_pause(struct machine *m);
uint32_t machine_resume(struct machine *m);

/** Wait for its end, running it. @return false: @timeout_us went by */
bool machine_wait(struct machine *m, uint64_t timeout_us);

/** Undo all of machine_launch. @return enum rm_error of what failed */
uint32_t machine_dispose(struct machine *m);

/** Give the memory of a VM that is disposed of back to the heap. */
void machine_free(struct machine *m);

/** "off", "reset"... */
const char *machine_exit_name(enum rm_exit exit);

#endif
