/* SPDX-License-Identifier: BSD-2-Clause */
/* The halves of hvc_corners. */
#ifndef TINY_HVC_CORNERS_H
#define TINY_HVC_CORNERS_H

#include <stdint.h>

#include "minivm.h"
#include "ours.h"

extern struct minivm vm;

/* Memory, and vCPUs that are run by proxy. */
void memory_corners(void);

/* Between a manager and its VM. */
void vm_corners(void);

#endif
