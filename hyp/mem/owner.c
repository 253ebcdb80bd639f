/* SPDX-License-Identifier: BSD-2-Clause */
/* The table behind the state machine; see the header. */
#include "mem/owner.h"

#include "arch/cache.h"
#include "lib/assert.h"
#include "lib/range.h"
#include "mem/page.h"

#define PAGES_PER_BLOCK (BLOCK2_SIZE / PAGE_SIZE)

/* A page's entry in 32 bits. */
#define WORD_STATE  0x0007u
#define WORD_DIRTY  0x0008u
#define WORD_MAPS   0x0070u
#define WORD_DEVICE 0x0080u
#define WORD_RAW    0x0100u
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

static struct table {
	uint64_t base; /* of the first block */
	uint64_t size; /* 0: unused */
	struct block *blocks;
} tables[OWNER_RANGES_MAX];

static uint64_t owner_counts[OWNER_STATE_COUNT];

static uint32_t pack(struct owner_page page)
{
	return (uint32_t)page.state | (page.is_dirty ? WORD_DIRTY : 0) |
	       (page.is_device ? WORD_DEVICE : 0) |
	       (page.is_raw ? WORD_RAW : 0) | page.maps << 4 |
	       (uint32_t)page.holder << 16;
}

static struct owner_page unpack(uint32_t word)
{
	return (struct owner_page){
		.state = (enum owner_state)(word & WORD_STATE),
		.is_dirty = (word & WORD_DIRTY) != 0,
		.is_raw = (word & WORD_RAW) != 0,
		.is_device = (word & WORD_DEVICE) != 0,
		.maps = (word & WORD_MAPS) >> 4,
		.holder = (uint16_t)(word >> 16),
	};
}

/* @follow  blocks of its table, itself and those behind it */
static inline struct block *find_blocks(uint64_t at, uint64_t *follow)
{
	for (unsigned i = 0; i < OWNER_RANGES_MAX; i++) {
		const struct table *t = &tables[i];

		if (at - t->base < t->size) {
			uint64_t index = (at - t->base) / BLOCK2_SIZE;

			*follow = t->size / BLOCK2_SIZE - index;
			return &t->blocks[index];
		}
	}
	*follow = 1;
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

static inline struct block *find_block(uint64_t at)
{
	uint64_t follow;

	return find_blocks(at, &follow);
}

static inline unsigned page_in_block(uint64_t at)
{
	return (unsigned)(at % BLOCK2_SIZE / PAGE_SIZE);
}

/* Bytes from @at to the end of its block, but at most @len. */
static inline uint64_t piece(uint64_t at, uint64_t len)
{
	uint64_t rest = BLOCK2_SIZE - at % BLOCK2_SIZE;

	return rest < len ? rest : len;
}

/*
 * The first part of a range that has one answer: pages of one block, or as many
 * whole blocks as are alike, and so need be looked at only once.
 */
struct part {
	struct block *block; /* the first; NULL: not RAM */
	uint64_t blocks;
	uint64_t len; /* bytes */
};

/* How many blocks from @block on, at most @max, are like it and whole. */
static inline uint64_t alike(const struct block *block, uint64_t max)
{
	uint64_t n = 1;

	while (n < max && block[n].leaf == NULL &&
	       block[n].word == block->word) {
		n++;
	}
	return n;
}

static inline struct part first_part(uint64_t at, uint64_t len)
{
	uint64_t follow;
	struct part p = { .block = find_blocks(at, &follow),
		          .blocks = 1,
		          .len = piece(at, len) };

	if (p.len == BLOCK2_SIZE && p.block != NULL && p.block->leaf == NULL) {
		uint64_t most = len / BLOCK2_SIZE;

		p.blocks = alike(p.block, most < follow ? most : follow);
		p.len = p.blocks * BLOCK2_SIZE;
	}
	return p;
}

/* What is not RAM has no block, and nothing to be told apart. */
static enum err split(struct block *block)
{
	if (block == NULL || block->leaf != NULL) {
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

/* How many entries from @first on, at most @max, are equal to it. */
static unsigned run_of(const struct leaf *leaf, unsigned first, unsigned max)
{
	const uint32_t *word = &leaf->word[first];
	unsigned n = 1;

	while (n < max && word[n] == word[0]) {
		n++;
	}
	return n;
}

/*
 * Back to one entry, if all pages are alike.
 *
 * Not while parts of it are mapped here and others there: a block without a
 * leaf is mapped as a whole wherever it is, so that taking a mapping away
 * never needs memory.
 */
static void merge_leaf(struct block *block)
{
	struct leaf *leaf = block->leaf;

	if (leaf->has_parts && (leaf->word[0] & WORD_MAPS) != 0) {
		return;
	}
	if (run_of(leaf, 0, PAGES_PER_BLOCK) != PAGES_PER_BLOCK) {
		return;
	}
	block->word = leaf->word[0];
	block->leaf = NULL;
	page_free(leaf, PAGE_OWNER);
}

static inline void merge(struct block *block)
{
	if (block != NULL && block->leaf != NULL) {
		merge_leaf(block);
	}
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
	for (uint64_t left = len / PAGE_SIZE; left != 0; left--) {
		block->leaf->word[first++] = word;
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

/* Room for the blocks of [base, base + size), unless another table has it. */
static enum err make_table(struct table *t, uint64_t base, uint64_t size)
{
	uint64_t first = base & ~(uint64_t)(BLOCK2_SIZE - 1);
	uint64_t end =
		(base + size + BLOCK2_SIZE - 1) & ~(uint64_t)(BLOCK2_SIZE - 1);
	uint64_t blocks = (end - first) / BLOCK2_SIZE;

	if (find_block(base) != NULL && find_block(end - 1) != NULL) {
		return ERR_OK; /* two devices, say, in one block */
	}
	t->blocks = page_alloc_order(page_order(blocks * sizeof(struct block)),
	                             PAGE_OWNER);
	if (t->blocks == NULL) {
		return ERR_NOMEM;
	}
	t->base = first;
	t->size = end - first;
	return ERR_OK;
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

		TRY(make_table(&tables[i], r->base, r->size));
		if (r->is_device) {
			devices[device_count++] = *r;
		}
		owner_counts[OWNER_FREE] += r->size / PAGE_SIZE;
		TRY(paint(r->base, r->size,
		          (struct owner_page){ .state = OWNER_FREE,
		                               .is_dirty = !r->is_device,
		                               .is_raw = !r->is_device,
		                               .is_device = r->is_device }));
	}
	return ERR_OK;
}

enum err owner_vouch(pa_t at, uint64_t len)
{
	return paint(
		at.v, len,
		(struct owner_page){ .state = OWNER_FREE, .is_dirty = true });
}

enum err owner_take_for_hyp(pa_t at, uint64_t len)
{
	TRY(paint(at.v, len, (struct owner_page){ .state = OWNER_HYP }));
	owner_counts[OWNER_FREE] -= len / PAGE_SIZE;
	owner_counts[OWNER_HYP] += len / PAGE_SIZE;
	return ERR_OK;
}

/* Zero what is raw of @len bytes at @at. @return  its word, no longer raw */
static uint32_t scrub_raw(uint64_t at, uint64_t len, uint32_t word)
{
	if (word & WORD_RAW) {
		cache_scrub(phys_to_virt(pa(at)), len);
	}
	return word & ~WORD_RAW;
}

void owner_scrub_raw(pa_t at)
{
	uint64_t base = at.v & ~(uint64_t)(BLOCK2_SIZE - 1);
	struct block *block = find_block(base);

	if (block->leaf == NULL) {
		block->word = scrub_raw(base, BLOCK2_SIZE, block->word);
		return;
	}
	for (unsigned i = 0; i < PAGES_PER_BLOCK; i++) {
		block->leaf->word[i] = scrub_raw(
			base + i * PAGE_SIZE, PAGE_SIZE, block->leaf->word[i]);
	}
	merge(block);
}

struct owner_page owner_look(pa_t at, uint64_t max, uint64_t *len)
{
	uint64_t follow;
	const struct block *block = find_blocks(at.v, &follow);
	unsigned first = page_in_block(at.v);
	unsigned pages;

	*len = piece(at.v, max);
	if (block == NULL) {
		*len = gap_at(at.v);
		return (struct owner_page){ .state = OWNER_NONE };
	}
	if (block->leaf == NULL) {
		uint64_t blocks =
			1 + (max - *len + BLOCK2_SIZE - 1) / BLOCK2_SIZE;

		blocks = alike(block, blocks < follow ? blocks : follow);
		*len += (blocks - 1) * BLOCK2_SIZE;
		*len = *len < max ? *len : max;
		return unpack(block->word);
	}
	pages = (unsigned)(*len / PAGE_SIZE);
	*len = (uint64_t)run_of(block->leaf, first, pages) * PAGE_SIZE;
	return unpack(block->leaf->word[first]);
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

static enum err check_block(const struct block *block, struct memo *memo,
                            unsigned first, unsigned count)
{
	unsigned run;

	if (block->leaf == NULL) {
		return step_word(memo, block->word);
	}
	for (; count != 0; first += run, count -= run) {
		run = run_of(block->leaf, first, count);
		TRY(step_word(memo, block->leaf->word[first]));
	}
	return ERR_OK;
}

enum err owner_check(pa_t at, uint64_t len, enum owner_event event,
                     uint16_t from)
{
	struct memo memo = { .event = event, .from = from, .to = from };
	struct part part;

	if (!range_is_good(at.v, len)) {
		return ERR_NOT_OWNER;
	}
	for (uint64_t off = 0; off < len; off += part.len) {
		part = first_part(at.v + off, len - off);
		if (part.block == NULL) {
			return ERR_NOT_OWNER;
		}
		TRY(check_block(part.block, &memo, page_in_block(at.v + off),
		                (unsigned)(part.len / PAGE_SIZE)));
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

/* @count pages change together. */
static inline uint32_t apply_word(struct memo *memo, uint32_t word,
                                  uint64_t count)
{
	enum err err = step_word(memo, word);

	ASSERT(err == ERR_OK); /* owner_check has said so */
	owner_counts[word & WORD_STATE] -= count;
	owner_counts[memo->after & WORD_STATE] += count;
	return memo->after;
}

static void apply_leaf(struct leaf *leaf, struct memo *memo, unsigned first,
                       unsigned count)
{
	if (count != PAGES_PER_BLOCK &&
	    (memo->event == OWNER_MAP || memo->event == OWNER_UNMAP)) {
		leaf->has_parts = true;
	}
	while (count != 0) {
		unsigned run = run_of(leaf, first, count);
		uint32_t after = apply_word(memo, leaf->word[first], run);

		count -= run;
		for (; run != 0; run--) {
			leaf->word[first++] = after;
		}
	}
}

static void apply_blocks(const struct part *part, struct memo *memo)
{
	uint32_t after =
		apply_word(memo, part->block->word, part->len / PAGE_SIZE);

	ASSERT(part->len == part->blocks * BLOCK2_SIZE);
	for (uint64_t i = 0; i < part->blocks; i++) {
		part->block[i].word = after;
	}
}

void owner_apply(pa_t at, uint64_t len, enum owner_event event, uint16_t from,
                 uint16_t to)
{
	struct memo memo = { .event = event, .from = from, .to = to };
	struct part part;

	for (uint64_t off = 0; off < len; off += part.len) {
		part = first_part(at.v + off, len - off);
		if (part.block->leaf != NULL) {
			apply_leaf(part.block->leaf, &memo,
			           page_in_block(at.v + off),
			           (unsigned)(part.len / PAGE_SIZE));
		} else {
			apply_blocks(&part, &memo);
		}
	}
}

void owner_settle(pa_t at, uint64_t len)
{
	uint64_t first = at.v & ~(uint64_t)(BLOCK2_SIZE - 1);
	uint64_t left = (at.v + len - first + BLOCK2_SIZE - 1) / BLOCK2_SIZE;
	uint64_t follow;

	for (; left != 0; left -= follow, first += follow * BLOCK2_SIZE) {
		struct block *block = find_blocks(first, &follow);

		if (block == NULL) {
			follow = gap_at(first) / BLOCK2_SIZE;
		}
		follow = follow < left ? follow : left;
		for (uint64_t i = 0; block != NULL && i < follow; i++) {
			merge(&block[i]);
		}
	}
}

uint64_t owner_count(enum owner_state state)
{
	return owner_counts[state];
}
