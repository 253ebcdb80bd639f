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
#include "rm/life.h"
#include "rt/dt.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "rt/vmtree.h"
#include "vmm/rpc.h"

#define TREE_ROOM  0x10000ull /* at the end of RAM */
#define VMMIO_ADD  0
#define CACHE_LINE 64

static const void *bundle;
static struct machine *known[MACHINES_MAX]; /* whose news we hear */

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
	               : fdt_setprop_string(tree, node, "affinity", "proxy");
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

static uint32_t fail(struct machine *m, const char *step, uint32_t error)
{
	if (error != RM_ERR_OK) {
		m->step = step;
	}
	return error;
}

static bool fill_ram(struct machine *m, struct rm_config_image *config)
{
	struct vmtree tree = { .vcpus = m->vcpu_count, .bootargs = m->args };
	uint8_t *at = m->ram;
	struct image_plan plan;
	const void *image;
	size_t len;

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

static uint32_t lend(struct machine *m)
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
	uint32_t error = rpc_call(m->is_shared ? RM_MEM_SHARE : RM_MEM_LEND,
	                          &request, sizeof(request), answer, NULL);

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

			*v = (struct machine_vcpu){ .cap = cap,
				                    .virq = r.virq,
				                    .may_run = true };
			irq_attach(r.virq, on_wakeup, v);
			irq_set_edge(r.virq, true);
			irq_enable(r.virq);
		}
	}
	return m->addrspace != 0 ? RM_ERR_OK : RM_ERR_LOOKUP_FAILED;
}

static uint32_t ask(struct machine *m, uint32_t id)
{
	struct rm_vmid who = { m->vmid, 0 };

	return rpc_call(id, &who, sizeof(who), NULL, NULL);
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

static void get_known(struct machine *m)
{
	struct machine **place = NULL;

	for (unsigned i = 0; i < MACHINES_MAX; i++) {
		if (known[i] == m) {
			return;
		}
		place = known[i] == NULL ? &known[i] : place;
	}
	if (place != NULL) {
		*place = m;
	}
}

uint32_t machine_launch(struct machine *m)
{
	struct rm_config_image config = { .auth = RM_AUTH_NONE };
	uint32_t error;

	get_known(m);
	m->has_exited = false;
	m->exits_heard = 0;
	m->handle = 0;
	m->addrspace = 0;
	if (m->ram == NULL) {
		m->ram = memalign(MACHINE_BLOCK, m->ram_size);
	}
	if (m->ram == NULL) {
		return fail(m, "memory", RM_ERR_NOMEM);
	}
	if (!fill_ram(m, &config)) {
		return fail(m, "image", RM_ERR_MEM_INVALID);
	}
	m->asked = cntvct();
	error = fail(m, "ALLOCATE", allocate(m));
	if (error == RM_ERR_OK) {
		error = fail(m, "LEND", lend(m));
	}
	config.vmid = m->vmid;
	config.memparcel = m->handle;
	if (error == RM_ERR_OK) {
		error = fail(m, "CONFIG_IMAGE",
		             rpc_call(RM_VM_CONFIG_IMAGE, &config,
		                      sizeof(config), NULL, NULL));
	}
	if (error == RM_ERR_OK) {
		error = fail(m, "INIT", ask(m, RM_VM_INIT));
	}
	if (error == RM_ERR_OK) {
		error = fail(m, "GET_HYP_RESOURCES", take_resources(m));
	}
	if (error == RM_ERR_OK &&
	    HV(ADDRSPACE_CONFIGURE_VMMIO, m->addrspace, MACHINE_DEVICE_IPA,
	       MACHINE_DEVICE_SIZE, VMMIO_ADD)
	                    .err != HV_OK) {
		error = fail(m, "device range", RM_ERR_MAP_FAILED);
	}
	if (error == RM_ERR_OK) {
		error = fail(m, "START", ask(m, RM_VM_START));
	}
	m->launches += error == RM_ERR_OK;
	return error;
}

uint32_t machine_stop(struct machine *m)
{
	const struct rm_stop stop = { .vmid = m->vmid,
		                      .flags = RM_STOP_FORCE,
		                      .reason = RM_STOP_REASON_FORCE };

	return fail(m, "STOP",
	            rpc_call(RM_VM_STOP, &stop, sizeof(stop), NULL, NULL));
}

static struct machine *with_vmid(uint16_t vmid)
{
	for (unsigned i = 0; i < MACHINES_MAX; i++) {
		if (known[i] != NULL && known[i]->vmid == vmid) {
			return known[i];
		}
	}
	return NULL;
}

bool machine_listen(void)
{
	const struct rm_message_buf *note = rpc_notification();
	struct rm_vm_exited exited;
	struct rm_vm_status status;
	struct machine *m;

	if (note == NULL) {
		return false;
	}
	if (note->id == RM_VM_EXITED && note->len >= sizeof(exited)) {
		memcpy(&exited, note->payload, sizeof(exited));
		m = with_vmid(exited.vmid);
		if (m != NULL) {
			m->has_exited = true;
			m->exits_heard++;
			m->exit = (enum rm_exit)exited.type;
		}
	} else if (note->id == RM_VM_STATUS && note->len >= sizeof(status)) {
		memcpy(&status, note->payload, sizeof(status));
		m = with_vmid(status.vmid);
		if (m != NULL) {
			m->state = status.vm;
		}
	}
	return true;
}

static bool wait_for(struct machine *m, uint8_t state, uint64_t timeout_us)
{
	uint64_t end = cntvct() + timer_ticks_of_us(timeout_us);

	while (m->state != state) {
		if (!machine_listen()) {
			if (cntvct() > end) {
				return false;
			}
			rpc_sleep();
		}
	}
	return true;
}

bool machine_wait(struct machine *m, uint64_t timeout_us)
{
	uint64_t end = cntvct() + timer_ticks_of_us(timeout_us);

	while (!m->has_exited) {
		if (cntvct() > end) {
			return false;
		}
		if (!machine_turn(m)) {
			rpc_sleep();
		}
	}
	return true;
}

#define RESET_TIMEOUT_US 2000000

uint32_t machine_dispose(struct machine *m)
{
	uint32_t error = RM_ERR_OK;

	while (machine_listen()) { /* which state is it in? */
	}
	if (m->vmid != 0 && !life_is_empty((enum rm_state)m->state)) {
		error = fail(m, "RESET", ask(m, RM_VM_RESET));
		if (error == RM_ERR_OK &&
		    !wait_for(m, RM_STATE_RESET, RESET_TIMEOUT_US)) {
			error = fail(m, "waiting for RESET", RM_ERR_BUSY);
		}
	}
	if (error == RM_ERR_OK && m->handle != 0) {
		uint32_t request[2] = { m->handle, 0 };

		error = fail(m, "RECLAIM",
		             rpc_call(RM_MEM_RECLAIM, request, sizeof(request),
		                      NULL, NULL));
	}
	if (error == RM_ERR_OK && m->vmid != 0) {
		error = fail(m, "DEALLOCATE", ask(m, RM_VM_DEALLOCATE));
	}
	for (unsigned i = 0; error == RM_ERR_OK && i < m->vcpu_count; i++) {
		if (m->vcpu[i].virq != 0) {
			irq_disable(m->vcpu[i].virq);
		}
	}
	if (error == RM_ERR_OK) {
		m->vmid = 0;
		m->handle = 0;
		m->state = RM_STATE_NONE;
		memset(m->vcpu, 0, sizeof(m->vcpu));
	}
	return error;
}

void machine_free(struct machine *m)
{
	free(m->ram);
	m->ram = NULL;
}

const char *machine_exit_name(enum rm_exit exit)
{
	switch (exit) {
	case RM_EXIT_VM_EXIT:
		return "exit";
	case RM_EXIT_SYSTEM_OFF:
		return "off";
	case RM_EXIT_SYSTEM_RESET:
		return "reset";
	case RM_EXIT_SYSTEM_RESET2:
		return "reset2";
	case RM_EXIT_WATCHDOG:
		return "watchdog";
	case RM_EXIT_FAULT:
		return "fault";
	case RM_EXIT_HW_ERROR:
		return "hardware error";
	case RM_EXIT_FORCED:
		return "forced";
	}
	return "?";
}
