/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sharing, lending and giving memory between two VMs, by hypercalls of the
 * root VM (docs/abi.md, memory extents; behaviours 212-229 but for those of
 * hvc_memory_spaces.c, and 271).
 */
#include "hvc_memory.h"
#include "greatest.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];

const struct hv_extent *bank(void)
{
	return &root.ram[root.ram_count - 1];
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

int64_t unmap(uint64_t as, uint64_t me, uint64_t ipa)
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

void see(uint64_t size)
{
	mmu_map(HERE, HERE, size, MMU_NC);
}

void unsee(uint64_t size)
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
	RUN_TEST(modify_zeroes_only_what_it_is_told_to);
}

SUITE_EXTERN(address_spaces); /* hvc_memory_spaces.c */
SUITE_EXTERN(long_work);      /* hvc_memory_pieces.c */

SUITE(memory_afterwards)
{
	RUN_TEST(c225_after_the_vm_is_gone_everything_is_as_before);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(memory_between_vms);
	RUN_SUITE(address_spaces);
	RUN_SUITE(long_work);
	RUN_SUITE(memory_afterwards);
	GREATEST_MAIN_END();
}
