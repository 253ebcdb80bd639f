/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory-mapped part of a virtual GICv3: distributor and redistributors.
 *
 *     0x0800_0000  GICD
 *     0x080a_0000  GICR, 128 KiB for each vCPU, room for 123
 *
 * The addresses are those of QEMU's "virt".
 */
#ifndef VDEV_VGICD_H
#define VDEV_VGICD_H

#include "vdev/mmio.h"
#include "vm/part.h"

#define VGICD_BASE 0x08000000
#define VGICR_BASE 0x080a0000
#define VGICR_SIZE 0x00f60000

/* Device: struct vgic_vm. */
extern const struct mmio_model vgicd_model;
extern const struct mmio_model vgicr_model;

/** Identification registers, the same for GICD and GICR. */
uint64_t vgic_read_id(uint32_t offset);

/** GICD_IIDR and GICR_IIDR. */
#define VGIC_IIDR 0x5400043bu /* product 'T', implementer Arm */

/**
 * Attaches both to each VM. Behind vdev_part, whose bus it needs, and behind
 * vgic_part, whose controller it shows.
 */
extern const struct vm_part vgic_mmio_part;

/** Attach or detach the frames; for a controller that is made later. */
MUST_USE enum err vgic_mmio_attach(struct vm *vm);
void vgic_mmio_detach(struct vm *vm);

#endif
