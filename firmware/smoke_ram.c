/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Smoke tests of RAM that nobody uses.  A value goes through the cache to the
 * memory itself and back, or the test would be one of the cache.
 */
#include "smoke.h"

#include <abi/frame.h>

#include "cpu.h"
#include "frame.h"
#include "mmu.h"

static void write_word(uint64_t addr, uint64_t value)
{
	*(volatile uint64_t *)addr = value;
	cache_clean(addr, sizeof(value));
}

static uint64_t read_word(uint64_t addr)
{
	cache_clean(addr, sizeof(addr));
	return *(volatile uint64_t *)addr;
}

/* Calls visit for each free range; stops at the first that does not pass. */
static enum verdict for_each_range(const struct smoke *smoke,
                                   enum verdict (*visit)(struct boot_range *))
{
	enum verdict verdict = SMOKE_PASS;
	struct boot_range range;
	uint64_t from = 0;

	while (verdict == SMOKE_PASS &&
	       layout_next_free(smoke->layout, &from, &range)) {
		range.base = align_up(range.base, sizeof(uint64_t));
		verdict = visit(&range);
	}
	return verdict;
}

static enum verdict write_ends(struct boot_range *range)
{
	uint64_t last = range->base + range->size - 2 * sizeof(uint64_t);

	last = align_down(last, sizeof(uint64_t));
	write_word(range->base, range->base);
	write_word(last, last);
	return SMOKE_PASS;
}

static enum verdict check_ends(struct boot_range *range)
{
	uint64_t last = range->base + range->size - 2 * sizeof(uint64_t);

	last = align_down(last, sizeof(uint64_t));
	EXPECT(read_word(range->base) == range->base, "0x%lx holds 0x%lx",
	       range->base, read_word(range->base));
	EXPECT(read_word(last) == last, "0x%lx holds 0x%lx", last,
	       read_word(last));
	return SMOKE_PASS;
}

enum verdict smoke_ram_size(const struct smoke *smoke)
{
	for (uint32_t i = 0; i < smoke->platform->ram_count; i++) {
		frame_put(FRAME_NOTE, "RAM 0x%lx, %lu KiB",
		          smoke->platform->ram[i].base,
		          smoke->platform->ram[i].size / KIB);
	}
	EXPECT(smoke->platform->ram_count > 0, "the tree has no memory");
	/* All first, then all: a size too big makes ends meet. */
	for_each_range(smoke, write_ends);
	return for_each_range(smoke, check_ends);
}

/*
 * Address lines: the words at 0 and at each power of two from a range's start
 * hold their own addresses, in the second turn inverted.  A line that is cut,
 * stuck or tied to another makes two of them one.
 */
static uint64_t inversion;

static enum verdict write_lines(struct boot_range *range)
{
	write_word(range->base, range->base ^ inversion);
	for (uint64_t bit = 8; bit + 8 <= range->size; bit <<= 1) {
		write_word(range->base + bit, (range->base + bit) ^ inversion);
	}
	return SMOKE_PASS;
}

static enum verdict check_lines(struct boot_range *range)
{
	uint64_t bit = 0;

	do {
		uint64_t addr = range->base + bit, value = read_word(addr);

		EXPECT(value == (addr ^ inversion), "0x%lx holds 0x%lx", addr,
		       value ^ inversion);
		bit = bit == 0 ? 8 : bit << 1;
	} while (bit + 8 <= range->size);
	return SMOKE_PASS;
}

enum verdict smoke_ram_address(const struct smoke *smoke)
{
	enum verdict verdict = SMOKE_PASS;

	for (unsigned turn = 0; turn < 2 && verdict == SMOKE_PASS; turn++) {
		inversion = turn == 0 ? 0 : ~0ul;
		for_each_range(smoke, write_lines);
		verdict = for_each_range(smoke, check_lines);
	}
	return verdict;
}

/* Data lines: a one walks through zeros, then a zero through ones. */
static enum verdict check_data(struct boot_range *range)
{
	for (unsigned i = 0; i < 128; i++) {
		uint64_t value = 1ul << (i & 63);
		uint64_t got;

		value = i < 64 ? value : ~value;
		write_word(range->base, value);
		/* So that no bus remembers what it carried last. */
		write_word(range->base + 8, ~value);
		got = read_word(range->base);
		EXPECT(got == value, "0x%lx at 0x%lx comes back as 0x%lx",
		       value, range->base, got);
	}
	return SMOKE_PASS;
}

enum verdict smoke_ram_data(const struct smoke *smoke)
{
	return for_each_range(smoke, check_data);
}
