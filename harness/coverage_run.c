/* SPDX-License-Identifier: BSD-2-Clause */
#include "coverage_run.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coverage.h"
#include "coverage_reach.h"
#include "origin.h"
#include "paths.h"
#include "reach.h"
#include "reach_run.h"
#include "util.h"

/* One run of the program has one report. The test image is the twin of the
 * hypervisor's: other addresses, the same lines. */
static struct image {
	const char *name, *prefix;
	const char *elf, *twin_elf;
	struct coverage *cov, *twin;
} images[] = {
	{ "hyp", "hyp/", "hyp/hyp.elf", "hyp/hyp-test.elf", NULL, NULL },
	{ "rm", "guests/rm/", "guests/rm.elf", NULL, NULL, NULL },
};

/* For the map; reached NULL: none is made. */
static struct {
	struct reached *reached;
	json_t *stamps;
	struct strv good, bad; /* keys by how they ended */
} map;

static struct coverage *open_image(const struct options *opt, const char *name)
{
	char *elf = path_of_image(opt->board, name);
	struct coverage *it = coverage_open(elf);

	free(elf);
	return it;
}

/* What of @image @inst boots; NULL: nothing. The resource manager is a payload
 * like others. */
static struct coverage *part_of(const struct image *image,
                                const struct instance *inst)
{
	struct boot_files files;
	bool has_it;

	if (image->twin_elf != NULL) {
		return inst->is_test_build ? image->twin : image->cov;
	}
	boot_files_of(inst, &files);
	has_it = strv_has(&files.payloads, image->name);
	boot_files_fini(&files);
	return has_it ? image->cov : NULL;
}

static void ask_for_log(struct instance *inst)
{
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		const struct coverage *cov = part_of(&images[i], inst);
		struct block_range *range = &inst->blocks[inst->block_count];

		if (cov != NULL) {
			coverage_range(cov, &range->lo, &range->hi);
			inst->block_count++;
		}
	}
}

/* Is each source that @elf is made of older than it? */
static bool is_fresh(const struct options *opt, const char *name)
{
	char *elf = path_of_image(opt->board, name);
	struct strv files = { 0 };
	struct stat built, source;
	bool ok =
		stat(elf, &built) == 0 && origin_read(opt->board, elf, &files);

	for (size_t i = 0; ok && i < files.count; i++) {
		ok = stat(files.v[i], &source) == 0 &&
		     (source.st_mtim.tv_sec < built.st_mtim.tv_sec ||
		      (source.st_mtim.tv_sec == built.st_mtim.tv_sec &&
		       source.st_mtim.tv_nsec <= built.st_mtim.tv_nsec));
	}
	strv_fini(&files);
	free(elf);
	return ok;
}

/* A map of other images, or of other faults, would be none of these sources.
 * All sources are read now: who changes them meanwhile changes not the map. */
static void begin_map(const struct options *opt)
{
	char *images_of = path_of_image(opt->board, "");
	bool ours = strncmp(images_of, "build/", 6) == 0;

	free(images_of);
	if (!ours || opt->replay != NULL || opt->command != NULL) {
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		if (images[i].cov == NULL || !is_fresh(opt, images[i].elf)) {
			complain("no map for --changed: %s is older than its "
			         "sources",
			         images[i].elf);
			return;
		}
	}
	map.stamps = reach_stamps();
	if (map.stamps == NULL) {
		return;
	}
	map.reached = reached_new();
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		reached_know(map.reached, images[i].cov);
		if (images[i].twin != NULL) {
			reached_know(map.reached, images[i].twin);
		}
	}
}

void coverage_run_begin(struct plan *plan, const struct options *opt)
{
	if (!opt->coverage) {
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		images[i].cov = open_image(opt, images[i].elf);
		if (images[i].twin_elf != NULL) {
			images[i].twin = open_image(opt, images[i].twin_elf);
		}
	}
	begin_map(opt);
	for (size_t i = 0; i < plan->count; i++) {
		struct instance *inst = &plan->instances[i];

		if (inst->lane == LANE_TOUCHSTONE && !inst->sc->no_bundle) {
			ask_for_log(inst);
		}
	}
}

void coverage_run_take(const struct instance *inst, const char *folder,
                       bool is_good)
{
	bool ok = true;
	char *log, *key;

	if (inst->block_count == 0) {
		return;
	}
	log = xasprintf("%s/%s", folder, COVERAGE_LOG);
	key = reach_key(inst);
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		struct coverage *cov = part_of(&images[i], inst);

		ok = (cov == NULL || coverage_add_log(cov, key, log)) && ok;
	}
	if (ok) {
		unlink(log);
	}
	strv_add(ok && is_good ? &map.good : &map.bad, key);
	free(key);
	free(log);
}

static json_t *reaches_of(const char *key)
{
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		const struct image *it = &images[i];

		reached_add(map.reached, it->cov, key);
		if (it->twin != NULL) {
			reached_add(map.reached, it->twin, key);
		}
	}
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		reached_close(map.reached, images[i].cov);
	}
	return reached_take(map.reached);
}

/* What failed may have stopped halfway: it is not in the map. */
static void write_map(const struct options *opt)
{
	char *path = reach_path(opt->board), *id;
	json_t *all = reach_load(path) ?: reach_new();

	id = reach_add_sources(all, map.stamps);
	for (size_t i = 0; i < map.good.count; i++) {
		const char *key = map.good.v[i];

		if (!strv_has(&map.bad, key)) {
			reach_add(all, key, id, reaches_of(key));
		}
	}
	if (make_dirs(PATH_COVERAGE) < 0 || reach_save(all, path) < 0) {
		complain("%s: cannot write: %s", path, strerror(errno));
	} else {
		printf("map of what reaches what: %s\n", path);
	}
	json_decref(all);
	free(id);
	free(path);
}

static void end_map(const struct options *opt)
{
	if (map.reached != NULL) {
		write_map(opt);
		reached_free(map.reached);
		json_decref(map.stamps);
	}
	strv_fini(&map.good);
	strv_fini(&map.bad);
	map.reached = NULL;
	map.stamps = NULL;
}

static void write_image(struct image *image, const char *folder)
{
	unsigned percent = 0;

	if (image->cov == NULL) {
		return;
	}
	if (image->twin != NULL) {
		coverage_add_twin(image->cov, image->twin);
	}
	if (coverage_write(image->cov, folder, image->name, image->prefix,
	                   &percent)) {
		printf("coverage of %s: %u.%02u %% of lines, %s/%s.txt\n",
		       image->prefix, percent / 100, percent % 100, folder,
		       image->name);
	} else {
		complain("%s: cannot write", folder);
	}
}

void coverage_run_end(const struct options *opt)
{
	char *folder;

	if (!opt->coverage) {
		return;
	}
	end_map(opt);
	folder = xasprintf("%s/coverage", opt->output);
	mkdir(folder, 0777);
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		struct image *image = &images[i];

		write_image(image, folder);
		coverage_close(image->cov);
		coverage_close(image->twin);
		image->cov = image->twin = NULL;
	}
	free(folder);
}
