/* SPDX-License-Identifier: BSD-2-Clause */
#include "changed_say.h"

#include "reach.h"

#define SHOWN_MAX 5 /* changed files that are named */

/* "hyp/a.c (f, g), guests/rt/b.c and 3 more files" */
void say_changes(FILE *say, const char *ref, const struct changes *changes)
{
	fprintf(say, "changed since %s: %s", ref,
	        changes->count == 0 ? "nothing" : "");
	for (size_t i = 0; i < changes->count && i < SHOWN_MAX; i++) {
		const struct change *it = &changes->v[i];

		fprintf(say, "%s%s", i > 0 ? ", " : "", it->path);
		for (size_t f = 0; it->why == NULL && f < it->functions.count;
		     f++) {
			fprintf(say, "%s%s", f == 0 ? " (" : ", ",
			        it->functions.v[f]);
		}
		if (it->why == NULL && it->functions.count > 0) {
			fputc(')', say);
		}
	}
	if (changes->count > SHOWN_MAX) {
		fprintf(say, " and %zu more files", changes->count - SHOWN_MAX);
	}
	fputc('\n', say);
}

/* Why there may be no choice at all, in one line. */
void say_why_all(FILE *say, const struct choice_input *in)
{
	bool functions = false;

	for (size_t i = 0; i < in->changes->count; i++) {
		const struct change *it = &in->changes->v[i];
		const char *why = choose_all(in, it);

		if (why != NULL) {
			fprintf(say, "everything runs: %s: %s\n", it->path,
			        why);
			return;
		}
		functions |= it->functions.count > 0;
	}
	if (in->map == NULL && functions) {
		fprintf(say,
		        "no map yet of what reaches what: whatever boots what "
		        "changed runs; it is made by\n"
		        "  ./run-tests.sh --coverage --lane touchstone\n");
	}
}

static bool anybody_reaches(const json_t *map, const char *path,
                            const char *function)
{
	const char *key;
	json_t *entry;

	json_object_foreach(json_object_get(map, "scenarios"), key, entry)
	{
		if (reach_has(map, key, path, function)) {
			return true;
		}
	}
	return false;
}

void say_unreached(FILE *say, const struct choice_input *in)
{
	for (size_t i = 0; in->map != NULL && i < in->changes->count; i++) {
		const struct change *it = &in->changes->v[i];

		for (size_t f = 0; it->why == NULL && f < it->functions.count;
		     f++) {
			if (!anybody_reaches(in->map, it->path,
			                     it->functions.v[f])) {
				fprintf(say,
				        "no scenario is known to reach "
				        "%s() (%s)\n",
				        it->functions.v[f], it->path);
			}
		}
	}
}
