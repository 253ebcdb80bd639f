/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload.h"

#include <string.h>

#define RAW_OFFSET 0x80000

struct header {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t reserved[3];
	uint32_t magic;
	uint32_t pe_offset;
};
_Static_assert(sizeof(struct header) == 64, "part of the boot protocol");

#define HEADER_MAGIC 0x644d5241 /* "ARM\x64" */

void payload_read(struct payload *payload, const struct image *image)
{
	struct header header = { 0 };

	/* The bundle aligns its data to 4 bytes only. */
	if (image->size >= sizeof(header)) {
		memcpy(&header, image->data, sizeof(header));
	}
	payload->has_header = header.magic == HEADER_MAGIC;
	payload->offset = RAW_OFFSET;
	payload->size = image->size;
	/* Before Linux 3.17 the size was 0, and the offset not to be trusted. */
	if (payload->has_header && header.image_size != 0) {
		payload->offset = header.text_offset;
		if (header.image_size > image->size) {
			payload->size = header.image_size;
		}
	}
}
