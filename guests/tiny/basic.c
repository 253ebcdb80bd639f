// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a VM may rely on when it is entered (Linux, "Booting AArch64 Linux";
 * behaviours 272, 288) and in its own memory (98, 303).
 */
#include <stdio.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/probe.h"

extern char image_start[], rodata_end[];

/* "x0 = physical address of device tree blob", 8-byte aligned, in RAM. */
TEST c272_x0_is_the_device_tree(void)
{
	struct dt_range ram = dt_ram();

	ASSERT_EQ_FMT(0ul, (unsigned long)boot_entry.x[0] & 7, "%#lx");
	ASSERT_GTE(boot_entry.x[0], ram.base);
	ASSERT_LT(boot_entry.x[0], ram.base + ram.size);
	PASS();
}

/* "x1 = x2 = x3 = 0 (reserved for future use)". */
TEST c272_x1_to_x3_are_zero(void)
{
	for (unsigned i = 1; i <= 3; i++) {
		ASSERT_EQ_FMT(0ul, (unsigned long)boot_entry.x[i], "%#lx");
	}
	PASS();
}

/* "All forms of interrupts must be masked in PSTATE.DAIF". */
TEST c272_entered_at_el1h_with_exceptions_masked(void)
{
	ASSERT_EQ(1, field_get(CURRENT_EL, boot_entry.current_el));
	ASSERT_EQ(1, boot_entry.spsel);
	ASSERT_EQ_FMT((unsigned long)PSR_DAIF,
	              (unsigned long)(boot_entry.daif & PSR_DAIF), "%#lx");
	PASS();
}

/* "The MMU must be off"; little-endian, because our image says so. */
TEST c272_mmu_and_data_cache_are_off(void)
{
	ASSERT_EQ(0, boot_entry.sctlr & (SCTLR_M | SCTLR_C));
	ASSERT_EQ(0, boot_entry.sctlr & (SCTLR_EE | SCTLR_E0E));
	PASS();
}

/*
 * Nothing that ran before us shows in a register.  x0..x3 are the protocol's;
 * x4 is left out, because QEMU's own boot stub has its branch target there.
 */
TEST c272_c288_registers_carry_no_residue(void)
{
	for (unsigned i = 5; i < 31; i++) {
		ASSERT_EQ_FMTm("a general register", 0ul,
		               (unsigned long)boot_entry.x[i], "%#lx");
	}
	for (unsigned i = 0; i < 64; i++) {
		ASSERT_EQ_FMTm("a SIMD register", 0ul,
		               (unsigned long)boot_simd[i], "%#lx");
	}
	PASS();
}

/* The first and the last byte of RAM belong to us (98). */
TEST c98_first_and_last_byte_of_ram_work(void)
{
	struct dt_range ram = dt_ram();
	uint64_t edge[2] = { ram.base, ram.base + ram.size - 1 };

	for (int i = 0; i < 2; i++) {
		uint8_t old = mmio_read8(edge[i]);

		mmio_write8(edge[i], (uint8_t)(old + 1));
		ASSERT_EQ((uint8_t)(old + 1), mmio_read8(edge[i]));
		mmio_write8(edge[i], old);
	}
	PASS();
}

/*
 * RAM keeps what was written there: no two places are one.  Page by page, or
 * in 16384 steps where that would take too long.
 */
TEST free_ram_keeps_what_is_written(void)
{
	struct dt_range ram = dt_ram();
	uint64_t end = ram.base + ram.size;
	uint64_t step =
		ram.size / 16384 > PAGE_SIZE ? ram.size / 16384 : PAGE_SIZE;
	uint64_t start = ((uint64_t)(uintptr_t)malloc(1) + (4u << 20)) &
	                 ~(PAGE_SIZE - 1);

	for (uint64_t at = start; at < end; at += step) {
		mmio_write64(at, at ^ 0x5a5a5a5a5a5a5a5aull);
	}
	for (uint64_t at = start; at < end; at += step) {
		ASSERT_EQ_FMT((unsigned long)(at ^ 0x5a5a5a5a5a5a5a5aull),
		              (unsigned long)mmio_read64(at), "%#lx");
	}
	PASS();
}

/* Our own text is read-only and our data not executable (rt's promise). */
TEST text_cannot_be_written_nor_data_run(void)
{
	static uint32_t words[4] = { INSN_RET, INSN_RET, INSN_RET, INSN_RET };
	struct fault fault;

	fault_expect(&fault);
	mmio_write32((uint64_t)(uintptr_t)image_start, 0);
	ASSERT(fault_came(&fault));
	ASSERT_EQ(ESR_EC_DABT, fault_ec(&fault));
	ASSERT_EQ(FSC_PERM_L(3), fault_fsc(&fault));

	fault_expect(&fault);
	__asm__ volatile("blr %0" ::"r"(words) : "x30", "memory");
	ASSERT(fault_came(&fault));
	ASSERT_EQ(ESR_EC_IABT, fault_ec(&fault));
	ASSERT_EQ(FSC_PERM_L(3), fault_fsc(&fault));
	PASS();
}

/* BRK goes to the guest's own vectors (298). */
TEST c298_brk_comes_to_our_vectors(void)
{
	struct probe_regs in, out;
	struct fault fault;

	probe_fill(&in, 5);
	ASSERT(probe_run(INSN_BRK(0x77), &in, &out, &fault));
	ASSERT_EQ(ESR_EC_BRK64, fault_ec(&fault));
	ASSERT_EQ(0x77, field_get(FIELD(15, 0), fault.esr));
	ASSERT_EQ(probe_address(), fault.elr);
	ASSERT_STR_EQ("nothing",
	              probe_difference(&in, &out, 0, 0) ?: "nothing");
	PASS();
}

/* FP works, with every rounding mode (303; IEEE 754, FPCR.RMode). */
TEST c303_rounding_modes_are_obeyed(void)
{
	static const struct {
		uint64_t mode;
		double third;
	} rows[] = {
		{ 0, 0x1.5555555555555p-2 }, /* to nearest */
		{ 1, 0x1.5555555555556p-2 }, /* up */
		{ 2, 0x1.5555555555555p-2 }, /* down */
		{ 3, 0x1.5555555555555p-2 }, /* to zero */
	};

	for (unsigned i = 0; i < 4; i++) {
		double got;

		sysreg_write(fpcr, rows[i].mode << 22);
		__asm__ volatile("fdiv %d0, %d1, %d2"
		                 : "=w"(got)
		                 : "w"(1.0), "w"(3.0));
		sysreg_write(fpcr, 0);
		ASSERT_MEM_EQ(&rows[i].third, &got, sizeof(got));
	}
	PASS();
}

SUITE(entry)
{
	RUN_TEST(c272_x0_is_the_device_tree);
	RUN_TEST(c272_x1_to_x3_are_zero);
	RUN_TEST(c272_entered_at_el1h_with_exceptions_masked);
	RUN_TEST(c272_mmu_and_data_cache_are_off);
	RUN_TEST(c272_c288_registers_carry_no_residue);
}

SUITE(own_memory)
{
	RUN_TEST(c98_first_and_last_byte_of_ram_work);
	RUN_TEST(free_ram_keeps_what_is_written);
	RUN_TEST(text_cannot_be_written_nor_data_run);
	RUN_TEST(c298_brk_comes_to_our_vectors);
	RUN_TEST(c303_rounding_modes_are_obeyed);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(entry);
	RUN_SUITE(own_memory);
	GREATEST_MAIN_END();
}
