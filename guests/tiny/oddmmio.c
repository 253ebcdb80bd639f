// SPDX-License-Identifier: BSD-2-Clause
/*
 * Accesses to a device whose abort says nothing about registers (Arm ARM, "ISS
 * encoding for an exception from a Data Abort", ISV = 0), or that no device
 * can answer.  A machine carries them out wholly; a hypervisor may do so, too,
 * or it reports an external abort and has changed nothing.  Never half.
 */
#include <inttypes.h>

#include "greatest.h"
#include "rt/console.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/probe.h"

#define UART_IBRD 0x24
#define UART_FBRD 0x28
#define RTC_MR    0x04
#define RTC_LR    0x08
#define RTC_ID    0xfe0

#define HOLE     0x0bff0000ull /* nothing is there on "virt" */
#define CROSS    MMU_TEST_VA   /* two pages: what the first is, and next */
#define FSC_ATOM 0x35          /* unsupported exclusive or atomic access */

static uint64_t uart, rtc;
static struct probe_regs before, after;
static struct fault fault;
static uint8_t ram[2 * PAGE_SIZE] __attribute__((aligned(4096)));

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* An instruction, and what it leaves in registers if it is carried out. */
struct row {
	const char *text;
	uint32_t insn;
	uint64_t base; /* x1; x2 is 7 */
	struct {
		unsigned reg; /* NONE: nothing */
		uint64_t value;
	} left[2];
};
#define NONE 31

/* Up to two registers with a value. */
#define ROW(insn, base, r0, v0, r1, v1)      \
	{                                    \
		insn, INSN_TEXT(insn), base, \
		{                            \
			{ r0, v0 },          \
			{                    \
				r1, v1       \
			}                    \
		}                            \
	}

/* What is not as `before` says; "" when all is. */
static const char *changed(void)
{
	const char *what = probe_difference(&before, &after, 0, 0);

	return what != NULL ? what : "";
}

static void set_all(void)
{
	mmio_write32(uart + UART_IBRD, 0x1234);
	mmio_write32(uart + UART_FBRD, 0x15);
	mmio_write32(rtc + RTC_MR, 0x87654321);
}

static void run(uint32_t insn, uint64_t base)
{
	probe_fill(&before, base);
	before.x[1] = base;
	before.x[2] = 7;
	probe_run(insn, &before, &after, &fault);
}

/* The fault, if one came, is a clean one: of the right kind, at @at. */
static enum greatest_test_res check_fault(const char *text, uint64_t at)
{
	unsigned fsc = fault_fsc(&fault);

	ASSERT_EQ_FMTm(text, 1u, fault.count, "%u");
	ASSERT_EQ_FMTm(text, (unsigned)ESR_EC_DABT, fault_ec(&fault), "%#x");
	ASSERTm(text, fsc == FSC_SEA || fsc == FSC_ALIGN || fsc == FSC_ATOM);
	ASSERT_EQ_FMTm(text, at, fault.far, "%#" PRIx64);
	ASSERT_STR_EQm(text, "", changed());
	PASS();
}

static enum greatest_test_res wholly_or_not(const struct row *row)
{
	set_all();
	run(row->insn, row->base);
	if (fault.count > 0) {
		/* Pre-indexed rows have their base four below. */
		uint64_t at =
			fault.far - row->base <= 4 ? fault.far : row->base;

		CHECK_CALL(check_fault(row->text, at));
		ASSERT_EQ_FMTm(row->text, 0x1234u,
		               mmio_read32(uart + UART_IBRD), "%#x");
		PASS();
	}
	for (size_t i = 0; i < COUNT(row->left); i++) {
		if (row->left[i].reg != NONE) {
			before.x[row->left[i].reg] = row->left[i].value;
		}
	}
	ASSERT_STR_EQm(row->text, "", changed());
	PASS();
}

static enum greatest_test_res run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CHECK_CALL(wholly_or_not(&rows[i]));
	}
	PASS();
}

TEST c81_write_back(void)
{
	const uint64_t at = uart + UART_IBRD;
	const struct row rows[] = {
		ROW("ldr w0, [x1], #4", at, 0, 0x1234, 1, at + 4),
		ROW("ldr w0, [x1, #4]!", at - 4, 0, 0x1234, 1, at),
		ROW("ldrb w30, [x1], #-1", at, 30, 0x34, 1, at - 1),
		ROW("ldrsh x15, [x1], #2", at, 15, 0x1234, 1, at + 2),
		ROW("str wzr, [x1], #4", at, 1, at + 4, NONE, 0),
		ROW("strh w2, [x1, #4]!", at - 4, 1, at, NONE, 0),
	};

	return run_rows(rows, COUNT(rows));
}

TEST c82_pairs(void)
{
	const uint64_t at = uart + UART_IBRD;
	const struct row rows[] = {
		ROW("ldp w3, w4, [x1]", at, 3, 0x1234, 4, 0x15),
		ROW("ldnp w3, w4, [x1]", at, 3, 0x1234, 4, 0x15),
		ROW("ldpsw x3, x4, [x1]", at, 3, 0x1234, 4, 0x15),
		ROW("stp wzr, w2, [x1]", at, NONE, 0, NONE, 0),
		ROW("stnp w2, w2, [x1]", at, NONE, 0, NONE, 0),
	};

	return run_rows(rows, COUNT(rows));
}

TEST c84_exclusives(void)
{
	const uint64_t at = uart + UART_IBRD;
	const struct row rows[] = {
		ROW("ldxr w0, [x1]", at, 0, 0x1234, NONE, 0),
		ROW("ldaxrh w0, [x1]", at, 0, 0x1234, NONE, 0),
		/* Without a monitor it fails, status 1, and stores nothing. */
		ROW("clrex", at, NONE, 0, NONE, 0),
		ROW("stxr w3, w2, [x1]", at, 3, 1, NONE, 0),
	};

	return run_rows(rows, COUNT(rows));
}

/* ID_AA64ISAR0_EL1.Atomic: are there atomic instructions? */
static bool has_atomics(void)
{
	return field_get(FIELD(23, 20), sysreg_read(id_aa64isar0_el1)) >= 2;
}

#define LSE ".arch_extension lse\n"

TEST c85_atomics(void)
{
	const uint64_t at = uart + UART_IBRD;
	const struct row rows[] = {
		ROW(LSE "swp w2, w3, [x1]", at, 3, 0x1234, NONE, 0),
		ROW(LSE "ldadd w2, w3, [x1]", at, 3, 0x1234, NONE, 0),
		ROW(LSE "cas w3, w2, [x1]", at, 3, 0x1234, NONE, 0),
	};

	if (!has_atomics()) {
		SKIPm("no FEAT_LSE");
	}
	return run_rows(rows, COUNT(rows));
}

TEST c83_vectors(void)
{
	const uint32_t insn[] = { INSN_TEXT("ldr s5, [x1]"),
		                  INSN_TEXT("ldr q5, [x1]"),
		                  INSN_TEXT("ld1 {v5.4s}, [x1]") };

	for (size_t i = 0; i < COUNT(insn); i++) {
		run(insn[i], rtc + RTC_ID);
		if (fault.count > 0) {
			CHECK_CALL(check_fault("vector load", rtc + RTC_ID));
			continue;
		}
		ASSERT_EQ_FMT(0x31u, (unsigned)after.q[5], "%#x");
		before.q[5] = after.q[5];
		ASSERT_STR_EQ("", changed());
	}
	PASS();
}

TEST c83_vector_stores(void)
{
	const uint32_t insn[] = { INSN_TEXT("str s5, [x1]"),
		                  INSN_TEXT("str q5, [x1]"),
		                  INSN_TEXT("st1 {v5.4s}, [x1]") };

	for (size_t i = 0; i < COUNT(insn); i++) {
		run(insn[i], rtc + RTC_ID); /* read-only registers */
		if (fault.count > 0) {
			CHECK_CALL(check_fault("vector store", rtc + RTC_ID));
		}
		ASSERT_STR_EQ("", changed());
	}
	PASS();
}

TEST c87_cache_maintenance(void)
{
	const uint32_t insn[] = { INSN_TEXT("dc civac, x1"),
		                  INSN_TEXT("dc cvac, x1"),
		                  INSN_TEXT("dc cvau, x1"),
		                  INSN_TEXT("ic ivau, x1") };
	const uint64_t at[] = { uart + UART_IBRD, CROSS };

	set_all();
	mmu_map(CROSS, HOLE, PAGE_SIZE, MMU_DEVICE);
	for (size_t i = 0; i < COUNT(insn) * COUNT(at); i++) {
		run(insn[i / COUNT(at)], at[i % COUNT(at)]);
		if (fault.count > 0) {
			CHECK_CALL(check_fault("cache maintenance",
			                       at[i % COUNT(at)]));
		}
		ASSERT_STR_EQ("", changed());
	}
	mmu_unmap(CROSS, PAGE_SIZE);
	ASSERT_EQ_FMT(0x1234u, mmio_read32(uart + UART_IBRD), "%#x");
	PASS();
}

TEST c87_zeroing(void)
{
	const uint32_t zva = INSN_TEXT("dc zva, x1");

	/* The block of the ID registers: to write there changes nothing. */
	run(zva, rtc + RTC_ID);
	if (fault.count > 0) {
		CHECK_CALL(check_fault("dc zva", fault.far));
		ASSERT(fault.far - rtc < PAGE_SIZE);
	}
	ASSERT_STR_EQ("", changed());
	PASS();
}

/* QEMU before 9 lets an unaligned access to Device memory pass. */
TEST c88_unaligned_to_device_memory(void)
{
	const struct {
		uint32_t insn;
		uint64_t at;
	} rows[] = {
		{ INSN_TEXT("ldrh w0, [x1]"), uart + UART_IBRD + 1 },
		{ INSN_TEXT("ldr w0, [x1]"), uart + UART_IBRD + 2 },
		{ INSN_TEXT("ldr x0, [x1]"), uart + UART_IBRD },
		{ INSN_TEXT("str wzr, [x1]"), rtc + RTC_ID + 3 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		set_all();
		run(rows[i].insn, rows[i].at);
		if (fault.count > 0) {
			CHECK_CALL(check_fault("unaligned", rows[i].at));
			ASSERT_EQ_FMT(0x1234u, mmio_read32(uart + UART_IBRD),
			              "%#x");
		} else {
			ASSERT_FALSE(dt_has_hypervisor());
			before.x[0] = after.x[0];
		}
		ASSERT_STR_EQ("", changed());
	}
	PASS();
}

/* An 8-byte access of normal memory, half on each side of a page's end. */
static void run_across(uint32_t insn, uint64_t first, uint64_t second)
{
	mmu_map(CROSS, first, PAGE_SIZE, MMU_NC);
	mmu_map(CROSS + PAGE_SIZE, second, PAGE_SIZE, MMU_NC);
	run(insn, CROSS + PAGE_SIZE - 4);
	mmu_unmap(CROSS, 2 * PAGE_SIZE);
}

static uint64_t ram_page(unsigned page)
{
	return (uint64_t)(uintptr_t)&ram[page * PAGE_SIZE];
}

static uint32_t *last_word(unsigned page)
{
	return (uint32_t *)(uintptr_t)(ram_page(page) + PAGE_SIZE - 4);
}

/* RAM as seen by both mappings: nothing of it may sit in the cache. */
static void clean_ram(void)
{
	for (size_t i = 0; i < sizeof(ram); i += 16) {
		__asm__ volatile("dc civac, %0" ::"r"(&ram[i]) : "memory");
	}
	dsb_sy(); /* done before the other mapping is used */
}

TEST c89_load_across_pages_of_ram(void)
{
	*last_word(1) = 0x33221100;
	*(uint32_t *)(uintptr_t)ram_page(0) = 0x77665544;
	clean_ram();
	run_across(INSN_TEXT("ldr x0, [x1]"), ram_page(1), ram_page(0));
	ASSERT_EQ_FMT(0u, fault.count, "%u");
	before.x[0] = 0x7766554433221100;
	ASSERT_STR_EQ("", changed());
	PASS();
}

TEST c89_load_from_ram_into_a_device(void)
{
	*last_word(0) = 0x33221100;
	clean_ram();
	run_across(INSN_TEXT("ldr x0, [x1]"), ram_page(0), uart);
	if (fault.count > 0) {
		CHECK_CALL(check_fault("ram to device", CROSS + PAGE_SIZE));
		PASS();
	}
	/* Carried out: then the half in RAM is there. */
	ASSERT_EQ_FMT(0x33221100u, (uint32_t)after.x[0], "%#x");
	before.x[0] = after.x[0];
	ASSERT_STR_EQ("", changed());
	PASS();
}

TEST c89_load_from_a_device_into_nothing(void)
{
	run_across(INSN_TEXT("ldr x0, [x1]"), rtc, HOLE);
	return check_fault("device to hole", fault.far);
}

TEST c89_load_from_ram_into_nothing(void)
{
	run_across(INSN_TEXT("ldr x0, [x1]"), ram_page(0), HOLE);
	return check_fault("ram to hole", CROSS + PAGE_SIZE);
}

SUITE(oddmmio)
{
	RUN_TEST(c81_write_back);
	RUN_TEST(c82_pairs);
	RUN_TEST(c83_vectors);
	RUN_TEST(c83_vector_stores);
	RUN_TEST(c84_exclusives);
	RUN_TEST(c85_atomics);
	RUN_TEST(c87_cache_maintenance);
	RUN_TEST(c87_zeroing);
	RUN_TEST(c88_unaligned_to_device_memory);
	RUN_TEST(c89_load_across_pages_of_ram);
	RUN_TEST(c89_load_from_ram_into_a_device);
	RUN_TEST(c89_load_from_a_device_into_nothing);
	RUN_TEST(c89_load_from_ram_into_nothing);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	uart = console_base();
	rtc = dt_reg(dt_find("arm,pl031"), 0).base;
	mmu_map_device(rtc, PAGE_SIZE);
	RUN_SUITE(oddmmio);
	GREATEST_MAIN_END();
}
