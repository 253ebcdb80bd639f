/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of parcel.h share, and nobody else needs. */
#ifndef RM_PARCEL_PARTS_H
#define RM_PARCEL_PARTS_H

#include "rm/parcel.h"

/**
 * Take more ranges from the owner's RAM; of a SHARE, only note them.
 *
 * On any error the parcel has the ranges that it had.  Only the hypervisor's
 * refusal comes after something was taken, and that comes back zeroed.
 *
 * @return MEM_INVALID: not all of it is the owner's RAM, or whole pages;
 *         MEM_INUSE: some of it is lent already, or twice in the list;
 *         NORESOURCE: too many in one parcel; NOMEM
 */
enum rm_error parcel_add_ranges(struct parcel *p,
                                const struct rm_sgl_entry *sgl, unsigned count);

/**
 * Give range @i back.
 * @return false: it is the owner's again, but cannot be mapped where it was
 */
bool parcel_give_back(struct parcel *p, unsigned i);

/** Give ranges from index @from on back and forget them. */
void parcel_drop_ranges(struct parcel *p, unsigned from);

/**
 * Give a part of the last range to the extent that it came from, unmapped, or
 * what is left of it and the range.
 * @return whether there are more
 */
bool parcel_give_step(struct parcel *p);

/** Free its row of the table. Context: it has no ranges that are to go back */
void parcel_forget(struct parcel *p);

#endif
