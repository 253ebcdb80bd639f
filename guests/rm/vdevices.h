/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a VM made on request and its owner have together: doorbells and message
 * queues, one end with each.  The VM finds its ends in its device tree, the
 * owner by GET_HYP_RESOURCES.
 */
#ifndef RM_VDEVICES_H
#define RM_VDEVICES_H

#include <abi/rm.h>
#include <stdbool.h>

#include "rm/dtb.h"
#include "rm/vms.h"
#include "rm/wish.h"

/**
 * Make all that @wish asks for, and note the VM's ends in @facts.
 * @return false: failed, and vm->objects says at what, if it was a call; what
 *         was made goes with the VM's other objects
 */
bool vdevices_add(struct vm *vm, struct vm *owner, const struct wish *wish,
                  struct dtb_facts *facts);

/** An interrupt of the owner that nothing else uses; 0: none is free. */
unsigned vdevices_take_virq(struct vm *owner, uint16_t vmid);

/** One more row of what the owner has of the VM. */
void vdevices_tell(struct vm *vm, enum rm_resource_type type, uint32_t label,
                   uint64_t cap, uint32_t virq);

#endif
