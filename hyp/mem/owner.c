/* SPDX-License-Identifier: BSD-2-Clause */
/* The table behind the state machine; see the header. */
#include "mem/owner.h"

#include "lib/assert.h"
#include "lib/range.h"
#include "mem/page.h"

#define PAGES_PER_BLOCK (BLOCK2_SIZE / PAGE_SIZE)

/* A page's entry in 32 bits. */
#define WORD_STATE  0x0007u
#define WORD_DIRTY  0x0008u
#define WORD_MAPS   0x0070u
#define WORD_HOLDER 0xffff0000u

struct leaf {
	uint32_t word[PAGES_PER_BLOCK];
	bool has_parts; /* mapped or unmapped in parts, not as a whole */
};
_Static_assert(sizeof(struct leaf) <= PAGE_SIZE, "a leaf is one page");

/* A block's entry: the word of all its pages, or a leaf. */
struct block {
	struct leaf *leaf; /* NULL: word holds for all */
	uint32_t word;
};

static struct {
	uint64_t base; /* of the first block */
	uint64_t end;
	struct block *blocks;
} table[OWNER_RANGES_MAX];

static unsigned table_count;
static uint64_t counts[OWNER_STATE_COUNT];

static uint32_t pack(struct owner_page page)
{
	return (uint32_t)page.state | (page.is_dirty ? WORD_DIRTY : 0) |
	       page.maps << 4 | (uint32_t)page.holder << 16;
}

static struct owner_page unpack(uint32_t word)
{
	return (struct owner_page){
		.state = (enum owner_state)(word & WORD_STATE),
		.is_dirty = (word & WORD_DIRTY) != 0,
		.maps = (word & WORD_MAPS) >> 4,
		.holder = (uint16_t)(word >> 16),
	};
}

static struct block *find_block(uint64_t at)
{
	for (unsigned i = 0; i < table_count; i++) {
		if (at >= table[i].base && at < table[i].end) {
			return &table[i].blocks[(at - table[i].base) /
			                        BLOCK2_SIZE];
		}
	}
	return NULL;
}

static unsigned page_in_block(uint64_t at)
{
	return (unsigned)(at % BLOCK2_SIZE / PAGE_SIZE);
}

/* Bytes from @at to the end of its block, but at most @len. */
static uint64_t piece(uint64_t at, uint64_t len)
{
	uint64_t rest = BLOCK2_SIZE - at % BLOCK2_SIZE;

	return rest < len ? rest : len;
}

static enum err split(struct block *block)
{
	if (block->leaf != NULL) {
		return ERR_OK;
	}
	struct leaf *leaf = page_alloc(PAGE_OWNER);

	if (leaf == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < PAGES_PER_BLOCK; i++) {
		leaf->word[i] = block->word;
	}
	block->leaf = leaf;
	return ERR_OK;
}

/*
 * Back to one entry, if all pages are alike.
 *
 * Not while parts of it are mapped here and others there: a block without a
 * leaf is mapped as a whole wherever it is, so that taking a mapping away
 * never needs memory.
 */
static void merge(struct block *block)
{
	struct leaf *leaf = block->leaf;

	if (leaf == NULL || (leaf->has_parts && (leaf->word[0] & WORD_MAPS))) {
		return;
	}
	for (unsigned i = 1; i < PAGES_PER_BLOCK; i++) {
		if (leaf->word[i] != leaf->word[0]) {
			return;
		}
	}
	block->word = leaf->word[0];
	block->leaf = NULL;
	page_free(leaf, PAGE_OWNER);
}

/* Give the first pages of @block that lie in [at, at + len) entry @word. */
static enum err set_piece(struct block *block, uint64_t at, uint64_t len,
                          uint32_t word)
{
	unsigned first = page_in_block(at);

	if (len == BLOCK2_SIZE && block->leaf == NULL) {
		block->word = word;
		return ERR_OK;
	}
	TRY(split(block));
	for (unsigned i = 0; i < len / PAGE_SIZE; i++) {
		block->leaf->word[first + i] = word;
	}
	merge(block);
	return ERR_OK;
}

/* Boot: whatever was there becomes @word. */
static enum err paint(uint64_t at, uint64_t len, struct owner_page page)
{
	while (len != 0) {
		uint64_t part = piece(at, len);
		struct block *block = find_block(at);

		ASSERT(block != NULL);
		TRY(set_piece(block, at, part, pack(page)));
		at += part;
		len -= part;
	}
	return ERR_OK;
}

enum err owner_init(const struct owner_range *ranges, unsigned count)
{
	ASSERT(count <= OWNER_RANGES_MAX);
	for (unsigned i = 0; i < count; i++) {
		uint64_t base = ranges[i].base & ~(uint64_t)(BLOCK2_SIZE - 1);
		uint64_t end =
			(ranges[i].base + ranges[i].size + BLOCK2_SIZE - 1) &
			~(uint64_t)(BLOCK2_SIZE - 1);
		uint64_t blocks = (end - base) / BLOCK2_SIZE;

		table[i].blocks = page_alloc_order(
			page_order(blocks * sizeof(struct block)), PAGE_OWNER);
		if (table[i].blocks == NULL) {
			return ERR_NOMEM;
		}
		table[i].base = base;
		table[i].end = end;
		table_count = i + 1;
		counts[OWNER_FREE] += ranges[i].size / PAGE_SIZE;
		TRY(paint(ranges[i].base, ranges[i].size,
		          (struct owner_page){ .state = OWNER_FREE,
		                               .is_dirty = true }));
	}
	return ERR_OK;
}

enum err owner_take_for_hyp(pa_t at, uint64_t len)
{
	TRY(paint(at.v, len, (struct owner_page){ .state = OWNER_HYP }));
	counts[OWNER_FREE] -= len / PAGE_SIZE;
	counts[OWNER_HYP] += len / PAGE_SIZE;
	return ERR_OK;
}

struct owner_page owner_look(pa_t at, uint64_t *len)
{
	struct block *block = find_block(at.v);
	unsigned first = page_in_block(at.v);
	unsigned end = first + 1;

	if (block == NULL) {
		*len = PAGE_SIZE;
		return (struct owner_page){ .state = OWNER_NONE };
	}
	if (block->leaf == NULL) {
		*len = BLOCK2_SIZE - at.v % BLOCK2_SIZE;
		return unpack(block->word);
	}
	while (end < PAGES_PER_BLOCK &&
	       block->leaf->word[end] == block->leaf->word[first]) {
		end++;
	}
	*len = (uint64_t)(end - first) * PAGE_SIZE;
	return unpack(block->leaf->word[first]);
}

static enum err check_run(struct owner_page page, enum owner_event event,
                          uint16_t from)
{
	if (page.state == OWNER_NONE || page.state == OWNER_HYP ||
	    page.holder != from) {
		return ERR_NOT_OWNER;
	}
	return owner_step(&page, event, from);
}

enum err owner_check(pa_t at, uint64_t len, enum owner_event event,
                     uint16_t from)
{
	uint64_t run;

	if (!range_is_good(at.v, len)) {
		return ERR_NOT_OWNER;
	}
	for (uint64_t off = 0; off < len; off += run) {
		TRY(check_run(owner_look(pa_add(at, off), &run), event, from));
	}
	return owner_reserve(at, len);
}

enum err owner_reserve(pa_t at, uint64_t len)
{
	enum err err = ERR_OK;

	/* Only a block of which a part changes can need a leaf: the edges. */
	if (len != 0 && piece(at.v, len) != BLOCK2_SIZE) {
		err = split(find_block(at.v));
	}
	if (err == ERR_OK && len != 0 && (at.v + len) % BLOCK2_SIZE != 0) {
		err = split(find_block(at.v + len - PAGE_SIZE));
	}
	if (err != ERR_OK) {
		owner_settle(at, len);
	}
	return err;
}

static uint32_t step_word(uint32_t word, enum owner_event event, uint16_t from,
                          uint16_t to, uint64_t pages)
{
	struct owner_page page = unpack(word);
	enum err err;

	ASSERT(page.holder == from);
	counts[page.state] -= pages;
	err = owner_step(&page, event, to);
	ASSERT(err == ERR_OK);
	counts[page.state] += pages;
	return pack(page);
}

void owner_apply(pa_t at, uint64_t len, enum owner_event event, uint16_t from,
                 uint16_t to)
{
	uint64_t part;

	for (uint64_t off = 0; off < len; off += part) {
		uint64_t here = at.v + off;
		struct block *block = find_block(here);
		unsigned first = page_in_block(here);

		part = piece(here, len - off);
		if (block->leaf == NULL) {
			ASSERT(part == BLOCK2_SIZE);
			block->word = step_word(block->word, event, from, to,
			                        PAGES_PER_BLOCK);
			continue;
		}
		if (part != BLOCK2_SIZE &&
		    (event == OWNER_MAP || event == OWNER_UNMAP)) {
			block->leaf->has_parts = true;
		}
		for (unsigned i = 0; i < part / PAGE_SIZE; i++) {
			uint32_t *word = &block->leaf->word[first + i];

			*word = step_word(*word, event, from, to, 1);
		}
	}
}

void owner_settle(pa_t at, uint64_t len)
{
	for (uint64_t off = 0; off < len; off += piece(at.v + off, len - off)) {
		merge(find_block(at.v + off));
	}
}

uint64_t owner_count(enum owner_state state)
{
	return counts[state];
}
