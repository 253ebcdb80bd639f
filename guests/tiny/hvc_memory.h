/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of hvc_memory share. */
#ifndef TINY_HVC_MEMORY_H
#define TINY_HVC_MEMORY_H

#include <stdint.h>

#include "rt/hv.h"
#include "rt/hv_root.h"

#define RWX     7u
#define MAP_RWX 0xf0077u
#define NOSYNC  (1u << 31)
#define HERE    0x200000000ull /* IPA where we map things for ourselves */
#define BLOCK   0x200000ull

extern struct hv_root root;

/** Delete a capability of ours. @return the error */
int64_t drop(uint64_t cap);

/**
 * An extent derived from the last of free RAM, active; with all its pages if
 * basic. @return 0: refused
 */
uint64_t derive(uint64_t offset, uint64_t size, uint64_t attrs);

/** Map all of @me there. @return the error */
int64_t map(uint64_t as, uint64_t me, uint64_t ipa, uint64_t attrs);

#endif
