/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pages an extent holds, and which of them one of its mappings shows. */
#include "mem/owner.h"
#include "mem/stage2.h"
#include "vm/memmap.h"
#include "vm/vm.h"

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

bool memmap_next_held(const struct memextent *me, struct run *run)
{
	uint64_t at = run->off + run->len;
	uint64_t piece;

	run->len = 0;
	for (; at < run->end; at += piece) {
		uint64_t max =
			run->most != 0 ? run->most - run->len : run->end - at;
		struct owner_page page = owner_look(
			pa(me->base + at), min_of(max, run->end - at), &piece);

		if (page.holder != me->number) {
			if (run->len != 0) {
				break;
			}
			continue;
		}
		if (run->len == 0) {
			run->off = at;
		}
		run->len += piece;
		if (run->most != 0 && run->len >= run->most) {
			break;
		}
	}
	return run->len != 0;
}

/* Does @me hold the page at @at? @len: for how far that is so, at most. */
static bool is_held(const struct memextent *me, uint64_t at, uint64_t *len)
{
	uint64_t most = *len;
	uint64_t piece;
	bool is_ours = false;

	for (*len = 0; *len < most; *len += piece) {
		struct owner_page page = owner_look(pa(me->base + at + *len),
		                                    most - *len, &piece);

		if (*len != 0 && (page.holder == me->number) != is_ours) {
			break;
		}
		is_ours = page.holder == me->number;
	}
	*len = min_of(*len, most);
	return is_ours;
}

/* Is the page at @at mapped by @m? @len: for how far that is so, at most. */
static bool is_mapped(const struct mapping *m, uint64_t at, uint64_t *len,
                      unsigned *entries)
{
	uint64_t to = m->me->base + at;
	struct stage2_entry entry;

	if (!stage2_look_run(&m->as->vm->s2, ipa(m->zero + at), &entry,
	                     entries)) {
		*len = min_of(*len, entry.size);
		return false;
	}
	*len = min_of(*len, entry.size);
	if (entry.pa.v != to) {
		return false;
	}
	if ((m->zero + at) % BLOCK2_SIZE != to % BLOCK2_SIZE) {
		/* Single pages: not beyond their block of physical memory. */
		*len = min_of(*len, BLOCK2_SIZE - to % BLOCK2_SIZE);
	}
	return is_held(m->me, at, len);
}

bool memmap_next_mapped(const struct mapping *m, struct run *run)
{
	uint64_t at = run->off + run->len;
	uint64_t piece;

	for (run->len = 0; at < run->end; at += piece) {
		unsigned entries;

		if (run->len != 0 && run->entries >= MEMMAP_PIECE &&
		    (m->me->base + at) % BLOCK2_SIZE == 0) {
			break;
		}
		piece = run->end - at;
		if (!is_mapped(m, at, &piece, &entries)) {
			if (run->len != 0) {
				break;
			}
			continue;
		}
		if (run->len == 0) {
			run->off = at;
		}
		run->len += piece;
		run->entries += entries;
	}
	return run->len != 0;
}

enum err memmap_check_held(const struct memextent *me, uint64_t offset,
                           uint64_t len)
{
	struct run run = { .off = offset, .end = offset + len };

	if (!memmap_next_held(me, &run) || run.off != offset ||
	    run.len != len) {
		return ERR_NOT_OWNER;
	}
	return ERR_OK;
}
