/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: what a mapping allows, which are refused, and what a VM sees
 * of its own and of nothing else (docs/abi.md, address spaces; behaviours 94,
 * 202, 206, 218, 220, 224, 229).
 */
#include "greatest.h"
#include "hvc_memory.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

#define MAP_RO 0xf0044u

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

SUITE(address_spaces)
{
	for (unsigned i = 0; i < sizeof(bad_maps) / sizeof(bad_maps[0]); i++) {
		RUN_TESTp(c56_c57_c218_bad_ranges_have_their_errors, i);
	}
	RUN_TEST(c95_c96_c220_rights_are_what_the_mapping_says);
	RUN_TEST(an_extent_gives_no_more_than_it_may);
	RUN_TEST(c206_one_ipa_in_two_vms_is_two_pages);
	RUN_TEST(c224_the_ledger_follows_every_page);
	RUN_TEST(c229_a_fifth_mapping_waits_until_there_is_room);
	RUN_TEST(c202_vmids_are_used_again);
	RUN_TEST(c94_c105_c285_the_other_vm_has_nothing_else);
}
