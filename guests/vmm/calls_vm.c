// SPDX-License-Identifier: BSD-2-Clause
#include <libfdt.h>
#include <string.h>

#include "rt/hv_root.h"
#include "vmm/calls.h"
#include "vmm/lives.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"

#define MIB    (1ull << 20)
#define END_US 5000000

struct machine calls_vm;

static uint64_t before[LEDGER_COUNT];
static void (*add_vdevices)(void *tree);
static uint32_t error; /* of the last launch */

uint32_t calls_error(void)
{
	return error;
}

static void at_step(struct machine *m, struct rm_config_image *config,
                    const char *step)
{
	if (add_vdevices != NULL && strcmp(step, "LEND") == 0) {
		add_vdevices((uint8_t *)m->ram + config->dt_offset);
	}
}

int calls_add_node(void *tree, const char *name, const char *type)
{
	int devices, config = fdt_path_offset(tree, "/gunyah-vm-config");
	int node;

	devices = fdt_subnode_offset(tree, config, "vdevices");
	if (devices < 0) {
		devices = fdt_add_subnode(tree, config, "vdevices");
	}
	node = fdt_add_subnode(tree, devices, name);
	fdt_setprop_string(tree, node, "vdevice-type", type);
	return node;
}

bool calls_find_row(enum rm_resource_type type, uint32_t label,
                    struct rm_resource *row, uint32_t *count)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	const struct rm_vmid who = { calls_vm.vmid, 0 };

	*count = 0;
	if (rpc_call(RM_VM_GET_HYP_RESOURCES, &who, sizeof(who), answer,
	             NULL) != RM_ERR_OK) {
		return false;
	}
	memcpy(count, answer, sizeof(*count));
	for (uint32_t i = 0; i < *count; i++) {
		memcpy(row, answer + 4 + i * sizeof(*row), sizeof(*row));
		if (row->type == type && row->label == label) {
			return true;
		}
	}
	return false;
}

void calls_hear(void)
{
	while (machine_listen()) {
	}
}

const char *calls_begin(void (*vdevices)(void *tree))
{
	void *ram = calls_vm.ram;

	calls_vm = (struct machine){ .image = "peer",
		                     .ram = ram,
		                     .ram_size = 4 * MIB,
		                     .vcpu_count = 1,
		                     .is_scheduled = true,
		                     .at_step = at_step };
	add_vdevices = vdevices;
	error = machine_launch(&calls_vm);
	if (error != RM_ERR_OK) {
		return calls_vm.step;
	}
	calls_hear();
	return peer_open(CALLS_PEER, "peer") ? NULL : "it does not answer";
}

uint32_t calls_refusal(void (*vdevices)(void *tree))
{
	uint32_t refused = calls_begin(vdevices) == NULL ? RM_ERR_OK : error;

	return machine_dispose(&calls_vm) == RM_ERR_OK ? refused : RM_ERR_BUSY;
}

const char *calls_end(enum rm_exit exit)
{
	if (!machine_wait(&calls_vm, END_US)) {
		return "it does not end";
	}
	calls_hear();
	if (calls_vm.exit != exit || calls_vm.exits_heard != 1 ||
	    calls_vm.state != RM_STATE_EXITED) {
		return machine_exit_name(calls_vm.exit);
	}
	if (machine_dispose(&calls_vm) != RM_ERR_OK) {
		return calls_vm.step;
	}
	return peer_close(CALLS_PEER) ? NULL : "the mailbox is not ours again";
}

const char *calls_leave(void)
{
	calls_hear();
	peer_leave(CALLS_PEER, false);
	return calls_end(RM_EXIT_SYSTEM_OFF);
}

bool calls_mark(void)
{
	return lives_ledger(before);
}

const char *calls_difference(void)
{
	uint64_t after[LEDGER_COUNT];

	return lives_ledger(after) ? hv_ledger_difference(before, after)
	                           : "there is no ledger";
}
