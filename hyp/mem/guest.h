/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing a guest's memory, the only ways there are.
 *
 * Never by pointer: each page is looked up in the table that the guest itself
 * is bound to, with the table's lock held while the bytes move, so that what a
 * VM has given away is out of reach here at once.  Read a guest's bytes once,
 * then check the copy: the guest's other vCPUs may change the original.
 */
#ifndef MEM_GUEST_H
#define MEM_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "mem/phys.h"
#include "mem/stage2.h"

/**
 * Copy @len bytes between EL2 and guest-physical memory.
 *
 * @return  ERR_ADDR  some byte is not mapped as normal memory with the right
 *                    that is needed (read for from, write for to); bytes
 *                    before it may have been copied
 * Context: any CPU. Takes and releases @s2's lock, page by page.
 */
MUST_USE enum err guest_copy_from(struct stage2 *s2, void *to, ipa_t from,
                                  size_t len);
MUST_USE enum err guest_copy_to(struct stage2 *s2, ipa_t to, const void *from,
                                size_t len);

/**
 * The same by virtual address of the vCPU whose EL1 state is loaded on this
 * CPU, with the rights that EL1 has there.
 *
 * @s2  that vCPU's
 */
MUST_USE enum err guest_copy_from_va(struct stage2 *s2, void *to,
                                     uint64_t from_va, size_t len);
MUST_USE enum err guest_copy_to_va(struct stage2 *s2, uint64_t to_va,
                                   const void *from, size_t len);

#endif
