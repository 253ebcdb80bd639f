/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table behind mem/owner: one word for each page of RAM, told apart no
 * finer than it must be.
 *
 *   heads     1 . . . 1 1 . . . .     a bit for each 2 MiB block: here a run
 *   blocks    w       L w             of blocks begins that are all alike
 *                     |
 *                     512 words       a leaf: a block of which parts differ
 *
 * What is said of a gigabyte of equal blocks is said once, and found by a look
 * at some words of bits: no pass over a range costs more for each block that
 * lies in it.  A block with a leaf is a run of its own.
 *
 * Context of all functions: configuration lock held, or boot.
 */
#ifndef MEM_OWNER_TABLE_H
#define MEM_OWNER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "mem/phys.h"

/* A page's word. */
#define OWNER_WORD_STATE  0x0007u
#define OWNER_WORD_DIRTY  0x0008u
#define OWNER_WORD_MAPS   0x0070u
#define OWNER_WORD_DEVICE 0x0080u
#define OWNER_WORD_RAW    0x0100u
#define OWNER_WORD_HOLDER 0xffff0000u

struct owner_table;

/* Pages from some place on that have one word. */
struct owner_span {
	struct owner_table *table; /* NULL: not RAM, and no word */
	uint64_t index;            /* of the block it begins in */
	uint64_t at, len;          /* bytes */
	uint32_t word;
};

/**
 * Make room for the blocks around [base, base + size), less those at its ends
 * for which there is; all words are 0.  No table lies over another, as long as
 * the ranges themselves do not overlap.
 *
 * @return ERR_NOMEM
 */
MUST_USE enum err owner_table_add(uint64_t base, uint64_t size);

/**
 * The pages from @at on that have its word, at most @max bytes.
 *
 * Where @at is not RAM, all to the next RAM or device, beyond @max, too; then
 * the length is not 0 and may be so large that nothing follows.
 * @max  not 0
 */
struct owner_span owner_table_look(uint64_t at, uint64_t max);

/**
 * Let @span have @word.  Never needs memory where a span begins and ends at
 * blocks, or inside of what owner_table_part has told apart.
 *
 * @is_part  it is mapped or unmapped there, and not all of its block with it
 */
void owner_table_set(const struct owner_span *span, uint32_t word,
                     bool is_part);

/**
 * Boot: whatever is in [at, at + len), which is RAM, gets @word.
 *
 * @return ERR_NOMEM
 */
MUST_USE enum err owner_table_paint(uint64_t at, uint64_t len, uint32_t word);

/**
 * Give a leaf to the block around @at, unless it has one, or is not RAM.
 *
 * @return ERR_NOMEM
 */
MUST_USE enum err owner_table_part(uint64_t at);

/**
 * Fold the leaves of [at, at + len) whose pages are alike.
 *
 * Not while parts of one are mapped here and others there: a block without a
 * leaf is mapped as a whole wherever it is, so that taking a mapping away
 * never needs memory.
 */
void owner_table_fold(uint64_t at, uint64_t len);

#endif
