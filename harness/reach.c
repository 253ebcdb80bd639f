/* SPDX-License-Identifier: BSD-2-Clause */
#include "reach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source.h"
#include "util.h"

#define FORMAT 1

json_t *reach_new(void)
{
	json_t *map = json_object();

	json_object_set_new(map, "format", json_integer(FORMAT));
	json_object_set_new(map, "sources", json_object());
	json_object_set_new(map, "scenarios", json_object());
	return map;
}

json_t *reach_load(const char *path)
{
	json_error_t error;
	json_t *map;

	if (access(path, F_OK) < 0) {
		return NULL;
	}
	map = json_load_file(path, 0, &error);
	if (map == NULL) {
		complain("%s: %s", path, error.text);
	} else if (json_integer_value(json_object_get(map, "format")) !=
	                   FORMAT ||
	           !json_is_object(json_object_get(map, "sources")) ||
	           !json_is_object(json_object_get(map, "scenarios"))) {
		complain("%s: not a map of this version", path);
		json_decref(map);
		map = NULL;
	}
	return map;
}

static json_t *entry_of(const json_t *map, const char *key)
{
	return json_object_get(json_object_get(map, "scenarios"), key);
}

/* What stands for a scenario is its file, a space and the mode. */
static bool is_deleted(const char *key)
{
	const char *space = strrchr(key, ' ');
	char *file = space == NULL ? NULL
	                           : xasprintf("%.*s", (int)(space - key), key);
	bool deleted = file == NULL || (access(file, F_OK) < 0 &&
	                                (errno == ENOENT || errno == ENOTDIR));

	free(file);
	return deleted;
}

static void drop_deleted_scenarios(json_t *map)
{
	json_t *scenarios = json_object_get(map, "scenarios"), *entry;
	json_t *kept = json_object();
	const char *key;

	json_object_foreach(scenarios, key, entry)
	{
		if (!is_deleted(key)) {
			json_object_set(kept, key, entry);
		}
	}
	json_object_set_new(map, "scenarios", kept);
}

static void drop_unused_sources(json_t *map)
{
	json_t *sources = json_object_get(map, "sources"), *entry;
	json_t *kept = json_object();
	const char *key;

	json_object_foreach(json_object_get(map, "scenarios"), key, entry)
	{
		const char *id = reach_id(map, key);

		if (id != NULL) {
			json_object_set(kept, id, json_object_get(sources, id));
		}
	}
	json_object_set_new(map, "sources", kept);
}

int reach_save(json_t *map, const char *path)
{
	char *text;
	int err;

	drop_deleted_scenarios(map);
	drop_unused_sources(map);
	text = json_dumps(map, JSON_INDENT(1) | JSON_SORT_KEYS);
	if (text == NULL) {
		errno = EINVAL;
		return -1;
	}
	err = file_write(path, text, strlen(text));
	free(text);
	return err;
}

char *reach_add_sources(json_t *map, json_t *stamps)
{
	char *text = json_dumps(stamps, JSON_COMPACT | JSON_SORT_KEYS);
	uint64_t hash = source_hash(text, strlen(text));
	char *id = xasprintf("%016" PRIx64, hash);

	json_object_set(json_object_get(map, "sources"), id, stamps);
	free(text);
	return id;
}

static bool has_name(const json_t *names, const char *name)
{
	size_t i;
	json_t *it;

	json_array_foreach((json_t *)(uintptr_t)names, i, it)
	{
		if (strcmp(json_string_value(it) ?: "", name) == 0) {
			return true;
		}
	}
	return false;
}

/* All of @more that is not yet in @into. */
static void merge(json_t *into, json_t *more)
{
	const char *path;
	json_t *names;

	json_object_foreach(more, path, names)
	{
		json_t *old = json_object_get(into, path), *name;
		size_t i;

		if (old == NULL) {
			json_object_set(into, path, names);
			continue;
		}
		json_array_foreach(names, i, name)
		{
			if (!has_name(old, json_string_value(name))) {
				json_array_append(old, name);
			}
		}
	}
}

void reach_add(json_t *map, const char *key, const char *id, json_t *reaches)
{
	const char *old = reach_id(map, key);
	json_t *entry = entry_of(map, key);

	if (old != NULL && strcmp(old, id) == 0) {
		merge(json_object_get(entry, "reaches"), reaches);
		json_decref(reaches);
		return;
	}
	entry = json_object();
	json_object_set_new(entry, "sources", json_string(id));
	json_object_set_new(entry, "reaches", reaches);
	json_object_set_new(json_object_get(map, "scenarios"), key, entry);
}

bool reach_knows(const json_t *map, const char *key)
{
	const char *id = reach_id(map, key);

	return id != NULL && json_is_object(reach_sources(map, id));
}

bool reach_has(const json_t *map, const char *key, const char *path,
               const char *function)
{
	const json_t *reaches = json_object_get(entry_of(map, key), "reaches");

	return has_name(json_object_get(reaches, path), function);
}

const char *reach_id(const json_t *map, const char *key)
{
	return json_string_value(
		json_object_get(entry_of(map, key), "sources"));
}

json_t *reach_sources(const json_t *map, const char *id)
{
	return json_object_get(json_object_get(map, "sources"), id);
}
