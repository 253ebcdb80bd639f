/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMs of a scenario, its bundle node, and taking a scenario apart. */
#include <abi/boot.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define VMID_MAX 63

/* A report is a flag, or says in which language it comes. */
#define REPORT_GREATEST "greatest"

#define VM(field) offsetof(struct vm, field)

/* clang-format off */
static const struct prop_rule vm_rules[] = {
	{ "image",      PROP_STRING,  VM(image),      true,  0, 0 },
	{ "root",       PROP_FLAG,    VM(root),       false, 0, 0 },
	{ "primary",    PROP_FLAG,    VM(primary),    false, 0, 0 },
	{ "vmid",       PROP_CELL,    VM(vmid),       false, 1, VMID_MAX },
	{ "vcpus",      PROP_CELL,    VM(vcpus),      false, 1, SCENARIO_CPUS },
	{ "memory-mib", PROP_CELL,    VM(memory_mib), false, 2, 65536 },
	{ "bootargs",   PROP_STRING,  VM(bootargs),   false, 0, 0 },
	{ "report",     PROP_FOREIGN, 0,              false, 0, 0 },
	/* For the resource manager alone, which checks them. */
	{ "on-off",     PROP_FOREIGN, 0,              false, 0, 0 },
	{ "on-reset",   PROP_FOREIGN, 0,              false, 0, 0 },
	{ "on-crash",   PROP_FOREIGN, 0,              false, 0, 0 },
	{ "watchdog",   PROP_FOREIGN, 0,              false, 0, 0 },
	{ "launches",   PROP_FOREIGN, 0,              false, 0, 0 },
	{ "irqs",       PROP_FOREIGN, 0,              false, 0, 0 },
};

static const struct {
	const char *name;
	enum damage damage;
	bool of_image;
} damages[] = {
	{ "data",      DAMAGE_DATA,      true },
	{ "hash",      DAMAGE_HASH,      true },
	{ "no-hash",   DAMAGE_NO_HASH,   true },
	{ "missing",   DAMAGE_MISSING,   true },
	{ "magic",     DAMAGE_MAGIC,     false },
	{ "truncated", DAMAGE_TRUNCATED, false },
};
/* clang-format on */

static bool read_report(struct scenario *sc, struct vm *vm, int node)
{
	int len;
	const char *value = fdt_getprop(sc->tree.fdt, node, "report", &len);

	if (value == NULL) {
		return true;
	}
	vm->report = true;
	if (len == 0) {
		return true;
	}
	if ((size_t)len != sizeof(REPORT_GREATEST) ||
	    memcmp(value, REPORT_GREATEST, sizeof(REPORT_GREATEST)) != 0) {
		return tree_fault(&sc->tree, node, "report",
		                  "takes no value, or \"%s\"", REPORT_GREATEST);
	}
	sc->greatest_text = true;
	return true;
}

static bool check_vm(struct scenario *sc, const struct vm *vm, int node)
{
	const struct tree *tree = &sc->tree;

	if (*vm->name == '\0' || strlen(vm->name) >= BOOT_NAME_MAX) {
		return tree_fault(tree, node, NULL,
		                  "the name must have 1..%d bytes",
		                  BOOT_NAME_MAX - 1);
	}
	if (strcmp(vm->name, HYP_STREAM) == 0) {
		return tree_fault(tree, node, NULL,
		                  "a VM cannot be called \"%s\"", HYP_STREAM);
	}
	if (*vm->image == '\0' || strchr(vm->image, '/') != NULL) {
		return tree_fault(tree, node, "image",
		                  "must be the name of a payload");
	}
	if (vm->root && vm->primary) {
		return tree_fault(tree, node, "primary",
		                  "the root VM cannot be the primary VM");
	}
	if ((vm->root || vm->primary) && vm->vmid != 0) {
		return tree_fault(tree, node, "vmid",
		                  "the root and primary VMs have their own");
	}
	if (vm->vmid == VMID_PRIMARY) {
		return tree_fault(tree, node, "vmid",
		                  "%d belongs to the primary VM", VMID_PRIMARY);
	}
	return true;
}

const struct vm *scenario_vm(const struct scenario *sc, uint32_t vmid)
{
	for (size_t i = 0; i < sc->vm_count; i++) {
		if (sc->vms[i].vmid == vmid) {
			return &sc->vms[i];
		}
	}
	return NULL;
}

const struct vm *scenario_root(const struct scenario *sc)
{
	return scenario_vm(sc, VMID_ROOT);
}

/* VMs without one get 1, 2, 4 ... in node order, around those taken. */
static void number_vms(struct scenario *sc)
{
	uint32_t next = 1;

	for (size_t i = 0; i < sc->vm_count; i++) {
		struct vm *vm = &sc->vms[i];

		if (vm->vmid != 0) {
			continue;
		}
		while (next == VMID_PRIMARY || scenario_vm(sc, next) != NULL) {
			next++;
		}
		vm->vmid = next;
	}
}

static bool read_vm(struct scenario *sc, int node)
{
	struct vm *vm;

	if (sc->vm_count == SCENARIO_VMS) {
		return tree_fault(&sc->tree, node, NULL, "more than %d VMs",
		                  SCENARIO_VMS);
	}
	sc->vms = xrealloc(sc->vms, (sc->vm_count + 1) * sizeof(*sc->vms));
	vm = &sc->vms[sc->vm_count++];
	*vm = (struct vm){
		.name = xstrdup(tree_name(&sc->tree, node) + strlen("vm-")),
		.bootargs = xstrdup(""),
		.vcpus = 1,
		.memory_mib = 32,
	};
	if (!tree_read(&sc->tree, node, vm_rules, ARRAY_COUNT(vm_rules), vm) ||
	    !read_report(sc, vm, node) || !check_vm(sc, vm, node)) {
		return false;
	}
	if (vm->root || vm->primary) {
		vm->vmid = vm->root ? VMID_ROOT : VMID_PRIMARY;
	}
	for (size_t i = 0; vm->vmid != 0 && i + 1 < sc->vm_count; i++) {
		if (sc->vms[i].vmid == vm->vmid) {
			return tree_fault(&sc->tree, node,
			                  vm->root      ? "root"
			                  : vm->primary ? "primary"
			                                : "vmid",
			                  "vm-%s has it already",
			                  sc->vms[i].name);
		}
	}
	return true;
}

bool scenario_read_vms(struct scenario *sc)
{
	int node;

	fdt_for_each_subnode(node, sc->tree.fdt, 0)
	{
		if (strncmp(tree_name(&sc->tree, node), "vm-", 3) == 0 &&
		    !read_vm(sc, node)) {
			return false;
		}
	}
	number_vms(sc);
	return true;
}

bool scenario_read_bundle(struct scenario *sc, int node)
{
	struct node {
		bool none;
		char *damage[2];
	} raw = { 0 };
	const struct prop_rule rules[] = {
		{ "none", PROP_FLAG, offsetof(struct node, none), false, 0, 0 },
		{ "damage", PROP_PAIR, offsetof(struct node, damage), false, 0,
		  0 },
	};
	bool ok = tree_read(&sc->tree, node, rules, ARRAY_COUNT(rules), &raw);

	sc->no_bundle = raw.none;
	sc->damage_image = raw.damage[0];
	for (size_t i = 0; ok && raw.damage[1] != NULL; i++) {
		if (i == ARRAY_COUNT(damages)) {
			ok = tree_fault(&sc->tree, node, "damage",
			                "no damage is called \"%s\"",
			                raw.damage[1]);
		} else if (strcmp(damages[i].name, raw.damage[1]) == 0) {
			sc->damage = damages[i].damage;
			if (damages[i].of_image != (*raw.damage[0] != '\0')) {
				ok = tree_fault(
					&sc->tree, node, "damage",
					"\"%s\" needs %s image", raw.damage[1],
					damages[i].of_image ? "an" : "no");
			}
			break;
		}
	}
	free(raw.damage[1]);
	return ok;
}
