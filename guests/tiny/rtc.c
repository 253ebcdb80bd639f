// SPDX-License-Identifier: BSD-2-Clause
/*
 * The PL031 as a guest's driver sees it: Arm PrimeCell Real Time Clock (PL031)
 * Technical Reference Manual, "Programmers model".
 */
#include <libfdt.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

#define RTC_DR   0x00
#define RTC_MR   0x04
#define RTC_LR   0x08
#define RTC_CR   0x0c
#define RTC_IMSC 0x10
#define RTC_RIS  0x14
#define RTC_MIS  0x18
#define RTC_ICR  0x1c
#define RTC_ID   0xfe0

#define SOME_TIME 1700000000u
#define WAIT_US   4000000

static uint64_t rtc;
static unsigned spi; /* INTID */
static volatile unsigned taken;

static uint32_t get(uint32_t offset)
{
	return mmio_read32(rtc + offset);
}

static void put(uint32_t offset, uint32_t value)
{
	mmio_write32(rtc + offset, value);
}

static void on_alarm(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	put(RTC_ICR, 1);
	taken++;
}

static void quiet(void *unused)
{
	(void)unused;
	put(RTC_IMSC, 0);
	put(RTC_MR, get(RTC_DR) - 1000); /* not within a lifetime */
	put(RTC_ICR, 1);
}

TEST identification_is_a_pl031(void)
{
	static const uint8_t id[] = { 0x31, 0x10, 0x14, 0x00,
		                      0x0d, 0xf0, 0x05, 0xb1 };

	for (unsigned i = 0; i < 8; i++) {
		/* The revision, high half of PeriphID2, is the maker's. */
		unsigned mask = i == 2 ? 0x0f : 0xff;

		ASSERT_EQ_FMT(id[i] & mask, get(RTC_ID + 4 * i) & mask, "%#x");
	}
	PASS();
}

TEST it_runs(void)
{
	ASSERT(get(RTC_CR) & 1);
	PASS();
}

TEST load_sets_the_time(void)
{
	put(RTC_LR, SOME_TIME);
	ASSERT_EQ_FMT((unsigned long)SOME_TIME, (unsigned long)get(RTC_LR),
	              "%lu");
	ASSERT_IN_RANGE(SOME_TIME, get(RTC_DR), 2);
	PASS();
}

TEST reaching_the_match_is_raw_status(void)
{
	put(RTC_LR, SOME_TIME);
	ASSERT_EQ_FMT(0ul, (unsigned long)get(RTC_RIS), "%lu");
	put(RTC_MR, get(RTC_DR));
	ASSERT_EQ_FMT(1ul, (unsigned long)get(RTC_RIS), "%lu");
	ASSERT_EQ_FMT(0ul, (unsigned long)get(RTC_MIS), "%lu");
	put(RTC_ICR, 1);
	ASSERT_EQ_FMT(0ul, (unsigned long)get(RTC_RIS), "%lu");
	PASS();
}

/*
 * Seconds by the clock are seconds by the counter.  Each reading of the clock
 * lies between two of the counter, so the bounds hold on the busiest host.
 */
TEST counts_with_the_counter(void)
{
	uint64_t before = cntvct();
	uint32_t first = get(RTC_DR);
	uint64_t behind = cntvct();
	uint64_t least, most;
	uint32_t seconds;

	while (get(RTC_DR) < first + 2) {
	}
	least = (cntvct() - behind) / cntfrq();
	seconds = get(RTC_DR) - first;
	most = (cntvct() - before) / cntfrq();
	ASSERT_GTE(seconds + 1, least);
	ASSERT_LTE(seconds, most + 1);
	PASS();
}

TEST alarm_interrupts_once(void)
{
	taken = 0;
	put(RTC_IMSC, 1);
	irq_enable(spi);
	put(RTC_MR, get(RTC_DR) + 1);
	ASSERT(irq_wait(&taken, WAIT_US));
	irq_disable(spi);
	ASSERT_EQ_FMT(1u, taken, "%u");
	ASSERT_EQ_FMT(0ul, (unsigned long)get(RTC_RIS), "%lu");
	ASSERT_FALSE(irq_is_pending(spi));
	PASS();
}

SUITE(calendar)
{
	SET_SETUP(quiet, NULL);
	RUN_TEST(identification_is_a_pl031);
	RUN_TEST(it_runs);
	RUN_TEST(load_sets_the_time);
	RUN_TEST(reaching_the_match_is_raw_status);
	RUN_TEST(counts_with_the_counter);
	RUN_TEST(alarm_interrupts_once);
}

/* INTID of the node's first interrupt: SPI number plus 32. */
static unsigned find_spi(int node)
{
	int len;
	const fdt32_t *cells = fdt_getprop(dt(), node, "interrupts", &len);

	return cells != NULL && len >= 12 ? fdt32_to_cpu(cells[1]) + 32 : 0;
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	int node;

	GREATEST_MAIN_BEGIN();
	node = dt_find("arm,pl031");
	rtc = dt_reg(node, 0).base;
	spi = find_spi(node);
	mmu_map_device(rtc, PAGE_SIZE);
	irq_attach(spi, on_alarm, NULL);
	RUN_SUITE(calendar);
	GREATEST_MAIN_END();
}
