/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage 2: what a VM's physical addresses mean.
 *
 * 4 KiB granule, blocks of 2 MiB and 1 GiB wherever alignment allows; split
 * when a part changes.  One lock per table; every change that can be cached is
 * broken before it is made, and the TLBs of all CPUs follow before the call
 * returns.
 */
#ifndef MEM_STAGE2_H
#define MEM_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/spinlock.h"
#include "lib/err.h"
#include "mem/phys.h"

/* Attributes: what the VM may do, and as what memory it sees it. */
#define S2_R    0x01u
#define S2_W    0x02u
#define S2_XP   0x04u /* execute at EL1 */
#define S2_XU   0x08u /* execute at EL0 */
#define S2_X    (S2_XP | S2_XU)
#define S2_PERM 0x0fu

#define S2_MEM(attr) ((attr) << 8) /* MemAttr[3:0] of the descriptor */
#define S2_MEM_MASK  S2_MEM(0xfu)
#define S2_DEVICE    S2_MEM(0x0u) /* nGnRnE */
#define S2_UNCACHED  S2_MEM(0x5u)
#define S2_NORMAL    S2_MEM(0xfu) /* write-back */

#define S2_RAM (S2_R | S2_W | S2_X | S2_NORMAL)

#define STAGE2_IPA_BITS_MAX 40 /* level 1: two tables in a row at most */

struct stage2 {
	struct spinlock lock;
	uint16_t vmid;        /* of the hardware, VTTBR_EL2.VMID */
	uint8_t ipa_bits;     /* width of the IPA space */
	uint8_t start_level;  /* of the walk */
	uint32_t table_pages; /* tables in use, the root's included */
	uint64_t *root;
	uint64_t vttbr; /* VTTBR_EL2, ready to load */
};

struct stage2_entry {
	pa_t pa;       /* of the IPA asked for */
	unsigned attr; /* S2_* */
	uint64_t size; /* bytes from the IPA asked for to the entry's end */
};

/** Read what this machine can do; sets VTCR_EL2's value. Once, at boot. */
void stage2_probe(void);

/** VTCR_EL2, the same on every CPU. */
uint64_t stage2_vtcr(void);

/** Width of the IPA space, bits. */
unsigned stage2_ipa_bits(void);

/**
 * Make an empty table.
 *
 * @vmid    of the hardware, used by no other table
 * @return  ERR_NOMEM
 * Context: any. All TLB entries of @vmid are gone afterwards.
 */
MUST_USE enum err stage2_init(struct stage2 *s2, uint16_t vmid);

/** Free all tables. Context: no CPU has @s2 loaded. */
void stage2_fini(struct stage2 *s2);

/**
 * Map guest-physical [at, at + len) to physical [to, to + len).
 *
 * All or nothing: on any error the table maps exactly what it did before.
 * A new entry needs no TLB invalidation, because an invalid entry is never
 * cached; the DSB that publishes it is issued here.
 *
 * @len     bytes, a multiple of PAGE_SIZE, not 0
 * @attr    S2_*; executable device memory is refused, and so are S2_XP and
 *          S2_XU that differ where the CPU cannot tell them apart (FEAT_XNX)
 * @return  ERR_INVAL   bad attributes or empty
 *          ERR_ALIGN   misaligned
 *          ERR_ADDR    wraps, or beyond the IPA width
 *          ERR_EXISTS  some page of the range is already mapped
 *          ERR_NOMEM   no page for a table
 * Context: any CPU. Takes and releases @s2's lock.
 * Spec: Arm ARM, "VMSAv8-64 translation table format descriptors".
 */
MUST_USE enum err stage2_map(struct stage2 *s2, ipa_t at, pa_t to, uint64_t len,
                             unsigned attr);

/**
 * Take away [at, at + len); holes in it are skipped.
 *
 * Afterwards no CPU uses the old entries. Tables left empty are freed.
 *
 * @return  as stage2_map; ERR_NOMEM when a block must be split and no page is
 *          left: then nothing has changed
 * Spec: Arm ARM, "Use of break-before-make when updating translation table
 *       entries".
 */
MUST_USE enum err stage2_unmap(struct stage2 *s2, ipa_t at, uint64_t len);

/**
 * Change what may be done with [at, at + len), which must be mapped wholly.
 *
 * @perm    S2_R, S2_W, S2_XP, S2_XU; the memory type stays
 * @return  as stage2_map; ERR_ADDR when a page is not mapped
 */
MUST_USE enum err stage2_protect(struct stage2 *s2, ipa_t at, uint64_t len,
                                 unsigned perm);

/**
 * Make blocks again of the tables in and around [at, at + len) whose entries
 * are one piece of memory with equal attributes.
 *
 * @low, @high  IPAs between which the blocks must lie: what is mapped and
 *              unmapped together, so that unmapping it never needs a table
 */
void stage2_merge(struct stage2 *s2, ipa_t at, uint64_t len, ipa_t low,
                  ipa_t high);

/** Look one address up. @return false: not mapped. */
bool stage2_lookup(struct stage2 *s2, ipa_t at, struct stage2_entry *entry);
bool stage2_lookup_locked(struct stage2 *s2, ipa_t at,
                          struct stage2_entry *entry);

/**
 * As stage2_lookup, but for many entries at a time.
 *
 * @run      pa and attr: of the IPA asked for, if it is mapped; size: bytes
 *           from there, never beyond one table, that are mapped alike, in a
 *           row, or (false) not mapped
 * @entries  how many entries of the table that is
 * @return   false: not mapped
 */
bool stage2_look_run(struct stage2 *s2, ipa_t at, struct stage2_entry *run,
                     unsigned *entries);

/**
 * How much of [at, at + len), mapped to @to, makes @entries entries of tables:
 * all of it, or up to the next end of a block of physical memory.  @entries is
 * how many are left, then.
 */
uint64_t stage2_piece(ipa_t at, pa_t to, uint64_t len, unsigned *entries);

#endif
