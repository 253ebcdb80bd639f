/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory out of an ELF core (ram.h, QEMU's dump-guest-memory) or of
 * the machine itself, and virtual addresses through the tables that lie in
 * it. */
#ifndef HARNESS_CORE_FILE_H
#define HARNESS_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ram.h"

struct core_file;

/** Map @path. @return NULL: not readable, or not an ELF core. */
struct core_file *core_file_open(const char *path);

/** The same on a machine that is stopped now; @ram outlives it. */
struct core_file *core_file_live(const struct ram *ram);
void core_file_close(struct core_file *core);

/** Copy @len bytes at physical @pa. @return false: some byte is not in the
 * core. */
bool core_file_read(const struct core_file *core, uint64_t pa, void *buf,
                    size_t len);

/**
 * Give the file's blocks of zeros back to the file system. @path keeps its
 * length and content; where holes cannot be made nothing happens.
 */
void core_file_dig(const char *path);

/** One translation regime, as its control registers say. */
struct walk {
	uint64_t table;   /* PA of the first table */
	unsigned va_bits; /* 64 - TxSZ */
	unsigned start;   /* first level, 0 to 3 */
	bool is_stage2;
	const struct walk
		*nested; /* tables lie at its addresses; NULL: at PAs */
};

/** Regime of EL2 from TTBR0_EL2 and TCR_EL2 (4 KiB granule). */
struct walk walk_el2(uint64_t ttbr, uint64_t tcr);

/** Lower or upper half of EL1&0 from TTBRn_EL1 and TCR_EL1. */
struct walk walk_el1(uint64_t ttbr, uint64_t tcr, bool upper);

/** Stage 2 from VTTBR_EL2 and VTCR_EL2. */
struct walk walk_stage2(uint64_t vttbr, uint64_t vtcr);

/** A leaf of a walk. */
struct walk_leaf {
	uint64_t pa;   /* of the address asked for */
	uint64_t size; /* bytes the leaf maps */
	uint64_t desc; /* the descriptor */
};

/** Translate @va. @return false: not mapped, or a table is not in @core. */
bool walk_find(const struct core_file *core, const struct walk *w, uint64_t va,
               struct walk_leaf *leaf);

typedef void walk_fn(void *ctx, uint64_t va, const struct walk_leaf *leaf);

/** Call @fn for each leaf, ascending. A table that is not in @core is left
 * out. */
void walk_all(const struct core_file *core, const struct walk *w, walk_fn *fn,
              void *ctx);

#endif
