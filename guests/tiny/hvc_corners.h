/* SPDX-License-Identifier: BSD-2-Clause */
/* The halves of hvc_corners. */
#ifndef TINY_HVC_CORNERS_H
#define TINY_HVC_CORNERS_H

#include <stdint.h>

#include "minivm.h"
#include "rt/hv_root.h"

extern struct hv_root root;
extern struct minivm vm;

/** A new object of ours, HVC_PARTITION_CREATE_*; 0: refused. */
uint64_t corner_create(unsigned number);

/** Delete a capability of ours. @return the error */
int64_t corner_drop(uint64_t cap);

/* Memory, and vCPUs that are run by proxy. */
void memory_corners(void);

/* Between a manager and its VM. */
void vm_corners(void);

#endif
