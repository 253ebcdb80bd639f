// SPDX-License-Identifier: BSD-2-Clause
#include <libfdt.h>

#include "vmm/calls.h"
#include "vmm/queues.h"

int queues_add_pair(void *tree, const char *name, uint32_t label)
{
	int node = calls_add_node(tree, name, QUEUES_PAIR);

	fdt_setprop(tree, node, "peer-default", NULL, 0);
	fdt_setprop_u32(tree, node, "label", label);
	return node;
}

int queues_add_one(void *tree, const char *name, bool vm_sends, uint32_t spi)
{
	const fdt32_t irq[3] = { 0, cpu_to_fdt32(spi), cpu_to_fdt32(1) };
	int node = calls_add_node(tree, name, QUEUES_ONE_WAY);

	fdt_setprop_u32(tree, node, "qcom,label", QUEUES_ONE_LABEL);
	fdt_setprop(tree, node, vm_sends ? "is-sender" : "is-receiver", NULL,
	            0);
	fdt_setprop(tree, node, "interrupts", irq, sizeof(irq));
	return node;
}

/* One each way; what the VM has anyway; and a kind that nobody makes. */
void queues_add_two(void *tree)
{
	queues_add_one(tree, "up", true, QUEUES_UP_SPI);
	queues_add_one(tree, "down", false, QUEUES_DOWN_SPI);
	calls_add_node(tree, "rpc", "rm-rpc");
	calls_add_node(tree, "pot", "teapot");
}
