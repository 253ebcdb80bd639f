/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a load or store began, from the instruction itself.
 *
 * An access that crosses from one page into the next may abort on the second
 * page.  FAR then holds that page's first byte and the syndrome the size of
 * the whole access: it looks like an aligned access to the second page.  The
 * instruction tells the two apart.
 */
#ifndef VDEV_EFFECTIVE_H
#define VDEV_EFFECTIVE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * The address that an A64 load or store of one register computes.
 *
 * @x     X0 to X30
 * @sp    SP, where the instruction says so
 * @return  false: not one of the forms whose aborts have a valid syndrome
 * Spec: Arm ARM, "Loads and Stores" encodings.
 */
bool effective_address(uint32_t insn, const uint64_t x[31], uint64_t sp,
                       uint64_t *address);

#endif
