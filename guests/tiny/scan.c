// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a VM can read at all (behaviour 285): every page of its IPA space that
 * matters, some of the others.
 *
 * Its own RAM first gets a canary in every free page, made of its VMID; then
 * one word of each page of the whole space is read.  Only its own regions may
 * answer, and no word may be the canary of another VM.
 *
 * bootargs: far=1 reads every page below 4 GiB, which takes its time.
 */
#include <malloc.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

#define MAGIC     0xca4a7100ca4a7100ull
#define VMIDS_MAX 256
#define REGIONS   8
#define GIB       (1ull << 30)

/* What the device tree gives us. */
static struct region {
	uint64_t base, size;
	const char *what;
} regions[REGIONS];
static unsigned region_count;

/*
 * Frames of redistributors whose CPUs are not there read as zero, as they do
 * on a machine whose interrupt controller has room for more CPUs.
 */
#define FRAMES      0x080a0000ull
#define FRAMES_SIZE 0x00f60000ull

static uint64_t *heap_canaries;
static size_t heap_pages;

/* What the scan has found. */
static struct {
	uint64_t read, faults; /* words that answered; aborts */
	uint64_t foreign_at, canary_at, deaf_at;
	uint64_t canary;
	unsigned foreign, canaries, deaf;
	unsigned holes; /* own pages that stage 1 hides: guards of stacks */
} seen;

static void add(uint64_t base, uint64_t size, const char *what)
{
	if (size != 0 && region_count < REGIONS) {
		regions[region_count++] = (struct region){ base, size, what };
	}
}

static void add_device(const char *compatible, const char *what)
{
	int node = dt_find(compatible);

	for (unsigned i = 0; node >= 0 && i < 2; i++) {
		struct dt_range range = dt_reg(node, i);

		add(range.base, range.size, what);
	}
}

static void learn_regions(void)
{
	struct dt_range ram = dt_ram();

	region_count = 0;
	add(ram.base, ram.size, "RAM");
	add_device("arm,gic-v3", "interrupt controller");
	add_device("arm,pl011", "console");
	add_device("arm,pl031", "clock");
}

static const struct region *region_of(uint64_t at)
{
	for (unsigned i = 0; i < region_count; i++) {
		if (at - regions[i].base < regions[i].size) {
			return &regions[i];
		}
	}
	return NULL;
}

/* A canary in every page that malloc has left. */
static bool set_canaries(void)
{
	size_t pages = (size_t)(dt_ram().size / PAGE_SIZE) / 2;

	heap_canaries = memalign(PAGE_SIZE, pages * PAGE_SIZE);
	if (heap_canaries == NULL) {
		return false;
	}
	heap_pages = pages;
	for (size_t i = 0; i < pages * PAGE_SIZE / 8; i += PAGE_SIZE / 8) {
		heap_canaries[i] = MAGIC + dt_vmid();
	}
	return true;
}

static void look(uint64_t at, uint64_t va)
{
	const struct region *region = region_of(at);
	struct fault fault;
	uint64_t word;

	if (region == &regions[0] && mmu_entry(at) == 0) {
		seen.holes++;
		return;
	}
	fault_expect(&fault);
	/* Devices have 32 bits; the canary is told by half of it. */
	word = mmio_read32(va);
	if (fault_came(&fault)) {
		seen.faults++;
		if (region == &regions[0]) {
			seen.deaf_at = seen.deaf++ == 0 ? at : seen.deaf_at;
		}
		return;
	}
	seen.read++;
	if (region == NULL && (word != 0 || at - FRAMES >= FRAMES_SIZE)) {
		seen.foreign_at = seen.foreign++ == 0 ? at : seen.foreign_at;
	}
	if (word - (uint32_t)MAGIC < VMIDS_MAX &&
	    word != (uint32_t)MAGIC + dt_vmid()) {
		seen.canary_at = seen.canaries++ == 0 ? at : seen.canary_at;
		seen.canary = word;
	}
}

/* [start, end) of the IPA space, a page every @stride. */
static void scan(uint64_t start, uint64_t end, uint64_t stride)
{
	static uint64_t mapped = UINT64_MAX; /* the block at MMU_TEST_VA */

	for (uint64_t at = start; at < end; at += stride) {
		const struct region *region = region_of(at);
		bool ours = region == &regions[0];
		uint64_t va = ours ? at : MMU_TEST_VA + at % BLOCK_SIZE;
		uint64_t block = at & ~(BLOCK_SIZE - 1);

		if (!ours && mapped != block) {
			if (mapped != UINT64_MAX) {
				mmu_unmap(MMU_TEST_VA, BLOCK_SIZE);
			}
			mmu_map(MMU_TEST_VA, block, BLOCK_SIZE, MMU_DEVICE);
			mapped = block;
		}
		look(at, va);
	}
}

static enum greatest_test_res nothing_foreign(void)
{
	printf("scan: %lu words read, %lu aborts\n", (unsigned long)seen.read,
	       (unsigned long)seen.faults);
	if (seen.foreign != 0) {
		printf("scan: %u foreign pages, first at %#lx\n", seen.foreign,
		       (unsigned long)seen.foreign_at);
	}
	if (seen.canaries != 0) {
		printf("scan: %u canaries of others, first at %#lx: %#lx\n",
		       seen.canaries, (unsigned long)seen.canary_at,
		       (unsigned long)seen.canary);
	}
	ASSERT_EQ(0u, seen.foreign);
	ASSERT_EQ(0u, seen.canaries);
	ASSERT_EQ_FMT(0u, seen.deaf, "%u");
	ASSERT_GT(seen.faults, 0);
	PASS();
}

static enum greatest_test_res read_through(uint64_t start, uint64_t end,
                                           uint64_t stride)
{
	seen.read = seen.faults = seen.holes = 0;
	scan(start, end, stride);
	return nothing_foreign();
}

TEST c285_below_ram_only_own_devices_answer(void)
{
	learn_regions();
	ASSERT(region_count >= 4);
	ASSERT(set_canaries());
	CHECK_CALL(read_through(0, 0x10000000, PAGE_SIZE));
	return read_through(0x10000000, GIB, 16 * PAGE_SIZE);
}

/* The machine's RAM has the same addresses: EL2 and all other VMs are there. */
TEST c285_of_ram_only_the_own_answers(void)
{
	CHECK_CALL(read_through(GIB, GIB + (512ull << 20), PAGE_SIZE));
	ASSERT_EQ_FMT((unsigned long)(dt_ram().size / PAGE_SIZE),
	              (unsigned long)seen.read + seen.holes, "%lu");
	PASS();
}

TEST c285_above_ram_nothing_answers(void)
{
	CHECK_CALL(read_through(GIB + (512ull << 20), 4 * GIB, 64 * PAGE_SIZE));
	ASSERT_EQ(0, seen.read);
	CHECK_CALL(read_through(4 * GIB, 64 * GIB, 4 * BLOCK_SIZE));
	ASSERT_EQ(0, seen.read);
	CHECK_CALL(read_through(64 * GIB, 1024 * GIB, GIB / 4));
	ASSERT_EQ(0, seen.read);
	PASS();
}

TEST c285_every_page_below_4_gib(void)
{
	if (dt_bootarg_number("far", 0) == 0) {
		SKIPm("far=1 asks for it");
	}
	CHECK_CALL(read_through(0, 4 * GIB, PAGE_SIZE));
	PASS();
}

TEST c286_own_canaries_are_still_there(void)
{
	for (size_t i = 0; i < heap_pages; i++) {
		ASSERT_EQ_FMT((unsigned long)(MAGIC + dt_vmid()),
		              (unsigned long)heap_canaries[i * PAGE_SIZE / 8],
		              "%#lx");
	}
	PASS();
}

SUITE(ipa_space)
{
	RUN_TEST(c285_below_ram_only_own_devices_answer);
	RUN_TEST(c285_of_ram_only_the_own_answers);
	RUN_TEST(c285_above_ram_nothing_answers);
	RUN_TEST(c285_every_page_below_4_gib);
	RUN_TEST(c286_own_canaries_are_still_there);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(ipa_space);
	GREATEST_MAIN_END();
}
