/* SPDX-License-Identifier: BSD-2-Clause */
/* One leaf of stage 2: from S2_* bits to a descriptor and back. */
#ifndef MEM_STAGE2_ENTRY_H
#define MEM_STAGE2_ENTRY_H

#include <stdint.h>

/** Descriptor with @attr and without an address; 0: no such combination. */
uint64_t stage2_leaf(unsigned attr);

/** @leaf with the rights @perm instead of its own. */
uint64_t stage2_leaf_with(uint64_t leaf, unsigned perm);

/** S2_* bits of a leaf. */
unsigned stage2_attr(uint64_t leaf);

#endif
