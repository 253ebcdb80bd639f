/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2's own translation table.  Built once at boot and then unchanged, but for
 * nothing: EL2 maps neither guests nor anything else later.
 */
#ifndef MEM_STAGE1_H
#define MEM_STAGE1_H

#include <stdint.h>

#include "mem/phys.h"

enum stage1_kind {
	STAGE1_RAM,    /* read, write, never execute */
	STAGE1_DEVICE, /* nGnRE, read, write, never execute */
};

/**
 * Begin the final table; it shares the tables of the image with the one that
 * entry.S made.
 */
void stage1_init(void);

/**
 * Map [va, va + size) to [to, to + size), all page aligned.
 *
 * Panics when something is mapped there already, or no page is left: that is
 * the boot's fault. Blocks are used wherever alignment allows.
 */
void stage1_map(uint64_t va, pa_t to, uint64_t size, enum stage1_kind kind);

/** Map RAM at RAM_VA, leaving out the image's text and rodata. */
void stage1_map_ram(pa_t base, uint64_t size);

/** Map a device; @return its EL2 address. */
volatile void *stage1_map_device(pa_t base, uint64_t size);

/**
 * Test build, when all is mapped and no guest has begun: panic when something
 * is both writable and executable, read-only memory can be written anywhere, or
 * a stack has no hole around it.
 * @return  how many entries were looked at
 * Spec: Arm ARM, "Data access permissions controls".
 */
unsigned stage1_self_check(void);

/** TTBR0_EL2 of the final table. Secondary CPUs read it in assembly. */
extern uint64_t stage1_ttbr;

#endif
