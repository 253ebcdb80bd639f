/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which seeded fault is active: the name is looked up once.
 *
 * This file is the same in both builds; the release build has no table.
 */
#include "lib/mutant.h"

#include <stddef.h>

#include "lib/string.h"

#ifdef MUTANTS
enum mutant_id mutant_chosen;

#define MUTANT(name) [MUTANT_##name] = #name,
static const char *const mutant_names[] = {
	[MUTANT_NONE] = "",
#include "lib/mutants.def"
};
#undef MUTANT

/* Scenarios write "panic-in-identify"; C cannot. */
static bool is_name(const char *name, const char *text, size_t len)
{
	size_t i;

	if (strlen(name) != len) {
		return false;
	}
	for (i = 0; i < len; i++) {
		if (name[i] != (text[i] == '-' ? '_' : text[i])) {
			return false;
		}
	}
	return true;
}

bool mutant_choose(const char *args)
{
	size_t len = 0;
	const char *name = arg_find(args, "mutant", &len);
	unsigned id;

	if (name == NULL) {
		return true;
	}
	for (id = MUTANT_NONE + 1; id < MUTANT_COUNT; id++) {
		if (is_name(mutant_names[id], name, len)) {
			mutant_chosen = (enum mutant_id)id;
			return true;
		}
	}
	return false;
}
#else
bool mutant_choose(const char *args)
{
	size_t len = 0;

	return arg_find(args, "mutant", &len) == NULL;
}
#endif
