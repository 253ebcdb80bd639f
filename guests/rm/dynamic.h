/* SPDX-License-Identifier: BSD-2-Clause */
/* Building a VM that was asked for, out of the parcel with its image. */
#ifndef RM_DYNAMIC_H
#define RM_DYNAMIC_H

#include "rm/vms.h"

/**
 * Make @vm's objects, give it its memory, and finish its device tree.
 *
 * The tree says how many vCPUs there are and, in /gunyah-vm-config, where
 * memory is and what else is wanted.  After an error what was made is still
 * there: RESET takes it away.
 */
enum rm_error dynamic_build(struct vm *vm);

#endif
