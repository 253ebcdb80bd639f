/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4). */
#ifndef FIRMWARE_SHA256_H
#define FIRMWARE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES       32
#define SHA256_BLOCK_BYTES 64

/* Works count blocks of 64 bytes into the state of eight words. */
typedef void sha256_blocks_fn(uint32_t state[8], const void *data,
                              size_t count);

/* In C, for every machine. */
sha256_blocks_fn sha256_blocks_portable;

/* With the instructions of FEAT_SHA256; four times cheaper. */
sha256_blocks_fn sha256_blocks_armv8;

/* The digest of len bytes. */
void sha256(uint8_t digest[SHA256_BYTES], const void *data, size_t len,
            sha256_blocks_fn *blocks);

#endif
