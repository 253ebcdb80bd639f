/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeded faults: if (mutant("name")) { do the wrong thing; }
 *
 * Only the test build (MUTANTS defined) contains them; there the boot argument
 * "mutant=NAME" switches one on.  Every name stands in lib/mutants.def, so a
 * misspelt one does not compile.  In the release build the condition is the
 * constant false and nothing of it, not even the name, reaches the image.
 */
#ifndef LIB_MUTANT_H
#define LIB_MUTANT_H

#include <stdbool.h>

#ifdef MUTANTS
#define MUTANT(name) MUTANT_##name,
enum mutant_id {
	MUTANT_NONE,
#include "lib/mutants.def"
	MUTANT_COUNT,
};
#undef MUTANT

extern enum mutant_id mutant_chosen;

#define mutant(name) (mutant_chosen == MUTANT_##name)
#define TEST_BUILD   true
#else
#define mutant(name) false
#define TEST_BUILD   false
#endif

/**
 * Switch on the fault that the boot argument "mutant=NAME" names.
 *
 * @args  space-separated boot arguments
 * @return  false: there is such an argument, but no such fault here
 * Context: once, at boot, before any fault could matter.
 */
bool mutant_choose(const char *args);

#endif
