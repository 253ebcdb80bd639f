/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files an instance boots, and putting them into the evidence folder:
 * what ran is kept as it was, whatever is built afterwards. */
#include <abi/bundle.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boot.h"
#include "bundle.h"
#include "paths.h"

#define FIRMWARE "firmware/firmware.bin"
#define HYP      "hyp/hyp.bin"
#define HYP_TEST "hyp/hyp-test.bin" /* with the mutants compiled in */

static char *payload_path(const struct instance *inst, const char *image)
{
	char *rest = xasprintf("guests/%s.bin", image);
	char *path = path_of_image(inst->board->name, rest);

	free(rest);
	return path;
}

static void add_payload(const struct instance *inst, struct boot_files *files,
                        const char *image)
{
	char *path;

	if (strv_has(&files->payloads, image)) {
		return;
	}
	path = payload_path(inst, image);
	strv_add(&files->payloads, image);
	strv_add(&files->paths, path);
	free(path);
}

void boot_files_of(const struct instance *inst, struct boot_files *files)
{
	const struct scenario *sc = inst->sc;
	const char *board = inst->board->name;

	*files = (struct boot_files){ 0 };
	if (inst->lane == LANE_REF) {
		files->kernel = payload_path(inst, sc->vms[0].image);
		return;
	}
	files->kernel = path_of_image(board, FIRMWARE);
	if (sc->no_bundle) {
		return;
	}
	files->hyp = path_of_image(board, inst->is_test_build ? HYP_TEST : HYP);
	if (scenario_root(sc) == NULL) {
		add_payload(inst, files, ROOT_VM_NAME);
	}
	for (size_t i = 0; i < sc->vm_count; i++) {
		add_payload(inst, files, sc->vms[i].image);
	}
	for (size_t i = 0; i < sc->images.count; i++) {
		add_payload(inst, files, sc->images.v[i]);
	}
}

void boot_files_fini(struct boot_files *files)
{
	free(files->kernel);
	free(files->hyp);
	strv_fini(&files->payloads);
	strv_fini(&files->paths);
}

static bool copy_kernel(struct boot *boot, const char *from)
{
	struct bytes data;

	if (file_read(from, &data) < 0) {
		complain("%s: cannot read: %s", from, strerror(errno));
		return false;
	}
	record_file(&boot->record, "kernel.bin", data.data, data.len);
	bytes_fini(&data);
	return true;
}

static bool write_bundle(struct boot *boot, const struct boot_files *files,
                         const struct bytes *tree)
{
	size_t count = files->payloads.count + 1;
	struct bundle_image *images = xcalloc(count, sizeof(*images));
	struct bytes bundle = { 0 };
	bool ok;

	images[0] = (struct bundle_image){ BUNDLE_HYP, files->hyp };
	for (size_t i = 1; i < count; i++) {
		images[i] = (struct bundle_image){
			files->payloads.v[i - 1],
			files->paths.v[i - 1],
		};
	}
	ok = bundle_make(boot->inst->sc, tree, images, count, &bundle);
	if (ok) {
		record_file(&boot->record, "bundle.itb", bundle.data,
		            bundle.len);
		boot->initrd = record_path(&boot->record, "bundle.itb");
	}
	bytes_fini(&bundle);
	free(images);
	return ok;
}

void boot_machine(const struct instance *inst, struct machine *machine)
{
	const struct scenario *sc = inst->sc;
	bool is_ref = inst->lane == LANE_REF;

	*machine = (struct machine){
		.board = inst->board,
		.lane = inst->lane,
		.mode = inst->mode,
		.cpu_model = sc->cpu_model != NULL ? sc->cpu_model
		                                   : inst->board->cpu_model,
		.cpus = is_ref ? sc->vms[0].vcpus : sc->cpus,
		.memory_mib = is_ref ? sc->vms[0].memory_mib : sc->memory_mib,
	};
}

static void describe_machine(struct boot *boot)
{
	boot_machine(boot->inst, &boot->machine);
	boot->machine.kernel = boot->kernel;
	boot->machine.initrd = boot->initrd;
	boot->machine.append = boot->append;
}

char *boot_append(const struct instance *inst)
{
	const char *args;

	if (inst->lane != LANE_REF) {
		return NULL;
	}
	args = inst->sc->vms[0].bootargs;
	return inst->tell_seed && inst->images == NULL
	               ? xasprintf("%s%sseed=%u", args,
	                           *args != '\0' ? " " : "", inst->seed)
	               : xstrdup(args);
}

/* A --replay boots the very files that lie beside its scenario. */
static void take_replay(struct boot *boot)
{
	const char *folder = boot->inst->images;

	boot->kernel = xasprintf("%s/kernel.bin", folder);
	if (boot->inst->lane != LANE_REF && !boot->inst->sc->no_bundle) {
		boot->initrd = xasprintf("%s/bundle.itb", folder);
	}
}

static void write_repro(struct boot *boot)
{
	const struct instance *inst = boot->inst;
	char *mode = mode_format(inst->mode);
	char *text = xasprintf(
		"#!/bin/sh\n"
		"# SPDX-License-Identifier: BSD-2-Clause\n"
		"# Boot again exactly what scenario %s booted, with the images "
		"kept here,\n"
		"# and judge it. Options go on: --gdb, --console, --repeat 20, "
		"--verbose.\n"
		"here=$(cd \"$(dirname \"$0\")\" && pwd) || exit 2\n"
		"exec \"${TOUCHSTONE:-%s}\" --lane %s --board %s "
		"--qemu-mode %s --seed %u \\\n"
		"\t--replay \"$here/%s.dtb\" --output \"$here/replay\" "
		"\"$@\"\n",
		inst->sc->name, path_of_program(), lane_name(inst->lane),
		inst->board->name, mode, inst->seed, inst->sc->name);
	char *path = record_path(&boot->record, "repro.sh");

	record_file(&boot->record, "repro.sh", text, strlen(text));
	chmod(path, 0755);
	free(path);
	free(text);
	free(mode);
}

bool boot_prepare(struct boot *boot)
{
	const struct instance *inst = boot->inst;
	struct boot_files files;
	struct bytes tree;
	char *name;
	bool ok;

	boot->append = boot_append(inst);
	if (inst->images != NULL) {
		take_replay(boot);
		describe_machine(boot);
		return true;
	}
	boot_files_of(inst, &files);
	tree = bundle_tree(inst->sc, inst->seed, inst->tell_seed, inst->mutant);
	name = xasprintf("%s.dtb", inst->sc->name);
	record_file(&boot->record, name, tree.data, tree.len);
	boot->kernel = record_path(&boot->record, "kernel.bin");
	ok = copy_kernel(boot, files.kernel) &&
	     (files.hyp == NULL || write_bundle(boot, &files, &tree));
	write_repro(boot);
	describe_machine(boot);
	free(name);
	bytes_fini(&tree);
	boot_files_fini(&files);
	return ok;
}
