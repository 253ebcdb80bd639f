/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns each page of RAM: a state machine per page.
 *
 *   state    who may touch it                        holder
 *   NONE     not RAM                                 -
 *   HYP      EL2: its image, heap; read-only images  -
 *   FREE     nobody; it belongs to a partition       -
 *   OWNED    at most one VM                          extent made from a partition
 *   SHARED   two VMs or more                         the same
 *   LENT     at most one VM, never one of the        extent derived from another,
 *            lender's                                which lends
 *   LENT_SHARED  two VMs or more                     the same
 *
 *   event    from              to            only if
 *   CLAIM    FREE              OWNED
 *   RELEASE  OWNED             FREE          mapped nowhere, clean
 *   LEND     OWNED, LENT       LENT          mapped nowhere
 *   RETURN   LENT              OWNED         mapped nowhere, clean
 *   RETURN2  LENT              LENT          the same; to a lender that has
 *                                            borrowed the page itself
 *   PASS     OWNED, LENT       same state    mapped nowhere, clean
 *   MAP      OWNED, LENT,      SHARED from the second mapping on
 *            and shared        fewer than OWNER_MAPS_MAX mappings, not raw
 *   UNMAP    any of these      back below two mappings
 *   SCRUB    OWNED, LENT       same state    mapped nowhere; now clean
 *
 * A page becomes dirty when somebody gets hold of it or sees it, and clean when
 * it is zeroed while no VM sees it.  So a page reaches a new owner only
 * scrubbed; what a lender lends keeps its contents, for that is what lending is
 * for.  What firmware, or a machine before its reset, has left in RAM is raw
 * until it is scrubbed, and nobody sees it before that.
 *
 * The table behind it (owner_table.h) has one entry for each run of 2 MiB blocks
 * that are alike, and leaves of 512 entries where parts of a block differ.
 *
 * Context of all functions but owner_init: configuration lock held.
 */
#ifndef MEM_OWNER_H
#define MEM_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "mem/phys.h"

enum owner_state {
	OWNER_NONE,
	OWNER_HYP,
	OWNER_FREE,
	OWNER_OWNED,
	OWNER_SHARED,
	OWNER_LENT,
	OWNER_LENT_SHARED,
	OWNER_STATE_COUNT,
};

enum owner_event {
	OWNER_CLAIM,
	OWNER_RELEASE,
	OWNER_LEND,
	OWNER_RETURN,
	OWNER_RETURN2,
	OWNER_PASS,
	OWNER_MAP,
	OWNER_UNMAP,
	OWNER_SCRUB,
	OWNER_EVENT_COUNT,
};

#define OWNER_MAPS_MAX   4
#define OWNER_NOBODY     0 /* holder of NONE, HYP and FREE */
#define OWNER_RANGES_MAX 12

struct owner_range {
	uint64_t base, size; /* bytes, page aligned */
	bool is_device;      /* registers, not RAM: nothing to scrub */
};

/* One page, or a run of pages that are all alike. */
struct owner_page {
	enum owner_state state;
	unsigned maps;   /* address spaces it is mapped in */
	bool is_dirty;   /* a VM may have written it */
	bool is_raw;     /* RAM, as it was when the machine was started */
	bool is_device;  /* not RAM; EL2 must not touch it */
	uint16_t holder; /* number of the extent */
};

/**
 * What @event makes of @page; the state machine itself, without a table.
 *
 * @holder  CLAIM, LEND, RETURN, RETURN2, PASS: who holds the page afterwards
 * @page    changed only when the event is legal
 * @return  ERR_DENIED         the event is illegal in that state
 *          ERR_MAPPINGS_FULL  MAP: OWNER_MAPS_MAX are there
 */
MUST_USE enum err owner_step(struct owner_page *page, enum owner_event event,
                             uint16_t holder);

/**
 * Begin with the machine's RAM, all FREE, contents unknown (dirty), and with
 * the pages of devices that VMs may be given.
 *
 * @ranges  page aligned
 * @return  ERR_NOMEM
 * Context: boot, once.
 */
MUST_USE enum err owner_init(const struct owner_range *ranges, unsigned count);

/**
 * Zero what is raw of the 2 MiB block around @at, whoever holds it: the block
 * as a whole, so that its pages stay alike.
 */
void owner_scrub_raw(pa_t at);

/** Boot only: [at, at + len), FREE, holds what was put there to be seen. */
MUST_USE enum err owner_vouch(pa_t at, uint64_t len);

/** Boot only: [at, at + len) is EL2's. Splits blocks; @return ERR_NOMEM. */
MUST_USE enum err owner_take_for_hyp(pa_t at, uint64_t len);

/** Are there pages of a device in [at, at + len)? */
bool owner_has_device(pa_t at, uint64_t len);

/**
 * The page at @at, and in @len how many bytes from there, at most @max, are
 * alike, as far as that is known without looking at each page.  What is not RAM
 * is passed as a whole, beyond @max, too: it may be nearly everything.
 * @max  bytes, whole pages, not 0
 */
struct owner_page owner_look(pa_t at, uint64_t max, uint64_t *len);

/**
 * May @event happen to all pages of [at, at + len)?
 *
 * Afterwards owner_apply of the same cannot fail; until then, or
 * owner_settle, the table may take more room.
 *
 * @from    who must hold them now; OWNER_NOBODY for CLAIM
 * @return  ERR_NOT_OWNER  some page is not RAM, or another's
 *          others as owner_step
 *          ERR_NOMEM      no page for a leaf
 */
MUST_USE enum err owner_check(pa_t at, uint64_t len, enum owner_event event,
                              uint16_t from);

/**
 * Make sure that what is RAM of [at, at + len) can be told from its
 * surroundings: what owner_check does after checking.
 * @return ERR_NOMEM; then the table is as it was
 */
MUST_USE enum err owner_reserve(pa_t at, uint64_t len);

/** Let it happen; see owner_check. @to as for owner_step. */
void owner_apply(pa_t at, uint64_t len, enum owner_event event, uint16_t from,
                 uint16_t to);

/**
 * Fold what is alike again: after the last owner_apply of a call, or instead
 * of one that was reserved for.
 */
void owner_settle(pa_t at, uint64_t len);

/**
 * Try every event in every state and circumstance (owner_self.c); panics when
 * the state machine does not do what its rules say.
 *
 * @return  how many were tried
 */
unsigned owner_self_check(void);

/** How many pages are in @state. */
uint64_t owner_count(enum owner_state state);

#endif
