/* SPDX-License-Identifier: BSD-2-Clause */
#include "changed.h"

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "changed_say.h"
#include "choose.h"
#include "git.h"
#include "origin.h"
#include "paths.h"
#include "reach.h"
#include "reach_run.h"

/* Images of a board, by the name of their ELF file. */
static const char *const images[] = {
	"firmware/firmware.elf",
	"hyp/hyp.elf",
	"hyp/hyp-test.elf",
	"guests/*.elf",
};

/* Those that coverage is measured of. */
static const char *const measured[] = { "hyp", "hyp-test", ROOT_VM_NAME };

struct since {
	char *id;
	struct changes changes;
};

struct work {
	const struct options *opt;
	struct changes changes;
	struct origin *origin;
	size_t origin_count;
	json_t *map, *stamps; /* stamps: of now, once they are needed */
	struct since *since;
	size_t since_count;
	FILE *say;
};

static void add_change(struct changes *changes, const char *path,
                       const json_t *before, const json_t *now)
{
	struct change it;

	if (stamp_compare(&it, path, before, now)) {
		changes->v = xrealloc(changes->v, (changes->count + 1) *
		                                          sizeof(*changes->v));
		changes->v[changes->count++] = it;
	}
}

static json_t *stamp_now(const char *path)
{
	struct bytes text = { 0 };
	json_t *stamp = NULL;

	if (file_read(path, &text) == 0) {
		stamp = stamp_of(path, &text);
	}
	bytes_fini(&text);
	return stamp;
}

static bool find_changes(struct work *work)
{
	struct strv files = { 0 };
	bool ok = git_changed(work->opt->changed, &files);

	for (size_t i = 0; ok && i < files.count; i++) {
		struct bytes text = { 0 };
		json_t *before = NULL, *now = stamp_now(files.v[i]);

		if (git_content(work->opt->changed, files.v[i], &text)) {
			before = stamp_of(files.v[i], &text);
		}
		add_change(&work->changes, files.v[i], before, now);
		json_decref(before);
		json_decref(now);
		bytes_fini(&text);
	}
	strv_fini(&files);
	return ok;
}

/* DIR/NAME.elf -> NAME */
static char *name_of_elf(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;

	return xasprintf("%.*s", (int)(strlen(name) - strlen(".elf")), name);
}

static void add_origin(struct work *work, const char *elf)
{
	struct origin it = { .name = name_of_elf(elf) };

	for (size_t i = 0; i < ARRAY_COUNT(measured); i++) {
		it.has_reach |= strcmp(measured[i], it.name) == 0;
	}
	if (!origin_read(work->opt->board, elf, &it.files)) {
		free((char *)(uintptr_t)it.name);
		return;
	}
	work->origin = xrealloc(work->origin, (work->origin_count + 1) *
	                                              sizeof(*work->origin));
	work->origin[work->origin_count++] = it;
}

static void find_origins(struct work *work)
{
	for (size_t i = 0; i < ARRAY_COUNT(images); i++) {
		char *pattern = path_of_image(work->opt->board, images[i]);
		glob_t found;

		if (glob(pattern, 0, NULL, &found) == 0) {
			for (size_t f = 0; f < found.gl_pathc; f++) {
				add_origin(work, found.gl_pathv[f]);
			}
			globfree(&found);
		}
		free(pattern);
	}
}

static bool is_used(void *ctx, const char *path)
{
	const struct work *work = ctx;

	for (size_t i = 0; i < work->origin_count; i++) {
		if (strv_has(&work->origin[i].files, path)) {
			return true;
		}
	}
	return false;
}

/* Between two objects of stamps, by path. */
static void compare_all(struct changes *changes, json_t *before, json_t *now)
{
	const char *path;
	json_t *it;

	json_object_foreach(before, path, it)
	{
		add_change(changes, path, it, json_object_get(now, path));
	}
	json_object_foreach(now, path, it)
	{
		if (json_object_get(before, path) == NULL) {
			add_change(changes, path, NULL, it);
		}
	}
}

static const struct changes *find_since(void *ctx, const char *key)
{
	struct work *work = ctx;
	const char *id = reach_id(work->map, key);
	struct since *it;

	for (size_t i = 0; i < work->since_count; i++) {
		if (strcmp(work->since[i].id, id) == 0) {
			return &work->since[i].changes;
		}
	}
	if (work->stamps == NULL) {
		work->stamps = reach_stamps() ?: json_object();
	}
	work->since = xrealloc(work->since,
	                       (work->since_count + 1) * sizeof(*work->since));
	it = &work->since[work->since_count++];
	*it = (struct since){ .id = xstrdup(id) };
	compare_all(&it->changes, reach_sources(work->map, id), work->stamps);
	return &it->changes;
}

static const struct origin *origin_of(const struct work *work, const char *name)
{
	for (size_t i = 0; i < work->origin_count; i++) {
		if (strcmp(work->origin[i].name, name) == 0) {
			return &work->origin[i];
		}
	}
	return NULL;
}

/* The names of the images that @inst boots, without folder and ending. */
static void images_of(const struct instance *inst, struct strv *names)
{
	struct boot_files files;

	if (inst->lane == LANE_REF) {
		strv_add(names, inst->sc->vms[0].image);
		return;
	}
	strv_add(names, "firmware");
	boot_files_of(inst, &files);
	if (files.hyp != NULL) {
		strv_add(names, inst->is_test_build ? "hyp-test" : "hyp");
	}
	for (size_t i = 0; i < files.payloads.count; i++) {
		strv_add(names, files.payloads.v[i]);
	}
	boot_files_fini(&files);
}

static char *choose_one(const struct choice_input *in,
                        const struct instance *inst)
{
	const struct work *work = in->ctx;
	struct strv names = { 0 };
	struct subject subject = { 0 };
	char *key = reach_key(inst), *why = NULL;

	images_of(inst, &names);
	subject.dts = path_in_project(inst->sc->tree.file);
	subject.key = key;
	subject.origin = xcalloc(names.count, sizeof(*subject.origin));
	subject.origin_count = names.count;
	for (size_t i = 0; i < names.count && why == NULL; i++) {
		subject.origin[i] = origin_of(work, names.v[i]);
		if (subject.origin[i] == NULL) {
			why = xasprintf("what image %s is made of is not known",
			                names.v[i]);
		}
	}
	if (why == NULL) {
		why = choose(in, &subject);
	}
	strv_fini(&names);
	free(subject.origin);
	free(key);
	return why;
}

static bool has_scenario(const struct plan *plan, const struct scenario *sc)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->instances[i].sc == sc) {
			return true;
		}
	}
	return false;
}

/* Only what has a reason stays. */
static void cut_plan(struct plan *plan, const struct choice_input *in,
                     struct strv *left_out)
{
	struct strv before = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < plan->scenario_count; i++) {
		if (has_scenario(plan, plan->scenarios[i])) {
			strv_add(&before, plan->scenarios[i]->name);
		}
	}
	for (size_t i = 0; i < plan->count; i++) {
		struct instance *inst = &plan->instances[i];

		inst->chosen = choose_one(in, inst);
		if (inst->chosen != NULL) {
			plan->instances[kept++] = *inst;
		} else {
			free(inst->id);
			free(inst->images);
		}
	}
	plan->count = kept;
	for (size_t i = 0; i < plan->scenario_count; i++) {
		if (!has_scenario(plan, plan->scenarios[i]) &&
		    strv_has(&before, plan->scenarios[i]->name)) {
			strv_add(left_out, plan->scenarios[i]->name);
		}
	}
	strv_fini(&before);
}

static size_t count_scenarios(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->scenario_count; i++) {
		count += has_scenario(plan, plan->scenarios[i]);
	}
	return count;
}

static void say_choice(const struct work *work, const struct plan *plan,
                       const struct strv *left_out)
{
	for (size_t i = 0; work->opt->verbose && i < plan->count; i++) {
		fprintf(work->say, "chosen: %s: %s\n", plan->instances[i].id,
		        plan->instances[i].chosen);
	}
	fprintf(work->say,
	        "%zu scenarios chosen\n"
	        "%zu scenarios left out: no changed function is reached by "
	        "them, and nothing else that they boot has changed\n",
	        count_scenarios(plan), left_out->count);
	fflush(work->say);
}

static void fini(struct work *work)
{
	for (size_t i = 0; i < work->origin_count; i++) {
		free((char *)(uintptr_t)work->origin[i].name);
		strv_fini(&work->origin[i].files);
	}
	for (size_t i = 0; i < work->since_count; i++) {
		free(work->since[i].id);
		changes_fini(&work->since[i].changes);
	}
	free(work->origin);
	free(work->since);
	changes_fini(&work->changes);
	json_decref(work->map);
	json_decref(work->stamps);
}

bool changed_choose(struct plan *plan, const struct options *opt,
                    struct strv *left_out)
{
	struct work work = { .opt = opt };
	struct choice_input in = {
		.changes = &work.changes,
		.since = find_since,
		.ctx = &work,
		.is_used = is_used,
	};
	char *path;

	work.say = opt->list || opt->dry_run ? stderr : stdout;
	if (!git_knows(opt->changed) || !find_changes(&work)) {
		fini(&work);
		return false;
	}
	path = reach_path(opt->board);
	in.map = work.map = reach_load(path);
	free(path);
	find_origins(&work);
	say_changes(work.say, opt->changed, &work.changes);
	say_why_all(work.say, &in);
	cut_plan(plan, &in, left_out);
	say_unreached(work.say, &in);
	say_choice(&work, plan, left_out);
	fini(&work);
	return true;
}
