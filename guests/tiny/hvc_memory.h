/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of hvc_memory share. */
#ifndef TINY_HVC_MEMORY_H
#define TINY_HVC_MEMORY_H

#include <stdint.h>

#include "minivm.h"
#include "ours.h"

#define RWX     7u
#define MAP_RWX 0xf0077u
#define NOSYNC  (1u << 31)
#define SPARSE  (1u << 16)
#define PARTIAL 1u
#define HERE    0x200000000ull /* IPA where we map things for ourselves */
#define THERE   0x50000000ull  /* IPA where the other VM sees them */
#define VMID    9u
#define BLOCK   0x200000ull

enum donate { TO_CHILD, TO_PARENT, TO_SIBLING };

extern struct minivm vm; /* the other one */

/** The extent all memory of the tests comes from, and its physical base. */
const struct hv_extent *bank(void);

/**
 * An extent derived from the last of free RAM, active; with all its pages if
 * basic. @return 0: refused
 */
uint64_t derive(uint64_t offset, uint64_t size, uint64_t attrs);

/** Map all of @me there, or unmap it. @return the error */
int64_t map(uint64_t as, uint64_t me, uint64_t ipa, uint64_t attrs);
int64_t unmap(uint64_t as, uint64_t me, uint64_t ipa);

/** Let our own translation have @size bytes at HERE; and no longer. */
void see(uint64_t size);
void unsee(uint64_t size);

#endif
