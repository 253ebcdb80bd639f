/* SPDX-License-Identifier: BSD-2-Clause */
#include "git.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "spawn.h"

static int run_git(const char *const *argv, struct bytes *said)
{
	int status = spawn_and_hear(argv, said);

	if (status == SPAWN_NO_PROGRAM) {
		complain("--changed: git cannot be started");
	}
	return status;
}

/* Length of what git says first, or of all when it says nothing. */
static int first_line(const struct bytes *said)
{
	size_t len = 0;

	while (len < said->len && said->data[len] != '\n') {
		len++;
	}
	return said->len > 0 ? (int)len : INT_MAX;
}

bool git_knows(const char *ref)
{
	char *commit = xasprintf("%s^{commit}", ref);
	const char *const argv[] = { "git",     "rev-parse", "--verify",
		                     "--quiet", commit,      NULL };
	struct bytes said = { 0 };
	int status = *ref == '-' || *ref == '\0' ? 1 : run_git(argv, &said);

	if (status != 0 && status != SPAWN_NO_PROGRAM) {
		/* It is quiet about a wrong name, and about nothing else. */
		complain("--changed: \"%s\": %.*s", ref, first_line(&said),
		         said.len > 0 ? (const char *)said.data
		                      : "git knows no such commit");
	}
	bytes_fini(&said);
	free(commit);
	return status == 0;
}

/* Names that end with NUL, as -z has them. */
static bool add_names(const char *const *argv, struct strv *files)
{
	struct bytes said = { 0 };
	int status = run_git(argv, &said);

	bytes_add(&said, "", 1);
	for (const char *at = (const char *)said.data;
	     status == 0 && *at != '\0'; at += strlen(at) + 1) {
		if (!strv_has(files, at)) {
			strv_add(files, at);
		}
	}
	if (status != 0 && status != SPAWN_NO_PROGRAM) {
		complain("--changed: %s %s: %.*s", argv[0], argv[1],
		         (int)strcspn((const char *)said.data, "\n"),
		         (const char *)said.data);
	}
	bytes_fini(&said);
	return status == 0;
}

bool git_changed(const char *ref, struct strv *files)
{
	const char *const differ[] = { "git",         "diff",
		                       "--name-only", "--no-renames",
		                       "-z",          "--relative",
		                       ref,           "--",
		                       NULL };
	const char *const others[] = { "git",      "ls-files",
		                       "--others", "--exclude-standard",
		                       "-z",       NULL };

	return add_names(differ, files) && add_names(others, files);
}

bool git_files(struct strv *files)
{
	const char *const argv[] = { "git",      "ls-files",
		                     "--cached", "--others",
		                     "-z",       "--exclude-standard",
		                     NULL };

	return add_names(argv, files);
}

bool git_content(const char *ref, const char *path, struct bytes *text)
{
	char *what = xasprintf("%s:./%s", ref, path);
	const char *const argv[] = { "git", "show", what, NULL };
	int status = run_git(argv, text);

	free(what);
	if (status != 0) {
		bytes_fini(text);
	}
	return status == 0;
}
