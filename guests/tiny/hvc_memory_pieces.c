/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work on much memory is done in pieces, between which the caller takes its
 * interrupts (docs/abi.md; behaviour 71).
 */
#include "greatest.h"
#include "hvc_memory.h"
#include "rt/cpu.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

static void on_timer(unsigned intid, void *arg)
{
	(void)intid;
	*(uint64_t *)arg = cntvct();
	timer_virt_off();
}

/*
 * Much to zero is zeroed in pieces, between which interrupts are taken: the
 * timer's, due in the middle, is not late by the whole (71).
 */
TEST c71_long_work_is_done_in_pieces(void)
{
	uint64_t size = 64 * BLOCK;
	uint64_t me = derive(0, size, RWX);
	uint64_t irqs = cpu_self()->irqs;
	struct hv done;
	uint64_t start;
	uint64_t end;
	uint64_t late;

	ASSERT_NEQ(0, me);
	ASSERT_EQ(0, map(root.addrspace, me, HERE, MAP_RWX));
	mmu_map(HERE + size - PAGE_SIZE, HERE + size - PAGE_SIZE, PAGE_SIZE,
	        MMU_NC);
	mmio_write64(HERE + size - 8, 1);
	irq_attach(TIMER_VIRT_PPI, on_timer, &late);
	irq_enable(TIMER_VIRT_PPI);
	late = ~0ull;
	start = cntvct();
	timer_virt_set(start + timer_ticks_of_us(1000), 1);
	__asm__ volatile("msr daifclr, #2" ::: "memory");
	done = HV(MEMEXTENT_MODIFY, me, 1 | NOSYNC, 0, size, 5);
	end = cntvct();
	__asm__ volatile("msr daifset, #2" ::: "memory");
	ASSERT_EQ(0, done.err);
	ASSERT_EQ(0, mmio_read64(HERE + size - 8)); /* to its end */
	/* What has no result is as it was, however often it was made. */
	ASSERT_EQ(1 | NOSYNC, done.out[0]);
	ASSERT_EQ(0, done.out[1]);
	ASSERT_EQ(size, done.out[2]);
	ASSERT_EQ(5, done.out[3]);
	/* Nor is there anything the caller could say about it. */
	ASSERT_EQ(
		HV_ARGUMENT_INVALID,
		HV(MEMEXTENT_MODIFY, me, 1ull << 32 | 1 | NOSYNC, 0, size).err);
	ASSERT_LT(irqs, cpu_self()->irqs);
	/* Not only when the call was over. */
	ASSERT_LT(late, end - (end - start) / 8);
	mmu_unmap(HERE + size - PAGE_SIZE, PAGE_SIZE);
	ASSERT_EQ(0, drop(me));
	PASS();
}

/*
 * So is what takes long because there are many pages: what is mapped where it
 * cannot be in blocks (71).  The interrupt comes in between, every time.
 */
enum paged { PAGED_MAP, PAGED_PROTECT, PAGED_UNMAP, PAGED_ALL };

static struct hv paged_call(enum paged what, uint64_t me)
{
	switch (what) {
	case PAGED_MAP:
		return HV(ADDRSPACE_MAP, root.addrspace, me, HERE + PAGE_SIZE,
		          MAP_RWX, 0, 6, 7);
	case PAGED_PROTECT:
		return HV(ADDRSPACE_UPDATE_ACCESS, root.addrspace, me,
		          HERE + PAGE_SIZE, 0x44, 0, 6, 7);
	case PAGED_UNMAP:
		return HV(ADDRSPACE_UNMAP, root.addrspace, me, HERE + PAGE_SIZE,
		          0, 6, 7);
	case PAGED_ALL:
	default:
		return HV(MEMEXTENT_MODIFY, me, 0);
	}
}

#define HVC_MASK 0xffe0001fu
#define HVC_INSN 0xd4000002u

/* Whoever is interrupted at an HVC is to make that call again. */
static void count_hvcs(unsigned intid, void *arg)
{
	const uint32_t *pc = (const uint32_t *)sysreg_read(ELR_EL1);

	(void)intid;
	*(unsigned *)arg += (*pc & HVC_MASK) == HVC_INSN;
	timer_virt_set(cntvct() + timer_ticks_of_us(100), 1);
}

/* @hvcs  how often it was interrupted. @return NULL, or what is wrong */
static const char *call_often(enum paged what, uint64_t me, unsigned *hvcs)
{
	struct hv done;

	irq_attach(TIMER_VIRT_PPI, count_hvcs, hvcs);
	timer_virt_set(cntvct() + timer_ticks_of_us(100), 1);
	__asm__ volatile("msr daifclr, #2" ::: "memory");
	done = paged_call(what, me);
	__asm__ volatile("msr daifset, #2" ::: "memory");
	timer_virt_off();
	if (done.err != 0) {
		return "its result";
	}
	if (what < PAGED_UNMAP && done.out[3] != 0) { /* X4, the flags */
		return "its arguments are not as they were";
	}
	return NULL;
}

/* A timer may be late, so each call has some turns to be interrupted in. */
TEST c71_many_pages_are_mapped_in_pieces(void)
{
	static const enum paged steps[] = {
		PAGED_MAP, PAGED_PROTECT, PAGED_UNMAP, PAGED_MAP, PAGED_ALL,
	};
	unsigned hvcs[PAGED_ALL + 1] = { 0 };
	uint64_t me = derive(0, 64 * BLOCK, RWX);
	unsigned seen = 0;

	ASSERT_NEQ(0, me);
	for (unsigned turn = 0; turn < 100 && seen <= PAGED_ALL; turn++) {
		for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]);
		     i++) {
			const char *wrong =
				call_often(steps[i], me, &hvcs[steps[i]]);

			ASSERT_EQm(wrong, NULL, wrong);
		}
		for (seen = 0; seen <= PAGED_ALL && hvcs[seen] != 0; seen++) {
		}
	}
	ASSERT_EQ_FMT(PAGED_ALL + 1u, seen, "%u");
	ASSERT_EQ(0, drop(me));
	PASS();
}

SUITE(long_work)
{
	RUN_TEST(c71_long_work_is_done_in_pieces);
	RUN_TEST(c71_many_pages_are_mapped_in_pieces);
}
