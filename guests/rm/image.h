/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a guest's image goes: arm64 Image (with or without a PE header), ELF,
 * or raw.  A plan is made and checked first; only then is a byte written.
 */
#ifndef RM_IMAGE_H
#define RM_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define IMAGE_PARTS_MAX  8
#define IMAGE_RAW_OFFSET 0x80000 /* bytes above RAM, for raw images */

enum image_kind { IMAGE_RAW, IMAGE_ARM64, IMAGE_ELF };

struct image_part {
	uint64_t from;   /* offset in the file */
	uint64_t to;     /* offset in the VM's RAM */
	uint64_t copied; /* bytes from the file */
	uint64_t size;   /* bytes in RAM, the rest is zeroed; >= copied */
};

struct image_plan {
	enum image_kind kind;
	uint64_t entry; /* offset in RAM */
	uint64_t end;   /* offset in RAM behind the last byte */
	unsigned part_count;
	struct image_part part[IMAGE_PARTS_MAX];
};

/**
 * Plan how the @len bytes at @image go into RAM of @ram_size bytes that the
 * VM sees at @ram_base.
 *
 * @image   in memory that nobody changes meanwhile: a copy, if it is shared
 * @return  NULL, or what is wrong, in words; then @plan is not to be used
 * Source: Linux "booting.rst" for Image; System V ABI, "Program Header".
 */
const char *image_plan(const void *image, size_t len, uint64_t ram_base,
                       uint64_t ram_size, struct image_plan *plan);

/** Write the image as planned. @ram  the VM's RAM as this program sees it */
void image_load(const struct image_plan *plan, const void *image, void *ram);

#endif
