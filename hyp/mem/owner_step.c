/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state machine of one page, as a table; see mem/owner.h.
 *
 * A hole in the table is state NONE, which no event leads to: illegal.
 */
#include "lib/mutant.h"
#include "mem/owner.h"

/* clang-format off */
static const uint8_t next_state[OWNER_EVENT_COUNT][OWNER_STATE_COUNT] = {
	[OWNER_CLAIM]   = { [OWNER_FREE]        = OWNER_OWNED },
	[OWNER_RELEASE] = { [OWNER_OWNED]       = OWNER_FREE },
	[OWNER_LEND]    = { [OWNER_OWNED]       = OWNER_LENT,
	                    [OWNER_LENT]        = OWNER_LENT },
	[OWNER_RETURN]  = { [OWNER_LENT]        = OWNER_OWNED },
	[OWNER_RETURN2] = { [OWNER_LENT]        = OWNER_LENT },
	[OWNER_PASS]    = { [OWNER_OWNED]       = OWNER_OWNED,
	                    [OWNER_LENT]        = OWNER_LENT },
	/* MAP and UNMAP: the state before; the count decides, below. */
	[OWNER_MAP]     = { [OWNER_OWNED]       = OWNER_OWNED,
	                    [OWNER_SHARED]      = OWNER_OWNED,
	                    [OWNER_LENT]        = OWNER_LENT,
	                    [OWNER_LENT_SHARED] = OWNER_LENT },
	[OWNER_UNMAP]   = { [OWNER_OWNED]       = OWNER_OWNED,
	                    [OWNER_SHARED]      = OWNER_OWNED,
	                    [OWNER_LENT]        = OWNER_LENT,
	                    [OWNER_LENT_SHARED] = OWNER_LENT },
	[OWNER_SCRUB]   = { [OWNER_OWNED]       = OWNER_OWNED,
	                    [OWNER_LENT]        = OWNER_LENT },
};
/* clang-format on */

static bool needs_clean(enum owner_event event)
{
	return (event == OWNER_RELEASE || event == OWNER_RETURN ||
	        event == OWNER_RETURN2 || event == OWNER_PASS) &&
	       !mutant(owner_dirty_return);
}

/* OWNED and LENT become their shared twins from the second mapping on. */
static enum owner_state by_count(enum owner_state base, unsigned maps)
{
	if (maps < 2) {
		return base;
	}
	return base == OWNER_OWNED ? OWNER_SHARED : OWNER_LENT_SHARED;
}

static enum err step_mapping(struct owner_page *page, enum owner_event event,
                             enum owner_state base)
{
	if (event == OWNER_MAP && page->maps >= OWNER_MAPS_MAX) {
		return ERR_MAPPINGS_FULL;
	}
	if ((event == OWNER_UNMAP && page->maps == 0) ||
	    (event == OWNER_MAP && page->is_raw && !mutant(raw_is_seen))) {
		return ERR_DENIED;
	}
	if (event == OWNER_MAP) {
		page->maps++;
		page->is_dirty = true;
	} else {
		page->maps--;
	}
	page->state = by_count(base, page->maps);
	return ERR_OK;
}

enum err owner_step(struct owner_page *page, enum owner_event event,
                    uint16_t holder)
{
	enum owner_state next =
		(enum owner_state)next_state[event][page->state];

	if (next == OWNER_NONE) {
		return ERR_DENIED;
	}
	if (event == OWNER_MAP || event == OWNER_UNMAP) {
		return step_mapping(page, event, next);
	}
	if (page->maps != 0 || (needs_clean(event) && page->is_dirty)) {
		return ERR_DENIED;
	}
	page->state = next;
	if (event == OWNER_SCRUB) {
		page->is_dirty = false;
		page->is_raw = false;
		return ERR_OK;
	}
	page->holder = event == OWNER_RELEASE ? OWNER_NOBODY : holder;
	if (event != OWNER_RELEASE) {
		page->is_dirty = true; /* as its new neighbours are */
	}
	return ERR_OK;
}
