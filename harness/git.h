/* SPDX-License-Identifier: BSD-2-Clause */
/* What --changed asks of git, in the project's folder. */
#ifndef GIT_H
#define GIT_H

#include <stdbool.h>

#include "util.h"

/** Is @ref a commit? One complaint when it is none, or there is no git. */
bool git_knows(const char *ref);

/** Files that differ between @ref and now, or are not yet known to git.
 * @return false after one complaint */
bool git_changed(const char *ref, struct strv *files);

/** All files that git knows or would add. @return false after one complaint. */
bool git_files(struct strv *files);

/** The content of @path in @ref. @return false: it is not there. */
bool git_content(const char *ref, const char *path, struct bytes *text);

#endif
