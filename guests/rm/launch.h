/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing VMs up and taking them down again, one step at a time: nothing
 * here waits; launch_turn is called again and again.
 */
#ifndef RM_LAUNCH_H
#define RM_LAUNCH_H

#include <stdbool.h>

#include "rm/plan.h"
#include "rm/vms.h"

/**
 * Make a VM of the scenario and start it.
 * @return NULL, or what went wrong; then nothing of it is left
 */
const char *launch_planned(struct vm *vm);

/** End a VM that is RUNNING or PAUSED: EXITED follows when all have left. */
void launch_stop(struct vm *vm, enum rm_exit why);

/**
 * Make a VM of the scenario, whose RAM is still there, once more and start it.
 * @return NULL, or what went wrong
 */
const char *launch_again(struct vm *vm);

/** Go on with what is under way for @vm. @return whether something is */
bool launch_turn(struct vm *vm);

/** All vCPUs of @vm have left: is it to be reset in place?  NULL: no. */
extern bool (*launch_stays)(const struct vm *vm);

/** Called when a VM has reached EXITED. */
extern void (*launch_on_exited)(struct vm *vm);

/** Faults to be played, by name (hyp/lib/mutants.def). */
extern const char *launch_mutant;

#endif
