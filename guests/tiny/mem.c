// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory as a VM sees it: translation, attributes, caches, TLB (Arm ARM, "The
 * AArch64 Virtual Memory System Architecture"; behaviours 87 to 100, 104, 201
 * to 205).
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/console.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/probe.h"

#define HOLE 0x0b000000ull
#define VA   MMU_TEST_VA
#define VA2  (MMU_TEST_VA + (1ull << 30))

#define TCR_TBI0  BIT(37)
#define PAR_F     BIT(0)
#define PAR_PA    FIELD(47, 12)
#define PAR_FST   FIELD(6, 1)
#define FSC_AF_L3 0x0b

#define PAGES 6
static uint8_t pages[PAGES][4096] __attribute__((aligned(4096)));

static uint64_t pa_of(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static struct probe_regs in, out;
static struct fault fault;

/* An unaligned load of RAM gives the bytes in order (88). */
TEST c88_unaligned_loads_of_ram_are_whole(void)
{
	for (unsigned i = 0; i < 64; i++) {
		pages[0][i] = (uint8_t)(i * 37 + 1);
	}
	for (unsigned size = INSN_B; size <= INSN_X; size++) {
		for (unsigned offset = 0; offset < 17; offset++) {
			uint64_t want = 0;

			memcpy(&want, &pages[0][offset], 1u << size);
			probe_fill(&in, offset);
			in.x[1] = pa_of(pages[0]) + offset;
			ASSERT_FALSE(probe_run(INSN_LDR(size, 0, 1), &in, &out,
			                       &fault));
			ASSERT_EQ_FMT((unsigned long)want,
			              (unsigned long)out.x[0], "%#lx");
			ASSERT_EQ(NULL, probe_difference(&in, &out, 1, 0));
		}
	}
	PASS();
}

/* ... also across a page boundary whose pages are not neighbours (89). */
TEST c89_an_access_across_scattered_pages_is_whole(void)
{
	mmu_map(VA, pa_of(pages[4]), PAGE_SIZE, MMU_NORMAL);
	mmu_map(VA + PAGE_SIZE, pa_of(pages[1]), PAGE_SIZE, MMU_NORMAL);
	memset(&pages[4][4088], 0xab, 8);
	memset(pages[1], 0xcd, 8);
	probe_fill(&in, 1);
	in.x[0] = 0x1122334455667788;
	for (unsigned before = 1; before < 8; before++) {
		uint64_t bytes = before * 8;
		uint64_t want = (0xcdcdcdcdcdcdcdcdull << bytes) |
		                (0xababababababababull >> (64 - bytes));

		in.x[1] = VA + PAGE_SIZE - before;
		probe_run(INSN_LDR(INSN_X, 0, 1), &in, &out, &fault);
		ASSERT_EQ_FMT((unsigned long)want, (unsigned long)out.x[0],
		              "%#lx");
	}
	in.x[1] = VA + PAGE_SIZE - 3;
	probe_run(INSN_STR(INSN_X, 0, 1), &in, &out, &fault);
	mmu_unmap(VA, 2 * PAGE_SIZE);
	ASSERT_EQ(0x88, pages[4][4093]);
	ASSERT_EQ(0x66, pages[4][4095]);
	ASSERT_EQ(0x55, pages[1][0]);
	ASSERT_EQ(0x11, pages[1][4]);
	PASS();
}

/* Half in RAM, half in nothing: an abort, and no register touched (89). */
TEST c89_an_access_that_ends_outside_ram_aborts(void)
{
	struct dt_range ram = dt_ram();
	uint64_t last = ram.base + ram.size - PAGE_SIZE;
	const char *difference;

	mmu_map(VA, last, 2 * PAGE_SIZE, MMU_NORMAL);
	probe_fill(&in, 2);
	in.x[1] = VA + PAGE_SIZE - 4;
	probe_run(INSN_LDR(INSN_X, 0, 1), &in, &out, &fault);
	mmu_unmap(VA, 2 * PAGE_SIZE);
	ASSERT_EQ_FMT(1u, (unsigned)fault.count, "%u");
	ASSERT_EQ_FMT((unsigned)FSC_SEA, fault_fsc(&fault), "%#x");
	ASSERT_GTE(fault.far, VA + PAGE_SIZE - 4);
	ASSERT_LTE(fault.far, VA + PAGE_SIZE);
	difference = probe_difference(&in, &out, 0, 0);
	ASSERTm(difference, difference == NULL);
	PASS();
}

static uint64_t translate(uint64_t va)
{
	uint64_t par;

	__asm__ volatile("at s1e1r, %1\n"
	                 "	isb\n" /* PAR_EL1 is there behind it */
	                 "	mrs %0, par_el1"
	                 : "=r"(par)
	                 : "r"(va)
	                 : "memory");
	return par;
}

/* AT S1E1R: the IPA of what stage 1 maps, or why it does not (93). */
TEST c93_address_translation_tells_stage_1(void)
{
	uint64_t par;

	mmu_map(VA, pa_of(pages[2]), PAGE_SIZE, MMU_NORMAL);
	par = translate(VA + 0x123);
	mmu_unmap(VA, PAGE_SIZE);
	ASSERT_EQ(0, par & PAR_F);
	ASSERT_EQ(pa_of(pages[2]), par & PAR_PA);
	par = translate(VA + 0x123);
	ASSERT_EQ(1, par & PAR_F);
	ASSERT_EQ_FMT((unsigned)FSC_TRANS_L(3),
	              (unsigned)field_get(PAR_FST, par), "%#x");
	PASS();
}

/* ... of an address where the VM has nothing: stage 1 alone decides (93). */
TEST c93_address_translation_of_a_hole_succeeds(void)
{
	uint64_t par;

	mmu_map(VA, HOLE, PAGE_SIZE, MMU_DEVICE);
	fault_expect(&fault);
	par = translate(VA);
	fault_came(&fault);
	mmu_unmap(VA, PAGE_SIZE);
	ASSERT_EQ(0, fault.count);
	ASSERT_EQ(0, par & PAR_F);
	ASSERT_EQ(HOLE, par & PAR_PA);
	PASS();
}

/* TBI0: the top byte is ignored, and is part of FAR (100). */
TEST c100_tagged_addresses(void)
{
	uint64_t tcr = sysreg_read(tcr_el1);
	uint64_t tagged = VA | 0xa5ull << 56;
	uint64_t value = 0, far;

	mmu_map(VA, pa_of(pages[3]), PAGE_SIZE, MMU_NORMAL);
	mmio_write64(VA, 0x600df00d);
	fault_expect(&fault);
	mmio_read64(tagged);
	fault_came(&fault);
	ASSERT_EQ_FMTm("TBI0 = 0", 1u, (unsigned)fault.count, "%u");

	sysreg_write(tcr_el1, tcr | TCR_TBI0);
	isb(); /* the new rule holds for what follows */
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	fault_expect(&fault);
	value = mmio_read64(tagged);
	fault_came(&fault);
	mmu_unmap(VA, PAGE_SIZE);
	mmu_map(VA, HOLE, PAGE_SIZE, MMU_DEVICE);
	far = fault.count;
	fault_expect(&fault);
	mmio_read64(tagged);
	fault_came(&fault);
	mmu_unmap(VA, PAGE_SIZE);
	sysreg_write(tcr_el1, tcr);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");

	ASSERT_EQ(0, far);
	ASSERT_EQ(0x600df00d, value);
	ASSERT_EQ(FSC_SEA, fault_fsc(&fault));
	/* "FAR: the tag may be kept": the address proper has to be right */
	ASSERT_EQ(VA, fault.far & FIELD(55, 0));
	PASS();
}

/* The access flag is software's: clear, the first touch faults (104). */
TEST c104_a_clear_access_flag_faults(void)
{
	mmu_map(VA, pa_of(pages[3]), PAGE_SIZE, MMU_NORMAL | MMU_NO_AF);
	fault_expect(&fault);
	mmio_read64(VA);
	fault_came(&fault);
	mmu_unmap(VA, PAGE_SIZE);
	ASSERT_EQ(1, fault.count);
	ASSERT_EQ_FMT(FSC_AF_L3, (int)fault_fsc(&fault), "%#x");
	PASS();
}

/* What EL1 forbids EL0, EL0 cannot do (95, 96 at stage 1). */
TEST c95_c96_user_rights_are_obeyed(void)
{
	static const struct {
		unsigned how;
		uint32_t insn;
		unsigned fsc; /* 0: works */
	} rows[] = {
		{ MMU_NORMAL, INSN_LDR(INSN_X, 0, 1), FSC_PERM_L(3) },
		{ MMU_NORMAL | MMU_USER, INSN_LDR(INSN_X, 0, 1), 0 },
		{ MMU_NORMAL | MMU_USER, INSN_STR(INSN_X, 0, 1), 0 },
		{ MMU_NORMAL | MMU_USER | MMU_RO, INSN_STR(INSN_X, 0, 1),
		  FSC_PERM_L(3) },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		probe_fill(&in, i);
		in.x[1] = VA;
		mmu_map(VA, pa_of(pages[3]), PAGE_SIZE, rows[i].how);
		probe_run_user(rows[i].insn, &in, &out, &fault);
		mmu_unmap(VA, PAGE_SIZE);
		ASSERT_EQ(rows[i].fsc != 0, fault.count);
		if (rows[i].fsc != 0) {
			ASSERT_EQ(ESR_EC_DABT_LOW, fault_ec(&fault));
			ASSERT_EQ(rows[i].fsc, fault_fsc(&fault));
			ASSERT_EQ(VA, fault.far);
		}
	}
	PASS();
}

/* A page table entry, used again for another page, is believed (201). */
TEST c201_remapping_is_seen_at_once(void)
{
	for (unsigned i = 0; i < 300; i++) {
		uint8_t *page = pages[i % PAGES];

		page[0] = (uint8_t)i;
		mmu_map(VA, pa_of(page), PAGE_SIZE, MMU_NORMAL);
		ASSERT_EQ((uint8_t)i, mmio_read8(VA));
		mmio_write8(VA, (uint8_t)~i);
		mmu_unmap(VA, PAGE_SIZE);
		ASSERT_EQ((uint8_t)~i, page[0]);
	}
	PASS();
}

/* Two address spaces with an ASID each, never told to the TLB (202). */
static uint64_t root2[512] __attribute__((aligned(4096)));
static uint64_t tables[2][2][512] __attribute__((aligned(4096)));

#define PTE_NG   BIT(11)
#define PTE_LEAF (3 | 1 << 2 | 3 << 8 | BIT(10) | BIT(53) | BIT(54) | PTE_NG)

static void use_space(uint64_t root, uint64_t asid)
{
	sysreg_write(ttbr0_el1, root | asid << 48);
	isb(); /* translations from here on are of that space */
}

TEST c202_asids_keep_address_spaces_apart(void)
{
	extern uint64_t mmu_root[];
	uint64_t old_root = sysreg_read(ttbr0_el1);
	unsigned slot = (unsigned)(VA2 >> 30);
	unsigned wrong = 0;

	memcpy(root2, mmu_root, sizeof(root2));
	for (unsigned i = 0; i < 2; i++) {
		tables[i][1][0] = pa_of(pages[i]) | PTE_LEAF;
		tables[i][0][0] = pa_of(tables[i][1]) | 3;
		pages[i][0] = (uint8_t)(0x10 + i);
	}
	mmu_root[slot] = pa_of(tables[0][0]) | 3;
	root2[slot] = pa_of(tables[1][0]) | 3;
	dsb_ish(); /* for the walker */
	isb();
	for (unsigned i = 0; i < 1000; i++) {
		use_space(i & 1 ? pa_of(root2) : pa_of(mmu_root), 5 + (i & 1));
		wrong += mmio_read8(VA2) != 0x10 + (i & 1);
	}
	use_space(old_root & FIELD(47, 1), 0);
	mmu_root[slot] = 0;
	dsb_ish(); /* gone before the TLB forgets */
	__asm__ volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
	ASSERT_EQ_FMT(0u, wrong, "%u");
	PASS();
}

/* DC ZVA clears one block, no byte more (204). */
TEST c204_dc_zva_clears_its_block(void)
{
	uint64_t dczid = sysreg_read(dczid_el0);
	unsigned block = 4u << (dczid & 15);

	ASSERT_EQ(0, dczid & 16); /* allowed at EL1: nobody above forbids it */
	memset(pages[0], 0xee, sizeof(pages[0]));
	probe_fill(&in, 3);
	in.x[0] = pa_of(pages[0]) + 2048 + 5;
	ASSERT_FALSE(probe_run(INSN_DC_ZVA(0), &in, &out, &fault));
	ASSERT_EQ(NULL, probe_difference(&in, &out, 0, 0));
	for (unsigned i = 0; i < 4096; i++) {
		bool inside = i >= 2048 && i < 2048 + block;

		ASSERT_EQ(inside ? 0 : 0xee, pages[0][i]);
	}
	PASS();
}

/* EL0 may do it when SCTLR_EL1 says so (204). */
TEST c204_cache_maintenance_at_el0(void)
{
	static const uint32_t insns[] = { INSN_DC_CVAC(1), INSN_DC_CIVAC(1),
		                          INSN_DC_ZVA(1), INSN_IC_IVAU(1) };

	mmu_map(VA, pa_of(pages[3]), PAGE_SIZE, MMU_NORMAL | MMU_USER);
	for (unsigned i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		const char *difference;

		probe_fill(&in, i);
		in.x[1] = VA;
		probe_run_user(insns[i], &in, &out, &fault);
		ASSERT_EQ_FMT(0u, (unsigned)fault.count, "%u");
		difference = probe_difference(&in, &out, 0, 0);
		ASSERTm(difference, difference == NULL);
	}
	mmu_unmap(VA, PAGE_SIZE);
	PASS();
}

/* Cached and uncached views of a page agree after clean and invalidate (205).*/
TEST c205_cached_and_uncached_views_agree(void)
{
	uint64_t cached = pa_of(pages[5]);

	mmu_map(VA, cached, PAGE_SIZE, MMU_NC);
	for (uint64_t i = 1; i < 100; i++) {
		mmio_write64(cached, i);
		__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(cached)
		                 : "memory");
		ASSERT_EQ(i, mmio_read64(VA));
		mmio_write64(VA, ~i);
		dsb_sy(); /* in memory before the cached view looks */
		__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(cached)
		                 : "memory");
		ASSERT_EQ(~i, mmio_read64(cached));
	}
	mmu_unmap(VA, PAGE_SIZE);
	PASS();
}

/* The MMU off for a moment: what was cleaned is there (205). */
static uint64_t mmu_off_read(uint64_t address)
{
	uint64_t value, sctlr;

	__asm__ volatile(
		"	dc	civac, %2\n"
		"	dsb	sy\n" /* in memory before the MMU is off */
		"	mrs	%1, sctlr_el1\n"
		"	bic	x9, %1, #1\n"
		"	bic	x9, x9, #4\n"
		"	msr	sctlr_el1, x9\n"
		"	isb\n" /* off from here */
		"	ldr	%0, [%2]\n"
		"	msr	sctlr_el1, %1\n"
		"	isb\n" /* and on again */
		: "=&r"(value), "=&r"(sctlr)
		: "r"(address)
		: "x9", "memory");
	return value;
}

TEST c205_memory_is_the_same_with_the_mmu_off(void)
{
	for (uint64_t i = 1; i < 20; i++) {
		uint64_t got;

		mmio_write64(pa_of(pages[5]), i * 0x0101010101010101);
		irq_mask();
		got = mmu_off_read(pa_of(pages[5]));
		ASSERT_EQ(i * 0x0101010101010101, got);
	}
	PASS();
}

/* Cache operations on nothing: done, or aborted; no register changes (87). */
TEST c87_cache_operations_on_a_hole_do_no_harm(void)
{
	static const uint32_t insns[] = { INSN_DC_CVAC(1), INSN_DC_CIVAC(1),
		                          INSN_IC_IVAU(1), INSN_PRFM(1) };

	mmu_map(VA, HOLE, PAGE_SIZE, MMU_NC);
	for (unsigned i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		const char *difference;

		probe_fill(&in, i);
		in.x[1] = VA + 64;
		probe_run(insns[i], &in, &out, &fault);
		ASSERT_LTE(fault.count, 1);
		if (fault.count == 1) {
			ASSERT_EQ(ESR_EC_DABT, fault_ec(&fault));
			ASSERT_EQ(FSC_SEA, fault_fsc(&fault));
		}
		difference = probe_difference(&in, &out, 0, 0);
		ASSERTm(difference, difference == NULL);
	}
	mmu_unmap(VA, PAGE_SIZE);
	PASS();
}

/* A translation fault of our own stage 1 stays our own (94). */
TEST c94_stage_1_faults_are_told_as_such(void)
{
	probe_fill(&in, 4);
	in.x[1] = VA + 8;
	probe_run(INSN_LDR(INSN_X, 0, 1), &in, &out, &fault);
	ASSERT_EQ(1, fault.count);
	ASSERT_EQ_FMT((unsigned)FSC_TRANS_L(3), fault_fsc(&fault) | 3, "%#x");
	in.x[1] = 1ull << 40; /* outside of the 39 bits that TTBR0 covers */
	probe_run(INSN_LDR(INSN_X, 0, 1), &in, &out, &fault);
	ASSERT_EQ(1, fault.count);
	ASSERT_EQ(in.x[1], fault.far);
	ASSERT_EQ_FMT((unsigned)FSC_TRANS_L(0), fault_fsc(&fault) & ~3u, "%#x");
	PASS();
}

/* A device that the guest maps as memory answers all the same (101). */
TEST c101_a_device_mapped_as_memory_answers(void)
{
	uint64_t uart = console_base();

	mmu_map(VA, uart, PAGE_SIZE, MMU_NC);
	probe_fill(&in, 5);
	in.x[1] = VA + 0xfe0;
	probe_run(INSN_LDR(INSN_W, 0, 1), &in, &out, &fault);
	mmu_unmap(VA, PAGE_SIZE);
	ASSERT_EQ(0, fault.count);
	ASSERT_EQ(0x11, out.x[0]);
	PASS();
}

SUITE(accesses)
{
	RUN_TEST(c88_unaligned_loads_of_ram_are_whole);
	RUN_TEST(c89_an_access_across_scattered_pages_is_whole);
	RUN_TEST(c89_an_access_that_ends_outside_ram_aborts);
	RUN_TEST(c87_cache_operations_on_a_hole_do_no_harm);
	RUN_TEST(c94_stage_1_faults_are_told_as_such);
	RUN_TEST(c101_a_device_mapped_as_memory_answers);
}

SUITE(translation)
{
	RUN_TEST(c93_address_translation_tells_stage_1);
	RUN_TEST(c93_address_translation_of_a_hole_succeeds);
	RUN_TEST(c100_tagged_addresses);
	RUN_TEST(c104_a_clear_access_flag_faults);
	RUN_TEST(c95_c96_user_rights_are_obeyed);
	RUN_TEST(c201_remapping_is_seen_at_once);
	RUN_TEST(c202_asids_keep_address_spaces_apart);
}

SUITE(caches)
{
	RUN_TEST(c204_dc_zva_clears_its_block);
	RUN_TEST(c204_cache_maintenance_at_el0);
	RUN_TEST(c205_cached_and_uncached_views_agree);
	RUN_TEST(c205_memory_is_the_same_with_the_mmu_off);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(accesses);
	RUN_SUITE(translation);
	RUN_SUITE(caches);
	GREATEST_MAIN_END();
}
