/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows are found by open addressing, and are never given back: what a VM did
 * shall still be known when it has gone. */
#include "arch/exits.h"

#include <stdbool.h>
#include <stddef.h>

#define ROWS 128 /* a power of two */

static struct {
	_Alignas(64) struct exit_table table;
	struct exit_row row[ROWS];
} space;
_Static_assert(offsetof(__typeof__(space), row) == sizeof(struct exit_table),
               "the rows follow the header");

void exits_init(void)
{
	space.row[0].who = EXIT_WHO(0, 0);
	space.table.rows = ROWS;
	space.table.row_size = sizeof(struct exit_row);
	space.table.version = EXITS_VERSION;
	space.table.magic = EXITS_MAGIC;
}

/* Is @row @who's, or can it become so? */
static bool take(struct exit_row *row, uint32_t who)
{
	uint32_t was = 0;

	return __atomic_compare_exchange_n(&row->who, &was, who, false,
	                                   __ATOMIC_RELAXED,
	                                   __ATOMIC_RELAXED) ||
	       was == who;
}

uint32_t *exits_row(uint16_t vmid, uint32_t vcpu)
{
	uint32_t who = EXIT_WHO(vmid, vcpu);
	uint32_t at = vmid * 8u + vcpu;
	unsigned i;

	for (i = 0; i < ROWS; i++) {
		struct exit_row *row = &space.row[(at + i) & (ROWS - 1)];

		if (take(row, who)) {
			return row->count;
		}
	}
	return space.row[0].count;
}
