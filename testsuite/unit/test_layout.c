/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of firmware/layout.c: what it gives is RAM, aligned, free, the
 * lowest or highest there is, and it finds a place if there is one.
 */
#include "../../firmware/layout.h"
#include "dice.h"
#include "greatest.h"

#define PAGE 0x1000ul

static bool overlaps(const struct layout *layout, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < layout->used_count; i++) {
		const struct boot_range *used = &layout->used[i];

		if (base < used->base + used->size &&
		    used->base < base + size) {
			return true;
		}
	}
	return false;
}

static bool fits(const struct layout *layout, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < layout->ram_count; i++) {
		const struct boot_range *ram = &layout->ram[i];

		if (base >= ram->base && base + size <= ram->base + ram->size) {
			return !overlaps(layout, base, size);
		}
	}
	return false;
}

/* Tries every place, in order. */
static bool model(const struct layout *layout, uint64_t size, uint64_t align,
                  enum layout_end end, uint64_t *found)
{
	bool any = false;

	for (uint64_t at = 0; at < 0x100 * PAGE; at += align) {
		if (!fits(layout, at, size)) {
			continue;
		}
		if (!any || end == LAYOUT_HIGHEST) {
			*found = at;
		}
		any = true;
	}
	return any;
}

TEST it_finds_what_trying_everything_finds(void)
{
	struct dice dice = dice_new();

	for (unsigned turn = 0; turn < 3000; turn++) {
		const struct boot_range ram[] = {
			{ 0x10 * PAGE, 0x40 * PAGE },
			{ (0x60 + dice_roll(&dice, 8)) * PAGE, 0x80 * PAGE },
		};
		struct layout layout = { .ram = ram, .ram_count = 2 };

		for (unsigned i = 0; i < 12; i++) {
			uint64_t size = (1 + dice_roll(&dice, 24)) * PAGE;
			uint64_t align = PAGE << dice_roll(&dice, 4);
			enum layout_end end = dice_roll(&dice, 2);
			struct layout before = layout;
			struct boot_range taken;
			uint64_t wanted = 0;
			bool is_there =
				model(&before, size, align, end, &wanted);

			ASSERT_EQ(is_there, layout_take(&layout, size, align,
			                                end, &taken));
			if (is_there) {
				ASSERT_EQ_FMT(wanted, taken.base, "0x%lx");
				ASSERT_EQ_FMT(size, taken.size, "0x%lx");
				ASSERT(overlaps(&layout, taken.base, 1));
			}
		}
	}
	PASS();
}

TEST the_walk_over_free_ram_misses_nothing(void)
{
	struct dice dice = dice_new();

	for (unsigned turn = 0; turn < 1000; turn++) {
		const struct boot_range ram[] = {
			{ 0x80 * PAGE, 0x20 * PAGE },
			{ 0x10 * PAGE, 0x40 * PAGE },
		};
		struct layout layout = { .ram = ram, .ram_count = 2 };
		struct boot_range range;
		uint64_t from = 0, walked = 0, counted = 0;

		for (unsigned i = 0; i < 6; i++) {
			layout_use(&layout, dice_roll(&dice, 0xa0) * PAGE,
			           (1 + dice_roll(&dice, 12)) * PAGE);
		}
		while (layout_next_free(&layout, &from, &range)) {
			ASSERT(fits(&layout, range.base, range.size));
			walked += range.size;
		}
		for (uint64_t at = 0; at < 0x100 * PAGE; at += PAGE) {
			counted += fits(&layout, at, PAGE) ? PAGE : 0;
		}
		ASSERT_EQ_FMT(counted, walked, "0x%lx");
	}
	PASS();
}

TEST one_range_too_many_is_refused(void)
{
	const struct boot_range ram[] = { { PAGE, 0x40 * PAGE } };
	struct layout layout = { .ram = ram, .ram_count = 1 };
	struct boot_range taken;

	for (unsigned i = 0; i < LAYOUT_USED_MAX; i++) {
		ASSERT(layout_use(&layout, i * PAGE, PAGE));
	}
	ASSERT_FALSE(layout_use(&layout, 0x30 * PAGE, PAGE));
	ASSERT_FALSE(layout_take(&layout, PAGE, PAGE, LAYOUT_HIGHEST, &taken));
	PASS();
}

SUITE(layout_suite)
{
	RUN_TEST(it_finds_what_trying_everything_finds);
	RUN_TEST(the_walk_over_free_ram_misses_nothing);
	RUN_TEST(one_range_too_many_is_refused);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(layout_suite);
	GREATEST_MAIN_END();
}
