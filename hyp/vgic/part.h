/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual interrupt controller and timers as a part of every VM. */
#ifndef VGIC_PART_H
#define VGIC_PART_H

#include <stdint.h>

#include "vm/part.h"

/** Before vdev's parts: devices raise interrupts. */
extern const struct vm_part vgic_part;

/** INTIDs of the machine that are this floor's. */
struct vgic_ppis {
	uint32_t maintenance;
	uint32_t virt_timer;
	uint32_t phys_timer;
};

/** On each CPU at boot, behind gic_init_cpu. */
void vgic_start_cpu(const struct vgic_ppis *ppis);

#endif
