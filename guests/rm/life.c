/* SPDX-License-Identifier: BSD-2-Clause */
#include "life.h"

#include <stddef.h>
#include <stdint.h>

#define TO(state) (1u << RM_STATE_##state)

/* Row: the state a VM is in; bits: the states it may enter next. */
/* clang-format off */
static const uint16_t next[RM_STATE_COUNT] = {
	[RM_STATE_NONE]        = TO(LOAD),
	[RM_STATE_LOAD]        = TO(AUTH) | TO(INIT) | TO(INIT_FAILED),
	[RM_STATE_AUTH]        = TO(INIT) | TO(INIT_FAILED),
	[RM_STATE_INIT]        = TO(READY) | TO(INIT_FAILED),
	[RM_STATE_READY]       = TO(RUNNING) | TO(RESETTING) | TO(INIT_FAILED),
	[RM_STATE_RUNNING]     = TO(PAUSED) | TO(EXITED),
	[RM_STATE_PAUSED]      = TO(RUNNING) | TO(EXITED),
	[RM_STATE_INIT_FAILED] = TO(RESETTING),
	[RM_STATE_EXITED]      = TO(RESETTING),
	[RM_STATE_RESETTING]   = TO(RESET),
	[RM_STATE_RESET]       = TO(AUTH) | TO(INIT) | TO(INIT_FAILED) | TO(NONE),
};
/* clang-format on */

bool life_may(enum rm_state from, enum rm_state to)
{
	return (unsigned)from < RM_STATE_COUNT &&
	       (unsigned)to < RM_STATE_COUNT && (next[from] >> to & 1u);
}

bool life_is_empty(enum rm_state state)
{
	return state == RM_STATE_LOAD || state == RM_STATE_RESET;
}

#define NAME(name, num) [num] = #name,
static const char *const names[RM_STATE_COUNT] = { RM_VM_STATES(NAME) };

const char *life_name(enum rm_state state)
{
	if ((unsigned)state >= RM_STATE_COUNT || names[state] == NULL) {
		return "?";
	}
	return names[state];
}
