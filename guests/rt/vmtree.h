/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing the device tree of a VM of ours: the machine that every VM sees,
 * which is a part of QEMU's virt machine.  Who makes VMs uses it; what only
 * the resource manager knows (VMID, message queues) it adds itself.
 */
#ifndef RT_VMTREE_H
#define RT_VMTREE_H

#include <stddef.h>
#include <stdint.h>

#define VMTREE_RAM_BASE    0x40000000ull
#define VMTREE_VCPUS_MAX   64
#define VMTREE_VIRTIO_BASE 0x0a000000ull
#define VMTREE_VIRTIO_SIZE 0x200ull
#define VMTREE_VIRTIO_SPI  16 /* of slot 0 */
#define VMTREE_SLOTS_MAX   32

/* phandle of the interrupt controller, for those who add nodes. */
#define VMTREE_PHANDLE_GIC 1

struct vmtree {
	uint64_t ram_size; /* bytes, at VMTREE_RAM_BASE; 0: no /memory */
	uint32_t vcpus;
	uint32_t virtio_slots;
	const char *bootargs;              /* NULL: none */
	uint64_t initrd_start, initrd_end; /* IPA; equal: none */
	uint64_t seed[3]; /* random, not all 0: kaslr-seed and rng-seed */
};

/**
 * Write a packed tree to @buf.
 * @return its size, or a negative libfdt error, -FDT_ERR_NOSPACE if @room
 *         bytes are too few
 */
int vmtree_write(void *buf, size_t room, const struct vmtree *vm);

#endif
