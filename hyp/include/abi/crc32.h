/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checksum of a frame (abi/frame.h): the CRC-32 of IEEE 802.3.
 *
 * Half a byte at a time: the table fits in one cache line, and a line of a
 * report is short enough that nothing larger pays.
 */
#ifndef ABI_CRC32_H
#define ABI_CRC32_H

#include <stddef.h>
#include <stdint.h>

/*
 * Carries a checksum on over len bytes, as zlib's crc32() does: the first
 * call gets crc = 0, each further one the result of the call before.
 */
static inline uint32_t abi_crc32(uint32_t crc, const void *data, size_t len)
{
	/* The remainders of 0..15 by FRAME_CRC_POLY, bits reflected. */
	static const uint32_t remainder[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const unsigned char *byte = data;

	crc = ~crc;
	while (len-- > 0) {
		crc ^= *byte++;
		crc = crc >> 4 ^ remainder[crc & 15];
		crc = crc >> 4 ^ remainder[crc & 15];
	}
	return ~crc;
}

#endif
