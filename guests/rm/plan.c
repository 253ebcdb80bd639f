/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan.h"

#include <abi/rm.h>
#include <libfdt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define PREFIX    "vm-"
#define VCPUS_MAX 8

static char complaint[96];

static const char *complain(const void *fdt, int node, const char *property,
                            const char *why)
{
	snprintf(complaint, sizeof(complaint), "%s: %s: %s",
	         fdt_get_name(fdt, node, NULL), property, why);
	return complaint;
}

/* The property as a cell, or @value as it was. @return false: not a cell */
static bool read_cell(const void *fdt, int node, const char *name,
                      uint32_t *value)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	if (cell == NULL) {
		return true;
	}
	if (len != sizeof(*cell)) {
		return false;
	}
	*value = fdt32_to_cpu(*cell);
	return true;
}

static const char *read_string(const void *fdt, int node, const char *name,
                               const char *otherwise)
{
	int len;
	const char *text = fdt_getprop(fdt, node, name, &len);

	if (text == NULL || len < 1 || text[len - 1] != '\0') {
		return otherwise;
	}
	return text;
}

static bool read_policy(const void *fdt, int node, const char *name,
                        enum policy *policy)
{
	static const char *const names[] = { [POLICY_STOP] = "stop",
		                             [POLICY_RESTART] = "restart",
		                             [POLICY_END] = "end" };
	const char *text = read_string(fdt, node, name, NULL);

	if (text == NULL) {
		return fdt_getprop(fdt, node, name, NULL) == NULL;
	}
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*policy = (enum policy)i;
			return true;
		}
	}
	return false;
}

static const char *read_numbers(const void *fdt, int node, struct plan_vm *vm)
{
	uint32_t vmid = 0;

	if (!read_cell(fdt, node, "vmid", &vmid) || vmid > RM_VMID_STATIC_MAX) {
		return complain(fdt, node, "vmid", "not one cell from 1 to 63");
	}
	if (!read_cell(fdt, node, "vcpus", &vm->vcpus) || vm->vcpus < 1 ||
	    vm->vcpus > VCPUS_MAX) {
		return complain(fdt, node, "vcpus", "not one cell from 1 to 8");
	}
	if (!read_cell(fdt, node, "memory-mib", &vm->memory_mib) ||
	    vm->memory_mib < 1) {
		return complain(fdt, node, "memory-mib",
		                "not one cell above 0");
	}
	if (!read_cell(fdt, node, "launches", &vm->launches)) {
		return complain(fdt, node, "launches", "not one cell");
	}
	vm->vmid = (uint16_t)vmid;
	if (vm->is_primary) {
		vm->vmid = RM_VMID_PRIMARY;
	}
	return NULL;
}

#define SPI_FIRST 32
#define SPI_LAST  1019

/* INTIDs of the machine. */
static const char *read_irqs(const void *fdt, int node, struct plan_vm *vm)
{
	static const char name[] = "irqs";
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	if (cell == NULL) {
		return NULL;
	}
	if (len % (int)sizeof(*cell) != 0 ||
	    len / (int)sizeof(*cell) > PLAN_IRQS_MAX) {
		return complain(fdt, node, name, "not at most 4 cells");
	}
	for (unsigned i = 0; i < (unsigned)len / sizeof(*cell); i++) {
		uint32_t intid = fdt32_to_cpu(cell[i]);

		if (intid < SPI_FIRST || intid > SPI_LAST) {
			return complain(fdt, node, name, "not an SPI");
		}
		vm->irq[vm->irq_count++] = intid;
	}
	return NULL;
}

static const char *read_vm(const void *fdt, int node, struct plan_vm *vm)
{
	const char *name = fdt_get_name(fdt, node, NULL) + strlen(PREFIX);
	const char *wrong;

	*vm = (struct plan_vm){ .vcpus = 1,
		                .memory_mib = 32,
		                .on_reset = POLICY_RESTART };
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	vm->is_primary = fdt_getprop(fdt, node, "primary", NULL) != NULL;
	vm->has_watchdog = fdt_getprop(fdt, node, "watchdog", NULL) != NULL;
	wrong = read_numbers(fdt, node, vm);
	if (wrong != NULL) {
		return wrong;
	}
	wrong = read_irqs(fdt, node, vm);
	if (wrong != NULL) {
		return wrong;
	}
	vm->bootargs = read_string(fdt, node, "bootargs", "");
	vm->image = read_string(fdt, node, "image", NULL);
	if (vm->image == NULL) {
		return complain(fdt, node, "image", "missing");
	}
	if (!read_policy(fdt, node, "on-off", &vm->on_off)) {
		return complain(fdt, node, "on-off", "no such policy");
	}
	if (!read_policy(fdt, node, "on-reset", &vm->on_reset)) {
		return complain(fdt, node, "on-reset", "no such policy");
	}
	if (!read_policy(fdt, node, "on-crash", &vm->on_crash)) {
		return complain(fdt, node, "on-crash", "no such policy");
	}
	return NULL;
}

static bool is_taken(const struct plan *plan, uint16_t vmid)
{
	for (unsigned i = 0; i < plan->vm_count; i++) {
		if (plan->vm[i].vmid == vmid) {
			return true;
		}
	}
	return vmid == RM_VMID_PRIMARY;
}

/* VMs without a VMID get 1, 2, 4... in order, around those taken. */
static void number_vms(struct plan *plan)
{
	uint16_t next = 1;

	for (unsigned i = 0; i < plan->vm_count; i++) {
		if (plan->vm[i].vmid == 0) {
			while (is_taken(plan, next)) {
				next++;
			}
			plan->vm[i].vmid = next;
		}
	}
}

static bool has_irq(const struct plan_vm *vm, unsigned count, uint32_t intid)
{
	for (unsigned i = 0; i < count; i++) {
		if (vm->irq[i] == intid) {
			return true;
		}
	}
	return false;
}

/* Does the last VM want an interrupt that is given already? */
static bool is_irq_given(const struct plan *plan)
{
	const struct plan_vm *last = &plan->vm[plan->vm_count - 1];

	for (unsigned i = 0; i < last->irq_count; i++) {
		bool given = has_irq(last, i, last->irq[i]);

		for (unsigned k = 0; k + 1 < plan->vm_count; k++) {
			given |= has_irq(&plan->vm[k], plan->vm[k].irq_count,
			                 last->irq[i]);
		}
		if (given) {
			return true;
		}
	}
	return false;
}

/* The harness passes a fault on among the hypervisor's arguments. */
static const char *find_mutant(const void *fdt)
{
	static const char key[] = "mutant=";
	const char *args = read_string(fdt, 0, "hyp-args", "");
	const char *found = strstr(args, key);

	return found != NULL ? found + strlen(key)
	                     : read_string(fdt, 0, "mutant", "");
}

static void read_images(struct plan *plan, const void *fdt)
{
	int len;
	const char *names = fdt_getprop(fdt, 0, "images", &len);

	if (names != NULL && len > 0 && names[len - 1] == '\0') {
		plan->images = names;
		plan->images_len = (size_t)len;
	}
}

const char *plan_read(struct plan *plan, const void *scenario)
{
	int node;

	memset(plan, 0, sizeof(*plan));
	plan->mutant = find_mutant(scenario);
	read_images(plan, scenario);
	fdt_for_each_subnode(node, scenario, 0)
	{
		const char *name = fdt_get_name(scenario, node, NULL);
		const char *wrong;

		if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
		    fdt_getprop(scenario, node, "root", NULL) != NULL) {
			continue;
		}
		if (plan->vm_count == PLAN_VMS_MAX) {
			return "more VMs than the resource manager can have";
		}
		wrong = read_vm(scenario, node, &plan->vm[plan->vm_count]);
		if (wrong != NULL) {
			return wrong;
		}
		plan->vm_count++;
		if (is_irq_given(plan)) {
			return complain(scenario, node, "irqs", "given twice");
		}
	}
	number_vms(plan);
	return NULL;
}
