/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of 2 MiB in stage 2: they grant what a page does, split and merge
 * under a reader's feet, and give single pages away (docs/abi.md, memory;
 * behaviours 95-97, 102, 103, 200, 210, 227).
 *
 * That a block is a block is seen in the ledger: it needs no table of level 3.
 */
#include <stdio.h>

#include "greatest.h"
#include "hvc_blocks.h"
#include "minivm.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

#define RWX     7u
#define SPARSE  (1u << 16)
#define ATTRS   0xf0000u /* memory type: any */
#define MAP_RWX (ATTRS | 0x77)
#define PARTIAL 1u
#define HERE    0x200000000ull /* IPA where we map things for ourselves */
#define THERE   0x50000000ull  /* IPA where the other VM sees them */
#define VMID    9u
#define BLOCK   0x200000ull
#define RET     0xd65f03c0u
#define CHANGES 300
#define ODD     0x123000ull /* a page in the middle */

enum donate { TO_CHILD, TO_PARENT, TO_SIBLING };

static struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];

static const struct hv_extent *bank(void)
{
	return &root.ram[root.ram_count - 1];
}

/* Where in the bank a 2 MiB block can be, the @nth. */
static uint64_t block_offset(unsigned nth)
{
	return -bank()->base % BLOCK + nth * BLOCK;
}

static uint64_t derive(uint64_t offset, uint64_t size, uint64_t attrs)
{
	uint64_t me = create(HVC_PARTITION_CREATE_MEMEXTENT);

	if (HV(MEMEXTENT_CONFIGURE_DERIVE, me, bank()->cap, offset, size, attrs)
	                    .err != HV_OK ||
	    HV(OBJECT_ACTIVATE, me).err != HV_OK) {
		drop(me);
		return 0;
	}
	return me;
}

/* A sparse extent of a block that holds all its pages, seen by us at HERE. */
static uint64_t open_block(void)
{
	uint64_t at = block_offset(1);
	uint64_t me = derive(at, BLOCK, RWX | SPARSE);

	if (me == 0 ||
	    HV(MEMEXTENT_DONATE, TO_CHILD, bank()->cap, me, at, BLOCK).err !=
	            HV_OK ||
	    HV(ADDRSPACE_MAP, root.addrspace, me, HERE, MAP_RWX).err != HV_OK) {
		return 0;
	}
	mmu_map(HERE, HERE, BLOCK, MMU_NC);
	for (uint64_t page = 0; page < BLOCK; page += PAGE_SIZE) {
		mmio_write64(HERE + page, page + 1);
	}
	return me;
}

static int64_t close_block(uint64_t me)
{
	mmu_unmap(HERE, BLOCK);
	return drop(me);
}

/* New rights for one page of the block. */
static int64_t set_access(uint64_t me, uint64_t page, uint64_t access)
{
	return HV(ADDRSPACE_UPDATE_ACCESS, root.addrspace, me, HERE + page,
	          access, PARTIAL, page, PAGE_SIZE)
	        .err;
}

static uint64_t tables(void)
{
	return HV(TS_LEDGER, LEDGER_HEAP_STAGE2).out[0];
}

static bool can_load(uint64_t va)
{
	struct fault fault;

	fault_expect(&fault);
	mmio_read64(va);
	return !fault_came(&fault);
}

static bool can_store(uint64_t va, uint64_t value)
{
	struct fault fault;

	fault_expect(&fault);
	mmio_write64(va, value);
	return !fault_came(&fault);
}

static bool all_as_written(uint64_t but)
{
	for (uint64_t page = 0; page < BLOCK; page += PAGE_SIZE) {
		if (page != but && mmio_read64(HERE + page) != page + 1) {
			printf("page %#llx: %#llx\n", (unsigned long long)page,
			       (unsigned long long)mmio_read64(HERE + page));
			return false;
		}
	}
	return true;
}

TEST the_second_vm_starts(void)
{
	const char *wrong;

	ASSERT(hv_root_env(&root));
	ASSERT(hv_ledger(ledger_before));
	wrong = minivm_make(&vm, &root, VMID);
	ASSERTm(wrong, wrong == NULL);
	/* On our CPU: each yield is its turn. */
	for (unsigned i = 0; i < 2; i++) {
		ASSERT_EQ(
			0,
			HV(VCPU_SET_AFFINITY, root.thread[i], i, HV_ONES).err);
	}
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, vm.thread, 0, HV_ONES).err);
	wrong = minivm_run(&vm);
	ASSERTm(wrong, wrong == NULL);
	PASS();
}

/* What load, store and fetch of the other VM come to at @at. */
static enum greatest_test_res check_rights(uint64_t at, unsigned access)
{
	uint64_t faults, value = 0;

	ASSERT_EQ((access & 4) != 0, minivm_load(&vm, at, &value));
	if ((access & 4) != 0) {
		ASSERT_EQ_FMT((unsigned long)RET, (unsigned long)value, "%#lx");
	}
	ASSERT_EQ((access & 2) != 0, minivm_store(&vm, at + 8, 1));
	faults = vm.mail->faults;
	vm.mail->x[0] = at;
	ASSERT(minivm_order(&vm, MINIVM_BRANCH));
	ASSERT_EQ((access & 1) != 0 ? faults : faults + 1, vm.mail->faults);
	if ((access & 1) == 0) {
		ASSERT_EQ(ESR_EC_IABT, field_get(ESR_EC, vm.mail->esr));
	}
	PASS();
}

TEST c97_rights_hold_for_pages_and_blocks(unsigned access)
{
	static const uint64_t sizes[] = { PAGE_SIZE, BLOCK };

	for (unsigned i = 0; i < 2; i++) {
		uint64_t me = derive(block_offset(1), sizes[i], RWX);
		uint64_t last = sizes[i] - PAGE_SIZE, before;

		ASSERT_NEQ(0, me);
		ASSERT_EQ(0,
		          HV(ADDRSPACE_MAP, root.addrspace, me, HERE, MAP_RWX)
		                  .err);
		mmu_map(HERE, HERE, sizes[i], MMU_NC);
		mmio_write64(HERE, RET);
		mmio_write64(HERE + last, RET);
		before = tables();
		if (access != 0) {
			ASSERT_EQ(0, HV(ADDRSPACE_MAP, vm.addrspace, me, THERE,
			                ATTRS | access << 4 | access)
			                     .err);
			/* Level 2 is there; level 3 for a page only. */
			ASSERT_EQ(before + (i == 0), tables());
		}
		CHECK_CALL(check_rights(THERE, access));
		CHECK_CALL(check_rights(THERE + last, access));
		ASSERT_EQ((access & 2) != 0 ? 1 : 0, mmio_read64(HERE + 8));
		mmu_unmap(HERE, sizes[i]);
		ASSERT_EQ(0, drop(me));
		ASSERT_FALSE(minivm_load(&vm, THERE, &before));
	}
	PASS();
}

TEST c103_c227_a_block_splits_and_is_whole_again(void)
{
	uint64_t before = tables(), me = open_block(), whole = tables();

	ASSERT_NEQ(0, me);
	ASSERT_EQ(before + 1, whole);
	ASSERT_EQ(0, set_access(me, ODD, 0x44));
	ASSERT_EQ(whole + 1, tables());
	ASSERT_FALSE(can_store(HERE + ODD, 0));
	ASSERT(can_store(HERE + ODD - 8, 2));
	ASSERT(can_store(HERE + ODD + PAGE_SIZE + 8, 2));
	ASSERT(all_as_written(BLOCK));
	/* Another one, and the first one back: still not whole. */
	ASSERT_EQ(0, set_access(me, 0, 0x44));
	ASSERT_EQ(0, set_access(me, ODD, 0x77));
	ASSERT_EQ(whole + 1, tables());
	ASSERT_EQ(0, set_access(me, 0, 0x77));
	ASSERT_EQ(whole, tables());
	ASSERT(all_as_written(BLOCK));
	ASSERT(can_store(HERE + ODD, 3) && can_store(HERE, 3));
	ASSERT_EQ(0, close_block(me));
	ASSERT_EQ(before, tables());
	PASS();
}

/* A page given away leaves a hole; come back, it is new. */
TEST c227_a_page_leaves_a_block(void)
{
	uint64_t me = open_block(), value = tables();
	uint64_t at = block_offset(1) + ODD;

	ASSERT_NEQ(0, me);
	ASSERT_EQ(0, HV(MEMEXTENT_DONATE, TO_PARENT, me, bank()->cap, ODD,
	                PAGE_SIZE)
	                     .err);
	ASSERT_EQ(value + 1, tables());
	ASSERT_FALSE(can_load(HERE + ODD));
	ASSERT(all_as_written(ODD));
	ASSERT_EQ(0,
	          HV(MEMEXTENT_DONATE, TO_CHILD, bank()->cap, me, at, PAGE_SIZE)
	                  .err);
	ASSERT_FALSE(can_load(HERE + ODD)); /* held, not mapped */
	ASSERT_EQ(0, HV(ADDRSPACE_UNMAP, root.addrspace, me, HERE).err);
	ASSERT_FALSE(can_load(HERE));
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, root.addrspace, me, HERE, MAP_RWX).err);
	ASSERT_EQ(0, mmio_read64(HERE + ODD));
	ASSERT(all_as_written(ODD));
	ASSERT_EQ(0, close_block(me));
	PASS();
}

static volatile bool over;
static volatile uint64_t rounds, wrong_words;

/* Everything there is stays readable whatever CPU 0 does with it. */
static void read_all(void *arg)
{
	(void)arg;
	while (!over) {
		for (uint64_t page = 0; page < BLOCK; page += PAGE_SIZE) {
			if (mmio_read64(HERE + page) != page + 1) {
				wrong_words++;
			}
		}
		rounds++;
	}
}

TEST c102_a_block_splits_while_another_cpu_reads(void)
{
	uint64_t me = open_block(), whole = tables();
	unsigned change = 0;

	ASSERT_NEQ(0, me);
	over = false;
	rounds = wrong_words = 0;
	cpu_call(1, read_all, NULL);
	/* So many changes, and so many rounds of the reader in them. */
	for (; change < CHANGES || rounds < 4; change++) {
		uint64_t page = change * 37 % 512 * PAGE_SIZE;

		ASSERT_EQ(0, set_access(me, page, 0x44));
		ASSERT_EQ(0, set_access(me, page, 0x77));
	}
	over = true;
	cpu_join(1);
	ASSERT_EQ(0, wrong_words);
	ASSERT_EQ(whole, tables());
	ASSERT_EQ(0, close_block(me));
	PASS();
}

static volatile bool could_store;

static void store_once(void *arg)
{
	could_store = can_store(HERE + ODD, *(uint64_t *)arg);
}

/*
 * When the call is over no CPU has the old rights any more: neither when it
 * makes pages of a block, and a block of pages, nor when there are pages before
 * and behind it, which is @is_split.
 */
TEST c200_rights_change_for_all_cpus(bool is_split)
{
	uint64_t me = open_block();

	ASSERT_NEQ(0, me);
	ASSERT_EQ(0, is_split ? set_access(me, 0, 0x44) : 0);
	for (uint64_t i = 1; i < 50; i++) {
		cpu_call(1, store_once, &i);
		cpu_join(1);
		ASSERT(could_store);
		ASSERT_EQ(0, set_access(me, ODD, 0x44));
		cpu_call(1, store_once, &i);
		cpu_join(1);
		ASSERT_FALSE(could_store);
		ASSERT_EQ(i, mmio_read64(HERE + ODD));
		ASSERT_EQ(0, set_access(me, ODD, 0x77));
	}
	ASSERT_EQ(0, close_block(me));
	PASS();
}

#define TURNS 100
#define TRIES 50000

static void yield_often(void *arg)
{
	(void)arg;
	while (!over) {
		HV(SCHEDULER_YIELD, 0);
	}
}

/*
 * Two vCPUs may mean different things by one address and ASID (Arm ARM, "TLB
 * maintenance and virtualization": they are different PEs), so a CPU that runs
 * one after the other forgets. TCG does at every switch: hence the ledger.
 */
TEST c200_vcpus_share_no_tlb_entries(void)
{
	uint64_t enough = HV(TS_LEDGER, LEDGER_TLB_FLUSHES).out[0] + TURNS;
	bool came = false;

	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, root.thread[1], 0, HV_ONES).err);
	over = false;
	cpu_call(1, yield_often, NULL);
	/* It comes to our CPU when it next gives up its own. */
	for (unsigned i = 0; i < TRIES && !came; i++) {
		HV(SCHEDULER_YIELD, 0);
		cpu_relax();
		came = HV(TS_LEDGER, LEDGER_TLB_FLUSHES).out[0] >= enough;
	}
	over = true;
	cpu_join(1);
	ASSERT(came);
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, root.thread[1], 1, HV_ONES).err);
	PASS();
}

#define FAULTS 500

static void fault_often(void *arg)
{
	volatile unsigned *count = arg;

	for (unsigned i = 0; i < FAULTS; i++) {
		if (!can_load(HERE + ODD)) {
			++*count;
		}
	}
}

TEST c210_two_cpus_fault_on_one_page(void)
{
	volatile unsigned mine = 0, its = 0;
	uint64_t me = open_block();

	ASSERT_NEQ(0, me);
	ASSERT_EQ(0, HV(MEMEXTENT_DONATE, TO_PARENT, me, bank()->cap, ODD,
	                PAGE_SIZE)
	                     .err);
	cpu_call(1, fault_often, (void *)(uintptr_t)&its);
	fault_often((void *)(uintptr_t)&mine);
	cpu_join(1);
	ASSERT_EQ(FAULTS, mine);
	ASSERT_EQ(FAULTS, its);
	ASSERT(all_as_written(ODD));
	ASSERT_EQ(0, close_block(me));
	PASS();
}

TEST afterwards_everything_is_as_before(void)
{
	uint64_t after[LEDGER_COUNT];

	ASSERT(minivm_stop(&vm));
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(ledger_before, after) ?: "nothing");
	PASS();
}

SUITE(blocks)
{
	static const unsigned rights[] = { 0, 4, 5, 6, 7 };

	RUN_TEST(the_second_vm_starts);
	for (unsigned i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		RUN_TESTp(c97_rights_hold_for_pages_and_blocks, rights[i]);
	}
	RUN_TEST(c103_c227_a_block_splits_and_is_whole_again);
	RUN_TEST(c227_a_page_leaves_a_block);
	RUN_TEST(c102_a_block_splits_while_another_cpu_reads);
	RUN_TESTp(c200_rights_change_for_all_cpus, false);
	RUN_TESTp(c200_rights_change_for_all_cpus, true);
	RUN_TEST(c200_vcpus_share_no_tlb_entries);
	RUN_TEST(c210_two_cpus_fault_on_one_page);
	RUN_TEST(afterwards_everything_is_as_before);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (dt_bootarg_number("giga", 0) != 0) {
		if (!hv_root_env(&root)) {
			fatal("hvc_blocks: wants to be the root VM");
		}
		RUN_SUITE(gigabyte);
	} else if (cpu_start_all() < 2) {
		fatal("hvc_blocks: needs two CPUs");
	} else {
		RUN_SUITE(blocks);
	}
	GREATEST_MAIN_END();
}
