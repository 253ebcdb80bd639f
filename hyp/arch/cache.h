/* SPDX-License-Identifier: BSD-2-Clause */
/* Data and instruction caches, by virtual address of EL2. */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include <stddef.h>
#include <stdint.h>

/** Bytes that the functions below have cleaned or flushed: ledger. */
extern uint64_t cache_bytes;

/**
 * Zero [at, at + len), both multiples of 64, with DC ZVA where it works.
 * Spec: Arm ARM, "DC ZVA, Data Cache Zero by VA".
 */
void cache_zero(void *at, size_t len);

/** cache_zero, then cache_flush, in one pass: memory itself is zero. */
void cache_scrub(void *at, size_t len);

/** Clean to the point of coherency: memory has what the caches have. */
void cache_clean(const void *at, size_t len);

/** Clean and invalidate to the point of coherency. */
void cache_flush(const void *at, size_t len);

/**
 * What was written at [at, at + len) is fetched as instructions from now on:
 * clean to the point of unification, then drop all instruction caches.
 */
void cache_sync_code(const void *at, size_t len);

#endif
