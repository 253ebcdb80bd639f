/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of relaunch_raw share. */
#ifndef TINY_RELAUNCH_RAW_H
#define TINY_RELAUNCH_RAW_H

#include <abi/ledger.h>
#include <stdbool.h>
#include <stdint.h>

#include "minivm.h"
#include "ours.h"

#define VMID       9u
#define DEVICE     0x0b000000ull /* IPA of what the VMM plays */
#define GICD       0x08000000ull
#define BELL_INTID 50u
#define MAP_RWX    0xf0077u

extern struct minivm vm; /* the one, and the next in its place */
extern uint64_t bell;    /* of make_bell */

/** A counter of the hypervisor's. */
uint64_t ledger(enum ledger_counter which);

/**
 * The VM, on the other CPU, with page @n at HOME.
 * @return what went wrong; NULL: nothing
 */
const char *begin(unsigned n);

/** End it, with its doorbell and its queue. */
bool end_it(void);

/** A doorbell that rings BELL_INTID of the VM. */
bool make_bell(void);

#endif
