/* SPDX-License-Identifier: BSD-2-Clause */
/* Two capability spaces and what they may hold, for the tests of obj/cspace. */
#ifndef CSPACE_RIG_H
#define CSPACE_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "obj/cspace.h"
#include "obj/partition.h"

struct cspace_rig {
	struct cspace *a; /* of 300 capabilities */
	struct cspace *b; /* of 100 */
	int destroyed;    /* doorbells that were */
	int orphaned;
	uint64_t random_state;
};

extern struct cspace_rig rig;

/** Two new spaces, and nothing else. */
void rig_set_up(void *unused);

/** An active space, held by the caller. */
struct cspace *rig_make_space(uint64_t caps_max);

/** Give both spaces up. @return whether nothing is left of anything */
bool rig_drop_spaces(void);

#endif
