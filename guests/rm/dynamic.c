/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/dynamic.h"

#include <abi/rights.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/client.h"
#include "rm/dtb.h"
#include "rm/env.h"
#include "rm/launch.h"
#include "rm/news.h"
#include "rm/parcel.h"
#include "rm/vdevices.h"
#include "rm/wish.h"
#include "rt/hv.h"

static bool add_threads(struct vm *vm, struct vm *owner,
                        const struct wish *wish)
{
	struct objects *o = &vm->objects;

	if (!objects_add_threads(o, wish->vcpus,
	                         wish->proxied ? OBJECTS_PRIORITY_PROXIED
	                                       : OBJECTS_PRIORITY)) {
		return false;
	}
	for (unsigned i = 0; wish->proxied && i < wish->vcpus; i++) {
		unsigned intid = vdevices_take_virq(owner, vm->vmid);
		uint64_t cap;

		if (intid == 0 ||
		    !objects_proxy(o, i, owner->objects.vic, intid)) {
			return false;
		}
		cap = objects_give(o, o->thread[i],
		                   THREAD_MAY_YIELD_TO | THREAD_MAY_STATE);
		if (cap == 0) {
			return false;
		}
		vdevices_tell(vm, RM_RES_VCPU, i, cap, intid);
	}
	return true;
}

static bool add_devices(struct vm *vm, const struct wish *wish)
{
	struct objects *o = &vm->objects;
	uint64_t cap = objects_give(o, o->addrspace, ADDRSPACE_MAY_ADD_VMMIO);

	if (cap == 0) {
		return false;
	}
	vdevices_tell(vm, RM_RES_ADDRSPACE, 0, cap, 0);
	return !wish->has_watchdog || objects_add_watchdog(o);
}

static enum rm_error refuse_tree(const struct vm *vm, const char *wrong)
{
	printf("rm: vm %u %s: device tree: %s\n", vm->vmid, vm->name, wrong);
	return wrong == dtb_no_memory ? RM_ERR_NOMEM : RM_ERR_MEM_INVALID;
}

/* Add what we know to the tree, in the place the VMM chose for it. */
static enum rm_error finish_tree(struct vm *vm, const struct dtb_facts *facts,
                                 const void *tree, void *place)
{
	const char *wrong;
	size_t size;

	wrong = dtb_merge(tree, place, vm->image.dt_size, facts, &size);
	return wrong == NULL ? RM_ERR_OK : refuse_tree(vm, wrong);
}

static void describe(const struct vm *vm, struct parcel *p,
                     struct dtb_facts *facts)
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
		.memory_count = 1,
		.memory = { { .base = vm->mem_base, .size = parcel_size(p) } },
	};
	if (vm->firmware_parcel != 0) {
		facts->reserved[facts->reserved_count++] = (struct dtb_range){
			.base = vm->mem_base + vm->firmware_offset,
			.size = vm->firmware_size,
			.handle = vm->firmware_parcel,
			.is_firmware = true,
		};
	}
	env_random(facts->seed, 3);
}

/* @tree  the VMM's; @place  where it lies, and the finished one shall */
static enum rm_error build(struct vm *vm, struct parcel *p,
                           const struct wish *wish, const void *tree,
                           void *place)
{
	struct vm *owner = vms_find(vm->owner);
	struct objects *o = &vm->objects;
	struct dtb_facts facts;
	enum rm_error error;

	if (!objects_begin(o, vm->vmid, wish->vcpus, news_open(vm))) {
		return RM_ERR_NORESOURCE;
	}
	o->peer_cspace = owner->objects.cspace;
	error = parcel_accept(p, vm->vmid, &wish->base, 1);
	if (error != RM_ERR_OK) {
		return error;
	}
	if (!client_open(vm)) {
		return RM_ERR_NORESOURCE;
	}
	describe(vm, p, &facts);
	/* They come first: the VM's tree has its capabilities to them. */
	if (!vdevices_add(vm, owner, wish, &facts)) {
		return RM_ERR_NORESOURCE;
	}
	error = finish_tree(vm, &facts, tree, place);
	if (error != RM_ERR_OK) {
		return error;
	}
	if (!add_devices(vm, wish) || !add_threads(vm, owner, wish)) {
		return RM_ERR_NORESOURCE;
	}
	return RM_ERR_OK;
}

/* From the VMM's tree, read once, to all objects. */
static enum rm_error build_as_told(struct vm *vm, struct parcel *p,
                                   const void *tree, void *place)
{
	enum rm_error error;
	struct wish wish;

	error = wish_read(tree, vm, &wish);
	if (error != RM_ERR_OK) {
		return error;
	}
	vm->mem_base = wish.base;
	vm->vcpus = wish.vcpus;
	vm->proxied = wish.proxied;
	vm->entry = wish.base + vm->image.image_offset;
	vm->dtb = wish.base + vm->image.dt_offset;
	if (vm->firmware_parcel != 0) {
		vm->entry = wish.base + vm->firmware_offset;
	}
	error = build(vm, p, &wish, tree, place);
	if (error == RM_ERR_NORESOURCE && vm->objects.step != NULL) {
		printf("rm: vm %u %s: %s: %s\n", vm->vmid, vm->name,
		       vm->objects.step, hv_error_name(vm->objects.error));
	}
	return error;
}

enum rm_error dynamic_build(struct vm *vm)
{
	struct parcel *p = parcel_find(vm->image.memparcel);
	enum rm_error error;
	void *place, *tree;
	const char *wrong;

	if (p == NULL) {
		return RM_ERR_HANDLE_INVALID; /* taken back since CONFIG_IMAGE */
	}
	if (vm->image.auth != RM_AUTH_NONE && p->vouched_for != vm->vmid) {
		return RM_ERR_HANDLE_INVALID; /* another one, with its handle */
	}
	if (vm->firmware_parcel != 0 &&
	    vm->firmware_parcel != vm->image.memparcel) {
		return RM_ERR_HANDLE_INVALID; /* it would begin elsewhere */
	}
	place = parcel_open(p, vm->image.dt_offset, vm->image.dt_size);
	if (place == NULL) {
		return RM_ERR_MEM_INVALID;
	}
	/* A copy: nobody changes it while we read it. */
	wrong = dtb_copy(place, vm->image.dt_size, &tree);
	error = wrong == NULL ? build_as_told(vm, p, tree, place)
	                      : refuse_tree(vm, wrong);
	if (error == RM_ERR_OK || strcmp(launch_mutant, "rm-copy-kept") != 0) {
		free(tree);
	}
	parcel_close(p, vm->image.dt_offset, vm->image.dt_size);
	return error;
}
