/* SPDX-License-Identifier: BSD-2-Clause */
#include "reach_run.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "git.h"
#include "paths.h"
#include "stamp.h"

char *reach_path(const char *board)
{
	return xasprintf(PATH_COVERAGE "/%s.json", board);
}

char *reach_key(const struct instance *inst)
{
	char *mode = mode_format(inst->mode);
	char *key =
		xasprintf("%s %s", path_in_project(inst->sc->tree.file), mode);

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
