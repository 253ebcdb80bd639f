/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/client.h"
#include "rm/dtb.h"
#include "rm/env.h"
#include "rm/image.h"
#include "rm/life.h"
#include "rm/news.h"
#include "rm/parcel.h"
#include "rt/hv.h"
#include "rt/mmu.h"
#include "rt/vmtree.h"

#define TREE_MAX 0x10000ull /* bytes for a device tree, at the end of RAM */
#define ARGS_MAX 512

/* Where the primary VM has the bundle, read-only. */
#define BUNDLE_IPA 0x200000000ull

void (*launch_on_exited)(struct vm *vm);
void (*launch_on_reset)(struct vm *vm);
const char *launch_mutant = "";

static char complaint[128];

static bool plays(const char *mutant)
{
	return strcmp(launch_mutant, mutant) == 0;
}

static const char *failed(struct vm *vm)
{
	snprintf(complaint, sizeof(complaint), "%s: %s", vm->objects.step,
	         hv_error_name(vm->objects.error));
	return complaint;
}

/* Bytes [offset, offset + size) of the VM's RAM, as whole pages. */
static uint64_t pages_of(uint64_t size)
{
	return (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

static const char *load_image(struct vm *vm)
{
	uint64_t ram_size = vm->objects.ram.size - TREE_MAX;
	uint64_t window;
	struct image_plan plan;
	const char *wrong;
	const void *image;
	size_t len;
	void *ram;

	image = env_image(vm->plan->image, &len);
	if (image == NULL) {
		return "the bundle has no such image";
	}
	wrong = image_plan(image, len, VMTREE_RAM_BASE, ram_size, &plan);
	if (wrong != NULL) {
		return wrong;
	}
	window = pages_of(plan.end);
	ram = env_open_window(vm->objects.ram_cap, 0, window);
	if (ram == NULL) {
		return "the VM's RAM cannot be mapped";
	}
	image_load(&plan, image, ram);
	env_close_window(vm->objects.ram_cap, 0, window);
	vm->entry = VMTREE_RAM_BASE + plan.entry;
	return NULL;
}

static void describe(struct vm *vm, struct dtb_facts *facts)
{
	*facts = (struct dtb_facts){
		.vmid = vm->vmid,
		.owner = vm->owner,
		.name = vm->name,
		.rm_tx_cap = vm->objects.vm_tx,
		.rm_rx_cap = vm->objects.vm_rx,
		.rm_tx_intid = OBJECTS_TX_INTID,
		.rm_rx_intid = OBJECTS_RX_INTID,
		.rm_depth = OBJECTS_QUEUE_DEPTH,
	};
}

/* The scenario's arguments and "launch=N": which time this is, from 1. */
static void make_args(const struct vm *vm, char *args, size_t room)
{
	const char *own = vm->plan->bootargs;

	snprintf(args, room, "%s%slaunch=%u", own, *own != '\0' ? " " : "",
	         (unsigned)vm->launches + 1);
}

/*
 * The primary VM reads the images of the VMs it makes from the bundle, which
 * it finds as its initial RAM disk.
 */
static void add_bundle(const struct vm *vm, struct vmtree *tree)
{
	size_t size;

	if (vm->plan->is_primary) {
		tree->initrd_start = BUNDLE_IPA + env_bundle_offset(&size);
		tree->initrd_end = tree->initrd_start + size;
	}
}

static const char *write_tree(struct vm *vm)
{
	uint64_t offset = vm->objects.ram.size - TREE_MAX;
	struct vmtree tree = { .ram_size = vm->objects.ram.size,
		               .vcpus = vm->plan->vcpus };
	struct dtb_facts facts;
	char args[ARGS_MAX];
	const char *wrong;
	size_t size;
	void *to;

	describe(vm, &facts);
	make_args(vm, args, sizeof(args));
	tree.bootargs = args;
	add_bundle(vm, &tree);
	env_random(tree.seed, 3);
	to = env_open_window(vm->objects.ram_cap, offset, TREE_MAX);
	if (to == NULL) {
		return "the VM's RAM cannot be mapped";
	}
	wrong = vmtree_write(to, TREE_MAX, &tree) < 0
	                ? "the device tree does not fit"
	                : dtb_patch(to, TREE_MAX, to, TREE_MAX, &facts, &size);
	env_close_window(vm->objects.ram_cap, offset, TREE_MAX);
	vm->dtb = VMTREE_RAM_BASE + offset;
	return wrong;
}

static const char *make_objects(struct vm *vm)
{
	const struct plan_vm *plan = vm->plan;
	struct objects *o = &vm->objects;

	if (!objects_begin(o, vm->vmid, plan->vcpus, news_open(vm)) ||
	    !objects_add_ram(o, (uint64_t)plan->memory_mib << 20)) {
		return failed(vm);
	}
	if (!client_open(vm)) {
		return failed(vm);
	}
	return NULL;
}

static const char *finish_objects(struct vm *vm)
{
	struct objects *o = &vm->objects;

	if (vm->plan->is_primary &&
	    !objects_map(o, env.bundle, BUNDLE_IPA, MAP_R)) {
		return failed(vm);
	}
	if (!objects_map_ram(o, VMTREE_RAM_BASE) ||
	    !objects_add_threads(o, vm->plan->vcpus, OBJECTS_PRIORITY)) {
		return failed(vm);
	}
	return NULL;
}

static const char *build(struct vm *vm)
{
	const char *wrong = make_objects(vm);

	if (wrong == NULL) {
		wrong = load_image(vm);
	}
	if (wrong == NULL) {
		wrong = write_tree(vm);
	}
	return wrong != NULL ? wrong : finish_objects(vm);
}

const char *launch_planned(struct vm *vm)
{
	const char *wrong;

	vms_enter(vm, RM_STATE_INIT);
	wrong = build(vm);
	if (wrong == NULL) {
		vms_enter(vm, RM_STATE_READY);
		if (objects_start(&vm->objects, vm->entry, vm->dtb)) {
			vm->launches++;
			vms_enter(vm, RM_STATE_RUNNING);
			return NULL;
		}
		wrong = failed(vm);
	}
	vms_enter(vm, RM_STATE_INIT_FAILED);
	launch_reset(vm);
	while (launch_turn(vm)) {
	}
	return wrong;
}

void launch_stop(struct vm *vm, enum rm_exit why)
{
	if (vm->is_ending) {
		return; /* the first reason stays */
	}
	vm->exit = why;
	vm->is_ending = true;
	objects_kill(&vm->objects);
}

bool launch_reset(struct vm *vm)
{
	if (!vms_enter(vm, RM_STATE_RESETTING)) {
		return false;
	}
	vm->reset = RESET_VDEVICES;
	return true;
}

static void exited(struct vm *vm)
{
	vm->is_ending = false;
	vms_enter(vm, RM_STATE_EXITED);
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

static void forget(struct vm *vm)
{
	vm->os_state = 0;
	vm->app_state = 0;
	vm->entry = vm->dtb = vm->mem_base = 0;
	vm->crash_len = 0;
	vm->proxied = false;
	vm->vcpus = 0;
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
			launch_reset(vm);
		}
	}
	return any;
}

static bool turn_reset(struct vm *vm)
{
	switch (vm->reset) {
	case RESET_NOT:
		return false;
	case RESET_VDEVICES:
		if (end_owned(vm)) {
			return true;
		}
		client_close(vm);
		news_close(vm);
		break;
	case RESET_PARCELS:
		parcel_forget_borrower(vm->vmid);
		parcel_forget_owner(vm->vmid);
		break;
	case RESET_IRQS:
		break; /* no physical interrupts are lent to anybody */
	case RESET_OBJECTS:
		objects_end(&vm->objects);
		give_virqs_back(vm);
		break;
	case RESET_CLEANUP:
		forget(vm);
		vm->reset = RESET_NOT;
		vms_enter(vm, RM_STATE_RESET);
		if (launch_on_reset != NULL) {
			launch_on_reset(vm);
		}
		return true;
	}
	vm->reset++;
	return true;
}

bool launch_turn(struct vm *vm)
{
	int exit;

	if (vm->reset != RESET_NOT) {
		return turn_reset(vm);
	}
	if (vm->is_ending) {
		return turn_ending(vm);
	}
	if (vm->state != RM_STATE_RUNNING || !news_take(vm)) {
		return false;
	}
	exit = objects_exit(&vm->objects);
	if (exit >= 0) {
		launch_stop(vm, (enum rm_exit)exit);
		return true;
	}
	return false;
}
