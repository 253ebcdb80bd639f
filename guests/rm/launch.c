/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/client.h"
#include "rm/dtb.h"
#include "rm/env.h"
#include "rm/image.h"
#include "rm/irqs.h"
#include "rm/life.h"
#include "rm/news.h"
#include "rm/parcel.h"
#include "rm/reset.h"
#include "rt/hv.h"
#include "rt/mmu.h"
#include "rt/vmtree.h"

#define TREE_MAX 0x10000ull /* bytes for a device tree, at the end of RAM */
#define ARGS_MAX 512

/* Where the primary VM has the bundle, read-only. */
#define BUNDLE_IPA 0x200000000ull

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

static void describe_device(unsigned index, struct dtb_device *device)
{
	*device = (struct dtb_device){
		.base = IRQS_DEVICE_IPA + index * IRQS_DEVICE_STRIDE,
		.size = env.device[index].size,
		.intid = irqs_own_virq(index),
		.physical = env.device[index].intid,
		.is_edge = env.device[index].is_edge,
	};
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
	for (unsigned i = 0; i < vm->plan->irq_count; i++) {
		int index = irqs_find(vm->plan->irq[i]);

		if (index >= 0) {
			describe_device((unsigned)index,
			                &facts->device[facts->device_count++]);
		}
	}
}

/*
 * The scenario's arguments and "launch=N": which time this is, from 1; and,
 * when it has reset itself, "resets=N": how often.
 */
static void make_args(const struct vm *vm, char *args, size_t room)
{
	const char *own = vm->plan->bootargs;
	int len = snprintf(args, room, "%s%slaunch=%u", own,
	                   *own != '\0' ? " " : "", (unsigned)vm->launches + 1);

	if (vm->resets > 0 && len >= 0 && (size_t)len < room) {
		snprintf(args + len, room - (size_t)len, " resets=%u",
		         (unsigned)vm->resets);
	}
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

	bool has_ram = o->ram_cap != 0; /* from before a reset in place */

	if (has_ram && !objects_ram_is_clean(o) && !plays("rm-reset-dirty")) {
		return "its RAM was not zeroed";
	}
	if (!objects_begin(o, vm->vmid, plan->vcpus, news_open(vm)) ||
	    (!has_ram &&
	     !objects_add_ram(o, (uint64_t)plan->memory_mib << 20))) {
		return failed(vm);
	}
	if (!client_open(vm)) {
		return failed(vm);
	}
	return NULL;
}

/* The devices that the scenario gives it: registers and interrupt. */
static const char *give_devices(struct vm *vm)
{
	for (unsigned i = 0; i < vm->plan->irq_count; i++) {
		int index = irqs_find(vm->plan->irq[i]);

		if (index < 0) {
			return "the machine has no such interrupt to give";
		}
		if (!objects_map(&vm->objects, env.device[index].cap,
		                 IRQS_DEVICE_IPA +
		                         (unsigned)index * IRQS_DEVICE_STRIDE,
		                 MAP_DEVICE)) {
			return failed(vm);
		}
		irqs_give((unsigned)index, vm);
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
	    (vm->plan->has_watchdog && !objects_add_watchdog(o)) ||
	    !objects_add_threads(o, vm->plan->vcpus, OBJECTS_PRIORITY)) {
		return failed(vm);
	}
	return give_devices(vm);
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
	reset_begin(vm);
	while (launch_turn(vm)) {
	}
	return wrong;
}

const char *launch_again(struct vm *vm)
{
	const char *wrong = build(vm);

	if (wrong == NULL && !objects_start(&vm->objects, vm->entry, vm->dtb)) {
		wrong = failed(vm);
	}
	vm->launches += wrong == NULL;
	return wrong;
}
