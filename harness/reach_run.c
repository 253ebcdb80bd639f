/* SPDX-License-Identifier: BSD-2-Clause */
#include "reach_run.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git.h"
#include "paths.h"
#include "stamp.h"

char *reach_path(const char *board)
{
	return xasprintf(PATH_COVERAGE "/%s.json", board);
}

const char *reach_project_path(const char *path)
{
	static char here[4096];
	size_t len;

	if (here[0] == '\0' && getcwd(here, sizeof(here)) == NULL) {
		return path;
	}
	len = strlen(here);
	if (strncmp(path, here, len) == 0 && path[len] == '/') {
		path += len + 1;
	}
	return path;
}

char *reach_key(const struct instance *inst)
{
	char *mode = mode_format(inst->mode);
	char *key = xasprintf("%s %s", reach_project_path(inst->sc->tree.file),
	                      mode);

	free(mode);
	return key;
}

bool reach_counts(const char *path)
{
	/* The first that fits; "*" matches "/". */
	static const struct {
		const char *pattern;
		bool counts;
	} rows[] = {
		{ "harness/*", false },
		{ "docs/abi.md", true }, /* hvc-args is made from it */
		{ "docs/*", false },
		{ "*/scenarios/*.dts", true },
		{ "testsuite/*", false },
		{ ".*", false },
		{ "*", true },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (fnmatch(rows[i].pattern, path, 0) == 0) {
			return rows[i].counts;
		}
	}
	return false;
}

json_t *reach_stamps(void)
{
	json_t *stamps = json_object();
	struct strv files = { 0 };

	if (!git_files(&files)) {
		json_decref(stamps);
		return NULL;
	}
	for (size_t i = 0; i < files.count; i++) {
		struct bytes text = { 0 };

		if (reach_counts(files.v[i]) &&
		    file_read(files.v[i], &text) == 0) {
			json_object_set_new(stamps, files.v[i],
			                    stamp_of(files.v[i], &text));
		}
		bytes_fini(&text);
	}
	strv_fini(&files);
	return stamps;
}
