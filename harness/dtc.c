/* SPDX-License-Identifier: BSD-2-Clause */
/* Source trees become blobs by dtc; its complaints become one line each. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spawn.h"
#include "tree.h"

static bool is_newer(const char *dtb, const char *dts)
{
	struct stat made, source;

	if (stat(dtb, &made) < 0 || stat(dts, &source) < 0) {
		return false;
	}
	if (made.st_mtim.tv_sec != source.st_mtim.tv_sec) {
		return made.st_mtim.tv_sec > source.st_mtim.tv_sec;
	}
	return made.st_mtim.tv_nsec > source.st_mtim.tv_nsec;
}

/*
 * dtc says "Error: FILE:LINE.COL-... REASON" and then that it gave up.
 * Keep the first line that names a reason.
 */
static void complain_for_dtc(const char *dts, char *said)
{
	char *line = strstr(said, "Error: ");
	char *name;

	if (line == NULL) {
		line = strstr(said, "ERROR");
	}
	if (line == NULL) {
		complain("%s: dtc failed without a reason", dts);
		return;
	}
	line[strcspn(line, "\n")] = '\0';
	line += strncmp(line, "Error: ", 7) == 0 ? 7 : 0;
	name = strstr(line, dts);
	if (name == line && line[strlen(dts)] == ':') {
		unsigned row, column;
		char *reason = strchr(line, ' ');

		if (sscanf(line + strlen(dts), ":%u.%u", &row, &column) == 2 &&
		    reason != NULL) {
			complain("%s:%u:%u:%s", dts, row, column, reason);
			return;
		}
	}
	complain("%s: %s", dts, line);
}

bool tree_compile(struct tree *tree, const char *dts, const char *dtb)
{
	/* -q -q: warnings are lint's business, errors are ours. */
	const char *argv[] = { "dtc", "-q", "-q", "-I", "dts", "-O",
		               "dtb", "-o", NULL, NULL, NULL };
	struct bytes said = { 0 };
	char *temp;
	bool ok = false;
	struct stat source;
	int status;

	*tree = (struct tree){ 0 };
	if (access(dts, R_OK) < 0) {
		complain("%s: cannot read: %s", dts, strerror(errno));
		return false;
	}
	if (stat(dts, &source) == 0 && S_ISDIR(source.st_mode)) {
		complain("%s: is a folder, not a device tree", dts);
		return false;
	}
	if (is_newer(dtb, dts)) {
		return tree_load(tree, dtb, dts);
	}
	/* Two harnesses may compile at once: each its own file, then rename. */
	temp = xasprintf("%s.%ld", dtb, (long)getpid());
	argv[8] = temp;
	argv[9] = dts;
	status = spawn_and_hear(argv, &said);
	bytes_add(&said, "", 1);
	if (status == SPAWN_NO_PROGRAM) {
		complain("%s: cannot run dtc (package device-tree-compiler)",
		         dts);
	} else if (status != 0) {
		complain_for_dtc(dts, (char *)said.data);
	} else if (rename(temp, dtb) < 0) {
		complain("%s: cannot write: %s", dtb, strerror(errno));
	} else {
		ok = tree_load(tree, dtb, dts);
	}
	unlink(temp);
	free(temp);
	bytes_fini(&said);
	return ok;
}
