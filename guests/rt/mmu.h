/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage 1 of EL1: 39-bit addresses, 4 KiB granule, everything identity-mapped.
 *
 *     image      text RX, rodata R, data and heap RW, never both W and X
 *     RAM        as the device tree says, RW
 *     devices    those that rt drives, nGnRE
 *     the rest   not mapped; a test maps what it wants to touch
 *
 * A guard hole lies below every stack.
 */
#ifndef RT_MMU_H
#define RT_MMU_H

#include <stdint.h>

#define PAGE_SIZE  4096ull
#define BLOCK_SIZE (2ull << 20)

/* Memory types, by index in MAIR_EL1, and rights */
#define MMU_DEVICE 0x0 /* nGnRE */
#define MMU_NORMAL 0x1 /* write-back, inner shareable */
#define MMU_NC     0x2 /* normal, not cacheable */
#define MMU_STRICT 0x3 /* nGnRnE */
#define MMU_TYPE   0x3
#define MMU_RO     0x4
#define MMU_X      0x8  /* executable at EL1 */
#define MMU_USER   0x10 /* EL0 too, with the same rights */
#define MMU_USER_X 0x20 /* executable at EL0 */
#define MMU_NO_AF  0x40 /* access flag clear: first touch faults */
#define MMU_GUARD  0x80 /* branches must meet a BTI; of CPUs that have it */

/* Above all RAM and devices: for tests that want addresses of their own. */
#define MMU_TEST_VA 0x4000000000ull /* 256 GiB */

/**
 * Map [va, va + size) to [pa, pa + size).
 *
 * Fatal when something of it is mapped already (break before make: unmap it
 * first), when not page-aligned, or when the pool of tables is spent.
 */
void mmu_map(uint64_t va, uint64_t pa, uint64_t size, unsigned how);

/** Take the mapping away, and its TLB entries on all CPUs. */
void mmu_unmap(uint64_t va, uint64_t size);

/** Make sure that @pa's page is mapped, identically, as @how. */
void mmu_map_device(uint64_t pa, uint64_t size);

/** Map what is not yet mapped of [start, end), identically: for RAM. */
void mmu_fill(uint64_t start, uint64_t end, unsigned how);

/** The leaf entry that maps @va, or 0. */
uint64_t mmu_entry(uint64_t va);

/** For start.S: builds the first tables with the MMU off. */
void mmu_build(uint64_t dtb);

#endif
