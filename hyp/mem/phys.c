/* SPDX-License-Identifier: BSD-2-Clause */
/* Which physical addresses are RAM. */
#include "mem/phys.h"

#include <abi/boot.h>

#include "lib/assert.h"
#include "lib/range.h"

uint64_t image_offset;

static struct boot_range ram[BOOT_RAM_MAX];
static unsigned ram_count;

void phys_add_ram(pa_t base, uint64_t size)
{
	ASSERT(ram_count < BOOT_RAM_MAX);
	ram[ram_count].base = base.v;
	ram[ram_count].size = size;
	ram_count++;
}

bool phys_is_ram(pa_t base, uint64_t size)
{
	unsigned i;

	for (i = 0; i < ram_count; i++) {
		if (range_is_good(base.v, size) &&
		    range_holds(ram[i].base, ram[i].size, base.v, size)) {
			return true;
		}
	}
	return false;
}
