/* SPDX-License-Identifier: BSD-2-Clause */
/* Every type of object there is. */
#include "ipc/doorbell.h"
#include "ipc/msgqueue.h"
#include "ipc/vpm.h"
#include "ipc/watchdog.h"
#include "obj/cspace.h"
#include "obj/partition.h"
#include "vgic/hwirq.h"
#include "vgic/vic.h"
#include "vm/memextent.h"
#include "vm/thread.h"

/* clang-format off */
const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_CSPACE]    = &cspace_ops,
	[OBJ_ADDRSPACE] = &addrspace_ops,
	[OBJ_MEMEXTENT] = &memextent_ops,
	[OBJ_THREAD]    = &thread_ops,
	[OBJ_DOORBELL]  = &doorbell_ops,
	[OBJ_MSGQUEUE]  = &msgqueue_ops,
	[OBJ_WATCHDOG]  = &watchdog_ops,
	[OBJ_VIC]       = &vic_ops,
	[OBJ_VPM_GROUP] = &vpm_group_ops,
	[OBJ_HWIRQ]     = &hwirq_ops,
};
/* clang-format on */
