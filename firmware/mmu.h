/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's own identity map, by blocks of 2 MiB and 1 GiB.
 *
 * mmu_start() maps just enough to read the device tree; when the machine is
 * known, mmu_map() collects the real map and mmu_switch() makes it the one in
 * use.  What is in no map faults, and the fault is told.
 */
#ifndef FIRMWARE_MMU_H
#define FIRMWARE_MMU_H

#include <stdint.h>

enum mmu_kind { MMU_DEVICE, MMU_RAM };

/*
 * Called from start.S with the MMU off: no string function, no pointer that
 * may be unaligned.  Maps the GiB of the image and that of the tree as RAM.
 */
void mmu_start(uint64_t dtb);

/* Adds the blocks of 2 MiB that [base, base + size) touches to the map. */
void mmu_map(uint64_t base, uint64_t size, enum mmu_kind kind);

/* From here on the map of all calls of mmu_map() is in force. */
void mmu_switch(void);

/*
 * Cleans (and invalidates) the data cache for [base, base + size) to the
 * point of coherency, where CPUs with their caches off read.
 */
void cache_clean(uint64_t base, uint64_t size);

/*
 * Leaves for code at entry with x0 = arg, MMU and caches off, all of the
 * instruction cache invalid.  What entry needs must have been cleaned.
 */
_Noreturn void handover(uint64_t entry, uint64_t arg);

#endif
