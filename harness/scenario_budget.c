/* SPDX-License-Identifier: BSD-2-Clause */
/* The node "budget" of a scenario: at most so many exits. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static bool add_budget(struct scenario *sc, int node, const char *vm,
                       const char *name, const void *value, int len)
{
	struct exit_budget budget = { 0 };

	if (!exit_budget_parse(name, &budget)) {
		return tree_fault(&sc->tree, node, name,
		                  "want \"exits\" or wfx, hvc, smc, sysreg, "
		                  "fetch, data, irq, serror, other, with or "
		                  "without -per-second");
	}
	if (len != sizeof(fdt32_t)) {
		return tree_fault(&sc->tree, node, name, "must be one cell");
	}
	budget.vm = vm == NULL ? NULL : xstrdup(vm);
	budget.limit = fdt32_ld(value);
	sc->budgets = xrealloc(sc->budgets,
	                       (sc->budget_count + 1) * sizeof(*sc->budgets));
	sc->budgets[sc->budget_count++] = budget;
	return true;
}

static bool read_node(struct scenario *sc, int node, const char *vm)
{
	const void *fdt = sc->tree.fdt;
	int prop;

	fdt_for_each_property_offset(prop, fdt, node)
	{
		const char *name;
		int len;
		const void *value =
			fdt_getprop_by_offset(fdt, prop, &name, &len);

		if (!add_budget(sc, node, vm, name, value, len)) {
			return false;
		}
	}
	return true;
}

static bool has_vm(const struct scenario *sc, const char *name)
{
	for (size_t i = 0; i < sc->vm_count; i++) {
		if (strcmp(sc->vms[i].name, name) == 0) {
			return true;
		}
	}
	return scenario_root(sc) == NULL && strcmp(name, ROOT_VM_NAME) == 0;
}

bool scenario_read_budgets(struct scenario *sc, int node)
{
	int child;

	if (!read_node(sc, node, NULL)) {
		return false;
	}
	fdt_for_each_subnode(child, sc->tree.fdt, node)
	{
		const char *name = tree_name(&sc->tree, child);

		if (!has_vm(sc, name)) {
			return tree_fault(&sc->tree, child, NULL,
			                  "no VM is called \"%s\"", name);
		}
		if (!read_node(sc, child, name)) {
			return false;
		}
	}
	return true;
}

void scenario_free_budgets(struct scenario *sc)
{
	for (size_t i = 0; i < sc->budget_count; i++) {
		free(sc->budgets[i].vm);
	}
	free(sc->budgets);
}
