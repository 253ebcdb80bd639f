/* SPDX-License-Identifier: BSD-2-Clause */
/* What every VM and vCPU is made of, in the order it is made. */
#include "ipc/part.h"
#include "vdev/vdev.h"
#include "vdev/vgicd.h"
#include "vgic/part.h"
#include "vm/part.h"
#include "vm/thread.h"

/* clang-format off */
const struct vm_part *const vm_parts[] = {
	&vgic_part,
	&thread_part,
	&vdev_part,
	&vgic_mmio_part,
	&ipc_part,
};
/* clang-format on */

const unsigned vm_part_count = sizeof(vm_parts) / sizeof(vm_parts[0]);
