/* SPDX-License-Identifier: BSD-2-Clause */
/* What of RAM is spoken for, and places for what is still to come. */
#ifndef FIRMWARE_LAYOUT_H
#define FIRMWARE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include <abi/boot.h>

#define LAYOUT_USED_MAX 24

struct layout {
	const struct boot_range *ram;
	uint32_t ram_count;
	uint32_t used_count;
	struct boot_range used[LAYOUT_USED_MAX];
};

enum layout_end { LAYOUT_LOWEST, LAYOUT_HIGHEST };

/* Says that [base, base + size) is taken.  False: too many pieces. */
bool layout_use(struct layout *layout, uint64_t base, uint64_t size);

/*
 * Takes the lowest or highest free size bytes, aligned to align (a power of
 * two), all in one RAM bank.  False: there is no such place.
 */
bool layout_take(struct layout *layout, uint64_t size, uint64_t align,
                 enum layout_end end, struct boot_range *taken);

/*
 * The next free range at or above *from; *from moves behind it.  For walks
 * over free RAM: start with 0, stop at false.
 */
bool layout_next_free(const struct layout *layout, uint64_t *from,
                      struct boot_range *range);

#endif
