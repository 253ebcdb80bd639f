// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loads and stores that carry a valid syndrome must act on an emulated device
 * as on a real one: Arm ARM, "ISS encoding for an exception from a Data
 * Abort".  Those that carry none are in oddmmio.c.
 *
 * Targets, all at rest: PL011 (IBRD keeps 16 bits; ID bytes), PL031 (MR keeps
 * 32 bits), GIC (IPRIORITYR takes bytes, IROUTER 64 bits).
 */
#include <inttypes.h>

#include "greatest.h"
#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/probe.h"

#define UART_IBRD 0x24
#define UART_F0   0xff4 /* PCellID1 reads 0xf0 */
#define UART_05   0xff8 /* PCellID2 reads 0x05 */
#define RTC_MR    0x04

#define SPI      44 /* nobody's; its priority is the first byte of a word */
#define IRM      0x80000000ull /* GICD_IROUTER: any CPU */
#define RTC_USER MMU_TEST_VA   /* the PL031 again, for EL0, too */

#define ROUNDS      5000  /* of each CPU */
#define MANY_ROUNDS 50000 /* of one */

static uint64_t uart, rtc, prio, router;
static struct probe_regs before, after;
static struct fault fault;

struct row {
	const char *text;
	uint32_t insn;
	unsigned rt;
	uint64_t base, index; /* x1, x2 */
	uint64_t expected;    /* in x<rt>, or in the device */
	uint64_t (*get)(void);
};

#define ROW(insn, rt, base, index, expected, get)                     \
	{                                                             \
		insn, INSN_TEXT(insn), rt, base, index, expected, get \
	}
/* One form with four registers: a `head` like "ldr w" needs its number. */
#define LOAD(head, tail, base, index, expected)                       \
	ROW(head "0" tail, 0, base, index, expected, NULL),           \
		ROW(head "15" tail, 15, base, index, expected, NULL), \
		ROW(head "30" tail, 30, base, index, expected, NULL), \
		ROW(head "zr" tail, 31, base, index, 0, NULL)
#define STORE(head, tail, base, index, expected, zero, get)          \
	ROW(head "0" tail, 0, base, index, expected, get),           \
		ROW(head "15" tail, 15, base, index, expected, get), \
		ROW(head "30" tail, 30, base, index, expected, get), \
		ROW(head "zr" tail, 31, base, index, zero, get)

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What is not as `before` says; "" when all is. */
static const char *changed(void)
{
	const char *what = probe_difference(&before, &after, 0, 0);

	return what != NULL ? what : "";
}

static uint64_t get_word(void)
{
	return mmio_read32(rtc + RTC_MR);
}

static uint64_t get_half(void)
{
	return mmio_read32(uart + UART_IBRD);
}

static uint64_t get_bytes(void)
{
	return mmio_read32(prio);
}

static uint64_t get_route(void)
{
	return mmio_read64(router);
}

static void set_all(uint32_t word, uint16_t half, uint64_t route)
{
	mmio_write32(rtc + RTC_MR, word);
	mmio_write32(uart + UART_IBRD, half);
	mmio_write32(prio, 0xa0a0a0a0);
	mmio_write64(router, route);
}

/* Run a row from its base, with x<rt> = source. */
static enum greatest_test_res run_row(const struct row *row, uint64_t source)
{
	probe_fill(&before, row->base ^ row->index);
	before.x[1] = row->base;
	before.x[2] = row->index;
	if (row->get != NULL && row->rt < 31) {
		before.x[row->rt] = source;
	}
	probe_run(row->insn, &before, &after, &fault);
	ASSERT_EQ_FMTm(row->text, 0u, fault.count, "%u");
	if (row->get == NULL && row->rt < 31) {
		before.x[row->rt] = row->expected;
	}
	ASSERT_STR_EQm(row->text, "", changed());
	PASS();
}

static enum greatest_test_res run_loads(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CHECK_CALL(run_row(&rows[i], 0));
	}
	PASS();
}

TEST c77_c79_loads_zero_extend(void)
{
	const struct row rows[] = {
		LOAD("ldrb w", ", [x1]", uart + UART_F0, 0, 0xf0),
		LOAD("ldrb w", ", [x1, #0xff4]", uart, 0, 0xf0),
		LOAD("ldurb w", ", [x1, #-4]", uart + UART_05, 0, 0xf0),
		LOAD("ldrb w", ", [x1, x2]", uart, UART_F0, 0xf0),
		LOAD("ldrh w", ", [x1]", uart + UART_IBRD, 0, 0x8001),
		LOAD("ldrh w", ", [x1, x2, lsl #1]", uart, UART_IBRD / 2,
		     0x8001),
		LOAD("ldurh w", ", [x1, #0x24]", uart, 0, 0x8001),
		LOAD("ldr w", ", [x1]", rtc + RTC_MR, 0, 0x80000001),
		LOAD("ldr w", ", [x1, w2, sxtw #2]", rtc + 8, 0xffffffff,
		     0x80000001),
		LOAD("ldur w", ", [x1, #-4]", rtc + 8, 0, 0x80000001),
		LOAD("ldtr w", ", [x1, #4]", RTC_USER, 0, 0x80000001),
		LOAD("ldr x", ", [x1]", router, 0, IRM),
		LOAD("ldr x", ", [x1, x2, lsl #3]", router - 64, 8, IRM),
	};

	set_all(0x80000001, 0x8001, IRM);
	return run_loads(rows, COUNT(rows));
}

TEST c78_c79_signed_loads_extend_the_sign(void)
{
	const struct row rows[] = {
		LOAD("ldrsb w", ", [x1]", uart + UART_F0, 0, 0xfffffff0),
		LOAD("ldrsb w", ", [x1]", uart + UART_05, 0, 0x05),
		LOAD("ldrsb x", ", [x1]", uart + UART_F0, 0,
		     0xfffffffffffffff0),
		LOAD("ldrsb x", ", [x1, x2]", uart, UART_05, 0x05),
		LOAD("ldrsh w", ", [x1]", uart + UART_IBRD, 0, 0xffff8001),
		LOAD("ldrsh x", ", [x1]", uart + UART_IBRD, 0,
		     0xffffffffffff8001),
		LOAD("ldursh x", ", [x1, #0x24]", uart, 0, 0xffffffffffff8001),
		LOAD("ldrsw x", ", [x1]", rtc + RTC_MR, 0, 0xffffffff80000001),
		LOAD("ldtrsw x", ", [x1, #4]", RTC_USER, 0, 0xffffffff80000001),
	};
	const struct row positive[] = {
		LOAD("ldrsh w", ", [x1]", uart + UART_IBRD, 0, 0x7ffe),
		LOAD("ldrsh x", ", [x1]", uart + UART_IBRD, 0, 0x7ffe),
		LOAD("ldrsw x", ", [x1]", rtc + RTC_MR, 0, 0x7ffffffe),
	};

	set_all(0x80000001, 0x8001, IRM);
	CHECK_CALL(run_loads(rows, COUNT(rows)));
	set_all(0x7ffffffe, 0x7ffe, 0);
	return run_loads(positive, COUNT(positive));
}

TEST c77_double_word_is_both_its_words(void)
{
	uint64_t typer = irq_redist() + GICR_TYPER;
	uint64_t whole = mmio_read64(typer);

	ASSERT_EQ_FMT((uint32_t)whole, mmio_read32(typer), "%#" PRIx32);
	ASSERT_EQ_FMT((uint32_t)(whole >> 32), mmio_read32(typer + 4),
	              "%#" PRIx32);
	PASS();
}

TEST c79_c80_stores_write_their_bytes_and_no_more(void)
{
	const uint64_t source = 0xfedcba9880003248;
	const struct row rows[] = {
		STORE("strb w", ", [x1]", prio, 0, 0xa0a0a048, 0xa0a0a000,
		      get_bytes),
		STORE("strb w", ", [x1, #2]", prio, 0, 0xa048a0a0, 0xa000a0a0,
		      get_bytes),
		STORE("sturb w", ", [x1, #-1]", prio + 4, 0, 0x48a0a0a0,
		      0x00a0a0a0, get_bytes),
		STORE("strh w", ", [x1]", uart + UART_IBRD, 0, 0x3248, 0,
		      get_half),
		STORE("strh w", ", [x1, x2, lsl #1]", uart, UART_IBRD / 2,
		      0x3248, 0, get_half),
		STORE("str w", ", [x1, #4]", rtc, 0, 0x80003248, 0, get_word),
		STORE("str w", ", [x1, w2, uxtw]", rtc, RTC_MR, 0x80003248, 0,
		      get_word),
		STORE("sttr w", ", [x1, #4]", RTC_USER, 0, 0x80003248, 0,
		      get_word),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		set_all(0x11111111, 0x2222, IRM);
		CHECK_CALL(run_row(&rows[i], source));
		ASSERT_EQ_FMTm(rows[i].text, rows[i].expected, rows[i].get(),
		               "%#" PRIx64);
	}
	PASS();
}

TEST c79_c80_double_word_store(void)
{
	const struct row rows[] = {
		STORE("str x", ", [x1]", router, 0, IRM, 0, get_route),
		STORE("stur x", ", [x1, #-8]", router + 8, 0, IRM, 0,
		      get_route),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		set_all(0, 0, rows[i].rt == 31 ? IRM : 0);
		CHECK_CALL(run_row(&rows[i], IRM));
		ASSERT_EQ_FMTm(rows[i].text, rows[i].expected, rows[i].get(),
		               "%#" PRIx64);
	}
	PASS();
}

TEST c86_acquire_and_release(void)
{
	const struct row rows[] = {
		LOAD("ldarb w", ", [x1]", uart + UART_F0, 0, 0xf0),
		LOAD("ldarh w", ", [x1]", uart + UART_IBRD, 0, 0x8001),
		LOAD("ldar w", ", [x1]", rtc + RTC_MR, 0, 0x80000001),
		LOAD("ldar x", ", [x1]", router, 0, IRM),
	};
	const struct row release[] = {
		STORE("stlrb w", ", [x1]", prio, 0, 0xa0a0a048, 0xa0a0a000,
		      get_bytes),
		STORE("stlrh w", ", [x1]", uart + UART_IBRD, 0, 0x3248, 0,
		      get_half),
		STORE("stlr w", ", [x1]", rtc + RTC_MR, 0, 0x80003248, 0,
		      get_word),
	};

	set_all(0x80000001, 0x8001, IRM);
	CHECK_CALL(run_loads(rows, COUNT(rows)));
	for (size_t i = 0; i < COUNT(release); i++) {
		set_all(0x11111111, 0x2222, IRM);
		CHECK_CALL(run_row(&release[i], 0xfedcba9880003248));
		ASSERT_EQ_FMTm(release[i].text, release[i].expected,
		               release[i].get(), "%#" PRIx64);
	}
	PASS();
}

/* GIC Architecture Specification: "reserved locations are RAZ/WI". */
TEST c109_reserved_offsets_read_zero(void)
{
	const uint64_t holes[] = { uart + 0x08,       uart + 0x80,
		                   uart + 0xf00,      rtc + 0x20,
		                   rtc + 0xfdc,       irq_dist() + 0x20,
		                   irq_dist() + 0xfc0 };

	for (size_t i = 0; i < COUNT(holes); i++) {
		uint32_t value;

		fault_expect(&fault);
		value = mmio_read32(holes[i]);
		mmio_write32(holes[i], ~0u);
		value |= mmio_read32(holes[i]);
		fault_came(&fault);
		ASSERT_EQ_FMT(0u, fault.count, "%u");
		ASSERT_EQ_FMT(0u, value, "%#x");
	}
	PASS();
}

TEST c109_read_only_registers_ignore_writes(void)
{
	const uint64_t at[] = { uart + UART_F0, rtc + 0xfe0,
		                irq_dist() + GICD_TYPER,
		                irq_dist() + GICD_IIDR };

	for (size_t i = 0; i < COUNT(at); i++) {
		uint32_t value = mmio_read32(at[i]);

		mmio_write32(at[i], ~value);
		ASSERT_EQ_FMT(value, mmio_read32(at[i]), "%#x");
	}
	PASS();
}

TEST c109_wrong_widths_do_no_harm(void)
{
	uint32_t typer = mmio_read32(irq_dist() + GICD_TYPER);

	fault_expect(&fault);
	mmio_write8(irq_dist() + GICD_TYPER, 0xff);
	mmio_write16(irq_dist() + GICD_TYPER, 0xffff);
	(void)mmio_read8(irq_dist() + GICD_TYPER);
	(void)mmio_read16(irq_dist() + GICD_TYPER);
	fault_came(&fault);
	ASSERT_EQ_FMT(0u, fault.count, "%u");
	ASSERT_EQ_FMT(typer, mmio_read32(irq_dist() + GICD_TYPER), "%#x");
	PASS();
}

TEST c110_registers_do_not_drift(void)
{
	const uint32_t insn = INSN_TEXT("ldrb w0, [x1]");
	uint64_t rounds = dt_bootarg_number("rounds", MANY_ROUNDS);

	probe_fill(&before, 110);
	before.x[1] = uart + UART_F0;
	for (unsigned i = 0; i < rounds; i++) {
		if (i % 1000 == 0) {
			probe_run(insn, &before, &after, &fault);
			before.x[0] = 0xf0;
			ASSERT_STR_EQ("", changed());
			before.x[0] = i;
		}
		ASSERT_EQ_FMT(0x05u, mmio_read32(uart + UART_05), "%#x");
	}
	PASS();
}

/* One byte of priority for each CPU, all in the same two words. */
static unsigned torn[CPU_MAX];

static void hammer(void *arg)
{
	unsigned cpu = cpu_self()->index;

	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t value = (uint8_t)(i << 3 & 0xf8);

		mmio_write8(prio + cpu, value);
		torn[cpu] += mmio_read8(prio + cpu) != value;
	}
}

TEST c111_all_cpus_at_one_device(void)
{
	unsigned count = cpu_start_all();

	for (unsigned i = 1; i < count; i++) {
		cpu_call(i, hammer, NULL);
	}
	hammer(NULL);
	for (unsigned i = 1; i < count; i++) {
		cpu_join(i);
	}
	for (unsigned i = 0; i < count; i++) {
		ASSERT_EQ_FMT(0u, torn[i], "%u");
	}
	PASS();
}

SUITE(mmio)
{
	RUN_TEST(c77_c79_loads_zero_extend);
	RUN_TEST(c78_c79_signed_loads_extend_the_sign);
	RUN_TEST(c77_double_word_is_both_its_words);
	RUN_TEST(c79_c80_stores_write_their_bytes_and_no_more);
	RUN_TEST(c79_c80_double_word_store);
	RUN_TEST(c86_acquire_and_release);
	RUN_TEST(c109_reserved_offsets_read_zero);
	RUN_TEST(c109_read_only_registers_ignore_writes);
	RUN_TEST(c109_wrong_widths_do_no_harm);
	RUN_TEST(c110_registers_do_not_drift);
	RUN_TEST(c111_all_cpus_at_one_device);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	uart = console_base();
	rtc = dt_reg(dt_find("arm,pl031"), 0).base;
	prio = irq_dist() + GICD_IPRIORITYR + SPI;
	router = irq_dist() + GICD_IROUTER + 8 * SPI;
	mmu_map_device(rtc, PAGE_SIZE);
	mmu_map(RTC_USER, rtc, PAGE_SIZE, MMU_DEVICE | MMU_USER);
	RUN_SUITE(mmio);
	GREATEST_MAIN_END();
}
