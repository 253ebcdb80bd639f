/* SPDX-License-Identifier: BSD-2-Clause */
/* Stage-2 tables, many entries at a time: how far one thing goes, and how much
 * of a long piece of work is enough for now. */
#include "mem/stage2.h"
#include "mem/stage2_entry.h"
#include "mem/stage2_walk.h"

/* How many entries there are from the one for @at to the end of its table. */
static uint64_t rest_of(const struct stage2 *s2, uint64_t at, unsigned level)
{
	uint64_t slot = at >> stage2_shift_of(level);
	uint64_t count = level == 1
	                         ? 1ull << (s2->ipa_bits - stage2_shift_of(1))
	                         : STAGE2_ENTRIES;

	return count - slot % count;
}

bool stage2_look_run(struct stage2 *s2, ipa_t at, struct stage2_entry *run,
                     unsigned *entries)
{
	unsigned level;
	uint64_t *entry;
	uint64_t first;
	uint64_t next;
	uint64_t inside;
	uint64_t step;
	uint64_t left;
	uint64_t n = 1;

	if (at.v >> s2->ipa_bits != 0) {
		run->size = -at.v; /* nothing, to the end of all addresses */
		*entries = 0;
		return false;
	}
	spin_lock(&s2->lock);
	entry = stage2_find(s2, at.v, STAGE2_LEAF, &level);
	first = *entry;
	step = first != 0 ? stage2_size_of(level) : 0;
	left = rest_of(s2, at.v, level);
	next = first + step;
	while (n < left && entry[n] == next) {
		next += step;
		n++;
	}
	spin_unlock(&s2->lock);
	inside = at.v & (stage2_size_of(level) - 1);
	run->size = n * stage2_size_of(level) - inside;
	run->pa = pa((first & PTE_ADDR) + inside);
	run->attr = stage2_attr(first);
	*entries = (unsigned)n;
	return first != 0;
}

/* No more entries than that; a gigabyte may be only one. */
static uint64_t entries_of(uint64_t at, uint64_t to, uint64_t len)
{
	uint64_t head = -at % BLOCK2_SIZE;
	uint64_t rest = len - head;

	if ((at ^ to) % BLOCK2_SIZE != 0 || head >= len) {
		return len / PAGE_SIZE;
	}
	return (head + rest % BLOCK2_SIZE) / PAGE_SIZE + rest / BLOCK2_SIZE;
}

uint64_t stage2_piece(ipa_t at, pa_t to, uint64_t len, unsigned *entries)
{
	uint64_t most = entries_of(at.v, to.v, len);
	uint64_t off = 0;

	if (most <= *entries) {
		*entries -= (unsigned)most;
		return len;
	}
	while (off < len &&
	       (*entries != 0 || (to.v + off) % BLOCK2_SIZE != 0)) {
		off += stage2_size_of(
			stage2_best_level(at.v + off, to.v + off, len - off));
		*entries -= *entries != 0 ? 1 : 0;
	}
	return off;
}
