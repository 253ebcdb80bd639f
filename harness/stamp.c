/* SPDX-License-Identifier: BSD-2-Clause */
#include "stamp.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

/* "*" matches "/", too. */
static const char *const told_apart[] = { "hyp/*.c", "guests/rm/*.c" };

bool stamp_tells_functions(const char *path)
{
	for (size_t i = 0; i < ARRAY_COUNT(told_apart); i++) {
		if (fnmatch(told_apart[i], path, 0) == 0) {
			return true;
		}
	}
	return false;
}

static json_t *hash_json(uint64_t hash)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, hash);
	return json_string(text);
}

/* Two definitions of one name, as in the halves of an #if, are one. */
static void add_function(json_t *names, const struct source_function *f)
{
	const char *old = json_string_value(json_object_get(names, f->name));
	uint64_t hash = f->hash;

	if (old != NULL) {
		hash = hash * 31 + source_hash(old, strlen(old));
	}
	json_object_set_new(names, f->name, hash_json(hash));
}

static json_t *stamp_functions(const struct source *src)
{
	json_t *stamp = json_object();
	json_t *local = json_object(), *global = json_object();

	for (size_t i = 0; i < src->count; i++) {
		const struct source_function *f = &src->function[i];

		add_function(f->is_static ? local : global, f);
	}
	json_object_set_new(stamp, "rest", hash_json(src->rest_hash));
	json_object_set_new(stamp, "static", local);
	json_object_set_new(stamp, "extern", global);
	return stamp;
}

static json_t *stamp_whole(const struct source *src)
{
	uint64_t hash = src->rest_hash;

	for (size_t i = 0; i < src->count; i++) {
		hash = hash * 31 + src->function[i].hash;
	}
	return hash_json(hash);
}

static bool is_c(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL &&
	       (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0);
}

json_t *stamp_of(const char *path, const struct bytes *text)
{
	struct source src;
	json_t *stamp;

	if (text == NULL) {
		return NULL;
	}
	if (!is_c(path) ||
	    !source_read(&src, (const char *)text->data, text->len)) {
		return hash_json(
			source_hash((const char *)text->data, text->len));
	}
	stamp = stamp_tells_functions(path) ? stamp_functions(&src)
	                                    : stamp_whole(&src);
	source_fini(&src);
	return stamp;
}

static void compare_names(struct change *change, const json_t *before,
                          const json_t *now, bool is_global)
{
	const char *name;
	json_t *hash;

	json_object_foreach((json_t *)(uintptr_t)before, name, hash)
	{
		const json_t *other = json_object_get(now, name);

		if (other != NULL && json_equal(hash, other)) {
			continue;
		}
		if (!strv_has(&change->functions, name)) {
			strv_add(&change->functions, name);
		}
		if (other == NULL && is_global && change->why == NULL) {
			change->why =
				xasprintf("%s() is there only once", name);
		}
	}
}

static void compare_functions(struct change *change, const json_t *before,
                              const json_t *now)
{
	static const char *const kinds[] = { "static", "extern" };

	if (!json_equal(json_object_get(before, "rest"),
	                json_object_get(now, "rest"))) {
		change->why = xstrdup("changed outside of functions");
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		const json_t *a = json_object_get(before, kinds[i]);
		const json_t *b = json_object_get(now, kinds[i]);

		compare_names(change, a, b, i == 1);
		compare_names(change, b, a, i == 1);
	}
}

bool stamp_compare(struct change *change, const char *path,
                   const json_t *before, const json_t *now)
{
	*change = (struct change){ 0 };
	if (before == now || (before != NULL && now != NULL &&
	                      json_equal((json_t *)(uintptr_t)before,
	                                 (json_t *)(uintptr_t)now))) {
		return false;
	}
	change->path = xstrdup(path);
	if (before == NULL || now == NULL) {
		change->why = xstrdup(before == NULL ? "is new" : "is gone");
	} else if (json_is_object(before) && json_is_object(now)) {
		compare_functions(change, before, now);
	} else {
		change->why = xstrdup("changed");
	}
	return true;
}

void change_fini(struct change *change)
{
	free(change->path);
	free(change->why);
	strv_fini(&change->functions);
	*change = (struct change){ 0 };
}
