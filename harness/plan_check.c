/* SPDX-License-Identifier: BSD-2-Clause */
/* Before anything starts: is everything there that will be started? */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"

static bool is_there(const struct instance *inst, const char *path,
                     const char *node, const char *prop)
{
	const struct tree *tree = &inst->sc->tree;
	int at = node != NULL ? fdt_path_offset(tree->fdt, node) : 0;

	if (access(path, R_OK) == 0) {
		return true;
	}
	return tree_fault(tree, at < 0 ? 0 : at, prop,
	                  "cannot read %s: was it built (make BOARD=%s)?", path,
	                  inst->board->name);
}

/* The node that asks for the image. NULL: nobody does by name. */
static char *node_of_image(const struct scenario *sc, const char *image)
{
	for (size_t i = 0; i < sc->vm_count; i++) {
		if (strcmp(sc->vms[i].image, image) == 0) {
			return xasprintf("/vm-%s", sc->vms[i].name);
		}
	}
	return NULL;
}

static bool check_damage(const struct instance *inst,
                         const struct boot_files *files)
{
	const char *image = inst->sc->damage_image;
	int node = fdt_path_offset(inst->sc->tree.fdt, "/bundle");

	if (image == NULL || *image == '\0' || strcmp(image, "hyp") == 0 ||
	    strcmp(image, "scenario") == 0 ||
	    strv_has(&files->payloads, image)) {
		return true;
	}
	return tree_fault(&inst->sc->tree, node, "damage",
	                  "the bundle has no image \"%s\"", image);
}

static bool check_instance(const struct instance *inst)
{
	struct boot_files files;
	bool ok = true;

	if (inst->sc->skip != NULL || inst->images != NULL) {
		return true;
	}
	boot_files_of(inst, &files);
	if (inst->lane == LANE_REF) {
		char *node = node_of_image(inst->sc, inst->sc->vms[0].image);

		ok = is_there(inst, files.kernel, node, "image");
		free(node);
	} else {
		ok = is_there(inst, files.kernel, NULL, NULL) &&
		     (files.hyp == NULL ||
		      is_there(inst, files.hyp, NULL, NULL)) &&
		     check_damage(inst, &files);
	}
	for (size_t i = 0; ok && i < files.payloads.count; i++) {
		char *node = node_of_image(inst->sc, files.payloads.v[i]);

		ok = is_there(inst, files.paths.v[i], node, "image");
		free(node);
	}
	boot_files_fini(&files);
	return ok;
}

bool plan_check(const struct plan *plan)
{
	bool ok = plan->count == 0 || board_check_program(plan->board);

	for (size_t i = 0; i < plan->count; i++) {
		/* One complaint a scenario, whatever the number of modes. */
		if (i > 0 &&
		    plan->instances[i].sc == plan->instances[i - 1].sc &&
		    plan->instances[i].lane == plan->instances[i - 1].lane) {
			continue;
		}
		ok = check_instance(&plan->instances[i]) && ok;
	}
	return ok;
}
