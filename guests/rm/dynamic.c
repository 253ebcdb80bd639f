/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/dynamic.h"

#include <abi/rights.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/client.h"
#include "rm/dtb.h"
#include "rm/env.h"
#include "rm/news.h"
#include "rm/parcel.h"
#include "rt/hv.h"
#include "rt/vmtree.h"

#define SPI_FIRST 32

/* What the VMM's tree asks for. */
struct wish {
	uint64_t base; /* IPA of the image's parcel */
	unsigned vcpus;
	bool proxied;
	bool has_watchdog;
	unsigned bell_count;
	struct {
		uint32_t label;
		uint32_t intid; /* 0: the VM rings it, its owner hears */
	} bell[OBJECTS_BELLS_MAX];
};

static uint64_t read_number(const void *fdt, int node, const char *name,
                            uint64_t otherwise)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	if (cell != NULL && len == 4) {
		return fdt32_to_cpu(cell[0]);
	}
	if (cell != NULL && len == 8) {
		return (uint64_t)fdt32_to_cpu(cell[0]) << 32 |
		       fdt32_to_cpu(cell[1]);
	}
	return otherwise;
}

static unsigned count_cpus(const void *fdt)
{
	int node, cpus = fdt_path_offset(fdt, "/cpus");
	unsigned count = 0;

	if (cpus >= 0) {
		fdt_for_each_subnode(node, fdt, cpus)
		{
			count += strncmp(fdt_get_name(fdt, node, NULL), "cpu@",
			                 4) == 0;
		}
	}
	return count;
}

static bool is_type(const void *fdt, int node, const char *type)
{
	int len;
	const char *text = fdt_getprop(fdt, node, "vdevice-type", &len);

	return text != NULL && len == (int)strlen(type) + 1 &&
	       strcmp(text, type) == 0;
}

/* Where the owner finds it; @otherwise  if the node does not say. */
static uint32_t read_label(const void *fdt, int node, uint32_t otherwise)
{
	return (uint32_t)read_number(
		fdt, node, "label",
		read_number(fdt, node, "qcom,label", otherwise));
}

/*
 * A doorbell that the VMM rings, an interrupt of the VM; or a source, which
 * the VM rings: its interrupt is one of the VMM's, and we choose it.
 */
static bool read_bell(const void *fdt, int node, bool is_source,
                      struct wish *wish)
{
	int len;
	const fdt32_t *irq = fdt_getprop(fdt, node, "interrupts", &len);
	unsigned i = wish->bell_count;
	uint32_t spi = 0;

	if (i == OBJECTS_BELLS_MAX) {
		return false;
	}
	if (!is_source) {
		if (irq == NULL || len != 12 || fdt32_to_cpu(irq[0]) != 0 ||
		    fdt32_to_cpu(irq[1]) >= OBJECTS_SPIS) {
			return false;
		}
		spi = fdt32_to_cpu(irq[1]);
	}
	wish->bell[i].intid = is_source ? 0 : spi + SPI_FIRST;
	wish->bell[i].label = read_label(fdt, node, spi);
	wish->bell_count++;
	return true;
}

static enum rm_error read_devices(const void *fdt, int config,
                                  struct wish *wish)
{
	int node, devices = fdt_subnode_offset(fdt, config, "vdevices");

	if (devices < 0) {
		return RM_ERR_OK;
	}
	fdt_for_each_subnode(node, fdt, devices)
	{
		bool is_source = is_type(fdt, node, "doorbell-source");

		if ((is_source || is_type(fdt, node, "doorbell")) &&
		    !read_bell(fdt, node, is_source, wish)) {
			return RM_ERR_ARGUMENT_INVALID;
		}
		wish->has_watchdog |= is_type(fdt, node, "watchdog");
	}
	return RM_ERR_OK;
}

static enum rm_error read_wish(const void *fdt, struct vm *vm,
                               struct wish *wish)
{
	int config = fdt_path_offset(fdt, "/gunyah-vm-config");
	const char *name, *affinity;
	int node;

	*wish = (struct wish){ .base = VMTREE_RAM_BASE,
		               .vcpus = count_cpus(fdt),
		               .proxied = true };
	if (wish->vcpus < 1 || wish->vcpus > OBJECTS_VCPUS_MAX) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	if (config < 0) {
		config = fdt_path_offset(fdt, "/qcom,vm-config");
	}
	if (config < 0) {
		return RM_ERR_OK;
	}
	name = fdt_getprop(fdt, config, "image-name", NULL);
	if (name != NULL) {
		snprintf(vm->name, sizeof(vm->name), "%s", name);
	}
	node = fdt_subnode_offset(fdt, config, "memory");
	if (node >= 0) {
		wish->base = read_number(fdt, node, "base-address", wish->base);
	}
	node = fdt_subnode_offset(fdt, config, "vcpus");
	affinity = node < 0 ? NULL : fdt_getprop(fdt, node, "affinity", NULL);
	wish->proxied = affinity == NULL || strcmp(affinity, "proxy") == 0;
	return read_devices(fdt, config, wish);
}

/* An interrupt of the owner that nothing else uses; 0: none is free. */
static unsigned take_virq(struct vm *owner, uint16_t vmid)
{
	for (unsigned i = 0; i < VMS_VIRQS; i++) {
		if (owner->virq_for[i] == 0) {
			owner->virq_for[i] = (uint8_t)vmid;
			return VMS_VIRQ_FIRST + i;
		}
	}
	return 0;
}

static void add_resource(struct vm *vm, enum rm_resource_type type,
                         uint32_t label, uint64_t cap, uint32_t virq)
{
	if (vm->resource_count < VMS_RESOURCES_MAX) {
		vm->resource[vm->resource_count++] = (struct rm_resource){
			.type = (uint8_t)type,
			.partner = vm->vmid,
			.label = label,
			.cap_lo = (uint32_t)cap,
			.cap_hi = (uint32_t)(cap >> 32),
			.virq = virq,
		};
	}
}

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
		unsigned intid = take_virq(owner, vm->vmid);
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
		add_resource(vm, RM_RES_VCPU, i, cap, intid);
	}
	return true;
}

/* @return false: failed, and vm->objects says at what, if it was a call */
static bool add_bell(struct vm *vm, struct vm *owner, struct dtb_bell *bell)
{
	struct objects *o = &vm->objects;
	bool is_source = bell->intid == 0;
	unsigned virq = is_source ? take_virq(owner, vm->vmid) : 0;
	uint64_t ours, cap;

	if (is_source && virq == 0) {
		return false;
	}
	ours = is_source ? objects_add_bell(o, owner->objects.vic, virq)
	                 : objects_add_bell(o, o->vic, bell->intid);
	if (ours == 0) {
		return false;
	}
	bell->cap = objects_hand_over(
		o, ours, is_source ? DOORBELL_MAY_SEND : DOORBELL_MAY_RECEIVE);
	cap = bell->cap == 0 ? 0
	                     : objects_give(o, ours,
	                                    is_source ? DOORBELL_MAY_RECEIVE
	                                              : DOORBELL_MAY_SEND);
	if (cap == 0) {
		return false;
	}
	add_resource(vm, is_source ? RM_RES_DOORBELL : RM_RES_DOORBELL_SRC,
	             bell->label, cap, virq);
	return true;
}

/* They come first: the VM's tree has its capabilities to them. */
static bool add_bells(struct vm *vm, struct vm *owner, const struct wish *wish,
                      struct dtb_facts *facts)
{
	for (unsigned i = 0; i < wish->bell_count; i++) {
		struct dtb_bell *bell = &facts->bell[facts->bell_count++];

		bell->label = wish->bell[i].label;
		bell->intid = wish->bell[i].intid;
		if (!add_bell(vm, owner, bell)) {
			return false;
		}
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
	add_resource(vm, RM_RES_ADDRSPACE, 0, cap, 0);
	return !wish->has_watchdog || objects_add_watchdog(o);
}

/* Add what we know to the tree, in the place the VMM chose for it. */
static enum rm_error finish_tree(struct vm *vm, const struct dtb_facts *facts,
                                 const void *tree, void *place)
{
	const char *wrong;
	size_t size;

	wrong = dtb_merge(tree, place, vm->image.dt_size, facts, &size);
	if (wrong != NULL) {
		printf("rm: vm %u %s: device tree: %s\n", vm->vmid, vm->name,
		       wrong);
		return RM_ERR_MEM_INVALID;
	}
	return RM_ERR_OK;
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
	if (!add_bells(vm, owner, wish, &facts)) {
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

	error = read_wish(tree, vm, &wish);
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
	enum rm_error error = RM_ERR_MEM_INVALID;
	void *place, *tree;

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
	if (dtb_copy(place, vm->image.dt_size, &tree) == NULL) {
		error = build_as_told(vm, p, tree, place);
	}
	free(tree);
	parcel_close(p, vm->image.dt_offset, vm->image.dt_size);
	return error;
}
