/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How objects die while others have them in their hands, and without anybody
 * asking for it (docs/abi.md; behaviours 269, 276).
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "minivm.h"
#include "ours.h"
#include "rt/cpu.h"
#include "rt/hv.h"
#include "rt/hv_root.h"
#include "rt/mmu.h"
#include "rt/timer.h"

#define VMID    9u
#define CODE    0x800u /* in the mailbox's page: the first vCPU */
#define COUNTS  0xc00u
#define SPIN    0xe00u /* the sibling, "b ." */
#define ROUNDS  200u
#define WAIT_US 20000000u

struct counts {
	volatile uint64_t started, seen;
	uint64_t entry; /* of the sibling */
	volatile uint64_t entered;
};

extern const char life_code[], life_sibling[], life_code_end[];

static struct minivm vm;
static uint64_t before[LEDGER_COUNT];

static const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	return hv_ledger(now) ? hv_ledger_difference(before, now) ?: "nothing"
	                      : "not readable";
}

static void put_insn(uint64_t offset, uint32_t insn)
{
	*(volatile uint32_t *)((uint64_t)vm.mail + offset) = insn;
}

/* For ever; the hint lets an emulator that runs CPU by CPU go on. */
static void put_spin(void)
{
	put_insn(SPIN, 0xd503203f);     /* yield */
	put_insn(SPIN + 4, 0x17ffffff); /* b .-4 */
}

/* The VM's only vCPU goes to @offset of the mailbox and stays there. */
static void send_to(uint64_t offset, uint64_t x2)
{
	vm.mail->x[0] = MINIVM_MAIL + offset;
	vm.mail->x[1] = x2;
	vm.mail->order = MINIVM_BRANCH;
}

/* As many threads as @count, sooner or later. */
static bool threads_become(uint64_t count)
{
	uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);

	do {
		if (HV(TS_LEDGER, LEDGER_OBJ_THREAD).out[0] == count) {
			return true;
		}
		HV(SCHEDULER_YIELD, 0);
		__asm__ volatile("yield");
	} while (cntvct() < end);
	return false;
}

TEST the_root_vm_knows_its_capabilities(void)
{
	ASSERT(hv_root_env(&root));
	ASSERT(hv_ledger(before));
	ASSERT_EQ(0, HV(TS_DEAD).out[0]);
	PASS();
}

static struct counts *start_sibling_hunter(void)
{
	volatile uint32_t *to = (uint32_t *)((uint64_t)vm.mail + CODE);
	struct counts *counts = (struct counts *)((uint64_t)vm.mail + COUNTS);
	const uint32_t *from = (const uint32_t *)life_code;

	while ((const char *)from < life_code_end) {
		*to++ = *from++;
	}
	counts->started = 0;
	counts->seen = 0;
	counts->entered = 0;
	counts->entry =
		MINIVM_MAIL + CODE + (uint64_t)(life_sibling - life_code);
	send_to(CODE, MINIVM_MAIL + COUNTS);
	return counts;
}

/*
 * A vCPU may be destroyed while another one of its VM turns it on, asks for its
 * state, or both, on another CPU (276).
 */
TEST c276_a_vcpu_goes_while_its_sibling_turns_it_on(void)
{
	const char *wrong = minivm_start(&vm, &root, VMID);
	struct counts *counts;

	ASSERTm(wrong, wrong == NULL);
	counts = start_sibling_hunter();
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t t = create(HVC_PARTITION_CREATE_THREAD);
		uint64_t had = counts->entered;
		uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);

		ASSERT_EQ(0, HV(ADDRSPACE_ATTACH_THREAD, vm.addrspace, t).err);
		ASSERT_EQ(0, HV(OBJECT_ACTIVATE, t).err);
		/*
		 * Mostly when it has just entered: whoever turned it on may
		 * still be at it.  Sometimes before.
		 */
		while (i % 4 != 0 && counts->entered == had && cntvct() < end) {
			__asm__ volatile("yield");
		}
		ASSERT_EQ(0, drop(t));
		ASSERT(threads_become(root.thread_count + 1));
	}
	ASSERT_GT(counts->started, ROUNDS / 2);
	ASSERT_GT(counts->seen, 0);
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/*
 * What is left of a VM that spins with everything masked comes back when it is
 * off: nobody has to make a call for that (269).
 */
TEST c269_the_dead_go_without_a_call(void)
{
	const char *wrong = minivm_start(&vm, &root, VMID);
	uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);

	ASSERTm(wrong, wrong == NULL);
	put_spin();
	send_to(SPIN, 0);
	/* In this order each keeps the one before, down to its memory. */
	ASSERT_EQ(0, drop(vm.cspace));
	ASSERT_EQ(0, drop(vm.vic));
	ASSERT_EQ(0, drop(vm.addrspace));
	ASSERT_EQ(0, drop(vm.thread));
	while (HV(TS_DEAD).out[0] != 0 && cntvct() < end) {
		__asm__ volatile("yield");
	}
	ASSERT_EQ(0, HV(TS_DEAD).out[0]);
	vm.thread = vm.addrspace = vm.vic = vm.cspace = 0;
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* A space that its VM may use and copy from. */
static uint64_t make_space(void)
{
	uint64_t cs = create(HVC_PARTITION_CREATE_CSPACE);

	return HV(CSPACE_CONFIGURE, cs, 64).err == HV_OK &&
	                       HV(OBJECT_ACTIVATE, cs).err == HV_OK
	               ? cs
	               : 0;
}

static int64_t give(uint64_t cap, uint64_t to)
{
	return HV(CSPACE_COPY_CAP_FROM, root.cspace, cap, to, ~0u).err;
}

/*
 * A VM whose spaces name each other, and that has the capability for its own
 * vCPU, ends when its manager has given up all of it, although it still runs
 * (269).
 */
TEST c269_a_vm_that_holds_itself_ends_when_it_is_given_up(void)
{
	const char *wrong = minivm_start(&vm, &root, VMID);
	uint64_t second = make_space();
	uint64_t third = make_space();

	ASSERTm(wrong, wrong == NULL);
	ASSERT(second != 0 && third != 0);
	ASSERT_EQ(0, give(vm.thread, second));
	ASSERT_EQ(0, give(vm.addrspace, second));
	ASSERT_EQ(0, give(vm.cspace, vm.cspace));
	ASSERT_EQ(0, give(second, vm.cspace));
	ASSERT_EQ(0, give(third, second));
	ASSERT_EQ(0, give(vm.cspace, third));
	put_spin();
	send_to(SPIN, 0);
	ASSERT_EQ(0, drop(second));
	ASSERT_EQ(0, drop(vm.cspace));
	vm.cspace = 0;
	/* It holds its thread, but so do we. */
	ASSERT(threads_become(root.thread_count + 1));
	ASSERT_EQ(0, drop(vm.thread));
	vm.thread = 0;
	/* And now only through the third space. */
	ASSERT(threads_become(root.thread_count + 1));
	ASSERT_EQ(0, drop(third));
	ASSERT(threads_become(root.thread_count));
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* The last way to a space may be taken by revoking it, too. */
TEST revoking_the_last_way_to_a_space_ends_it(void)
{
	uint64_t cs = make_space();
	uint64_t inside;
	uint64_t copy;

	ASSERT(cs != 0);
	/* Its master goes inside; a copy stays with us, until it is revoked. */
	copy = HV(CSPACE_COPY_CAP_FROM, root.cspace, cs, root.cspace, ~0u)
	               .out[0];
	inside = HV(PARTITION_CREATE_CSPACE, root.partition, cs).out[0];
	ASSERT_EQ(0, HV(CSPACE_COPY_CAP_FROM, root.cspace, cs, cs, ~0u).err);
	ASSERT_NEQ(0, inside);
	ASSERT_EQ(0, drop(copy));
	ASSERT_EQ(0, drop(cs));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/*
 * The first free RAM, where firmware and device tree were before EL2 started:
 * whoever maps it sees nothing of them (271).
 */
TEST c271_what_the_firmware_left_is_not_seen(void)
{
	uint64_t at = 0x200000000ull;
	uint64_t size = 0x200000;
	const uint64_t *word = (const uint64_t *)at;
	uint64_t me = create(HVC_PARTITION_CREATE_MEMEXTENT);
	const struct hv_extent *from = &root.ram[0];

	for (unsigned i = 1; i < root.ram_count; i++) {
		from = root.ram[i].base < from->base ? &root.ram[i] : from;
	}
	size = from->size < size ? from->size : size;
	ASSERT_EQ(0x40000000, from->base);
	ASSERT_EQ(
		0,
		HV(MEMEXTENT_CONFIGURE_DERIVE, me, from->cap, 0, size, 7).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, root.addrspace, me, at, 0xf0077).err);
	mmu_map(at, at, size, MMU_NORMAL);
	for (uint64_t i = 0; i < size / 8; i++) {
		ASSERT_EQ_FMT(0ul, (unsigned long)word[i], "%lx");
	}
	mmu_unmap(at, size);
	ASSERT_EQ(0, drop(me));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* An extent over what is no RAM holds nothing, and harms nobody. */
TEST an_extent_over_nothing_can_be_used_and_dropped(void)
{
	uint64_t me = create(HVC_PARTITION_CREATE_MEMEXTENT);

	ASSERT_EQ(0, HV(MEMEXTENT_CONFIGURE, me, 0x7000001000ull, 0x3000,
	                7 | 1u << 16)
	                     .err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER,
	          HV(ADDRSPACE_MAP, root.addrspace, me, 0x200000000ull, 0xf0077)
	                  .err);
	ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, me, 0).err); /* unmap all */
	ASSERT_EQ(HV_MEMDB_NOT_OWNER,
	          HV(MEMEXTENT_DONATE, 1, me, root.partition, 0x1000, 0x1000)
	                  .err);
	ASSERT_EQ(0, drop(me));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* More capabilities than are revoked, or destroyed, in one piece (71). */
TEST c71_thousands_of_copies_are_revoked_and_destroyed(void)
{
	uint64_t cs = create(HVC_PARTITION_CREATE_CSPACE);
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);

	ASSERT_EQ(0, HV(CSPACE_CONFIGURE, cs, 2000).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, cs).err);
	for (unsigned i = 0; i < 2000; i++) {
		ASSERT_EQ(0, give(i % 2 != 0 ? bell : cs, cs));
	}
	ASSERT_EQ(HV_CSPACE_FULL, give(bell, cs));
	ASSERT_EQ(0, HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, bell).err);
	ASSERT_EQ(0, HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, bell).err);
	ASSERT_EQ(0, drop(cs));
	ASSERT_EQ(0, drop(bell));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

SUITE(life)
{
	RUN_TEST(the_root_vm_knows_its_capabilities);
	RUN_TEST(c276_a_vcpu_goes_while_its_sibling_turns_it_on);
	RUN_TEST(c269_the_dead_go_without_a_call);
	RUN_TEST(c269_a_vm_that_holds_itself_ends_when_it_is_given_up);
	RUN_TEST(revoking_the_last_way_to_a_space_ends_it);
	RUN_TEST(c271_what_the_firmware_left_is_not_seen);
	RUN_TEST(an_extent_over_nothing_can_be_used_and_dropped);
	RUN_TEST(c71_thousands_of_copies_are_revoked_and_destroyed);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(life);
	GREATEST_MAIN_END();
}
