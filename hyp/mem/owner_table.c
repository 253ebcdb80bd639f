/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs of blocks, and leaves; see the header. */
#include "mem/owner_table.h"

#include <arm64/bits.h>

#include "lib/assert.h"
#include "mem/owner.h"
#include "mem/page.h"

#define PAGES_PER_BLOCK (BLOCK2_SIZE / PAGE_SIZE)
#define BLOCK_MASK      (~(uint64_t)(BLOCK2_SIZE - 1))

struct leaf {
	uint32_t word[PAGES_PER_BLOCK];
	bool has_parts; /* mapped or unmapped in parts, not as a whole */
};
_Static_assert(sizeof(struct leaf) <= PAGE_SIZE, "a leaf is one page");

/* Means something only where a run begins. */
struct block {
	struct leaf *leaf; /* NULL: word holds for all pages */
	uint32_t word;
};

static struct owner_table {
	uint64_t base; /* of the first block */
	uint64_t size; /* bytes; 0: unused */
	struct block *blocks;
	uint64_t *heads; /* bits; that of the first block is set */
} tables[OWNER_RANGES_MAX];

static inline struct owner_table *find_table(uint64_t at)
{
	for (unsigned i = 0; i < OWNER_RANGES_MAX; i++) {
		if (at - tables[i].base < tables[i].size) {
			return &tables[i];
		}
	}
	return NULL;
}

/* Bytes from @at, which is in no table, to the next one, or far enough. */
static uint64_t gap_at(uint64_t at)
{
	uint64_t gap = 1ull << 63; /* then no loop comes by twice */

	for (unsigned i = 0; i < OWNER_RANGES_MAX; i++) {
		if (tables[i].size != 0 && tables[i].base - at < gap) {
			gap = tables[i].base - at;
		}
	}
	return gap;
}

static inline uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t count_of(const struct owner_table *t)
{
	return t->size / BLOCK2_SIZE;
}

static inline uint64_t index_of(const struct owner_table *t, uint64_t at)
{
	return (at - t->base) / BLOCK2_SIZE;
}

static inline unsigned page_of(uint64_t at)
{
	return (unsigned)(at % BLOCK2_SIZE / PAGE_SIZE);
}

static inline bool is_head(const struct owner_table *t, uint64_t i)
{
	return (t->heads[i / 64] & BIT(i % 64)) != 0;
}

/* Where the run of block @i begins. */
static inline uint64_t head_of(const struct owner_table *t, uint64_t i)
{
	uint64_t word = i / 64;
	uint64_t bits = t->heads[word] & (~0ull >> (63 - i % 64));

	while (bits == 0) {
		bits = t->heads[--word];
	}
	return word * 64 + 63 - (unsigned)__builtin_clzll(bits);
}

/* Where the run of block @i ends: behind @i, and not behind @max. */
static inline uint64_t end_of(const struct owner_table *t, uint64_t i,
                              uint64_t max)
{
	uint64_t word = (i + 1) / 64;
	uint64_t bits;

	if (i + 1 >= max) {
		return max;
	}
	bits = t->heads[word] & (~0ull << (i + 1) % 64);
	while (bits == 0) {
		if (++word * 64 >= max) {
			return max;
		}
		bits = t->heads[word];
	}
	return min_of(word * 64 + (unsigned)__builtin_ctzll(bits), max);
}

/* Let a run begin at block @i; the one behind the last begins anyway. */
static inline void cut(struct owner_table *t, uint64_t i)
{
	if (i < count_of(t) && !is_head(t, i)) {
		t->blocks[i] = t->blocks[head_of(t, i)];
		t->heads[i / 64] |= BIT(i % 64);
	}
}

/* Let the run that ends before block @i go on, if it can. */
static inline void join(struct owner_table *t, uint64_t i)
{
	const struct block *before;

	if (i == 0 || i >= count_of(t) || !is_head(t, i)) {
		return;
	}
	before = &t->blocks[head_of(t, i - 1)];
	if (before->leaf == NULL && t->blocks[i].leaf == NULL &&
	    before->word == t->blocks[i].word) {
		t->heads[i / 64] &= ~BIT(i % 64);
	}
}

/* Blocks [i, end) become one run, and part of those around that are alike. */
static void set_run(struct owner_table *t, uint64_t i, uint64_t end,
                    uint32_t word)
{
	uint64_t next;

	cut(t, end);
	cut(t, i);
	for (uint64_t at = i; at < end; at = next) {
		next = end_of(t, at, end);
		if (t->blocks[at].leaf != NULL) {
			page_free(t->blocks[at].leaf, PAGE_OWNER);
		}
		if (at != i) {
			t->heads[at / 64] &= ~BIT(at % 64);
		}
	}
	t->blocks[i] = (struct block){ .word = word };
	join(t, end);
	join(t, i);
}

/* How many entries from @first on, at most @max, are equal to it. */
static uint64_t alike(const struct leaf *leaf, unsigned first, uint64_t max)
{
	const uint32_t *word = &leaf->word[first];
	uint64_t n = 1;

	while (n < max && word[n] == word[0]) {
		n++;
	}
	return n;
}

static void fold(struct owner_table *t, uint64_t i)
{
	const struct leaf *leaf = t->blocks[i].leaf;

	if (leaf == NULL ||
	    (leaf->has_parts && (leaf->word[0] & OWNER_WORD_MAPS) != 0)) {
		return;
	}
	if (alike(leaf, 0, PAGES_PER_BLOCK) == PAGES_PER_BLOCK) {
		set_run(t, i, i + 1, leaf->word[0]);
	}
}

static enum err split(struct owner_table *t, uint64_t i)
{
	const struct block *block = &t->blocks[head_of(t, i)];
	struct leaf *leaf;

	if (block->leaf != NULL) {
		return ERR_OK;
	}
	leaf = page_alloc(PAGE_OWNER);
	if (leaf == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned k = 0; k < PAGES_PER_BLOCK; k++) {
		leaf->word[k] = block->word;
	}
	cut(t, i + 1);
	cut(t, i);
	t->blocks[i].leaf = leaf;
	return ERR_OK;
}

enum err owner_table_add(uint64_t base, uint64_t size)
{
	uint64_t first = base & BLOCK_MASK;
	uint64_t end = (base + size + BLOCK2_SIZE - 1) & BLOCK_MASK;
	struct owner_table *t;
	uint64_t count;
	size_t bytes;
	void *room;

	/* Two ranges may share a block, as two devices do: it has one table. */
	while (first < end && find_table(first) != NULL) {
		first += BLOCK2_SIZE;
	}
	while (first < end && find_table(end - 1) != NULL) {
		end -= BLOCK2_SIZE;
	}
	if (first == end) {
		return ERR_OK;
	}
	count = (end - first) / BLOCK2_SIZE;
	bytes = count * sizeof(struct block) + (count + 63) / 64 * 8;
	for (t = tables; t->size != 0; t++) {
		ASSERT(t != &tables[OWNER_RANGES_MAX - 1]);
	}
	room = page_alloc_order(page_order(bytes), PAGE_OWNER);
	if (room == NULL) {
		return ERR_NOMEM;
	}
	t->blocks = room;
	t->heads = (uint64_t *)&t->blocks[count];
	t->heads[0] = 1;
	t->base = first;
	t->size = end - first;
	return ERR_OK;
}

struct owner_span owner_table_look(uint64_t at, uint64_t max)
{
	struct owner_table *t = find_table(at);
	struct owner_span span = { .table = t, .at = at };
	const struct block *block;
	uint64_t rest = BLOCK2_SIZE - at % BLOCK2_SIZE; /* of its block */

	if (t == NULL) {
		span.len = gap_at(at);
		return span;
	}
	span.index = index_of(t, at);
	block = &t->blocks[head_of(t, span.index)];
	span.word = block->word;
	span.len = min_of(rest, max);
	if (block->leaf != NULL) {
		span.word = block->leaf->word[page_of(at)];
		span.len = PAGE_SIZE * alike(block->leaf, page_of(at),
		                             span.len / PAGE_SIZE);
	} else if (rest < max) {
		uint64_t wanted =
			1 + (max - rest + BLOCK2_SIZE - 1) / BLOCK2_SIZE;
		uint64_t left = count_of(t) - span.index;
		uint64_t end = end_of(t, span.index,
		                      span.index + min_of(wanted, left));

		rest += (end - span.index - 1) * BLOCK2_SIZE;
		span.len = min_of(rest, max);
	}
	return span;
}

void owner_table_set(const struct owner_span *span, uint32_t word, bool is_part)
{
	struct owner_table *t = span->table;
	struct leaf *leaf = t->blocks[head_of(t, span->index)].leaf;
	unsigned first = page_of(span->at);

	if (leaf == NULL) {
		ASSERT((span->at | span->len) % BLOCK2_SIZE == 0);
		set_run(t, span->index, span->index + span->len / BLOCK2_SIZE,
		        word);
		return;
	}
	leaf->has_parts = leaf->has_parts || is_part;
	for (uint64_t i = 0; i < span->len / PAGE_SIZE; i++) {
		leaf->word[first + i] = word;
	}
}

enum err owner_table_paint(uint64_t at, uint64_t len, uint32_t word)
{
	while (len != 0) {
		struct owner_table *t = find_table(at);
		uint64_t part = min_of(BLOCK2_SIZE - at % BLOCK2_SIZE, len);

		ASSERT(t != NULL);
		if (part == BLOCK2_SIZE) {
			part = min_of(len & BLOCK_MASK, t->base + t->size - at);
			set_run(t, index_of(t, at), index_of(t, at + part),
			        word);
		} else {
			struct owner_span span = { .table = t,
				                   .index = index_of(t, at),
				                   .at = at,
				                   .len = part };

			TRY(split(t, span.index));
			owner_table_set(&span, word, false);
			fold(t, span.index);
		}
		at += part;
		len -= part;
	}
	return ERR_OK;
}

enum err owner_table_part(uint64_t at)
{
	struct owner_table *t = find_table(at);

	return t != NULL ? split(t, index_of(t, at)) : ERR_OK;
}

void owner_table_fold(uint64_t at, uint64_t len)
{
	uint64_t end = at + len;

	while (at < end) {
		struct owner_table *t = find_table(at);
		uint64_t i, last, next;

		if (t == NULL) {
			uint64_t gap = gap_at(at);

			if (gap >= end - at) {
				return;
			}
			at += gap;
			continue;
		}
		last = index_of(t, min_of(end, t->base + t->size) - 1);
		for (i = index_of(t, at); i <= last; i = next) {
			next = end_of(t, i, last + 1);
			/* Only where a run begins can there be a leaf. */
			if (is_head(t, i)) {
				fold(t, i);
			}
		}
		at = t->base + t->size;
	}
}
