/* SPDX-License-Identifier: BSD-2-Clause */
#include "paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static char *start_folder; /* where the user stood */
static char *image_folder; /* NULL: build/BOARD */

/* ROOT/build/host/touchstone -> ROOT */
static bool find_root(char *root, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", root, size - 1);

	if (len < 0) {
		return false;
	}
	root[len] = '\0';
	for (unsigned i = 0; i < 3; i++) {
		char *slash = strrchr(root, '/');

		if (slash == NULL) {
			return false;
		}
		*slash = '\0';
	}
	return true;
}

bool paths_init(void)
{
	char root[PATH_MAX];

	start_folder = getcwd(NULL, 0);
	if (start_folder == NULL) {
		complain("the working folder is gone: %s", strerror(errno));
		return false;
	}
	if (!find_root(root, sizeof(root)) || chdir(root) < 0 ||
	    access(PATH_BOARDS, R_OK | X_OK) < 0) {
		complain("this program must lie in build/host of the project");
		return false;
	}
	if (make_dirs(PATH_TREES) < 0) {
		complain("%s: cannot make: %s", PATH_TREES, strerror(errno));
		return false;
	}
	return true;
}

char *path_of_user(const char *path)
{
	if (*path == '/' || strcmp(path, "-") == 0) {
		return xstrdup(path);
	}
	return xasprintf("%s/%s", start_folder, path);
}

const char *path_in_project(const char *path)
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
	while (strncmp(path, "./", 2) == 0) {
		path += 2;
	}
	return path;
}

char *path_of_tree(const char *dts)
{
	char *name = xstrdup(dts);
	char *path;

	for (char *p = name; *p != '\0'; p++) {
		if (*p == '/') {
			*p = '_';
		}
	}
	path = xasprintf(PATH_TREES "/%s.dtb", name);
	free(name);
	return path;
}

char *path_of_image(const char *board, const char *rest)
{
	if (image_folder != NULL) {
		return xasprintf("%s/%s", image_folder, rest);
	}
	return xasprintf("build/%s/%s", board, rest);
}

void paths_set_images(const char *folder)
{
	free(image_folder);
	image_folder = folder == NULL ? NULL : xstrdup(folder);
}

const char *path_of_program(void)
{
	static char path[PATH_MAX];
	ssize_t len;

	if (*path == '\0') {
		len = readlink("/proc/self/exe", path, sizeof(path) - 1);
		path[len > 0 ? len : 0] = '\0';
	}
	return path;
}
