/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/wish.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "rm/vms.h"
#include "rm/wish_devices.h"
#include "rt/vmtree.h"

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

bool wish_is_text(const char *text)
{
	for (size_t len = 0; len <= WISH_TEXT_MAX; len++) {
		if (text[len] < ' ' || text[len] > '~') {
			return text[len] == '\0';
		}
	}
	return false;
}

/* @return NULL: there is none, or it is no text */
static const char *read_text(const void *fdt, int node, const char *name)
{
	int len;
	const char *text = fdt_getprop(fdt, node, name, &len);

	return text != NULL && len > 0 &&
	                       strnlen(text, (size_t)len) + 1 == (size_t)len
	               ? text
	               : NULL;
}

enum rm_error wish_read(const void *fdt, struct vm *vm, struct wish *wish)
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
	if (fdt_getprop(fdt, config, "image-name", NULL) != NULL) {
		name = read_text(fdt, config, "image-name");
		if (name == NULL || !wish_is_text(name)) {
			return RM_ERR_ARGUMENT_INVALID;
		}
		snprintf(vm->name, sizeof(vm->name), "%s", name);
	}
	node = fdt_subnode_offset(fdt, config, "memory");
	if (node >= 0) {
		wish->base = read_number(fdt, node, "base-address", wish->base);
	}
	node = fdt_subnode_offset(fdt, config, "vcpus");
	affinity = node < 0 ? NULL : read_text(fdt, node, "affinity");
	wish->proxied = affinity == NULL || strcmp(affinity, "proxy") == 0;
	node = fdt_subnode_offset(fdt, config, "vdevices");
	return node < 0 ? RM_ERR_OK : wish_devices(fdt, node, vm, wish);
}
