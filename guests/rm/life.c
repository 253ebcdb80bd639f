/* SPDX-License-Identifier: BSD-2-Clause */
#include "life.h"

#include <stddef.h>
#include <stdint.h>

#define TO(state) (1u << RM_VM_##state)

/* Row: the state a VM is in; bits: the states it may enter next. */
/* clang-format off */
static const uint16_t next[RM_VM_STATE_COUNT] = {
	[RM_VM_NONE]        = TO(LOAD),
	[RM_VM_LOAD]        = TO(AUTH) | TO(INIT) | TO(INIT_FAILED),
	[RM_VM_AUTH]        = TO(INIT) | TO(INIT_FAILED),
	[RM_VM_INIT]        = TO(READY) | TO(INIT_FAILED),
	[RM_VM_READY]       = TO(RUNNING) | TO(RESETTING) | TO(INIT_FAILED),
	[RM_VM_RUNNING]     = TO(PAUSED) | TO(EXITED),
	[RM_VM_PAUSED]      = TO(RUNNING) | TO(EXITED),
	[RM_VM_INIT_FAILED] = TO(RESETTING),
	[RM_VM_EXITED]      = TO(RESETTING),
	[RM_VM_RESETTING]   = TO(RESET),
	[RM_VM_RESET]       = TO(AUTH) | TO(INIT) | TO(INIT_FAILED) | TO(NONE),
};
/* clang-format on */

bool life_may(enum rm_state from, enum rm_state to)
{
	return (unsigned)from < RM_VM_STATE_COUNT &&
	       (unsigned)to < RM_VM_STATE_COUNT && (next[from] >> to & 1u);
}

bool life_is_empty(enum rm_state state)
{
	return state == RM_VM_LOAD || state == RM_VM_RESET;
}

#define NAME(name, num) [num] = #name,
static const char *const names[RM_VM_STATE_COUNT] = { RM_VM_STATES(NAME) };

const char *life_name(enum rm_state state)
{
	if ((unsigned)state >= RM_VM_STATE_COUNT || names[state] == NULL) {
		return "?";
	}
	return names[state];
}
