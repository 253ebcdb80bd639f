/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pausing a VM.
 *
 * One that its owner runs by vcpu_run is paused by not running it: here only
 * its state changes.  The vCPUs of one that the hypervisor schedules are taken
 * from the scheduler: from then on they belong to us, and we do not run them.
 * One that runs on another CPU at the moment has to come to ours first, where
 * it cannot run as long as we do.
 *
 * Time goes on for the VM; its watchdog stands still.
 */
#ifndef RM_PAUSE_H
#define RM_PAUSE_H

#include <stdbool.h>

#include "rm/vms.h"

/**
 * PAUSED comes, and is told, when no vCPU runs any more.
 * @return VM_STATE, NORESOURCE; then nothing has changed
 */
enum rm_error pause_begin(struct vm *vm);

/** Go on with it. @return whether it is PAUSED now */
bool pause_turn(struct vm *vm);

/**
 * It ends before it is PAUSED: nobody waits for its vCPUs any more, and we run
 * where we like.  Those that are held stay so until pause_forget.
 */
void pause_give_up(struct vm *vm);

/** RUNNING again, at once. @return VM_STATE */
enum rm_error pause_end(struct vm *vm);

/** The VM is gone. */
void pause_forget(struct vm *vm);

#endif
