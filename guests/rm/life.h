/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a virtual machine as one table (docs/lifecycle.md). */
#ifndef RM_LIFE_H
#define RM_LIFE_H

#include <stdbool.h>

#include <abi/rm.h>

/** May a VM go from @from to @to? Unknown states: no. */
bool life_may(enum rm_state from, enum rm_state to);

/** May its owner deallocate it: nothing of it is left. */
bool life_is_empty(enum rm_state state);

/** "RUNNING"; "?" for a number that is no state. */
const char *life_name(enum rm_state state);

#endif
