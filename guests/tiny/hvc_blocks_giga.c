/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block of 1 GiB in stage 2: it is one, splits down to a page, and is one
 * again (docs/abi.md, memory; behaviours 97, 103, 227, 230).
 *
 * That it is one is seen in the ledger: a 1 GiB block needs no table of level 2
 * or 3, one that is split has one of each.  Boot argument giga=1.
 */
#include <stdio.h>

#include "greatest.h"
#include "hvc_blocks.h"
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/timer.h"

#define GIGA    0x40000000ull
#define HERE    0x200000000ull /* IPA where we see it */
#define RWX     7u
#define SPARSE  (1u << 16)
#define MAP_RWX 0xf0077u
#define PARTIAL 1u
#define ODD     0x2345000ull  /* a page in the middle of a 2 MiB block */
#define OTHER   0x3c001000ull /* one in another */
#define TICK_US 2000

enum donate { TO_CHILD, TO_PARENT };

static uint64_t ledger_before[LEDGER_COUNT];
static const struct hv_extent *bank;
static uint64_t offset; /* of the GiB in its bank */
static uint64_t extent, whole;

static uint64_t tables(void)
{
	return HV(TS_LEDGER, LEDGER_HEAP_STAGE2).out[0];
}

static bool find_room(void)
{
	for (unsigned i = 0; i < root.ram_count; i++) {
		bank = &root.ram[i];
		offset = -bank->base % GIGA;
		if (bank->size >= GIGA && offset <= bank->size - GIGA) {
			return true;
		}
	}
	return false;
}

static int64_t map_all(void)
{
	return HV(ADDRSPACE_MAP, root.addrspace, extent, HERE, MAP_RWX).err;
}

static int64_t set_access(uint64_t page, uint64_t access)
{
	return HV(ADDRSPACE_UPDATE_ACCESS, root.addrspace, extent, HERE + page,
	          access, PARTIAL, page, PAGE_SIZE)
	        .err;
}

static bool can_load(uint64_t va)
{
	struct fault fault;

	fault_expect(&fault);
	mmio_read64(va);
	return !fault_came(&fault);
}

static bool can_store(uint64_t va)
{
	struct fault fault;

	fault_expect(&fault);
	mmio_write64(va, va);
	return !fault_came(&fault);
}

/* A word in each 2 MiB, and around the pages that we are at. */
static const uint64_t near[] = { ODD - PAGE_SIZE,   ODD,   ODD + PAGE_SIZE,
	                         OTHER - PAGE_SIZE, OTHER, OTHER + PAGE_SIZE };
#define NEAR (sizeof(near) / sizeof(near[0]))

static void write_all(void)
{
	for (uint64_t at = 0; at < GIGA; at += BLOCK_SIZE) {
		mmio_write64(HERE + at + 8, at);
		mmio_write64(HERE + at + BLOCK_SIZE - 8, ~at);
	}
	for (unsigned i = 0; i < NEAR; i++) {
		mmio_write64(HERE + near[i], near[i]);
	}
}

static bool all_as_written(uint64_t but)
{
	for (uint64_t at = 0; at < GIGA; at += BLOCK_SIZE) {
		if (mmio_read64(HERE + at + 8) != at ||
		    mmio_read64(HERE + at + BLOCK_SIZE - 8) != ~at) {
			return false;
		}
	}
	for (unsigned i = 0; i < NEAR; i++) {
		if (near[i] != but && mmio_read64(HERE + near[i]) != near[i]) {
			return false;
		}
	}
	return true;
}

TEST c230_a_gigabyte_is_one_block(void)
{
	uint64_t before = tables();

	ASSERT(hv_ledger(ledger_before));
	ASSERTm("no whole GiB of RAM is free", find_room());
	extent = HV(PARTITION_CREATE_MEMEXTENT, root.partition, root.cspace)
	                 .out[0];
	ASSERT_EQ(0, HV(MEMEXTENT_CONFIGURE_DERIVE, extent, bank->cap, offset,
	                GIGA, RWX | SPARSE)
	                     .err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, extent).err);
	ASSERT_EQ(0, HV(MEMEXTENT_DONATE, TO_CHILD, bank->cap, extent, offset,
	                GIGA)
	                     .err);
	ASSERT_EQ(0, map_all());
	whole = tables();
	ASSERT_EQ(before, whole);
	mmu_map(HERE, HERE, GIGA, MMU_NC);
	ASSERT_EQ(0, mmio_read64(HERE + ODD)); /* nothing of before */
	write_all();
	ASSERT(all_as_written(GIGA));
	PASS();
}

/* Rights of one page: two tables more; of a second: a third (103). */
TEST c103_it_splits_to_a_page_and_is_whole_again(void)
{
	ASSERT_EQ(0, set_access(ODD, 0x44));
	ASSERT_EQ(whole + 2, tables());
	ASSERT_FALSE(can_store(HERE + ODD));
	ASSERT(can_store(HERE + ODD - 16));
	ASSERT(can_store(HERE + ODD + PAGE_SIZE + 16));
	ASSERT_EQ(0, set_access(OTHER, 0x44));
	ASSERT_EQ(whole + 3, tables());
	ASSERT(all_as_written(GIGA));
	ASSERT_EQ(0, set_access(ODD, 0x77));
	ASSERT_EQ(whole + 2, tables());
	ASSERT_EQ(0, set_access(OTHER, 0x77));
	ASSERT_EQ(whole, tables());
	ASSERT(all_as_written(GIGA));
	ASSERT(can_store(HERE + ODD + 16) && can_store(HERE + OTHER + 16));
	PASS();
}

/* A page is taken out of it: a hole, and everything around it stays (227). */
TEST c227_a_page_leaves_a_gigabyte(void)
{
	ASSERT_EQ(0, HV(MEMEXTENT_DONATE, TO_PARENT, extent, bank->cap, ODD,
	                PAGE_SIZE)
	                     .err);
	ASSERT_EQ(whole + 2, tables());
	ASSERT_FALSE(can_load(HERE + ODD));
	ASSERT_FALSE(can_load(HERE + ODD + PAGE_SIZE - 8));
	ASSERT(all_as_written(ODD));
	ASSERT_EQ(0, HV(MEMEXTENT_DONATE, TO_CHILD, bank->cap, extent,
	                offset + ODD, PAGE_SIZE)
	                     .err);
	ASSERT_FALSE(can_load(HERE + ODD)); /* held, not mapped */
	ASSERT_EQ(0, HV(ADDRSPACE_UNMAP, root.addrspace, extent, HERE).err);
	ASSERT_FALSE(can_load(HERE));
	ASSERT_EQ(0, map_all());
	ASSERT_EQ(whole, tables());
	ASSERT_EQ(0, mmio_read64(HERE + ODD)); /* it comes back new */
	ASSERT(all_as_written(ODD));
	PASS();
}

static volatile unsigned ticks;

static void tick(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	ticks++;
	timer_virt_set(cntvct() + timer_ticks_of_us(TICK_US), CNT_ENABLE);
}

/* It goes back, all of it zeroed, and interrupts come meanwhile (71, 230). */
TEST c71_c230_a_gigabyte_goes_back_in_pieces(void)
{
	mmu_unmap(HERE, GIGA);
	ticks = 0;
	irq_attach(TIMER_VIRT_PPI, tick, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(cntvct() + timer_ticks_of_us(TICK_US), CNT_ENABLE);
	irq_unmask();
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, root.cspace, extent).err);
	while (HV(TS_DEAD).out[0] != 0) {
		cpu_relax();
	}
	irq_mask();
	timer_virt_off();
	irq_disable(TIMER_VIRT_PPI);
	ASSERT_GT(ticks, 2);
	PASS();
}

TEST the_ledger_is_as_before(void)
{
	uint64_t after[LEDGER_COUNT];

	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(ledger_before, after) ?: "nothing");
	PASS();
}

SUITE(gigabyte)
{
	RUN_TEST(c230_a_gigabyte_is_one_block);
	RUN_TEST(c103_it_splits_to_a_page_and_is_whole_again);
	RUN_TEST(c227_a_page_leaves_a_gigabyte);
	RUN_TEST(c71_c230_a_gigabyte_goes_back_in_pieces);
	RUN_TEST(the_ledger_is_as_before);
}
