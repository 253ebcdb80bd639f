/* SPDX-License-Identifier: BSD-2-Clause */
/* Images with the arm64 header of Linux' "booting.rst", or without. */
#ifndef FIRMWARE_PAYLOAD_H
#define FIRMWARE_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "bundle.h"

struct payload {
	bool has_header;
	uint64_t
		offset; /* bytes above a 2 MiB boundary, where it wants to be */
	uint64_t size;  /* bytes it needs there, BSS included */
};

/* Never fails: what has no header is raw, 512 KiB above the boundary. */
void payload_read(struct payload *payload, const struct image *image);

#endif
