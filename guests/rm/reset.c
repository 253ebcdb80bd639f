/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/reset.h"

#include <stdio.h>
#include <string.h>

#include "rm/client.h"
#include "rm/irqs.h"
#include "rm/launch.h"
#include "rm/life.h"
#include "rm/news.h"
#include "rm/parcel.h"
#include "rm/pause.h"

void (*reset_on_done)(struct vm *vm);

bool reset_begin(struct vm *vm)
{
	if (!vms_enter(vm, RM_STATE_RESETTING)) {
		return false;
	}
	vm->reset = RESET_VDEVICES;
	return true;
}

void reset_begin_in_place(struct vm *vm)
{
	vm->is_in_place = true;
	vm->reset = RESET_VDEVICES;
}

static void start_in_place(struct vm *vm)
{
	const char *wrong;

	vm->is_in_place = false;
	vm->resets++;
	wrong = launch_again(vm);
	if (wrong != NULL) {
		printf("rm: vm %u %s: cannot go on in place: %s\n", vm->vmid,
		       vm->name, wrong);
		vms_enter(vm, RM_STATE_EXITED);
		reset_begin(vm); /* the policy says what comes behind that */
	}
}

/* Interrupts of the owner that told of this VM. */
static void give_virqs_back(const struct vm *vm)
{
	struct vm *owner = vms_find(vm->owner);

	for (unsigned i = 0; owner != NULL && i < VMS_VIRQS; i++) {
		if (owner->virq_for[i] == vm->vmid) {
			owner->virq_for[i] = 0;
		}
	}
}

/* Consoles that it listened to are free for others. */
static void close_consoles(const struct vm *listener)
{
	if (strcmp(launch_mutant, "rm-console-kept") == 0) {
		return;
	}
	for (unsigned i = 0; i < VMS_MAX; i++) {
		if (vms[i].console_peer == listener->vmid) {
			vms[i].console_peer = 0;
		}
	}
}

/* How it ended stays: what the policy says is asked for behind this. */
static void forget(struct vm *vm)
{
	close_consoles(vm);
	vm->os_state = 0;
	vm->app_state = 0;
	vm->entry = vm->dtb = vm->mem_base = 0;
	vm->crash_len = 0;
	vm->proxied = false;
	vm->resource_count = 0;
	vm->firmware_parcel = 0;
	vm->firmware_offset = vm->firmware_size = 0;
	vm->console_peer = 0;
	vm->vcpus = 0;
	vm->is_authentic = false;
	memset(&vm->image, 0, sizeof(vm->image));
}

/* Who has no owner any more ends with it. @return whether one is left */
static bool end_owned(const struct vm *owner)
{
	bool any = false;

	for (unsigned i = 0; i < VMS_MAX; i++) {
		struct vm *vm = &vms[i];

		if (vm->vmid == 0 || vm->owner != owner->vmid) {
			continue;
		}
		any = true;
		if (vm->state == RM_STATE_RUNNING ||
		    vm->state == RM_STATE_PAUSED) {
			launch_stop(vm, RM_EXIT_FORCED);
		} else if (life_is_empty(vm->state)) {
			vms_remove(vm);
		} else {
			if (vm->state == RM_STATE_AUTH) {
				vms_enter(vm, RM_STATE_INIT_FAILED);
			}
			reset_begin(vm);
		}
	}
	return any;
}

/* @return whether there is more to do */
static bool ram_turn(struct vm *vm)
{
	if (vm->is_in_place && strcmp(launch_mutant, "rm-reset-dirty") == 0) {
		return false;
	}
	if (strcmp(launch_mutant, "rm-reset-at-once") == 0) {
		while (objects_ram_turn(&vm->objects, vm->is_in_place)) {
		}
		return false;
	}
	return objects_ram_turn(&vm->objects, vm->is_in_place);
}

bool reset_turn(struct vm *vm)
{
	switch (vm->reset) {
	case RESET_NOT:
		return false;
	case RESET_VDEVICES:
		if (strcmp(launch_mutant, "rm-reset-early") == 0) {
			vm->reset = RESET_CLEANUP;
			return true;
		}
		if (end_owned(vm)) {
			return true;
		}
		client_close(vm);
		news_close(vm);
		pause_forget(vm);
		break;
	case RESET_PARCELS:
		parcel_forget_borrower(vm->vmid);
		if (parcel_forget_owner(vm->vmid)) {
			return true;
		}
		break;
	case RESET_IRQS:
		irqs_forget_borrower(vm->vmid);
		irqs_forget_owner(vm->vmid);
		break;
	case RESET_RAM:
		if (ram_turn(vm)) {
			return true;
		}
		break;
	case RESET_OBJECTS:
		if (vm->is_in_place) {
			objects_end_but_ram(&vm->objects);
		} else {
			objects_end(&vm->objects);
		}
		give_virqs_back(vm);
		break;
	case RESET_CLEANUP:
		forget(vm);
		vm->reset = RESET_NOT;
		if (vm->is_in_place) {
			start_in_place(vm);
			return true;
		}
		vms_enter(vm, RM_STATE_RESET);
		if (reset_on_done != NULL) {
			reset_on_done(vm);
		}
		return true;
	}
	vm->reset++;
	return true;
}
