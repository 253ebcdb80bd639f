// SPDX-License-Identifier: BSD-2-Clause
/*
 * A big-endian EL1 (SCTLR_EL1.EE; Arm ARM, "Endianness support"; behaviours
 * 52, 90).  C code here is little-endian, so the other order is used for a
 * few instructions at a time, with the MMU off: translation tables would be
 * read the wrong way round.
 */
#include <abi/psci.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/console.h"
#include "rt/dt.h"
#include "rt/mmio.h"
#include "rt/sysreg.h"

#define PL011_ID 0xfe0 /* PeriphID0 to 3: 0x11, 0x10, 0x14 or so, 0x00 */

static uint64_t word __attribute__((aligned(64)));

/* From here on big-endian, MMU and data cache off; back again at the end. */
#define BIG_ENDIAN_ON                \
	"	mrs	x9, sctlr_el1\n"       \
	"	orr	x10, x9, #(1 << 25)\n" \
	"	bic	x10, x10, #1\n"        \
	"	bic	x10, x10, #4\n"        \
	"	msr	sctlr_el1, x10\n"      \
	"	isb\n" /* the other order begins */
#define BIG_ENDIAN_OFF         \
	"	msr	sctlr_el1, x9\n" \
	"	isb\n" /* and ends */

static void flush_word(void)
{
	/* In memory, where the MMU-off accesses look. */
	__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(&word) : "memory");
}

#define LOAD(insn, address)                                             \
	({                                                              \
		uint64_t load_value;                                    \
		__asm__ volatile(BIG_ENDIAN_ON insn "\n" BIG_ENDIAN_OFF \
		                 : "=&r"(load_value)                    \
		                 : "r"(address)                         \
		                 : "x9", "x10", "memory");              \
		load_value;                                             \
	})

static bool is_offered(void)
{
	/* ID_AA64MMFR0_EL1.BigEnd */
	return field_get(FIELD(11, 8), sysreg_read(id_aa64mmfr0_el1)) != 0;
}

/* RAM: the bytes come in the other order. */
TEST c90_ram_in_the_other_order(void)
{
	if (!is_offered()) {
		SKIPm("this CPU has no mixed endianness");
	}
	irq_mask();
	word = 0x1122334455667788;
	flush_word();
	ASSERT_EQ(0x8877665544332211, LOAD("ldr	%0, [%1]", &word));
	ASSERT_EQ(0x88776655, LOAD("ldr	%w0, [%1]", &word));
	ASSERT_EQ(0x8877, LOAD("ldrh	%w0, [%1]", &word));
	ASSERT_EQ(0x88, LOAD("ldrb	%w0, [%1]", &word));
	PASS();
}

/* A device: as on a bus of bytes, the register comes reversed (90). */
TEST c90_loads_from_a_device_in_the_other_order(void)
{
	uint64_t id = console_base() + PL011_ID;

	if (!is_offered()) {
		SKIPm("this CPU has no mixed endianness");
	}
	irq_mask();
	ASSERT_EQ(0x11, mmio_read32(id));
	ASSERT_EQ_FMT(0x11000000ul, (unsigned long)LOAD("ldr	%w0, [%1]", id),
	              "%#lx");
	ASSERT_EQ_FMT(0x1100ul, (unsigned long)LOAD("ldrh	%w0, [%1]", id),
	              "%#lx");
	ASSERT_EQ_FMT(0x11ul, (unsigned long)LOAD("ldrb	%w0, [%1]", id),
	              "%#lx");
	PASS();
}

/* ... and a store of a reversed word arrives in order (90). */
TEST c90_stores_to_a_device_in_the_other_order(void)
{
	uint64_t ibrd = console_base() + 0x24; /* baud rate: 16 bits */
	uint32_t old = mmio_read32(ibrd);
	uint32_t got;

	if (!is_offered()) {
		SKIPm("this CPU has no mixed endianness");
	}
	irq_mask();
	__asm__ volatile(BIG_ENDIAN_ON
	                 "	str	%w0, [%1]\n" BIG_ENDIAN_OFF
	                 :
	                 : "r"(0x34120000), "r"(ibrd)
	                 : "x9", "x10", "memory");
	got = mmio_read32(ibrd);
	mmio_write32(ibrd, old);
	ASSERT_EQ_FMT(0x1234u, (unsigned)got, "%#x");
	PASS();
}

/* Calls use registers only: no order is involved (52). */
TEST c52_psci_works_from_a_big_endian_el1(void)
{
	register uint64_t x0 __asm__("x0") = PSCI_VERSION;
	uint64_t got;

	if (!is_offered()) {
		SKIPm("this CPU has no mixed endianness");
	}
	irq_mask();
	__asm__ volatile(BIG_ENDIAN_ON "	hvc	#0\n" BIG_ENDIAN_OFF
	                 : "+r"(x0)
	                 :
	                 : "x1", "x2", "x3", "x9", "x10", "memory");
	got = x0;
	ASSERT_GTE(got, PSCI_VERSION_1_1);
	PASS();
}

SUITE(devices)
{
	RUN_TEST(c90_loads_from_a_device_in_the_other_order);
	RUN_TEST(c90_stores_to_a_device_in_the_other_order);
}

SUITE(big_endian)
{
	RUN_TEST(c90_ram_in_the_other_order);
	RUN_TEST(c52_psci_works_from_a_big_endian_el1);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (dt_bootarg("only") != NULL) {
		RUN_SUITE(devices);
	} else {
		RUN_SUITE(big_endian);
	}
	GREATEST_MAIN_END();
}
