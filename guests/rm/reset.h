/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a VM down that has ended, in stages: one for each turn of the event
 * loop, so that others are answered meanwhile.
 */
#ifndef RM_RESET_H
#define RM_RESET_H

#include <stdbool.h>

#include "rm/vms.h"

/**
 * Begin RESET; RESETTING now, RESET after some turns.
 * @return false: not in this state
 */
bool reset_begin(struct vm *vm);

/**
 * The same VM begins once more: its memory and its VMID stay, and for others
 * it runs all the time; everything else of it is made anew.
 * Context: RUNNING, all its vCPUs have left.
 */
void reset_begin_in_place(struct vm *vm);

/** One stage. @return whether there was one */
bool reset_turn(struct vm *vm);

/** Called when a VM has reached RESET. */
extern void (*reset_on_done)(struct vm *vm);

#endif
