/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory parcels: memory of one VM that others may use.
 *
 *     owner          LEND, DONATE: extents of their own, derived from the
 *       |            owner's RAM, which it cannot see meanwhile
 *       |            SHARE: the owner's own extent, mapped once more
 *       +--- parcel --- borrower: OFFERED -> ACCEPTED -> RELEASED
 *                                     ^__________________|  (accept again)
 *
 * RECLAIM is possible when no borrower has it ACCEPTED.  What was lent comes
 * back zeroed: the hypervisor scrubs pages on their way home.  Donated memory
 * is never reclaimed; it comes home when the VM it was given to is gone.
 */
#ifndef RM_PARCEL_H
#define RM_PARCEL_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARCELS_MAX         256
#define PARCELS_OF_VM       6    /* of one that is not the primary VM */
#define PARCEL_RANGES_OF_VM 1024 /* and ranges in all of them */
#define PARCEL_ACL_MAX      4
#define PARCEL_RANGES_MAX   1024

enum parcel_kind { PARCEL_LEND, PARCEL_SHARE, PARCEL_DONATE };
enum parcel_use { PARCEL_OFFERED, PARCEL_ACCEPTED, PARCEL_RELEASED };

struct parcel_borrower {
	uint16_t vmid;
	uint8_t rights; /* RM_ACL_* */
	enum parcel_use use;
	uint64_t *ipa; /* where each range is mapped; NULL: nowhere */
};

struct parcel {
	uint32_t handle; /* 0: unused */
	enum parcel_kind kind;
	uint16_t owner;
	uint32_t label;
	uint32_t tag; /* that notifications of it have, once has_tag */
	bool has_tag;
	bool is_open; /* more ranges are to be appended */
	bool sanitize;
	uint16_t vouched_for; /* VM whose image in it is authentic; 0: none */
	unsigned acl_count;
	struct parcel_borrower acl[PARCEL_ACL_MAX];
	unsigned range_count;
	struct rm_sgl_entry *range; /* IPA of the owner */
	uint64_t *cap;              /* an extent for each range, if not SHARE */
	uint64_t home;              /* bytes of the last one that have gone */
};

/** How its memory comes to be another's, as messages say it. */
static inline enum rm_mem_transfer parcel_transfer(const struct parcel *p)
{
	switch (p->kind) {
	case PARCEL_LEND:
		return RM_TRANSFER_LEND;
	case PARCEL_SHARE:
		return RM_TRANSFER_SHARE;
	case PARCEL_DONATE:
		break;
	}
	return RM_TRANSFER_DONATE;
}

struct parcel *parcel_find(uint32_t handle);

/** All there are, one after the other: @i begins with 0. NULL: no more */
struct parcel *parcel_next(unsigned *i);

/**
 * Make a parcel of ranges in the RAM of VM @owner.
 *
 * @more   PARCEL_APPEND follows
 * @error  MEM_INVALID: not all of it is the owner's RAM, or whole pages;
 *         MEM_INUSE: some of it is lent already, or twice in the list;
 *         VMID_INVALID: a borrower does not exist or is the owner;
 *         ARGUMENT_INVALID, NOMEM; NORESOURCE: there are too many, or the
 *         owner has its share of them
 * @return NULL: nothing has changed, unless the hypervisor has refused in the
 *         middle of the list: what was taken is the owner's again, but zeroed
 */
struct parcel *parcel_make(enum parcel_kind kind, uint16_t owner,
                           const struct rm_mem_create *head,
                           const struct rm_acl_entry *acl, unsigned acl_count,
                           const struct rm_sgl_entry *sgl, unsigned sgl_count,
                           enum rm_error *error);

/** More ranges for a parcel that was made with RM_MEM_MORE. */
enum rm_error parcel_append(struct parcel *p, const struct rm_sgl_entry *sgl,
                            unsigned count, bool is_last);

/**
 * Map all of it for a borrower, range after range.
 *
 * @ipa     where; @count 1: one address, everything goes behind each other;
 *          else one for each range
 * @return  DENIED (not a borrower), MEM_INUSE (accepted already), MEM_INVALID
 *          (counts, addresses), MAP_FAILED, NOMEM
 */
enum rm_error parcel_accept(struct parcel *p, uint16_t vmid,
                            const uint64_t *ipa, unsigned count);

/** Unmap it from a borrower again. @return DENIED, MEM_RELEASED */
enum rm_error parcel_release(struct parcel *p, uint16_t vmid);

/**
 * All of it to its owner, and forget it.
 *
 * @return DENIED, MEM_INUSE; MAP_FAILED: something else is mapped where it was,
 *         or memory is short: it is the owner's alone now, who may ask again
 */
enum rm_error parcel_reclaim(struct parcel *p, uint16_t owner);

/**
 * Map [at, at + size) of a parcel for ourselves; env_open_window's window.
 * @return NULL: outside, spread over ranges, or refused
 */
void *parcel_open(const struct parcel *p, uint64_t at, uint64_t size);
void parcel_close(const struct parcel *p, uint64_t at, uint64_t size);

/** Bytes of all ranges. */
uint64_t parcel_size(const struct parcel *p);

/** Is @vmid one of its borrowers? */
struct parcel_borrower *parcel_borrower(struct parcel *p, uint16_t vmid);

/** A VM is gone: it has accepted nothing any more. */
void parcel_forget_borrower(uint16_t vmid);

/** And its VMID is free: what was offered to it is offered to nobody. */
void parcel_withdraw(uint16_t vmid);

/**
 * Its owner is gone: nobody has it any more, and the memory goes with the
 * owner's.  One step of a few megabytes, as others wait meanwhile.
 * @return whether there is more to do
 * Context: before its RAM is gone.
 */
bool parcel_forget_owner(uint16_t vmid);

/** Parcels there are. */
unsigned parcel_count(void);

/** Who hears that a borrower has let go; NULL: nobody. */
extern void (*parcel_on_release)(const struct parcel *p, uint16_t vmid);

#endif
