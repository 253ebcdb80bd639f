/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exits of guests, counted: one row per vCPU that ever was, always on.
 *
 * The table lies in the hypervisor's BSS and is found through its magic, as
 * the trace rings are (abi/trace.h), by whoever reads the machine's memory.
 * A ring forgets; these counters do not.  Only the CPU that has the vCPU loaded
 * writes its row; a counter wraps at 2^32.  All fields are little-endian.
 */
#ifndef ABI_EXITS_H
#define ABI_EXITS_H

#include <stdint.h>

#define EXITS_MAGIC   0x54495845u /* "EXIT" */
#define EXITS_VERSION 1

/* Synchronous ones by ESR_EL2.EC, then the others. */
#define EXIT_CLASSES 64
#define EXIT_IRQ     64
#define EXIT_SERROR  65
#define EXIT_REASONS 66

/*
 * Row of a vCPU.  One that is destroyed keeps its row, and one with the same
 * VMID and index that is made later goes on counting there.
 */
struct exit_row {
	uint32_t who; /* EXIT_WHO(); 0: not used */
	uint32_t reserved;
	uint32_t count[EXIT_REASONS];
};
#define EXIT_WHO(vmid, vcpu) \
	(0x80000000u | (uint32_t)(vmid) << 8 | (uint32_t)(vcpu))
#define EXIT_VMID(who) ((who) >> 8 & 0xffffu)
#define EXIT_VCPU(who) ((who)&0xffu)

/* Row 0 is shared by vCPUs that found no row of their own (VMID 0). */
struct exit_table {
	uint32_t magic;
	uint16_t version;
	uint16_t row_size; /* sizeof(struct exit_row) */
	uint32_t rows;
	uint32_t reserved;
	struct exit_row row[];
};
_Static_assert(sizeof(struct exit_table) == 16, "part of the ABI");
_Static_assert(sizeof(struct exit_row) == 272, "part of the ABI");

#endif
