/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test build asks the page state machine for every event in every state
 * and circumstance, at boot, and compares with the rules said another way:
 * one line per event, of the states it may happen in.
 */
#include <arm64/bits.h>

#include "lib/assert.h"
#include "mem/owner.h"

#define S(name) BIT(OWNER_##name)

/* What each event asks for, and what it leads to. */
static const struct rule {
	uint64_t from;     /* states, as bits */
	bool needs_unseen; /* mapped nowhere */
	bool needs_clean;
	enum owner_state to; /* NONE: the same, by the number of mappings */
	int maps;            /* by how much their number changes */
	bool is_dirty;       /* afterwards; with to == NONE only if true */
} rules[OWNER_EVENT_COUNT] = {
	[OWNER_CLAIM] = { S(FREE), true, false, OWNER_OWNED, 0, true },
	[OWNER_RELEASE] = { S(OWNED), true, true, OWNER_FREE, 0, false },
	[OWNER_LEND] = { S(OWNED) | S(LENT), true, false, OWNER_LENT, 0, true },
	[OWNER_RETURN] = { S(LENT), true, true, OWNER_OWNED, 0, true },
	[OWNER_RETURN2] = { S(LENT), true, true, OWNER_LENT, 0, true },
	[OWNER_PASS] = { S(OWNED) | S(LENT), true, true, OWNER_NONE, 0, true },
	[OWNER_MAP] = { S(OWNED) | S(SHARED) | S(LENT) | S(LENT_SHARED), false,
	                false, OWNER_NONE, 1, true },
	[OWNER_UNMAP] = { S(OWNED) | S(SHARED) | S(LENT) | S(LENT_SHARED),
	                  false, false, OWNER_NONE, -1, false },
	[OWNER_SCRUB] = { S(OWNED) | S(LENT), true, false, OWNER_NONE, 0,
	                  false },
};

static bool is_lent(enum owner_state state)
{
	return state == OWNER_LENT || state == OWNER_LENT_SHARED;
}

static enum owner_state twin(enum owner_state state, unsigned maps)
{
	if (is_lent(state)) {
		return maps < 2 ? OWNER_LENT : OWNER_LENT_SHARED;
	}
	return maps < 2 ? OWNER_OWNED : OWNER_SHARED;
}

static bool may_happen(const struct rule *rule, const struct owner_page *page)
{
	return (rule->from & BIT(page->state)) != 0 &&
	       !(rule->needs_unseen && page->maps != 0) &&
	       !(rule->needs_clean && page->is_dirty) &&
	       !(rule->maps < 0 && page->maps == 0) &&
	       !(rule->maps > 0 &&
	         (page->maps >= OWNER_MAPS_MAX || page->is_raw));
}

static void check(enum owner_event event, struct owner_page before)
{
	const struct rule *rule = &rules[event];
	struct owner_page after = before;
	bool happened = owner_step(&after, event, 9) == ERR_OK;
	enum owner_state want;

	ASSERT(happened == may_happen(rule, &before));
	if (!happened) {
		ASSERT(after.state == before.state &&
		       after.maps == before.maps &&
		       after.is_dirty == before.is_dirty &&
		       after.is_raw == before.is_raw &&
		       after.holder == before.holder);
		return;
	}
	ASSERT(after.maps == before.maps + (unsigned)rule->maps);
	want = rule->to != OWNER_NONE ? rule->to
	                              : twin(before.state, after.maps);
	ASSERT(after.state == want);
	ASSERT(after.is_raw == (before.is_raw && event != OWNER_SCRUB));
	ASSERT(after.is_dirty ==
	       (event == OWNER_UNMAP ? before.is_dirty : rule->is_dirty));
}

unsigned owner_self_check(void)
{
	unsigned count = 0;

	for (unsigned n = 0; n < 32 * OWNER_STATE_COUNT; n++) {
		struct owner_page page = {
			.state = (enum owner_state)(n / 32),
			.maps = n % 8,
			.is_dirty = n % 16 >= 8,
			.is_raw = n % 32 >= 16,
			.holder = 5,
		};

		for (unsigned e = 0; e < OWNER_EVENT_COUNT; e++) {
			check((enum owner_event)e, page);
			count++;
		}
	}
	return count;
}
