/* SPDX-License-Identifier: BSD-2-Clause */
#include "origin.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

/* A file that is made when building, and what it is made from. */
static const struct {
	const char *made, *from[2];
} made_files[] = {
	{ "guests/tiny/abi_rows.inc",
	  { "docs/abi.md", "guests/tiny/abi_rows.awk" } },
};

static void add(struct strv *files, const char *path)
{
	if (!strv_has(files, path)) {
		strv_add(files, path);
	}
}

static void add_made(struct strv *files, const char *path)
{
	for (size_t i = 0; i < ARRAY_COUNT(made_files); i++) {
		const char *at = strstr(path, made_files[i].made);

		if (at != NULL && at[strlen(made_files[i].made)] == '\0') {
			add(files, made_files[i].from[0]);
			add(files, made_files[i].from[1]);
		}
	}
}

/* "OBJECT: SOURCE HEADER... \", and a line of its own for each header. */
static void read_includes(const char *board, const char *source,
                          struct strv *files)
{
	char *rest = xasprintf("%s.d", source);
	char *path = path_of_image(board, rest);
	struct bytes text = { 0 };
	char *word, *at = NULL;

	if (file_read(path, &text) == 0) {
		bytes_add(&text, "", 1);
		for (word = strtok_r((char *)text.data, " \\\n", &at);
		     word != NULL; word = strtok_r(NULL, " \\\n", &at)) {
			if (word[strlen(word) - 1] != ':') {
				add(files, word);
				add_made(files, word);
			}
		}
	}
	bytes_fini(&text);
	free(path);
	free(rest);
}

bool origin_read(const char *board, const char *elf, struct strv *files)
{
	int fd = open(elf, O_RDONLY | O_CLOEXEC);
	Dwarf *dw = fd < 0 ? NULL : dwarf_begin(fd, DWARF_C_READ);
	Dwarf_Off at = 0, next;
	size_t header;

	while (dw != NULL &&
	       dwarf_nextcu(dw, at, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die unit;
		const char *name = NULL;

		if (dwarf_offdie(dw, at + header, &unit) != NULL) {
			name = dwarf_diename(&unit);
		}
		/* Debian's and newlib's own are named otherwise. */
		if (name != NULL && access(name, R_OK) == 0) {
			add(files, name);
			read_includes(board, name, files);
		}
		at = next;
	}
	if (dw != NULL) {
		dwarf_end(dw);
	}
	if (fd >= 0) {
		close(fd);
	}
	return dw != NULL && files->count > 0;
}
