/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMs that a payload makes when it is the root VM: as many as wanted, with a
 * few pages of RAM and code from the payload's own image.
 *
 *     struct labvm_plan plan = { .code = spin, .code_end = spin_end };
 *     struct labvm vm;
 *
 *     plan.vmid = 1;
 *     if (labvm_make(&vm, &root, &plan) && labvm_start(&vm, 0, 0)) ...
 *
 * A VM sees its RAM at LABVM_RAM, the code at its beginning; X0 of each vCPU
 * is what labvm_start was given, X1 LABVM_RAM + the offset of its data page.
 * It starts with the MMU off.  The payload sees the same RAM at vm.window.
 */
#ifndef TINY_LABVM_H
#define TINY_LABVM_H

/* Where a VM sees itself; the page behind the code is for data. */
#define LABVM_RAM  0x40000000
#define LABVM_DATA 0x40001000

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

#include "rt/hv_root.h"

#define LABVM_PAGES     2
#define LABVM_VCPUS_MAX 64

struct labvm_plan {
	unsigned vmid; /* 1..253 */
	const char *code, *code_end;
	unsigned vcpus;    /* 0: one */
	unsigned priority; /* 0: as everybody */
	unsigned slice_us; /* 0: as everybody */
	unsigned spis;     /* shared interrupts; 0: 32 */
	bool is_pinned;    /* to physical CPU @cpu */
	unsigned cpu;
	bool has_mapping; /* of affinities: mask, four shifts, MT */
	uint64_t mapping[6];
};

struct labvm {
	const struct hv_root *root;
	uint64_t cspace, addrspace, vic, memory;
	uint64_t thread[LABVM_VCPUS_MAX];
	unsigned vcpus;
	uint64_t window;
	volatile uint64_t *data; /* its data page, as we see it */
	const char *step;        /* what failed, or NULL */
	int64_t error;
};

/** Everything but the start. @return false: see step and error */
bool labvm_make(struct labvm *vm, const struct hv_root *root,
                const struct labvm_plan *plan);

/** Power on vCPU @index at the code's byte @offset, its number in X0. */
bool labvm_start(struct labvm *vm, unsigned index, uint64_t offset);

/** End it and give everything back; waits for its vCPUs. */
bool labvm_end(struct labvm *vm);

/** Sleep, out of everybody's way; takes the virtual timer. */
void labvm_sleep_us(uint64_t us);

/** A capability of ours for it. @return the id there, 0: refused */
uint64_t labvm_give(struct labvm *vm, uint64_t cap, uint64_t rights);

/** A new object of ours, HVC_PARTITION_CREATE_*. @return 0: refused */
uint64_t labvm_create(const struct hv_root *root, unsigned number);
#endif

#endif
