/* SPDX-License-Identifier: BSD-2-Clause */
/* How a VM comes to its end, and what is under way for it until then. */
#include <string.h>

#include "rm/launch.h"
#include "rm/news.h"
#include "rm/pause.h"
#include "rm/request.h"
#include "rm/reset.h"

bool (*launch_stays)(const struct vm *vm);
void (*launch_on_exited)(struct vm *vm);

static bool plays(const char *mutant)
{
	return strcmp(launch_mutant, mutant) == 0;
}

void launch_stop(struct vm *vm, enum rm_exit why)
{
	if (vm->is_ending) {
		return; /* the first reason stays */
	}
	vm->exit = why;
	vm->is_ending = true;
	pause_give_up(vm);
	objects_kill(&vm->objects);
}

static void exited(struct vm *vm)
{
	vm->is_ending = false;
	if (launch_stays != NULL && launch_stays(vm)) {
		reset_begin_in_place(vm);
		return;
	}
	vms_enter(vm, RM_STATE_EXITED);
	if (launch_on_exited != NULL && plays("rm-exits-twice")) {
		launch_on_exited(vm);
	}
	if (launch_on_exited != NULL) {
		launch_on_exited(vm);
	}
}

/*
 * Nothing may be taken from under a vCPU that still runs.  While one does we
 * must sleep now and then: it needs CPU time to leave, and has less priority.
 */
static bool turn_ending(struct vm *vm)
{
	if (plays("rm-exit-early") || objects_are_quiet(&vm->objects)) {
		exited(vm);
		return true;
	}
	return false;
}

bool launch_turn(struct vm *vm)
{
	int exit;

	if (vm->reset != RESET_NOT) {
		return reset_turn(vm);
	}
	if (vm->is_ending) {
		return turn_ending(vm);
	}
	if ((vm->state != RM_STATE_RUNNING && vm->state != RM_STATE_PAUSED) ||
	    !news_take(vm)) {
		return vm->is_pausing && pause_turn(vm);
	}
	exit = objects_exit(&vm->objects);
	if (exit >= 0) {
		launch_stop(vm, (enum rm_exit)exit);
		return true;
	}
	return false;
}

/* u16 type, u16 0, u32 bytes of the reason, words: flags and code, more */
enum rm_error vm_exit(struct request *rq)
{
	uint32_t size, flags = 0;

	if (rq->from->state != RM_STATE_RUNNING || rq->from->is_ending ||
	    rq->from->is_in_place) {
		return RM_ERR_VM_STATE; /* it has ended before it was heard */
	}
	memcpy(&size, rq->in + 4, sizeof(size));
	if (size > rq->len - 8) {
		return RM_ERR_MSG_INVALID;
	}
	if (size >= sizeof(flags)) {
		memcpy(&flags, rq->in + 8, sizeof(flags));
	}
	rq->from->wants_restart = (flags & RM_EXIT_RESTART) != 0;
	rq->from->exit_code = (uint16_t)(flags >> RM_EXIT_CODE_SHIFT);
	launch_stop(rq->from, RM_EXIT_VM_EXIT);
	return RM_ERR_OK;
}
