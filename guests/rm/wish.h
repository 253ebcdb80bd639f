/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device tree of a VM made on request asks for: /gunyah-vm-config. */
#ifndef RM_WISH_H
#define RM_WISH_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stdint.h>

#include "rm/objects.h"

struct vm;

struct wish_bell {
	uint32_t label;
	uint32_t intid; /* 0: the VM rings it, its owner hears */
};

/* A queue that the VM sends to, one that it receives from, or both. */
struct wish_queue {
	uint32_t label;
	bool sends, receives;
	uint32_t tx_intid, rx_intid; /* the VM's, of the ends it has */
	uint32_t depth;              /* messages */
	uint32_t message_size;       /* bytes, at most */
};

#define WISH_TEXT_MAX 64 /* bytes that may stand on our console */

/** Is it a short line of text?  Others would speak for us on the console. */
bool wish_is_text(const char *text);

struct wish {
	uint64_t base; /* IPA of the image's parcel */
	unsigned vcpus;
	bool proxied;
	bool has_watchdog;
	unsigned bell_count;
	struct wish_bell bell[OBJECTS_BELLS_MAX];
	unsigned queue_count; /* nodes; a pair is one */
	struct wish_queue queue[OBJECTS_QUEUES_MAX];
	unsigned end_count; /* queues; a pair is two */
};

/**
 * Read all of it, before anything is made; @vm gets its name.  What is wrong
 * is told on the console, by node and property; so is a vdevice of a type that
 * is not made, which is no error.
 *
 * @fdt    checked in full, and nobody else changes it
 * @return ARGUMENT_INVALID: a property is missing, or out of range; two
 *         vdevices of a kind have one label.  NORESOURCE: an interrupt is
 *         asked for twice, or none is free
 */
enum rm_error wish_read(const void *fdt, struct vm *vm, struct wish *wish);

#endif
