/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/machine.h"

#include <abi/bundle.h>
#include <abi/vcpu_run.h>
#include <libfdt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/image.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "rt/vmtree.h"
#include "vmm/life.h"
#include "vmm/rpc.h"
#include "vmm/runner.h"
#include "vmm/slots.h"

#define TREE_ROOM  0x10000ull /* at the end of RAM */
#define VMMIO_ADD  0
#define CACHE_LINE 64
#define ARGS_MAX   256

static const void *bundle;

static uint64_t chosen_number(const char *name)
{
	int len;
	const fdt32_t *cell =
		fdt_getprop(dt(), fdt_path_offset(dt(), "/chosen"), name, &len);

	return cell != NULL && len == 8
	               ? (uint64_t)fdt32_to_cpu(cell[0]) << 32 |
	                         fdt32_to_cpu(cell[1])
	               : 0;
}

bool machine_open_bundle(void)
{
	uint64_t from = chosen_number("linux,initrd-start");
	uint64_t to = chosen_number("linux,initrd-end");
	uint64_t first = from & ~(PAGE_SIZE - 1);

	if (to <= from) {
		return false;
	}
	mmu_map(first, first, ((to + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1)) - first,
	        MMU_NORMAL | MMU_RO);
	bundle = (const void *)(uintptr_t)from;
	return fdt_check_header(bundle) == 0;
}

static const void *find_image(const char *name, size_t *len)
{
	char path[64];
	const void *data;
	int size;

	snprintf(path, sizeof(path), BUNDLE_IMAGES "/%s", name);
	data = fdt_getprop(bundle, fdt_path_offset(bundle, path), BUNDLE_DATA,
	                   &size);
	*len = data != NULL ? (size_t)size : 0;
	return data;
}

size_t machine_image_size(const char *name)
{
	size_t len;

	find_image(name, &len);
	return len;
}

const uint8_t *machine_image_hash(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), BUNDLE_IMAGES "/%s/" BUNDLE_HASH_NODE,
	         name);
	return fdt_getprop(bundle, fdt_path_offset(bundle, path), "value",
	                   NULL);
}

/* A VM begins with its caches off: it must find in RAM what we wrote. */
static void clean(const void *from, size_t len)
{
	uint64_t at = (uint64_t)(uintptr_t)from & ~(CACHE_LINE - 1ull);

	for (; at < (uint64_t)(uintptr_t)from + len; at += CACHE_LINE) {
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	}
	dsb_sy(); /* all of it is there before the VM is told to start */
}

/* What Gunyah's resource manager reads: see facts on "gunyah-vm-config". */
static int add_config(void *tree, const struct machine *m)
{
	int config, node, err;
	fdt32_t base[2] = { 0, cpu_to_fdt32(VMTREE_RAM_BASE) };

	err = fdt_open_into(tree, tree, TREE_ROOM);
	config = err ? err : fdt_add_subnode(tree, 0, "gunyah-vm-config");
	if (config < 0) {
		return config;
	}
	err = fdt_setprop_string(tree, config, "image-name", m->image);
	node = err ? err : fdt_add_subnode(tree, config, "vcpus");
	err = node < 0 ? node
	               : fdt_setprop_string(tree, node, "affinity",
	                                    m->is_scheduled ? "static"
	                                                    : "proxy");
	node = err ? err : fdt_add_subnode(tree, config, "memory");
	err = node < 0 ? node
	               : fdt_setprop(tree, node, "base-address", base,
	                             sizeof(base));
	if (err == 0 && m->has_watchdog) {
		node = fdt_add_subnode(tree, config, "vdevices");
		node = node < 0 ? node : fdt_add_subnode(tree, node, "dog");
		err = node < 0 ? node
		               : fdt_setprop_string(tree, node, "vdevice-type",
		                                    "watchdog");
	}
	return err;
}

static bool fill_ram(struct machine *m, struct rm_config_image *config)
{
	char args[ARGS_MAX];
	struct vmtree tree = { .vcpus = m->vcpu_count,
		               .virtio_slots = m->slots,
		               .bootargs = args };
	uint8_t *at = m->ram;
	struct image_plan plan;
	const void *image;
	size_t len;

	snprintf(args, sizeof(args), "%s%slaunch=%u resets=%u",
	         m->args != NULL ? m->args : "",
	         m->args != NULL && *m->args != '\0' ? " " : "",
	         (unsigned)m->launches + 1, (unsigned)m->resets);
	image = find_image(m->image, &len);
	if (image == NULL ||
	    image_plan(image, len, VMTREE_RAM_BASE, m->ram_size - TREE_ROOM,
	               &plan) != NULL) {
		return false;
	}
	image_load(&plan, image, at);
	clean(at, plan.end);
	at += m->ram_size - TREE_ROOM;
	if (vmtree_write(at, TREE_ROOM, &tree) < 0 || add_config(at, m) < 0) {
		return false;
	}
	clean(at, TREE_ROOM);
	config->image_offset = plan.entry;
	config->image_size = plan.end - plan.entry;
	config->dt_offset = m->ram_size - TREE_ROOM;
	config->dt_size = TREE_ROOM;
	return true;
}

uint32_t machine_ask_memory(struct machine *m, uint32_t id)
{
	struct __attribute__((packed)) {
		struct rm_mem_create head;
		uint16_t acl_count, pad0;
		struct rm_acl_entry acl;
		uint16_t sgl_count, pad1;
		struct rm_sgl_entry sgl;
		uint16_t attr_count, pad2;
	} request = {
		.acl_count = 1,
		.acl = { m->vmid, RM_ACL_R | RM_ACL_W | RM_ACL_X, 0 },
		.sgl_count = 1,
		.sgl = { (uintptr_t)m->ram, m->ram_size },
	};
	static uint8_t answer[RM_MESSAGE_MAX];
	uint32_t error = rpc_call(id, &request, sizeof(request), answer, NULL);

	if (error == RM_ERR_OK) {
		memcpy(&m->handle, answer, sizeof(m->handle));
	}
	return error;
}

static void on_wakeup(unsigned intid, void *arg)
{
	struct machine_vcpu *v = arg;

	(void)intid;
	v->woken = 1;
	rpc_wake();
}

static uint32_t take_resources(struct machine *m)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	struct rm_vmid who = { m->vmid, 0 };
	struct rm_resource r;
	uint32_t count, error;

	error = rpc_call(RM_VM_GET_HYP_RESOURCES, &who, sizeof(who), answer,
	                 NULL);
	if (error != RM_ERR_OK) {
		return error;
	}
	memcpy(&count, answer, sizeof(count));
	for (uint32_t i = 0; i < count; i++) {
		uint64_t cap;

		memcpy(&r, answer + sizeof(count) + i * sizeof(r), sizeof(r));
		cap = (uint64_t)r.cap_hi << 32 | r.cap_lo;
		if (r.type == RM_RES_ADDRSPACE) {
			m->addrspace = cap;
		} else if (r.type == RM_RES_VCPU &&
		           r.label < MACHINE_VCPUS_MAX) {
			struct machine_vcpu *v = &m->vcpu[r.label];

			*v = (struct machine_vcpu){ .virq = r.virq,
				                    .may_run = true };
			dmb_ish(); /* all of it is seen before the cap */
			v->cap = cap;
			irq_attach(r.virq, on_wakeup, v);
			irq_set_edge(r.virq, true);
			irq_route(r.virq, cpus[runner_of(r.label)].mpidr);
			irq_enable(r.virq);
		}
	}
	return m->addrspace != 0 ? RM_ERR_OK : RM_ERR_LOOKUP_FAILED;
}

static uint32_t allocate(struct machine *m)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	struct rm_vmid who = { m->vmid, 0 };
	uint32_t error =
		rpc_call(RM_VM_ALLOCATE, &who, sizeof(who), answer, NULL);

	if (error == RM_ERR_OK) {
		memcpy(&who, answer, sizeof(who));
		m->vmid = who.vmid;
	}
	return error;
}

static void come_to(struct machine *m, struct rm_config_image *config,
                    const char *step)
{
	if (m->at_step != NULL) {
		m->at_step(m, config, step);
	}
}

static void begin_life(struct machine *m)
{
	machine_know(m);
	m->has_exited = false;
	m->exits_heard = 0;
	m->is_paused = false;
	m->is_unsure = false;
	m->handle = 0;
	m->addrspace = 0;
	m->scratch = 0;
	if (m->ram == NULL) {
		m->ram = memalign(MACHINE_BLOCK, m->ram_size);
	}
}

/* Until it is said what it is. */
static uint32_t load(struct machine *m, struct rm_config_image *config)
{
	uint32_t error;

	begin_life(m);
	if (m->ram == NULL) {
		return machine_fail(m, "memory", RM_ERR_NOMEM);
	}
	if (!fill_ram(m, config)) {
		return machine_fail(m, "image", RM_ERR_MEM_INVALID);
	}
	come_to(m, config, "LEND");
	m->asked = cntvct();
	error = machine_fail(m, "ALLOCATE", allocate(m));
	if (error == RM_ERR_OK) {
		error = machine_fail(
			m, "LEND",
			machine_ask_memory(m, m->is_shared ? RM_MEM_SHARE
		                                           : RM_MEM_LEND));
	}
	config->vmid = m->vmid;
	config->memparcel = m->handle;
	if (error == RM_ERR_OK) {
		come_to(m, config, "CONFIG_IMAGE");
		error = machine_fail(m, "CONFIG_IMAGE",
		                     rpc_call(RM_VM_CONFIG_IMAGE, config,
		                              sizeof(*config), NULL, NULL));
	}
	return error;
}

uint32_t machine_load(struct machine *m)
{
	struct rm_config_image config = { .auth = m->auth };

	return load(m, &config);
}

uint32_t machine_launch(struct machine *m)
{
	struct rm_config_image config = { .auth = m->auth };
	uint32_t error = load(m, &config);

	if (error == RM_ERR_OK && m->auth != RM_AUTH_NONE) {
		come_to(m, &config, "AUTH_IMAGE");
		error = machine_fail(m, "AUTH_IMAGE",
		                     machine_ask(m, RM_VM_AUTH_IMAGE));
	}
	if (error == RM_ERR_OK) {
		come_to(m, &config, "INIT");
		error = machine_fail(m, "INIT", machine_ask(m, RM_VM_INIT));
	}
	if (error == RM_ERR_OK) {
		error = machine_fail(m, "GET_HYP_RESOURCES", take_resources(m));
	}
	if (error == RM_ERR_OK &&
	    HV(ADDRSPACE_CONFIGURE_VMMIO, m->addrspace, MACHINE_DEVICE_IPA,
	       MACHINE_DEVICE_SIZE, VMMIO_ADD)
	                    .err != HV_OK) {
		error = machine_fail(m, "device range", RM_ERR_MAP_FAILED);
	}
	if (error == RM_ERR_OK) {
		error = machine_fail(m, "virtio slots", slots_attach(m));
	}
	if (error == RM_ERR_OK) {
		come_to(m, &config, "START");
		error = machine_fail(m, "START", machine_ask(m, RM_VM_START));
	}
	m->launches += error == RM_ERR_OK;
	return error;
}
