/* SPDX-License-Identifier: BSD-2-Clause */
#include "ram.h"

#include <string.h>

#define PAGE 4096ull

bool ram_add_bank(struct ram *ram, uint64_t cap, uint64_t base, uint64_t size)
{
	if (ram->bank_count == RAM_BANKS_MAX) {
		return false;
	}
	ram->bank[ram->bank_count].cap = cap;
	ram->bank[ram->bank_count].base = base;
	ram->bank[ram->bank_count].size = size;
	ram->bank_count++;
	return true;
}

/* The first offset at or behind @from whose physical address is aligned. */
static uint64_t aligned(const struct ram *ram, unsigned bank, uint64_t from)
{
	uint64_t base = ram->bank[bank].base;

	return ((base + from + RAM_ALIGN - 1) & ~(RAM_ALIGN - 1)) - base;
}

static void insert(struct ram *ram, unsigned at, const struct ram_place *place)
{
	memmove(&ram->taken[at + 1], &ram->taken[at],
	        (ram->taken_count - at) * sizeof(*place));
	ram->taken[at] = *place;
	ram->taken_count++;
}

/* A hole in @bank between what stands at index @at - 1 and at @at. */
static bool fits(const struct ram *ram, unsigned bank, unsigned at,
                 struct ram_place *place)
{
	const struct ram_place *next = &ram->taken[at];
	uint64_t end = at < ram->taken_count && next->bank == bank
	                       ? next->offset
	                       : ram->bank[bank].size;
	uint64_t from = 0;

	if (at > 0 && ram->taken[at - 1].bank == bank) {
		from = ram->taken[at - 1].offset + ram->taken[at - 1].size;
	}
	place->bank = bank;
	place->offset = aligned(ram, bank, from);
	return place->offset <= end && place->size <= end - place->offset;
}

bool ram_take(struct ram *ram, uint64_t size, struct ram_place *place)
{
	unsigned at = 0;

	if (size == 0 || size > UINT64_MAX - PAGE ||
	    ram->taken_count == RAM_TAKEN_MAX) {
		return false;
	}
	place->size = (size + PAGE - 1) & ~(PAGE - 1);
	for (unsigned bank = 0; bank < ram->bank_count; bank++) {
		for (;; at++) {
			if (fits(ram, bank, at, place)) {
				insert(ram, at, place);
				return true;
			}
			if (at == ram->taken_count ||
			    ram->taken[at].bank != bank) {
				break;
			}
		}
	}
	return false;
}

bool ram_give(struct ram *ram, const struct ram_place *place)
{
	for (unsigned i = 0; i < ram->taken_count; i++) {
		if (memcmp(&ram->taken[i], place, sizeof(*place)) == 0) {
			ram->taken_count--;
			memmove(&ram->taken[i], &ram->taken[i + 1],
			        (ram->taken_count - i) * sizeof(*place));
			return true;
		}
	}
	return false;
}

uint64_t ram_free(const struct ram *ram)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < ram->bank_count; i++) {
		bytes += ram->bank[i].size;
	}
	for (unsigned i = 0; i < ram->taken_count; i++) {
		bytes -= ram->taken[i].size;
	}
	return bytes;
}
