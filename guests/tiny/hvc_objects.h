/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of hvc_objects share. */
#ifndef TINY_HVC_OBJECTS_H
#define TINY_HVC_OBJECTS_H

#include <stdint.h>

#include "rt/hv.h"
#include "rt/hv_root.h"

extern struct hv_root root;

/** A new object of ours, HVC_PARTITION_CREATE_*; 0: refused. */
uint64_t create(unsigned number);

/** Delete a capability of ours. @return the error */
int64_t drop(uint64_t cap);

/** Activate an object of ours. @return the error */
int64_t activate(uint64_t cap);

/** The counter of the ledger that is not as before, "nothing". */
const char *ledger_changed(void);

#endif
