/* SPDX-License-Identifier: BSD-2-Clause */
/* What memory extents and their mappings know of each other. */
#ifndef VM_MEMMAP_H
#define VM_MEMMAP_H

#include "vm/memextent.h"

/** Does @me hold all pages of [offset, offset + len)? @return ERR_NOT_OWNER */
MUST_USE enum err memmap_check_held(const struct memextent *me, uint64_t offset,
                                    uint64_t len);

/**
 * Take [offset, offset + len) of @me out of all address spaces, and make sure
 * that mem/owner can tell the range from its surroundings.
 *
 * @return  ERR_NOMEM; then everything is mapped as it was
 */
MUST_USE enum err memmap_clear(struct memextent *me, uint64_t offset,
                               uint64_t len);

/**
 * Zero what nobody has seen yet of [offset, offset + size): it is as the machine
 * was started with it.
 *
 * @return  ERR_RESTART: a piece is done, call again
 */
MUST_USE enum err memextent_scrub_raw(struct memextent *me, uint64_t offset,
                                      uint64_t size);

#endif
