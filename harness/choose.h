/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --changed, the choice itself: which scenario can come out differently after
 * these changes.  Knows no files, no git and no images.
 *
 * A scenario is left out only when nothing that it boots has changed, or when
 * all that has changed are functions that it does not reach.  What it reaches
 * is in a map (reach.h) that was measured on some older state M of the
 * sources; it holds for the two states that are compared, if no function that
 * it reaches, and nothing else that it boots, has changed since M.
 */
#ifndef CHOOSE_H
#define CHOOSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "stamp.h"
#include "util.h"

/** A list of changes. */
struct changes {
	struct change *v;
	size_t count;
};

/** An image, and what it is made of. */
struct origin {
	const char *name;
	struct strv files;
	bool has_reach; /* its functions are in the map */
};

/** One scenario, in one lane and mode. */
struct subject {
	const char *dts; /* its source */
	const char *key; /* in the map: the source and the mode */
	const struct origin **origin;
	size_t origin_count;
};

struct choice_input {
	const struct changes *changes; /* between REF and now */
	const json_t *map;             /* reach.h; NULL: there is none */
	/** What has changed since the measurement of @key, which is in the
	 * map. */
	const struct changes *(*since)(void *ctx, const char *key);
	void *ctx;
	bool (*is_used)(void *ctx, const char *path); /* by any image */
};

/**
 * Must @subject run?
 *
 * @return why, in one line for the caller to free; NULL: it can be left out
 */
char *choose(const struct choice_input *in, const struct subject *subject);

/** Does everything depend on @change? @return why, or NULL. */
const char *choose_all(const struct choice_input *in,
                       const struct change *change);

void changes_fini(struct changes *changes);

#endif
