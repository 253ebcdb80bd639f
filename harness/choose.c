/* SPDX-License-Identifier: BSD-2-Clause */
#include "choose.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "reach.h"

/* What no image is made of. The first that fits counts; "*" matches "/". */
static const struct {
	const char *pattern;
	const char *why; /* everything depends on it; NULL: no scenario does */
} paths[] = {
	{ "hyp/include/*", "the harness and every image know the ABI" },
	{ "harness/*", "the harness runs and judges everything" },
	{ "boards/*", "every machine is made by it" },
	{ "testsuite/*", NULL },
	{ "docs/*", NULL },
	{ "*.md", NULL },
	{ "hyp/floors", NULL },
	{ ".*", NULL },
	{ "LICENSE", NULL },
	{ "*", "what depends on it is not known" },
};

static bool is_made_of(const struct origin *origin, const char *path)
{
	return strv_has(&origin->files, path) != 0;
}

const char *choose_all(const struct choice_input *in,
                       const struct change *change)
{
	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		if (fnmatch(paths[i].pattern, change->path, 0) != 0) {
			continue;
		}
		/* The last row is for what no image is made of. */
		return i + 1 < ARRAY_COUNT(paths) ||
		                       !in->is_used(in->ctx, change->path)
		               ? paths[i].why
		               : NULL;
	}
	return NULL;
}

/* Does @change as a whole concern what the subject boots? */
static char *concerns(const struct choice_input *in,
                      const struct subject *subject,
                      const struct change *change)
{
	const char *all = choose_all(in, change);

	if (strcmp(change->path, subject->dts) == 0) {
		return xasprintf("%s: its own", change->path);
	}
	if (all != NULL) {
		return xasprintf("%s: %s", change->path, all);
	}
	for (size_t i = 0; i < subject->origin_count; i++) {
		const struct origin *it = subject->origin[i];

		if (!is_made_of(it, change->path)) {
			continue;
		}
		if (change->why != NULL) {
			return xasprintf("%s: %s, of %s", change->path,
			                 change->why, it->name);
		}
		if (!it->has_reach) {
			return xasprintf("%s: changed, of %s", change->path,
			                 it->name);
		}
	}
	return NULL;
}

static bool boots(const struct subject *subject, const char *path)
{
	for (size_t o = 0; o < subject->origin_count; o++) {
		if (is_made_of(subject->origin[o], path)) {
			return true;
		}
	}
	return false;
}

/* Is there a change whose functions only the map can tell about? */
static bool needs_map(const struct subject *subject,
                      const struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		if (changes->v[i].functions.count > 0 &&
		    boots(subject, changes->v[i].path)) {
			return true;
		}
	}
	return false;
}

/* A changed function that the subject reaches. */
static char *reached(const struct choice_input *in,
                     const struct subject *subject,
                     const struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		const struct change *it = &changes->v[i];

		if (!boots(subject, it->path)) {
			continue;
		}
		for (size_t f = 0; f < it->functions.count; f++) {
			if (reach_has(in->map, subject->key, it->path,
			              it->functions.v[f])) {
				return xasprintf("reaches %s() (%s)",
				                 it->functions.v[f], it->path);
			}
		}
	}
	return NULL;
}

static char *concerned(const struct choice_input *in,
                       const struct subject *subject,
                       const struct changes *changes)
{
	char *why = NULL;

	for (size_t i = 0; i < changes->count && why == NULL; i++) {
		why = concerns(in, subject, &changes->v[i]);
	}
	return why;
}

static char *prefixed(const char *prefix, char *why)
{
	char *both = why == NULL ? NULL : xasprintf("%s%s", prefix, why);

	free(why);
	return both;
}

char *choose(const struct choice_input *in, const struct subject *subject)
{
	static const char stale[] = "since its coverage: ";
	const struct changes *since;
	char *why = concerned(in, subject, in->changes);

	if (why != NULL || !needs_map(subject, in->changes)) {
		return why;
	}
	if (in->map == NULL || !reach_knows(in->map, subject->key)) {
		return xstrdup("no coverage of it yet");
	}
	why = reached(in, subject, in->changes);
	if (why != NULL) {
		return why;
	}
	since = in->since(in->ctx, subject->key);
	why = prefixed(stale, concerned(in, subject, since));
	return why != NULL ? why : prefixed(stale, reached(in, subject, since));
}

void changes_fini(struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		change_fini(&changes->v[i]);
	}
	free(changes->v);
	*changes = (struct changes){ 0 };
}
