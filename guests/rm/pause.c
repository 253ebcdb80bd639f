/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/pause.h"

#include <string.h>

#include "rm/env.h"
#include "rm/launch.h"
#include "rt/hv.h"

/*
 * A vCPU that leaves the scheduler needs an interrupt of whoever is to run it
 * from then on.  We never do, and never enable these.
 */
#define INTID_FIRST 128
#define INTIDS      128
#define RUN_WAKEUP  1
#define CPU_ANY     UINT64_MAX

#define WATCHDOG_FREEZE   0
#define WATCHDOG_UNFREEZE 2

static uint16_t held_for[INTIDS]; /* VMID; 0: free */

static unsigned take_intid(uint16_t vmid)
{
	for (unsigned i = 0; i < INTIDS; i++) {
		if (held_for[i] == 0) {
			held_for[i] = vmid;
			return INTID_FIRST + i;
		}
	}
	return 0;
}

static void set_affinity(uint64_t thread, uint64_t cpu)
{
	HV(VCPU_SET_AFFINITY, thread, cpu, UINT64_MAX);
}

static void manage_watchdog(const struct vm *vm, uint64_t op)
{
	if (vm->objects.watchdog != 0) {
		HV(WATCHDOG_MANAGE, vm->objects.watchdog, op);
	}
}

enum rm_error pause_begin(struct vm *vm)
{
	struct objects *o = &vm->objects;

	if (vm->state != RM_STATE_RUNNING || vm->is_ending || vm->is_pausing ||
	    vm->is_in_place) {
		return RM_ERR_VM_STATE;
	}
	for (unsigned i = 0; !vm->proxied && i < o->thread_count; i++) {
		vm->hold[i].intid = take_intid(vm->vmid);
		if (vm->hold[i].intid == 0) {
			pause_forget(vm);
			return RM_ERR_NORESOURCE;
		}
	}
	if (strcmp(launch_mutant, "rm-pause-bites") != 0) {
		manage_watchdog(vm, WATCHDOG_FREEZE);
	}
	vm->is_pausing = true;
	return RM_ERR_OK;
}

/* @return whether it is ours */
static bool hold(struct vm *vm, unsigned i)
{
	uint64_t thread = vm->objects.thread[i];

	if (vm->hold[i].is_held) {
		return true;
	}
	if (i > 0 && strcmp(launch_mutant, "rm-pause-half") == 0) {
		return true;
	}
	vm->hold[i].is_held = HV(VCPU_BIND_VIRQ, thread, env.vic,
	                         vm->hold[i].intid, RUN_WAKEUP)
	                              .err == HV_OK;
	if (!vm->hold[i].is_held) {
		set_affinity(thread, 0);
	}
	return vm->hold[i].is_held;
}

bool pause_turn(struct vm *vm)
{
	struct objects *o = &vm->objects;
	bool all = true;

	if (!vm->proxied) {
		set_affinity(env.thread, 0);
	}
	for (unsigned i = 0; !vm->proxied && i < o->thread_count; i++) {
		all = hold(vm, i) && all;
	}
	if (all) {
		set_affinity(env.thread, CPU_ANY);
		vm->is_pausing = false;
		vms_enter(vm, RM_STATE_PAUSED);
	}
	return all;
}

void pause_give_up(struct vm *vm)
{
	if (vm->is_pausing && !vm->proxied) {
		set_affinity(env.thread, CPU_ANY);
	}
	vm->is_pausing = false;
}

enum rm_error pause_end(struct vm *vm)
{
	struct objects *o = &vm->objects;

	if (vm->state != RM_STATE_PAUSED || vm->is_ending) {
		return RM_ERR_VM_STATE;
	}
	for (unsigned i = 0; i < o->thread_count; i++) {
		if (vm->hold[i].is_held) {
			HV(VCPU_UNBIND_VIRQ, o->thread[i], RUN_WAKEUP);
			set_affinity(o->thread[i], CPU_ANY);
		}
	}
	manage_watchdog(vm, WATCHDOG_UNFREEZE);
	pause_forget(vm);
	vms_enter(vm, RM_STATE_RUNNING);
	return RM_ERR_OK;
}

void pause_forget(struct vm *vm)
{
	for (unsigned i = 0; i < OBJECTS_VCPUS_MAX; i++) {
		if (vm->hold[i].intid != 0) {
			held_for[vm->hold[i].intid - INTID_FIRST] = 0;
		}
	}
	memset(vm->hold, 0, sizeof(vm->hold));
	vm->is_pausing = false;
}
