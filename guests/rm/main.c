/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resource manager: makes the VMs of the scenario, then serves requests
 * and looks after VMs that end, until none is left.
 *
 * One CPU, one loop; no step of it waits for anybody.
 */
#include <abi/bundle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/auth.h"
#include "rm/client.h"
#include "rm/dispatch.h"
#include "rm/env.h"
#include "rm/irqs.h"
#include "rm/launch.h"
#include "rm/parcel.h"
#include "rm/plan.h"
#include "rm/reset.h"
#include "rt/call.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/main.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

/*
 * An interrupt tells of everything but four: that the last vCPU of a VM is
 * really gone, just after it was said to be off; that one that is to be held
 * has come to this CPU; that a client has made room in its queue; and that who
 * had a physical interrupt has let it go.
 */
#define LOOK_GONE_US 50
#define LOOK_ROOM_US 1000

static struct plan plan;
static bool ends_all;
static const struct vm *launching; /* and not to be tried again if it fails */

static void on_timer(unsigned intid, void *arg)
{
	(void)intid;
	(void)arg;
	timer_virt_off();
	client_work = 1;
}

/* An interrupt between the look and the WFI ends the WFI: it is pending. */
static void sleep_a_while(void)
{
	uint64_t us = client_is_waiting() ? LOOK_ROOM_US : 0;

	for (unsigned i = 0; i < VMS_MAX; i++) {
		us = vms[i].is_ending || vms[i].is_pausing ? LOOK_GONE_US : us;
	}
	us = irqs_turn() ? LOOK_GONE_US : us;
	if (us != 0) {
		timer_virt_set(cntvct() + timer_ticks_of_us(us), 1);
	}
	irq_mask();
	if (!client_work) {
		wfi();
	}
	irq_unmask();
	client_work = 0;
}

static enum policy policy_for(const struct vm *vm)
{
	switch (vm->exit) {
	case RM_EXIT_VM_EXIT:
		if (vm->exit_code != RM_EXIT_CODE_NORMAL) {
			return vm->plan->on_crash;
		}
		return vm->wants_restart ? POLICY_RESTART : vm->plan->on_off;
	case RM_EXIT_SYSTEM_OFF:
		return vm->plan->on_off;
	case RM_EXIT_SYSTEM_RESET:
	case RM_EXIT_SYSTEM_RESET2:
		return vm->plan->on_reset;
	case RM_EXIT_WATCHDOG:
	case RM_EXIT_FAULT:
	case RM_EXIT_HW_ERROR:
		return vm->plan->on_crash;
	case RM_EXIT_FORCED:
		break;
	}
	return POLICY_STOP;
}

static bool may_launch(const struct vm *vm)
{
	const struct plan_vm *p = vm->plan;

	return !ends_all && p != NULL && policy_for(vm) == POLICY_RESTART &&
	       (p->launches == 0 || vm->launches < p->launches);
}

/* Who asks for a reset stays where it is; others begin from nothing. */
static bool stays(const struct vm *vm)
{
	return (vm->exit == RM_EXIT_SYSTEM_RESET ||
	        vm->exit == RM_EXIT_SYSTEM_RESET2) &&
	       may_launch(vm);
}

/* Each change of state, and how a VM ended, exactly once. */
static void on_change(struct vm *vm)
{
	struct vm *owner = vms_find(vm->owner);
	struct rm_vm_status status = { .vmid = vm->vmid,
		                       .vm = (uint8_t)vm->state,
		                       .os = vm->os_state,
		                       .app = vm->app_state };

	if (owner != NULL) {
		client_notify(owner, RM_VM_STATUS, &status, sizeof(status));
	}
}

static void tell_owner(struct vm *vm)
{
	struct vm *owner = vms_find(vm->owner);
	struct {
		struct rm_vm_exited head;
		uint32_t reason;
	} note = { .head = { .vmid = vm->vmid, .type = (uint16_t)vm->exit } };

	if (vm->exit == RM_EXIT_VM_EXIT) { /* only then is there one */
		note.head.reason_size = sizeof(note.reason);
		note.reason = (uint32_t)vm->exit_code << RM_EXIT_CODE_SHIFT |
		              (vm->wants_restart ? RM_EXIT_RESTART : 0);
	}
	if (owner != NULL) {
		client_notify(owner, RM_VM_EXITED, &note,
		              sizeof(note.head) + note.head.reason_size);
	}
}

/* Who gets this VMID next is another one. */
static void on_remove(uint16_t vmid)
{
	irqs_forget_borrower(vmid);
	parcel_withdraw(vmid);
}

/* VMs of the scenario belong to nobody but us. */
static void on_exited(struct vm *vm)
{
	if (vm->plan == NULL) {
		tell_owner(vm);
		return;
	}
	if (policy_for(vm) == POLICY_END) {
		printf("rm: vm %u %s: the machine ends\n", vm->vmid, vm->name);
		ends_all = true;
	}
	reset_begin(vm);
}

static void launch(struct vm *vm)
{
	const char *wrong;

	launching = vm;
	wrong = launch_planned(vm);
	launching = NULL;

	if (wrong != NULL) {
		printf("rm: vm %u %s: cannot start: %s\n", vm->vmid, vm->name,
		       wrong);
		if (vm->state == RM_STATE_RESET) {
			vms_remove(vm);
		}
	}
}

static void on_reset(struct vm *vm)
{
	if (vm->plan == NULL || vm->launches == 0 || vm == launching) {
		return;
	}
	if (may_launch(vm)) {
		vm->wants_restart = false;
		launch(vm);
		return;
	}
	vms_remove(vm);
}

static void launch_all(void)
{
	for (unsigned i = 0; i < plan.vm_count; i++) {
		const struct plan_vm *p = &plan.vm[i];
		enum rm_error error;
		struct vm *vm = vms_add(p->vmid, RM_VMID, &error);

		if (vm == NULL) {
			printf("rm: vm %u %s: no such VMID is free\n", p->vmid,
			       p->name);
			continue;
		}
		vm->plan = p;
		snprintf(vm->name, sizeof(vm->name), "%s", p->name);
		launch(vm);
	}
}

static void serve(struct client *client, const struct rm_message_buf *message)
{
	static struct request rq;
	static uint8_t answer[RM_MESSAGE_MAX];
	uint32_t error;

	rq.from = client_vm(client);
	rq.id = message->id;
	rq.in = message->payload;
	rq.len = message->len;
	error = (uint32_t)dispatch(&rq);
	memcpy(answer, &error, sizeof(error));
	memcpy(answer + sizeof(error), rq.out, rq.out_len);
	client_reply(client, message, answer, sizeof(error) + rq.out_len);
}

/* @return whether somebody is still there */
static bool look_after_vms(bool *busy)
{
	bool any = false;

	for (unsigned i = 0; i < VMS_MAX; i++) {
		if (vms[i].vmid != 0) {
			any = true;
			*busy |= launch_turn(&vms[i]);
		}
	}
	return any;
}

static void run(void)
{
	bool busy;

	do {
		busy = client_turn(serve);
		if (!look_after_vms(&busy) || ends_all) {
			return;
		}
		if (!busy) {
			sleep_a_while();
		}
	} while (true);
}

/* libfdt wants 8 bytes; what lies inside a tree has 4. */
static const void *aligned_copy(const void *from, size_t len)
{
	void *copy = from != NULL ? malloc(len) : NULL;

	return copy != NULL ? memcpy(copy, from, len) : NULL;
}

static void start_up(void)
{
	const char *wrong = env_read();
	const void *tree = NULL;
	size_t len = 0;

	if (wrong == NULL) {
		wrong = env_open_bundle();
	}
	if (wrong == NULL) {
		tree = aligned_copy(env_image(BUNDLE_SCENARIO, &len), len);
		wrong = tree != NULL ? plan_read(&plan, tree)
		                     : "the bundle has no scenario";
	}
	if (wrong != NULL) {
		fatal("rm: %s", wrong);
	}
	launch_mutant = plan.mutant;
	auth_begin(plan.images, plan.images_len);
	vms_on_change = on_change;
	vms_on_remove = on_remove;
	launch_stays = stays;
	launch_on_exited = on_exited;
	reset_on_done = on_reset;
}

int main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	start_up();
	irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	irq_unmask();
	launch_all();
	run();
	return 0;
}
