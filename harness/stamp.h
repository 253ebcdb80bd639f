/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remembered of a source file, to tell later what of it has changed.
 *
 * A stamp is JSON.  A file whose functions are told apart:
 *     {"rest": HASH, "static": {NAME: HASH, ...}, "extern": {...}}
 * any other: HASH, which for C leaves comments and white space out.
 */
#ifndef STAMP_H
#define STAMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "util.h"

/** How two stamps of one file differ. */
struct change {
	char *path;
	char *why; /* the whole file counts as changed; NULL: functions do */
	struct strv functions;
};

/** Are functions of @path told apart: is it C of hyp/ or guests/rm? */
bool stamp_tells_functions(const char *path);

/** The stamp of @path with that content; @text NULL: the file is not there,
 * and so is NULL the stamp.  The caller has a reference. */
json_t *stamp_of(const char *path, const struct bytes *text);

/**
 * Compare two stamps of @path, NULL where it is not there.
 *
 * A function that is only in one of them counts as changed when it is static:
 * who calls it has changed, too, or the rest has.  Any other makes the whole
 * file count, because it may be called from anywhere.
 * @return false: they are the same, and nothing is in @change
 */
bool stamp_compare(struct change *change, const char *path,
                   const json_t *before, const json_t *now);

void change_fini(struct change *change);

#endif
