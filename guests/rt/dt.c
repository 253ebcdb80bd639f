// SPDX-License-Identifier: BSD-2-Clause
/*
 * The device tree, read with libfdt from a packed copy of our own, so that
 * the heap may have the place where the loader put it.
 */
#include "rt/dt.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "rt/fault.h"

#define COPY_MAX    (64 * 1024)
#define BOOTARG_MAX 64
#define SPI_FIRST   32

static char copy[COPY_MAX] __attribute__((aligned(16)));

const void *dt(void)
{
	return copy;
}

void dt_init(void *blob)
{
	if (blob == NULL || fdt_check_header(blob) != 0) {
		fatal("no device tree at %p", blob);
	}
	if (fdt_pack(blob) != 0 || fdt_totalsize(blob) > sizeof(copy)) {
		fatal("device tree of %u bytes is too large",
		      (unsigned)fdt_totalsize(blob));
	}
	memcpy(copy, blob, fdt_totalsize(blob));
}

static uint64_t cells_at(const fdt32_t *cell, int count)
{
	uint64_t value = 0;

	while (count-- > 0) {
		value = value << 32 | fdt32_to_cpu(*cell++);
	}
	return value;
}

struct dt_range dt_reg(int node, unsigned index)
{
	struct dt_range range = { 0, 0 };
	int parent = fdt_parent_offset(copy, node);
	int address = fdt_address_cells(copy, parent);
	int size = fdt_size_cells(copy, parent);
	int len;
	const fdt32_t *cell = fdt_getprop(copy, node, "reg", &len);
	int stride = address + size;

	if (cell == NULL || address < 1 || size < 0 ||
	    len < (int)((index + 1) * (unsigned)stride * sizeof(*cell))) {
		return range;
	}
	cell += index * (unsigned)stride;
	range.base = cells_at(cell, address);
	range.size = cells_at(cell + address, size);
	return range;
}

int dt_find(const char *compatible)
{
	return fdt_node_offset_by_compatible(copy, -1, compatible);
}

bool dt_device(struct dt_device *device)
{
	int node = dt_find("touchstone,device");
	const fdt32_t *irq = fdt_getprop(copy, node, "interrupts", NULL);
	const fdt32_t *physical =
		fdt_getprop(copy, node, "touchstone,intid", NULL);

	if (irq == NULL || physical == NULL) {
		return false;
	}
	device->reg = dt_reg(node, 0);
	device->intid = fdt32_to_cpu(irq[1]) + SPI_FIRST;
	device->physical = fdt32_to_cpu(*physical);
	return true;
}

struct dt_range dt_ram(void)
{
	int node = fdt_node_offset_by_prop_value(copy, -1, "device_type",
	                                         "memory", sizeof("memory"));

	return dt_reg(node, 0);
}

static int hypervisor_node(void)
{
	return fdt_path_offset(copy, "/hypervisor");
}

bool dt_has_hypervisor(void)
{
	return hypervisor_node() >= 0;
}

/* "vmid" of the node itself or, as Gunyah has it, of a child "...gunyah-vm". */
unsigned dt_vmid(void)
{
	int node = hypervisor_node();
	const fdt32_t *vmid;
	int child, len;

	if (node < 0) {
		return 0;
	}
	vmid = fdt_getprop(copy, node, "vmid", &len);
	if (vmid != NULL && len == sizeof(*vmid)) {
		return fdt32_to_cpu(*vmid);
	}
	fdt_for_each_subnode(child, copy, node)
	{
		vmid = fdt_getprop(copy, child, "qcom,vmid", &len);
		if (vmid != NULL && len == sizeof(*vmid)) {
			return fdt32_to_cpu(*vmid);
		}
	}
	return 0;
}

bool dt_psci_by_smc(void)
{
	const char *method = fdt_getprop(copy, fdt_path_offset(copy, "/psci"),
	                                 "method", NULL);

	return method != NULL && strcmp(method, "smc") == 0;
}

const char *dt_bootarg(const char *key)
{
	static char value[BOOTARG_MAX];
	const char *args = fdt_getprop(copy, fdt_path_offset(copy, "/chosen"),
	                               "bootargs", NULL);
	size_t key_len = strlen(key);

	while (args != NULL && *args != '\0') {
		size_t len = strcspn(args, " ");

		if (len > key_len && args[key_len] == '=' &&
		    strncmp(args, key, key_len) == 0) {
			len -= key_len + 1;
			if (len >= sizeof(value)) {
				len = sizeof(value) - 1;
			}
			memcpy(value, args + key_len + 1, len);
			value[len] = '\0';
			return value;
		}
		args += len;
		args += strspn(args, " ");
	}
	return NULL;
}

uint64_t dt_bootarg_number(const char *key, uint64_t fallback)
{
	const char *value = dt_bootarg(key);

	return value != NULL ? strtoull(value, NULL, 0) : fallback;
}
