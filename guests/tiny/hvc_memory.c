/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sharing, lending and giving memory between two VMs, by hypercalls of the
 * root VM (docs/abi.md, memory extents and address spaces; behaviours 202,
 * 206, 212-229, 271).
 */
#include <stdio.h>

#include "greatest.h"
#include "hvc_memory.h"
#include "minivm.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

#define SPARSE  (1u << 16)
#define MAP_RO  0xf0044u
#define PARTIAL 1u
#define THERE   0x50000000ull /* IPA where the other VM sees them */
#define VMID    9u

enum donate { TO_CHILD, TO_PARENT, TO_SIBLING };

struct hv_root root;
static struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];

/* The extent all memory of the tests comes from, and its physical base. */
static const struct hv_extent *bank(void)
{
	return &root.ram[root.ram_count - 1];
}

static uint64_t create(unsigned number)
{
	const uint64_t arg[8] = { root.partition, root.cspace };

	return hv_call(number, arg).out[0];
}

int64_t drop(uint64_t cap)
{
	return HV(CSPACE_DELETE_CAP_FROM, root.cspace, cap).err;
}

uint64_t derive(uint64_t offset, uint64_t size, uint64_t attrs)
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

int64_t map(uint64_t as, uint64_t me, uint64_t ipa, uint64_t attrs)
{
	return HV(ADDRSPACE_MAP, as, me, ipa, attrs).err;
}

static int64_t unmap(uint64_t as, uint64_t me, uint64_t ipa)
{
	return HV(ADDRSPACE_UNMAP, as, me, ipa).err;
}

/* One 64-bit access of ours, at EL1. @return false: it was an abort */
static bool peek(uint64_t va, uint64_t *value)
{
	struct fault fault;

	fault_expect(&fault);
	*value = mmio_read64(va);
	return !fault_came(&fault);
}

static bool poke(uint64_t va, uint64_t value)
{
	struct fault fault;

	fault_expect(&fault);
	mmio_write64(va, value);
	return !fault_came(&fault);
}

static void see(uint64_t size)
{
	mmu_map(HERE, HERE, size, MMU_NC);
}

static void unsee(uint64_t size)
{
	mmu_unmap(HERE, size);
}

TEST the_root_vm_has_a_capability_for_everything(void)
{
	ASSERT(hv_root_env(&root));
	ASSERT(root.partition && root.cspace && root.addrspace && root.vic);
	ASSERT(root.thread_count >= 1 && root.own.cap != 0);
	ASSERT(root.ram_count >= 1);
	ASSERT(hv_ledger(ledger_before));
	const char *wrong = minivm_start(&vm, &root, VMID);

	ASSERTm(wrong, wrong == NULL);
	PASS();
}

/* What one VM writes to a shared page the other reads (212). */
TEST c212_shared_memory_is_the_same_both_ways(void)
{
	uint64_t me = derive(0, PAGE_SIZE, RWX);
	uint64_t value;

	ASSERT_NEQ(0, me);
	ASSERT_EQ(0, map(root.addrspace, me, HERE, MAP_RWX));
	ASSERT_EQ(0, map(vm.addrspace, me, THERE, MAP_RWX));
	see(PAGE_SIZE);
	mmio_write64(HERE, 0x1111);
	ASSERT(minivm_load(&vm, THERE, &value));
	ASSERT_EQ(0x1111, value);
	ASSERT(minivm_store(&vm, THERE + 0xff8, 0x2222));
	ASSERT_EQ(0x2222, mmio_read64(HERE + 0xff8));
	unsee(PAGE_SIZE);
	ASSERT_EQ(0, drop(me));
	ASSERT_FALSE(minivm_load(&vm, THERE, &value));
	PASS();
}

/* What is lent is out of the lender's reach until it is back (213). */
TEST c213_a_lender_aborts_on_what_it_lent(void)
{
	uint64_t lend = derive(BLOCK, BLOCK, RWX);
	uint64_t child = create(HVC_PARTITION_CREATE_MEMEXTENT);
	uint64_t value;

	ASSERT_NEQ(0, lend);
	ASSERT_EQ(0, map(root.addrspace, lend, HERE, MAP_RWX));
	see(BLOCK);
	mmio_write64(HERE + 0x5000, 0xabcd);
	ASSERT_EQ(0, HV(MEMEXTENT_CONFIGURE_DERIVE, child, lend, 0x5000,
	                PAGE_SIZE, RWX)
	                     .err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, child).err);
	ASSERT_FALSE(peek(HERE + 0x5000, &value));
	ASSERT(poke(HERE + 0x4ff8, 1)); /* its neighbours stay (227) */
	ASSERT(poke(HERE + 0x6000, 1));
	ASSERT_EQ(0, map(vm.addrspace, child, THERE, MAP_RWX));
	ASSERT(minivm_load(&vm, THERE, &value));
	ASSERT_EQ(0xabcd, value); /* lent as it was */
	ASSERT(minivm_store(&vm, THERE, 0x5ec7e7));

	/* The borrower's extent dies: the page is back, and zero (221, 225). */
	ASSERT_EQ(0, drop(child));
	ASSERT_FALSE(minivm_load(&vm, THERE, &value));
	ASSERT_FALSE(peek(HERE + 0x5000, &value)); /* mapped again only ... */
	ASSERT_EQ(0, unmap(root.addrspace, lend, HERE));
	ASSERT_EQ(0, map(root.addrspace, lend, HERE, MAP_RWX)); /* ... so */
	ASSERT_EQ(0, mmio_read64(HERE + 0x5000));
	ASSERT_EQ(1, mmio_read64(HERE + 0x6000));
	unsee(BLOCK);
	ASSERT_EQ(0, drop(lend));
	PASS();
}

/* A donation between sparse extents; back and forth, in order only (215). */
TEST c214_c215_donations_go_to_relatives_once(void)
{
	uint64_t a = derive(0, BLOCK, RWX | SPARSE);
	uint64_t b = derive(0, BLOCK, RWX | SPARSE);
	uint64_t value;

	ASSERT(a != 0 && b != 0);
	ASSERT_EQ(
		HV_MEMDB_NOT_OWNER,
		HV(MEMEXTENT_DONATE, TO_PARENT, a, bank()->cap, 0, 0x1000).err);
	ASSERT_EQ(0,
	          HV(MEMEXTENT_DONATE, TO_CHILD, bank()->cap, a, 0x3000, 0x2000)
	                  .err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER,
	          HV(MEMEXTENT_DONATE, TO_CHILD, bank()->cap, b, 0x3000, 0x1000)
	                  .err);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, vm.addrspace, a, THERE, MAP_RWX, PARTIAL,
	                0x3000, 0x2000)
	                     .err);
	ASSERT(minivm_store(&vm, THERE + 0x1000, 77));
	/* To a sibling: out of the first one's mapping, and scrubbed. */
	ASSERT_EQ(0,
	          HV(MEMEXTENT_DONATE, TO_SIBLING, a, b, 0x4000, 0x1000).err);
	ASSERT(minivm_load(&vm, THERE, &value));
	ASSERT_FALSE(minivm_load(&vm, THERE + 0x1000, &value));
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, vm.addrspace, b, THERE + 0x1000, MAP_RWX,
	                PARTIAL, 0x4000, 0x1000)
	                     .err);
	ASSERT(minivm_load(&vm, THERE + 0x1000, &value));
	ASSERT_EQ(0, value);
	ASSERT_EQ(0, HV(MEMEXTENT_DONATE, TO_PARENT, b, bank()->cap, 0x4000,
	                0x1000)
	                     .err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER, HV(MEMEXTENT_DONATE, TO_PARENT, b,
	                                 bank()->cap, 0x4000, 0x1000)
	                                      .err);
	ASSERT_FALSE(minivm_load(&vm, THERE + 0x1000, &value));
	ASSERT_EQ(0, drop(a));
	ASSERT_EQ(0, drop(b));
	PASS();
}

TEST c216_c217_what_is_not_ours_to_give_is_refused(void)
{
	uint64_t me = create(HVC_PARTITION_CREATE_MEMEXTENT);
	uint64_t sparse = derive(0, BLOCK, RWX | SPARSE);
	uint64_t basic = derive(BLOCK, BLOCK, RWX);

	/* To itself; basic ones; no relation. */
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(MEMEXTENT_DONATE, TO_SIBLING, sparse, sparse, 0, 0x1000)
	                  .err);
	ASSERT_EQ(HV_MEMEXTENT_TYPE, HV(MEMEXTENT_DONATE, TO_CHILD, bank()->cap,
	                                basic, BLOCK, 0x1000)
	                                     .err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(MEMEXTENT_DONATE, TO_CHILD, sparse, bank()->cap, 0, 0x1000)
	                  .err);
	/* RAM that an extent holds, devices, the hypervisor's own. */
	ASSERT_EQ(
		0,
		HV(MEMEXTENT_CONFIGURE, me, bank()->base, PAGE_SIZE, RWX).err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(0,
	          HV(MEMEXTENT_CONFIGURE, me, 0x9000000, PAGE_SIZE, RWX).err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(0, HV(MEMEXTENT_CONFIGURE, me, bank()->base + bank()->size,
	                PAGE_SIZE, RWX)
	                     .err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER, HV(OBJECT_ACTIVATE, me).err);
	/* Lent already. */
	ASSERT_EQ(0, HV(MEMEXTENT_CONFIGURE_DERIVE, me, bank()->cap, BLOCK,
	                PAGE_SIZE, RWX)
	                     .err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(0, drop(me));
	ASSERT_EQ(0, drop(sparse));
	ASSERT_EQ(0, drop(basic));
	PASS();
}

static const struct {
	uint64_t ipa, attrs, flags, offset, size;
	int64_t err;
} bad_maps[] = {
	{ HERE + 1, MAP_RWX, 0, 0, 0, HV_ARGUMENT_ALIGNMENT },
	{ HERE, MAP_RWX | 8, 0, 0, 0, HV_ARGUMENT_INVALID },
	{ HERE, MAP_RWX | 1ull << 40, 0, 0, 0, HV_ARGUMENT_INVALID },
	{ HERE, MAP_RWX, 2, 0, 0, HV_ARGUMENT_INVALID },
	{ HERE, MAP_RWX, 1ull << 32, 0, 0, HV_ARGUMENT_INVALID },
	{ HERE, 0x70077, 0, 0, 0, HV_ARGUMENT_INVALID }, /* no such type */
	{ HERE, 0xf0047, 0, 0, 0, HV_ARGUMENT_INVALID }, /* EL0 writes alone */
	{ -4096ull, MAP_RWX, 0, 0, 0, HV_ADDR_OVERFLOW },
	{ 1ull << 50, MAP_RWX, 0, 0, 0, HV_ADDR_INVALID },
	{ HERE, MAP_RWX, PARTIAL, 0, 0, HV_ARGUMENT_INVALID },
	{ HERE, MAP_RWX, PARTIAL, 1, 4096, HV_ARGUMENT_ALIGNMENT },
	{ HERE, MAP_RWX, PARTIAL, 0, 4095, HV_ARGUMENT_ALIGNMENT },
	{ HERE, MAP_RWX, PARTIAL, BLOCK, 4096, HV_ARGUMENT_INVALID },
	{ HERE, MAP_RWX, PARTIAL, 4096, -4096ull, HV_ARGUMENT_INVALID },
	{ HERE, MAP_RWX, PARTIAL, 0, BLOCK, HV_MEMDB_NOT_OWNER },
};

TEST c56_c57_c218_bad_ranges_have_their_errors(unsigned nr)
{
	uint64_t me = derive(0, BLOCK, RWX | SPARSE);
	int64_t err;

	ASSERT_EQ(
		0,
		HV(MEMEXTENT_DONATE, TO_CHILD, bank()->cap, me, 0, 0x8000).err);
	err = HV(ADDRSPACE_MAP, root.addrspace, me, bad_maps[nr].ipa,
	         bad_maps[nr].attrs, bad_maps[nr].flags, bad_maps[nr].offset,
	         bad_maps[nr].size)
	              .err;
	ASSERT_EQ_FMT((long)bad_maps[nr].err, (long)err, "%ld");
	ASSERT_EQ(0, drop(me));
	PASS();
}

/* Stage 2 says no: the store aborts, and nothing has changed (95, 96, 220). */
TEST c95_c96_c220_rights_are_what_the_mapping_says(void)
{
	uint64_t me = derive(0, PAGE_SIZE, RWX);
	uint64_t value;

	ASSERT_EQ(0, map(root.addrspace, me, HERE, MAP_RWX));
	see(PAGE_SIZE);
	mmio_write32(HERE, 0xd65f03c0); /* ret */
	ASSERT_EQ(0, map(vm.addrspace, me, THERE, MAP_RO));
	ASSERT(minivm_load(&vm, THERE, &value));
	ASSERT_FALSE(minivm_store(&vm, THERE, 1));
	ASSERT_EQ(0xd65f03c0, mmio_read32(HERE));
	vm.mail->x[0] = THERE;
	value = vm.mail->faults;
	ASSERT(minivm_order(&vm, MINIVM_BRANCH));
	ASSERT_EQ(value + 1, vm.mail->faults);
	ASSERT_EQ(ESR_EC_IABT, field_get(ESR_EC, vm.mail->esr));

	ASSERT_EQ(
		0,
		HV(ADDRSPACE_UPDATE_ACCESS, vm.addrspace, me, THERE, 0x77).err);
	vm.mail->x[0] = THERE;
	ASSERT(minivm_order(&vm, MINIVM_BRANCH));
	ASSERT_EQ(value + 1, vm.mail->faults); /* it has come back */
	ASSERT(minivm_store(&vm, THERE, 0x99));
	ASSERT_EQ(0x99, mmio_read64(HERE));

	ASSERT_EQ(0,
	          HV(ADDRSPACE_UPDATE_ACCESS, vm.addrspace, me, THERE, 0).err);
	ASSERT_FALSE(minivm_load(&vm, THERE, &value));
	unsee(PAGE_SIZE);
	ASSERT_EQ(0, drop(me));
	PASS();
}

TEST an_extent_gives_no_more_than_it_may(void)
{
	uint64_t ro = derive(0, PAGE_SIZE, 4);
	uint64_t dev = derive(PAGE_SIZE, PAGE_SIZE, 6 | 1 << 8);
	struct hv r;

	ASSERT_EQ(HV_ARGUMENT_INVALID, map(vm.addrspace, ro, THERE, MAP_RWX));
	ASSERT_EQ(0, map(vm.addrspace, ro, THERE, MAP_RO));
	ASSERT_EQ(
		HV_ARGUMENT_INVALID,
		HV(ADDRSPACE_UPDATE_ACCESS, vm.addrspace, ro, THERE, 0x66).err);
	ASSERT_EQ(HV_DENIED, map(vm.addrspace, dev, HERE, 0xf0066));
	ASSERT_EQ(0, map(vm.addrspace, dev, HERE, 0x10066));
	r = HV(ADDRSPACE_LOOKUP, vm.addrspace, dev, HERE, PAGE_SIZE);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ_FMT(0x10066ul, (unsigned long)r.out[2], "%#lx");
	ASSERT_EQ(HV_MEMDB_NOT_OWNER,
	          HV(ADDRSPACE_LOOKUP, vm.addrspace, ro, HERE, PAGE_SIZE).err);
	ASSERT_EQ(HV_ADDR_INVALID, HV(ADDRSPACE_LOOKUP, vm.addrspace, ro,
	                              HERE + PAGE_SIZE, PAGE_SIZE)
	                                   .err);
	ASSERT_EQ(0, drop(ro));
	ASSERT_EQ(0, drop(dev));
	PASS();
}

/* The same IPA in two VMs is two pages (206). */
TEST c206_one_ipa_in_two_vms_is_two_pages(void)
{
	uint64_t a = derive(0, PAGE_SIZE, RWX);
	uint64_t b = derive(PAGE_SIZE, PAGE_SIZE, RWX);
	uint64_t value;

	ASSERT_EQ(0, map(root.addrspace, a, HERE, MAP_RWX));
	ASSERT_EQ(0, map(vm.addrspace, b, HERE, MAP_RWX));
	see(PAGE_SIZE);
	for (uint64_t i = 0; i < 50; i++) {
		mmio_write64(HERE, i);
		ASSERT(minivm_store(&vm, HERE, ~i));
		ASSERT_EQ(i, mmio_read64(HERE));
		ASSERT(minivm_load(&vm, HERE, &value));
		ASSERT_EQ(~i, value);
	}
	unsee(PAGE_SIZE);
	ASSERT_EQ(0, drop(a));
	ASSERT_EQ(0, drop(b));
	PASS();
}

/* The counters say in which state every page is (224). */
TEST c224_the_ledger_follows_every_page(void)
{
	uint64_t before[LEDGER_COUNT];
	uint64_t now[LEDGER_COUNT];
	uint64_t me;

	ASSERT(hv_ledger(before));
	me = derive(0, 5 * PAGE_SIZE, RWX);
	ASSERT(hv_ledger(now));
	ASSERT_EQ(before[LEDGER_RAM_LENT] + 5, now[LEDGER_RAM_LENT]);
	ASSERT_EQ(before[LEDGER_RAM_OWNED] - 5, now[LEDGER_RAM_OWNED]);
	ASSERT_EQ(0, map(root.addrspace, me, HERE, MAP_RWX));
	ASSERT_EQ(0, map(vm.addrspace, me, THERE, MAP_RWX));
	ASSERT(hv_ledger(now));
	ASSERT_EQ(before[LEDGER_RAM_LENT_SHARED] + 5,
	          now[LEDGER_RAM_LENT_SHARED]);
	ASSERT_EQ(before[LEDGER_RAM_LENT], now[LEDGER_RAM_LENT]);
	ASSERT_EQ(0, unmap(root.addrspace, me, HERE));
	ASSERT(hv_ledger(now));
	ASSERT_EQ(before[LEDGER_RAM_LENT] + 5, now[LEDGER_RAM_LENT]);
	ASSERT_EQ(0, drop(me));
	ASSERT(hv_ledger(now));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(before, now) ?: "nothing");
	PASS();
}

/* The fifth place is refused, and after one is given up accepted (229). */
TEST c229_a_fifth_mapping_waits_until_there_is_room(void)
{
	uint64_t me = derive(0, PAGE_SIZE, RWX);

	for (uint64_t i = 0; i < 4; i++) {
		ASSERT_EQ(0, map(i % 2 ? root.addrspace : vm.addrspace, me,
		                 HERE + i * BLOCK, MAP_RWX));
	}
	ASSERT_EQ(HV_MEMEXTENT_MAPPINGS_FULL,
	          map(root.addrspace, me, HERE + 9 * BLOCK, MAP_RWX));
	ASSERT_EQ(HV_EXISTING_MAPPING,
	          map(root.addrspace, me, HERE + BLOCK, MAP_RWX));
	ASSERT_EQ(0, unmap(vm.addrspace, me, HERE));
	ASSERT_EQ(HV_ARGUMENT_INVALID, unmap(vm.addrspace, me, HERE));
	ASSERT_EQ(0, map(root.addrspace, me, HERE + 9 * BLOCK, MAP_RWX));
	ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, me, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, unmap(root.addrspace, me, HERE + BLOCK));
	ASSERT_EQ(0, drop(me));
	PASS();
}

TEST modify_zeroes_only_what_it_is_told_to(void)
{
	uint64_t me = derive(0, 3 * PAGE_SIZE, RWX);

	ASSERT_EQ(0, map(root.addrspace, me, HERE, MAP_RWX));
	see(3 * PAGE_SIZE);
	for (uint64_t i = 0; i < 3; i++) {
		mmio_write64(HERE + i * PAGE_SIZE, 5);
	}
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(MEMEXTENT_MODIFY, me, 1, PAGE_SIZE, PAGE_SIZE).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(MEMEXTENT_MODIFY, me, 255 | NOSYNC).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(MEMEXTENT_MODIFY, me, 4).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE,
	          HV(MEMEXTENT_MODIFY, me, 1 | NOSYNC, 0, 0).err);
	ASSERT_EQ(
		0,
		HV(MEMEXTENT_MODIFY, me, 1 | NOSYNC, PAGE_SIZE, PAGE_SIZE).err);
	ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, me, 3 | NOSYNC, 0, PAGE_SIZE).err);
	ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, me, 255).err);
	ASSERT_EQ(5, mmio_read64(HERE));
	ASSERT_EQ(0, mmio_read64(HERE + PAGE_SIZE));
	ASSERT_EQ(5, mmio_read64(HERE + 2 * PAGE_SIZE));
	unsee(3 * PAGE_SIZE);
	ASSERT_EQ(0, drop(me));
	PASS();
}

/* More launches than there are VMIDs (202). */
TEST c202_vmids_are_used_again(void)
{
	uint64_t before[LEDGER_COUNT];
	uint64_t after[LEDGER_COUNT];

	ASSERT(hv_ledger(before));
	for (unsigned i = 0; i < 300; i++) {
		uint64_t as = create(HVC_PARTITION_CREATE_ADDRSPACE);
		uint64_t me = derive(0, PAGE_SIZE, RWX);

		ASSERT_EQ(HV_OBJECT_CONFIG, HV(OBJECT_ACTIVATE, as).err);
		ASSERT_EQ(HV_ARGUMENT_INVALID,
		          HV(ADDRSPACE_CONFIGURE, as, 256).err);
		ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE, as, VMID).err);
		ASSERT_EQ(HV_BUSY, HV(OBJECT_ACTIVATE, as).err);
		ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE, as, 10 + i % 200).err);
		ASSERT_EQ(0, HV(OBJECT_ACTIVATE, as).err);
		ASSERT_EQ(HV_OBJECT_STATE, HV(ADDRSPACE_CONFIGURE, as, 11).err);
		ASSERT_EQ(0, map(as, me, THERE, MAP_RWX));
		ASSERT_EQ(0, drop(as)); /* its mapping goes with it */
		ASSERT_EQ(0, drop(me));
	}
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(before, after) ?: "nothing");
	PASS();
}

TEST c94_c105_c285_the_other_vm_has_nothing_else(void)
{
	static const uint64_t nothing[] = {
		0,          0x0b000000, 0x10000000, 0x3ffffff8,
		0x40002000, 0x5f000000, 0x80000000, 0xffffffff8,
	};
	uint64_t value;

	for (unsigned i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		ASSERT_FALSE(minivm_load(&vm, nothing[i], &value));
		ASSERT_EQ(ESR_EC_DABT, field_get(ESR_EC, vm.mail->esr));
		ASSERT_EQ(0x10, vm.mail->esr & 0x3f); /* external */
		ASSERT_EQ(nothing[i], vm.mail->far);
		ASSERT_FALSE(minivm_store(&vm, nothing[i], 1));
	}
	PASS();
}

TEST c225_after_the_vm_is_gone_everything_is_as_before(void)
{
	uint64_t after[LEDGER_COUNT];

	ASSERT(minivm_stop(&vm));
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(ledger_before, after) ?: "nothing");
	PASS();
}

SUITE(memory_between_vms)
{
	RUN_TEST(the_root_vm_has_a_capability_for_everything);
	RUN_TEST(c212_shared_memory_is_the_same_both_ways);
	RUN_TEST(c213_a_lender_aborts_on_what_it_lent);
	RUN_TEST(c214_c215_donations_go_to_relatives_once);
	RUN_TEST(c216_c217_what_is_not_ours_to_give_is_refused);
	for (unsigned i = 0; i < sizeof(bad_maps) / sizeof(bad_maps[0]); i++) {
		RUN_TESTp(c56_c57_c218_bad_ranges_have_their_errors, i);
	}
	RUN_TEST(c95_c96_c220_rights_are_what_the_mapping_says);
	RUN_TEST(an_extent_gives_no_more_than_it_may);
	RUN_TEST(c206_one_ipa_in_two_vms_is_two_pages);
	RUN_TEST(c224_the_ledger_follows_every_page);
	RUN_TEST(c229_a_fifth_mapping_waits_until_there_is_room);
	RUN_TEST(modify_zeroes_only_what_it_is_told_to);
	RUN_TEST(c202_vmids_are_used_again);
	RUN_TEST(c94_c105_c285_the_other_vm_has_nothing_else);
}

SUITE_EXTERN(long_work); /* hvc_memory_pieces.c */

SUITE(memory_afterwards)
{
	RUN_TEST(c225_after_the_vm_is_gone_everything_is_as_before);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(memory_between_vms);
	RUN_SUITE(long_work);
	RUN_SUITE(memory_afterwards);
	GREATEST_MAIN_END();
}
