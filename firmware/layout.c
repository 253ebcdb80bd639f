/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A handful of ranges, so every search simply tries them all: a free place
 * that is lowest (or highest) touches the edge of a RAM bank or of something
 * used, and there are few edges.
 */
#include "layout.h"

#include "cpu.h"

bool layout_use(struct layout *layout, uint64_t base, uint64_t size)
{
	if (size == 0) {
		return true;
	}
	if (layout->used_count == LAYOUT_USED_MAX) {
		return false;
	}
	layout->used[layout->used_count].base = base;
	layout->used[layout->used_count++].size = size;
	return true;
}

static bool is_inside(const struct boot_range *outer, uint64_t base,
                      uint64_t size)
{
	return base >= outer->base && size <= outer->size &&
	       base - outer->base <= outer->size - size;
}

static bool is_free(const struct layout *layout, uint64_t base, uint64_t size)
{
	bool in_ram = false;

	for (uint32_t i = 0; i < layout->ram_count; i++) {
		in_ram |= is_inside(&layout->ram[i], base, size);
	}
	for (uint32_t i = 0; i < layout->used_count; i++) {
		const struct boot_range *used = &layout->used[i];

		if (base < used->base + used->size &&
		    used->base < base + size) {
			return false;
		}
	}
	return in_ram;
}

bool layout_take(struct layout *layout, uint64_t size, uint64_t align,
                 enum layout_end end, struct boot_range *taken)
{
	bool lowest = end == LAYOUT_LOWEST, found = false;
	uint64_t best = 0;

	for (uint32_t i = 0; i < layout->ram_count + layout->used_count; i++) {
		bool is_ram = i < layout->ram_count;
		const struct boot_range *edge =
			is_ram ? &layout->ram[i]
			       : &layout->used[i - layout->ram_count];
		/* Up from the start of RAM or the end of something used. */
		uint64_t at =
			is_ram == lowest ? edge->base : edge->base + edge->size;

		if (!lowest && at < size) {
			continue;
		}
		at = lowest ? align_up(at, align)
		            : align_down(at - size, align);
		if (is_free(layout, at, size) &&
		    (!found || (at < best) == lowest)) {
			best = at;
			found = true;
		}
	}
	taken->base = best;
	taken->size = size;
	return found && layout_use(layout, best, size);
}

/* The lowest start of a used range above addr and below end, or end. */
static uint64_t next_used(const struct layout *layout, uint64_t addr,
                          uint64_t end)
{
	for (uint32_t i = 0; i < layout->used_count; i++) {
		uint64_t base = layout->used[i].base;

		if (base > addr && base < end) {
			end = base;
		}
	}
	return end;
}

bool layout_next_free(const struct layout *layout, uint64_t *from,
                      struct boot_range *range)
{
	bool found = false;

	for (uint32_t i = 0; i < layout->ram_count + layout->used_count; i++) {
		bool is_ram = i < layout->ram_count;
		const struct boot_range *edge =
			is_ram ? &layout->ram[i]
			       : &layout->used[i - layout->ram_count];
		uint64_t at = is_ram ? edge->base : edge->base + edge->size;

		at = at > *from ? at : *from;
		if (is_free(layout, at, 1) && (!found || at < range->base)) {
			range->base = at;
			found = true;
		}
	}
	if (!found) {
		return false;
	}
	for (uint32_t i = 0; i < layout->ram_count; i++) {
		const struct boot_range *ram = &layout->ram[i];

		if (is_inside(ram, range->base, 1)) {
			*from = next_used(layout, range->base,
			                  ram->base + ram->size);
			range->size = *from - range->base;
		}
	}
	return true;
}
