/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device tree of the root VM: the virtual platform, which is that of
 * QEMU's virt machine (guest-physical):
 *
 *     0x0800_0000  GICv3 distributor
 *     0x080a_0000  GICv3 redistributors, 128 KiB for each vCPU
 *     0x0900_0000  PL011, SPI 1
 *     0x0901_0000  PL031, SPI 2
 *     0x4000_0000  RAM; the image at its offset from here, the device tree in
 *                  the last 2 MiB (or the last 64 KiB when the image is so
 *                  big that it reaches there)
 */
#ifndef FIRMWARE_GUEST_DTB_H
#define FIRMWARE_GUEST_DTB_H

#include <stdint.h>

#define GUEST_RAM_BASE  0x40000000ul
#define GUEST_DTB_MAX   0x10000ul /* bytes kept free for it */
#define GUEST_ROOT_VMID 255

#define GUEST_SEED_WORDS 5 /* 64-bit words: KASLR's, then 32 bytes */

struct guest {
	uint64_t ram_size; /* bytes */
	uint32_t vcpu_count;
	const char *bootargs;
	uint64_t seed[GUEST_SEED_WORDS];
};

/*
 * Writes the tree into buf, 8-byte aligned, of GUEST_DTB_MAX bytes.  Returns
 * its size in bytes, or a negative error of libfdt.
 */
int guest_dtb_write(void *buf, const struct guest *guest);

#endif
