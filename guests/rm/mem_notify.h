/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two sides of a parcel are told of each other. */
#ifndef RM_MEM_NOTIFY_H
#define RM_MEM_NOTIFY_H

#include "rm/parcel.h"

/**
 * Tell the owner of @p that VM @borrower has accepted or released it.
 * @id  RM_MEM_ACCEPTED, RM_MEM_RELEASED
 */
void mem_tell_owner(const struct parcel *p, uint32_t id, uint16_t borrower);

#endif
