/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the resource manager adds to a VM's device tree: who the VM is, how to
 * reach the resource manager, what memory, doorbells and queues it has.
 */
#ifndef RM_DTB_H
#define RM_DTB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DTB_RANGES_MAX  16
#define DTB_BELLS_MAX   32
#define DTB_QUEUES_MAX  16
#define DTB_DEVICES_MAX 4

struct dtb_range {
	uint64_t base, size; /* IPA, bytes */
	uint32_t handle;     /* memory parcel; reserved ranges only */
	bool is_firmware;    /* what follows is of shared buffers only */
	uint32_t label;
	uint16_t peer; /* VMID */
};

struct dtb_bell {
	uint64_t cap;
	uint32_t label;
	uint32_t intid; /* 0: this side sends */
};

/* A message queue; with both capabilities two, one for each direction. */
struct dtb_queue {
	uint64_t tx_cap, rx_cap; /* the VM's; 0: it has no such end */
	uint32_t label;
	uint32_t tx_intid, rx_intid;
	uint32_t depth;        /* messages */
	uint32_t message_size; /* bytes, at most */
};

/* A device of the machine that the VM has, registers and interrupt. */
struct dtb_device {
	uint64_t base, size; /* IPA, bytes */
	uint32_t intid;      /* with the VM */
	uint32_t physical;   /* in the machine */
	bool is_edge;
};

struct dtb_facts {
	uint16_t vmid, owner;
	const char *name;
	uint64_t rm_tx_cap, rm_rx_cap; /* the VM's ends; rx 0: no node */
	uint32_t rm_tx_intid, rm_rx_intid;
	uint32_t rm_depth;                       /* messages */
	unsigned memory_count;                   /* 0: /memory stays as it is */
	struct dtb_range memory[DTB_RANGES_MAX]; /* ascending */
	unsigned reserved_count;
	struct dtb_range reserved[DTB_RANGES_MAX];
	unsigned bell_count;
	struct dtb_bell bell[DTB_BELLS_MAX];
	unsigned queue_count;
	struct dtb_queue queue[DTB_QUEUES_MAX];
	unsigned device_count;
	struct dtb_device device[DTB_DEVICES_MAX];
	const char *more_bootargs; /* appended with a space; NULL: none */
	uint64_t seed[3];          /* all 0: chosen's seeds stay */
};

/** What dtb_copy and dtb_merge say if nothing is wrong with the tree. */
extern const char dtb_no_memory[];

/**
 * A copy of the tree of @len bytes at @from that nobody else changes, aligned
 * and checked in full, as dtb_merge and libfdt want it.
 *
 * @copy   to be freed; NULL on an error
 * @return NULL, or what is wrong, in words
 */
const char *dtb_copy(const void *from, size_t len, void **copy);

/** dtb_patch of a tree that dtb_copy has made. */
const char *dtb_merge(const void *fdt, void *to, size_t room,
                      const struct dtb_facts *facts, size_t *size);

/**
 * Copy the tree of @len bytes at @from to @to and add the facts.
 *
 * Nothing is written to @to unless all of it succeeds, and @from is not
 * changed; they may be the same place.  Neither needs any alignment.
 *
 * @room   bytes at @to
 * @size   of the new tree
 * @return NULL, or what is wrong, in words
 */
const char *dtb_patch(const void *from, size_t len, void *to, size_t room,
                      const struct dtb_facts *facts, size_t *size);

#endif
