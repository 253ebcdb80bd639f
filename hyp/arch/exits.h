/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of exit counters (layout: abi/exits.h). */
#ifndef ARCH_EXITS_H
#define ARCH_EXITS_H

#include <stdint.h>

#include <abi/exits.h>

/** Make the table findable; before this no row may be asked for. */
void exits_init(void);

/**
 * The counters of a vCPU, EXIT_REASONS of them, as they were left by an
 * earlier vCPU with that VMID and index.
 *
 * @return  never NULL; those of nobody, when all rows are taken
 * Context: any CPU, any lock.
 */
uint32_t *exits_row(uint16_t vmid, uint32_t vcpu);

#endif
