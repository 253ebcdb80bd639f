/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine of each page, over ranges; the table is owner_table.c's. */
#include "mem/owner.h"

#include "arch/cache.h"
#include "lib/assert.h"
#include "lib/range.h"
#include "mem/owner_table.h"

#define BLOCK_MASK (~(uint64_t)(BLOCK2_SIZE - 1))

static uint64_t owner_counts[OWNER_STATE_COUNT];

static uint32_t pack(struct owner_page page)
{
	return (uint32_t)page.state | (page.is_dirty ? OWNER_WORD_DIRTY : 0) |
	       (page.is_device ? OWNER_WORD_DEVICE : 0) |
	       (page.is_raw ? OWNER_WORD_RAW : 0) | page.maps << 4 |
	       (uint32_t)page.holder << 16;
}

static struct owner_page unpack(uint32_t word)
{
	return (struct owner_page){
		.state = (enum owner_state)(word & OWNER_WORD_STATE),
		.is_dirty = (word & OWNER_WORD_DIRTY) != 0,
		.is_raw = (word & OWNER_WORD_RAW) != 0,
		.is_device = (word & OWNER_WORD_DEVICE) != 0,
		.maps = (word & OWNER_WORD_MAPS) >> 4,
		.holder = (uint16_t)(word >> 16),
	};
}

static struct owner_range devices[OWNER_RANGES_MAX];
static unsigned device_count;

bool owner_has_device(pa_t at, uint64_t len)
{
	for (unsigned i = 0; i < device_count; i++) {
		if (range_meets(devices[i].base, devices[i].size, at.v, len)) {
			return true;
		}
	}
	return false;
}

enum err owner_init(const struct owner_range *ranges, unsigned count)
{
	ASSERT(count <= OWNER_RANGES_MAX);
	for (unsigned i = 0; i < count; i++) {
		const struct owner_range *r = &ranges[i];
		struct owner_page page = { .state = OWNER_FREE,
			                   .is_dirty = !r->is_device,
			                   .is_raw = !r->is_device,
			                   .is_device = r->is_device };

		TRY(owner_table_add(r->base, r->size));
		if (r->is_device) {
			devices[device_count++] = *r;
		}
		owner_counts[OWNER_FREE] += r->size / PAGE_SIZE;
		TRY(owner_table_paint(r->base, r->size, pack(page)));
	}
	return ERR_OK;
}

enum err owner_vouch(pa_t at, uint64_t len)
{
	struct owner_page page = { .state = OWNER_FREE, .is_dirty = true };

	return owner_table_paint(at.v, len, pack(page));
}

enum err owner_take_for_hyp(pa_t at, uint64_t len)
{
	struct owner_page page = { .state = OWNER_HYP };

	TRY(owner_table_paint(at.v, len, pack(page)));
	owner_counts[OWNER_FREE] -= len / PAGE_SIZE;
	owner_counts[OWNER_HYP] += len / PAGE_SIZE;
	return ERR_OK;
}

void owner_scrub_raw(pa_t at)
{
	uint64_t base = at.v & BLOCK_MASK;
	struct owner_span span;

	for (uint64_t off = 0; off < BLOCK2_SIZE; off += span.len) {
		span = owner_table_look(base + off, BLOCK2_SIZE - off);
		if (span.word & OWNER_WORD_RAW) {
			cache_scrub(phys_to_virt(pa(base + off)), span.len);
			owner_table_set(&span, span.word & ~OWNER_WORD_RAW,
			                false);
		}
	}
	owner_table_fold(base, BLOCK2_SIZE);
}

struct owner_page owner_look(pa_t at, uint64_t max, uint64_t *len)
{
	struct owner_span span = owner_table_look(at.v, max);

	*len = span.len;
	return unpack(span.word);
}

/*
 * Pages that lie next to each other mostly have equal entries: what has been
 * said of one is remembered for the next.
 */
struct memo {
	enum owner_event event;
	uint16_t from, to;
	bool is_valid;
	uint32_t before, after;
};

static enum err step_fresh(struct memo *memo, uint32_t word)
{
	struct owner_page page = unpack(word);

	if (page.state == OWNER_NONE || page.state == OWNER_HYP ||
	    page.holder != memo->from) {
		return ERR_NOT_OWNER;
	}
	TRY(owner_step(&page, memo->event, memo->to));
	memo->is_valid = true;
	memo->before = word;
	memo->after = pack(page);
	return ERR_OK;
}

/* What @word becomes is in memo->after. */
static inline enum err step_word(struct memo *memo, uint32_t word)
{
	if (memo->is_valid && memo->before == word) {
		return ERR_OK;
	}
	return step_fresh(memo, word);
}

enum err owner_check(pa_t at, uint64_t len, enum owner_event event,
                     uint16_t from)
{
	struct memo memo = { .event = event, .from = from, .to = from };
	struct owner_span span;

	if (!range_is_good(at.v, len)) {
		return ERR_NOT_OWNER;
	}
	for (uint64_t off = 0; off < len; off += span.len) {
		span = owner_table_look(at.v + off, len - off);
		/* What is not RAM has state NONE. */
		TRY(step_word(&memo, span.word));
	}
	return owner_reserve(at, len);
}

enum err owner_reserve(pa_t at, uint64_t len)
{
	uint64_t end = at.v + len;
	enum err err = ERR_OK;

	/* Only a block of which a part changes can need a leaf: the edges. */
	if (len != 0 && (at.v % BLOCK2_SIZE != 0 || len < BLOCK2_SIZE)) {
		err = owner_table_part(at.v);
	}
	if (err == ERR_OK && len != 0 && end % BLOCK2_SIZE != 0) {
		err = owner_table_part(end - PAGE_SIZE);
	}
	if (err != ERR_OK) {
		owner_settle(at, len);
	}
	return err;
}

void owner_apply(pa_t at, uint64_t len, enum owner_event event, uint16_t from,
                 uint16_t to)
{
	struct memo memo = { .event = event, .from = from, .to = to };
	bool is_map = event == OWNER_MAP || event == OWNER_UNMAP;
	struct owner_span span;

	for (uint64_t off = 0; off < len; off += span.len) {
		uint64_t block = (at.v + off) & BLOCK_MASK;
		bool is_part = block < at.v || block + BLOCK2_SIZE > at.v + len;
		enum err err;

		span = owner_table_look(at.v + off, len - off);
		err = step_word(&memo, span.word);
		ASSERT(err == ERR_OK); /* owner_check has said so */
		owner_counts[memo.before & OWNER_WORD_STATE] -=
			span.len / PAGE_SIZE;
		owner_counts[memo.after & OWNER_WORD_STATE] +=
			span.len / PAGE_SIZE;
		owner_table_set(&span, memo.after, is_map && is_part);
	}
}

void owner_settle(pa_t at, uint64_t len)
{
	owner_table_fold(at.v, len);
}

uint64_t owner_count(enum owner_state state)
{
	return owner_counts[state];
}
