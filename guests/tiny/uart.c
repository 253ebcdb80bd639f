// SPDX-License-Identifier: BSD-2-Clause
/*
 * The PL011 as a guest's driver sees it: Arm PrimeCell UART (PL011) Technical
 * Reference Manual, "Programmers model" and "Interrupts".  It is also the
 * console, so nothing is printed while interrupts of it are looked at.
 */
#include <stdio.h>

#include <libfdt.h>

#include <arm64/pl011.h>

#include "greatest.h"
#include "rt/console.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/sysreg.h"

#define WAIT_US  2000000
#define LINES    40 /* of the typed text; see the scenario */
#define LINE_LEN 64

static uint64_t uart;
static unsigned spi; /* INTID */

static volatile unsigned taken;
static volatile uint32_t seen; /* MIS at the last interrupt */

static uint32_t get(uint32_t offset)
{
	return mmio_read32(uart + offset);
}

static void put(uint32_t offset, uint32_t value)
{
	mmio_write32(uart + offset, value);
}

static void on_uart(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	seen = get(PL011_MIS);
	put(PL011_IMSC, 0); /* quiet until the test has looked */
	taken++;
}

static void arm(uint32_t which)
{
	taken = 0;
	seen = 0;
	put(PL011_ICR, PL011_INT_MASK);
	put(PL011_IMSC, which);
}

static void drain(void)
{
	while (console_try_read() >= 0) {
	}
}

TEST identification_is_a_pl011(void)
{
	static const uint8_t id[] = PL011_PERIPHID;

	for (unsigned i = 0; i < 8; i++) {
		/* The revision, high half of PeriphID2, is the maker's. */
		uint32_t mask = i == 2 ? 0x0f : 0xff;

		ASSERT_EQ_FMT(id[i] & mask, get(PL011_ID + 4 * i) & mask,
		              "%#x");
	}
	PASS();
}

TEST settings_are_kept(void)
{
	static const struct {
		uint32_t offset, value;
	} rows[] = {
		{ PL011_ILPR, 0x5a },  { PL011_IBRD, 0xa55a },
		{ PL011_FBRD, 0x2a },  { PL011_IFLS, 0x24 },
		{ PL011_IMSC, 0x400 }, { PL011_DMACR, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t old = get(rows[i].offset);

		put(rows[i].offset, rows[i].value);
		ASSERT_EQ_FMT(rows[i].value, get(rows[i].offset), "%#x");
		put(rows[i].offset, old);
	}
	PASS();
}

TEST transmitter_is_ready(void)
{
	uint32_t fr = get(PL011_FR);

	ASSERT(fr & PL011_FR_TXFE);
	ASSERT_FALSE(fr & (PL011_FR_TXFF | PL011_FR_BUSY));
	PASS();
}

TEST masked_is_raw_and_mask(void)
{
	put(PL011_IMSC, 0);
	put(PL011_ICR, PL011_INT_MASK);
	put(PL011_DR, '\n');
	ASSERT(get(PL011_RIS) & PL011_INT_TX);
	ASSERT_EQ_FMT(0u, get(PL011_MIS), "%#x");
	put(PL011_ICR, PL011_INT_TX);
	ASSERT_FALSE(get(PL011_RIS) & PL011_INT_TX);
	PASS();
}

TEST transmit_interrupt_is_delivered(void)
{
	irq_enable(spi);
	arm(PL011_INT_TX);
	put(PL011_DR, '\n');
	ASSERT(irq_wait(&taken, WAIT_US));
	irq_disable(spi);
	ASSERT_EQ_FMT(1u, taken, "%u");
	ASSERT_EQ_FMT(PL011_INT_TX, seen, "%#x");
	PASS();
}

/* A level: what stays raised comes again after its end of interrupt. */
TEST interrupt_is_a_level(void)
{
	arm(PL011_INT_TX);
	put(PL011_DR, '\n');
	ASSERT(irq_is_pending(spi));
	put(PL011_ICR, PL011_INT_TX);
	ASSERT_FALSE(irq_is_pending(spi));
	put(PL011_IMSC, 0);
	PASS();
}

TEST c141_unanswered_interrupt_comes_again(void)
{
	irq_enable(spi);
	arm(PL011_INT_TX);
	put(PL011_DR, '\n');
	ASSERT(irq_wait(&taken, WAIT_US));
	taken = 0;
	put(PL011_IMSC, PL011_INT_TX); /* not cleared: still raised */
	ASSERT(irq_wait(&taken, WAIT_US));
	irq_disable(spi);
	PASS();
}

/* The scenario types one line when it reads "type now". */
TEST receive_interrupt_is_delivered(void)
{
	char line[16];

	drain();
	irq_enable(spi);
	arm(PL011_INT_RX | PL011_INT_RT);
	puts("type now");
	fflush(stdout);
	ASSERT(irq_wait(&taken, WAIT_US));
	irq_disable(spi);
	ASSERT(seen & (PL011_INT_RX | PL011_INT_RT));
	console_read_line(line, sizeof(line));
	ASSERT_STR_EQ("ping", line);
	ASSERT(get(PL011_FR) & PL011_FR_RXFE);
	PASS();
}

/* Line n of what the scenario types: its number, then the alphabet. */
static bool is_line(const char *line, unsigned n)
{
	char expected[LINE_LEN];

	snprintf(expected, sizeof(expected),
	         "%02u abcdefghijklmnopqrstuvwxyz0123456789", n);
	return strcmp(line, expected) == 0;
}

/* Far more than any FIFO holds comes while nobody reads. */
TEST c345_late_reader_loses_nothing(void)
{
	uint64_t end;
	char line[LINE_LEN];

	puts("type all");
	fflush(stdout);
	end = cntvct() + cntfrq() / 2;
	while (cntvct() < end) {
	}
	for (unsigned n = 0; n < LINES; n++) {
		console_read_line(line, sizeof(line));
		ASSERTm(line, is_line(line, n));
	}
	PASS();
}

/* Give ourselves @count bytes: what is sent comes back. */
static void loop_back(unsigned count)
{
	while (count-- > 0) {
		put(PL011_DR, 'x');
	}
}

/* @return 0, or how many bytes were there when RX was wrong */
static unsigned wrong_level(unsigned level)
{
	for (unsigned there = 1; there <= level; there++) {
		loop_back(1);
		if (((get(PL011_RIS) & PL011_INT_RX) != 0) !=
		    (there == level)) {
			return there;
		}
	}
	(void)get(PL011_DR); /* one less: it falls again */
	return (get(PL011_RIS) & PL011_INT_RX) != 0 ? level - 1 : 0;
}

/*
 * IFLS: RX rises when so many bytes wait, of 16, and not before; without FIFOs
 * there is one.  QEMU's own PL011 knows but one level: not on lane "ref".
 */
TEST c345_receive_interrupt_waits_for_its_level(void)
{
	static const uint8_t level[] = { 2, 4, 8, 12, 14 };
	uint32_t lcr_h = get(PL011_LCR_H), ifls = get(PL011_IFLS);
	uint32_t cr = get(PL011_CR);
	unsigned wrong[6];

	put(PL011_CR, cr | PL011_CR_LBE); /* nothing can be printed now */
	for (unsigned i = 0; i < 6; i++) {
		put(PL011_LCR_H,
		    i < 5 ? lcr_h | PL011_LCR_H_FEN : lcr_h & ~PL011_LCR_H_FEN);
		put(PL011_IFLS, (i % 5) << 3);
		put(PL011_ICR, PL011_INT_MASK);
		wrong[i] = wrong_level(i < 5 ? level[i] : 1);
		drain();
	}
	put(PL011_CR, cr);
	put(PL011_LCR_H, lcr_h);
	put(PL011_IFLS, ifls);
	put(PL011_ICR, PL011_INT_MASK);
	for (unsigned i = 0; i < 6; i++) {
		ASSERT_EQ_FMT(0u, wrong[i], "%u");
	}
	PASS();
}

SUITE(uart_levels)
{
	RUN_TEST(c345_receive_interrupt_waits_for_its_level);
}

SUITE(uart_registers)
{
	RUN_TEST(identification_is_a_pl011);
	RUN_TEST(settings_are_kept);
	RUN_TEST(transmitter_is_ready);
	RUN_TEST(masked_is_raw_and_mask);
	RUN_TEST(transmit_interrupt_is_delivered);
	RUN_TEST(interrupt_is_a_level);
	RUN_TEST(c141_unanswered_interrupt_comes_again);
}

SUITE(uart_input)
{
	RUN_TEST(receive_interrupt_is_delivered);
	RUN_TEST(c345_late_reader_loses_nothing);
}

/* INTID of the node's first interrupt: SPI number plus 32. */
static unsigned find_spi(void)
{
	int len;
	const fdt32_t *cells =
		fdt_getprop(dt(), dt_find("arm,pl011"), "interrupts", &len);

	return cells != NULL && len >= 12 ? fdt32_to_cpu(cells[1]) + 32 : 0;
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	uart = console_base();
	spi = find_spi();
	irq_attach(spi, on_uart, NULL);
	if (dt_bootarg("levels") != NULL) {
		RUN_SUITE(uart_levels);
	} else {
		RUN_SUITE(uart_registers);
		RUN_SUITE(uart_input);
	}
	GREATEST_MAIN_END();
}
