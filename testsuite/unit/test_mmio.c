/* SPDX-License-Identifier: BSD-2-Clause */
/* What the MMIO bus promises (vdev/mmio.h), on a device that remembers. */
#include <inttypes.h>

#include <arm64/sysreg.h>

#include "arch/trace.h"
#include "machine.h"
#include "vdev/mmio.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#undef ASSERT /* EL2's own; here it is the test's */
#include "greatest.h"

#define BASE   ((uint64_t)0x09000000)
#define START  ((uint64_t)0x40080000) /* PC of the load or store */
#define CANARY ((uint64_t)0x0123456789abcdef)

/* The device: what it answers, and what it was last asked. */
static struct {
	uint64_t answer;
	uint64_t written;
	struct mmio_access at;
	unsigned reads, writes, decodes;
} dev;

static struct vm vm;
static struct vcpu vcpu;
static struct mmio_bus bus;
static unsigned injected;

void vcpu_inject_abort(struct vcpu *v, uint64_t esr, uint64_t far)
{
	(void)v, (void)esr, (void)far;
	injected++;
}

static uint64_t reg_read(void *arg, struct vcpu *by, struct mmio_access at)
{
	(void)arg, (void)by;
	dev.reads++;
	dev.at = at;
	return dev.answer;
}

static void reg_write(void *arg, struct vcpu *by, struct mmio_access at,
                      uint64_t value)
{
	(void)arg, (void)by;
	dev.writes++;
	dev.at = at;
	dev.written = value;
}

#define ALL (W8 | W16 | W32 | W64)

/* clang-format off */
static const struct mmio_reg rows[] = {
	{ 0x000, 0x100, ALL,  reg_read, reg_write, "any" },
	{ 0x100, 4,     W32,  reg_read, reg_write, "word" },
	{ 0x104, 4,     W32,  NULL,     reg_write, "write-only" },
	{ 0x108, 4,     W32,  reg_read, NULL,      "read-only" },
	{ 0xff8, 8,     ALL,  reg_read, reg_write, "last" },
};
/* clang-format on */

static const struct mmio_model model = {
	.name = "sparse",
	.size = 0x1000,
	.regs = rows,
	.reg_count = sizeof(rows) / sizeof(rows[0]),
};

static const struct mmio_reg *pick_row(void *arg, uint32_t offset)
{
	(void)arg;
	dev.decodes++;
	return offset < 0x8000 ? &rows[0] : NULL;
}

static const struct mmio_model dense = {
	.name = "dense",
	.size = 0x10000,
	.decode = pick_row,
};

static void setup(void *unused)
{
	(void)unused;
	fake_reset();
	memset(&dev, 0, sizeof(dev));
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&bus, 0, sizeof(bus));
	injected = 0;
	vm.bus = &bus;
	vcpu.vm = &vm;
	vcpu.regs.pc = START;
	for (unsigned i = 0; i < 31; i++) {
		vcpu.regs.x[i] = CANARY + i;
	}
}

/* The syndrome of a load or store of 2^sas bytes through register rt. */
static uint64_t syndrome(unsigned sas, unsigned rt, uint64_t flags)
{
	return DABT_ISV | field_put(DABT_SAS, sas) | field_put(DABT_SRT, rt) |
	       flags;
}

static bool short_way; /* as trap/abort.c does */

static bool access_at(uint64_t at, uint64_t esr)
{
	esr |= FSC_TRANSLATION;
	if (short_way && !(esr & MMIO_SWAPPED) &&
	    mmio_handle_word(&vcpu, &bus, esr, at, ipa(at))) {
		return true;
	}
	return mmio_handle_abort(&vcpu, esr, at, ipa(at));
}

/* Every register but x[but] as setup() left it? */
static bool others_untouched(unsigned but)
{
	for (unsigned i = 0; i < 31; i++) {
		if (i != but && vcpu.regs.x[i] != CANARY + i) {
			return false;
		}
	}
	return true;
}

struct load {
	unsigned sas;
	uint64_t flags;
	uint64_t device, expected;
};

/* clang-format off */
static const struct load loads[] = {
	/* LDRB, LDRH, LDR W, LDR X: zeros above */
	{ 0, 0,          0xffffffffffffff80, 0x80 },
	{ 1, 0,          0xffffffffffff8000, 0x8000 },
	{ 2, 0,          0xffffffff80000000, 0x80000000 },
	{ 3, DABT_SF,  0x8000000000000001, 0x8000000000000001 },
	/* LDRSB W, LDRSH W: sign to bit 31, zeros above */
	{ 0, DABT_SSE, 0x80, 0xffffff80 },
	{ 0, DABT_SSE, 0x7f, 0x7f },
	{ 1, DABT_SSE, 0x8000, 0xffff8000 },
	{ 1, DABT_SSE, 0xabcd7fff, 0x7fff },
	/* LDRSB X, LDRSH X, LDRSW */
	{ 0, DABT_SSE | DABT_SF, 0xff, 0xffffffffffffffff },
	{ 0, DABT_SSE | DABT_SF, 0x17f, 0x7f },
	{ 1, DABT_SSE | DABT_SF, 0x8001, 0xffffffffffff8001 },
	{ 2, DABT_SSE | DABT_SF, 0x80000000, 0xffffffff80000000 },
	{ 2, DABT_SSE | DABT_SF, 0x7fffffff, 0x7fffffff },
	/* A big-endian guest's: the bytes the other way round (90) */
	{ 0, MMIO_SWAPPED, 0x1180, 0x80 },
	{ 1, MMIO_SWAPPED, 0x221180, 0x8011 },
	{ 2, MMIO_SWAPPED, 0x9944332211, 0x11223344 },
	{ 3, MMIO_SWAPPED | DABT_SF, 0x8877665544332211, 0x1122334455667788 },
	{ 1, MMIO_SWAPPED | DABT_SSE, 0x80, 0xffff8000 },
};
/* clang-format on */

TEST c77_c78_loads_extend(const struct load *row, unsigned rt)
{
	dev.answer = row->device;
	ASSERT(access_at(BASE + 0x40, syndrome(row->sas, rt, row->flags)));
	ASSERT_EQ_FMT(1u, dev.reads, "%u");
	ASSERT_EQ_FMT(0x40u, dev.at.offset, "%#x");
	ASSERT_EQ_FMT(1u << row->sas, dev.at.size, "%u");
	ASSERT_EQ_FMT(row->expected, vcpu.regs.x[rt], "%#" PRIx64);
	ASSERT(others_untouched(rt));
	ASSERT_EQ_FMT(START + 4, vcpu.regs.pc, "%#" PRIx64);
	PASS();
}

TEST c79_load_to_xzr_is_discarded(void)
{
	dev.answer = 0x1234;
	ASSERT(access_at(BASE, syndrome(2, 31, 0)));
	ASSERT_EQ_FMT(1u, dev.reads, "%u");
	ASSERT(others_untouched(31));
	ASSERT_EQ_FMT(START + 4, vcpu.regs.pc, "%#" PRIx64);
	PASS();
}

TEST c79_store_of_xzr_writes_zero(void)
{
	dev.written = CANARY;
	ASSERT(access_at(BASE, syndrome(3, 31, DABT_SF | DABT_WNR)));
	ASSERT_EQ_FMT(1u, dev.writes, "%u");
	ASSERT_EQ_FMT((uint64_t)0, dev.written, "%#" PRIx64);
	PASS();
}

TEST c80_stores_are_cut_to_their_size(unsigned sas, uint64_t expected)
{
	vcpu.regs.x[30] = 0xfedcba9876543210;
	ASSERT(access_at(BASE + 8, syndrome(sas, 30, DABT_WNR)));
	ASSERT_EQ_FMT(1u, dev.writes, "%u");
	ASSERT_EQ_FMT(expected, dev.written, "%#" PRIx64);
	ASSERT_EQ_FMT(1u << sas, dev.at.size, "%u");
	ASSERT_EQ_FMT(START + 4, vcpu.regs.pc, "%#" PRIx64);
	PASS();
}

TEST c90_stores_change_their_bytes_places(unsigned sas, uint64_t expected)
{
	vcpu.regs.x[30] = 0xfedcba9876543210;
	ASSERT(access_at(BASE + 8, syndrome(sas, 30, DABT_WNR | MMIO_SWAPPED)));
	ASSERT_EQ_FMT(expected, dev.written, "%#" PRIx64);
	PASS();
}

TEST c81_no_syndrome_aborts_and_is_traced(uint64_t esr)
{
	ASSERT(access_at(BASE, esr));
	ASSERT_EQ_FMT(1u, injected, "%u");
	ASSERT_EQ_FMT(0u, dev.reads + dev.writes, "%u");
	ASSERT_EQ_FMT((unsigned)TRACE_NO_SYNDROME, (unsigned)fake_trace.id,
	              "%#x");
	ASSERT_EQ_FMT(START, fake_trace.b, "%#" PRIx64);
	PASS();
}

TEST c87_cache_maintenance_on_a_device_does_nothing(void)
{
	ASSERT(access_at(BASE, DABT_CM | DABT_WNR));
	ASSERT_EQ_FMT(0u, injected, "%u");
	ASSERT_EQ_FMT(0u, dev.writes, "%u");
	ASSERT_EQ_FMT(START + 4, vcpu.regs.pc, "%#" PRIx64);
	PASS();
}

TEST c88_unaligned_aborts(unsigned sas, uint64_t offset)
{
	ASSERT(access_at(BASE + offset, syndrome(sas, 0, 0)));
	ASSERT_EQ_FMT(1u, injected, "%u");
	ASSERT_EQ_FMT(0u, dev.reads, "%u");
	ASSERT(others_untouched(31));
	ASSERT_EQ_FMT(START, vcpu.regs.pc, "%#" PRIx64);
	PASS();
}

TEST c109_wrong_width_reads_zero_writes_nothing(void)
{
	dev.answer = CANARY;
	ASSERT(access_at(BASE + 0x100, syndrome(0, 5, 0)));
	ASSERT_EQ_FMT((uint64_t)0, vcpu.regs.x[5], "%#" PRIx64);
	ASSERT(access_at(BASE + 0x100, syndrome(3, 5, DABT_WNR)));
	ASSERT_EQ_FMT(0u, dev.reads + dev.writes, "%u");
	ASSERT_EQ_FMT(START + 8, vcpu.regs.pc, "%#" PRIx64);
	PASS();
}

TEST c109_one_way_registers(void)
{
	dev.answer = CANARY;
	ASSERT(access_at(BASE + 0x104, syndrome(2, 5, 0)));
	ASSERT_EQ_FMT((uint64_t)0, vcpu.regs.x[5], "%#" PRIx64);
	ASSERT(access_at(BASE + 0x108, syndrome(2, 5, DABT_WNR)));
	ASSERT_EQ_FMT(0u, dev.reads + dev.writes, "%u");
	ASSERT_EQ_FMT(0u, injected, "%u");
	PASS();
}

TEST c109_reserved_offsets_read_zero(uint64_t offset)
{
	dev.answer = CANARY;
	ASSERT(access_at(BASE + offset, syndrome(2, 5, 0)));
	ASSERT_EQ_FMT((uint64_t)0, vcpu.regs.x[5], "%#" PRIx64);
	ASSERT(access_at(BASE + offset, syndrome(2, 5, DABT_WNR)));
	ASSERT_EQ_FMT(0u, dev.reads + dev.writes, "%u");
	ASSERT_EQ_FMT(0u, injected, "%u");
	PASS();
}

TEST every_row_is_found(void)
{
	static const uint32_t offset[] = {
		0, 0xfc, 0x100, 0x108, 0xff8, 0xffc
	};

	for (unsigned i = 0; i < sizeof(offset) / sizeof(offset[0]); i++) {
		dev.at.offset = UINT32_MAX;
		ASSERT(access_at(BASE + offset[i], syndrome(2, 0, 0)));
		ASSERT_EQ_FMT(offset[i], dev.at.offset, "%#x");
	}
	PASS();
}

TEST outside_the_windows_is_nobodys(uint64_t at)
{
	ASSERT_FALSE(access_at(at, syndrome(2, 0, 0)));
	ASSERT_EQ_FMT(START, vcpu.regs.pc, "%#" PRIx64);
	ASSERT_EQ_FMT(0u, injected, "%u");
	PASS();
}

TEST accesses_are_traced(void)
{
	vcpu.regs.x[3] = 0x55aa;
	ASSERT(access_at(BASE + 0x100, syndrome(2, 3, DABT_WNR)));
	ASSERT_EQ_FMT((unsigned)TRACE_MMIO, (unsigned)fake_trace.id, "%#x");
	ASSERT_EQ_FMT((uint64_t)0x104, fake_trace.aux, "%#" PRIx64);
	ASSERT_EQ_FMT(BASE + 0x100, fake_trace.a, "%#" PRIx64);
	ASSERT_EQ_FMT((uint64_t)0x55aa, fake_trace.b, "%#" PRIx64);
	PASS();
}

TEST decode_hook_chooses_the_row(void)
{
	ASSERT_EQ(ERR_OK, mmio_attach(&bus, ipa(0x08000000), &dense, NULL));
	dev.answer = 7;
	ASSERT(access_at(0x08000004, syndrome(2, 1, 0)));
	ASSERT_EQ_FMT((uint64_t)7, vcpu.regs.x[1], "%" PRIu64);
	ASSERT(access_at(0x08008004, syndrome(2, 1, 0)));
	ASSERT_EQ_FMT((uint64_t)0, vcpu.regs.x[1], "%" PRIu64);
	ASSERT_EQ_FMT(2u, dev.decodes, "%u");
	ASSERT_EQ_FMT(1u, dev.reads, "%u");
	PASS();
}

static void setup_device(void *unused)
{
	setup(unused);
	if (mmio_attach(&bus, ipa(BASE), &model, NULL) != ERR_OK) {
		abort();
	}
}

static void run_accesses(void)
{
	static const unsigned registers[] = { 0, 15, 30 };

	SET_SETUP(setup_device, NULL);
	for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		for (unsigned r = 0; r < 3; r++) {
			RUN_TESTp(c77_c78_loads_extend, &loads[i],
			          registers[r]);
		}
	}
	RUN_TEST(c79_load_to_xzr_is_discarded);
	RUN_TEST(c79_store_of_xzr_writes_zero);
	RUN_TESTp(c90_stores_change_their_bytes_places, 0, 0x10);
	RUN_TESTp(c90_stores_change_their_bytes_places, 1, 0x1032);
	RUN_TESTp(c90_stores_change_their_bytes_places, 2, 0x10325476);
	RUN_TESTp(c90_stores_change_their_bytes_places, 3, 0x1032547698badcfe);
	RUN_TESTp(c80_stores_are_cut_to_their_size, 0, 0x10);
	RUN_TESTp(c80_stores_are_cut_to_their_size, 1, 0x3210);
	RUN_TESTp(c80_stores_are_cut_to_their_size, 2, 0x76543210);
	RUN_TESTp(c80_stores_are_cut_to_their_size, 3, 0xfedcba9876543210);
	RUN_TESTp(c81_no_syndrome_aborts_and_is_traced, 0);
	RUN_TESTp(c81_no_syndrome_aborts_and_is_traced, DABT_WNR);
	RUN_TESTp(c81_no_syndrome_aborts_and_is_traced, DABT_S1PTW);
	RUN_TEST(c87_cache_maintenance_on_a_device_does_nothing);
	RUN_TESTp(c88_unaligned_aborts, 1, 1);
	RUN_TESTp(c88_unaligned_aborts, 2, 2);
	RUN_TESTp(c88_unaligned_aborts, 3, 4);
	RUN_TESTp(c88_unaligned_aborts, 3, 0xfff);
	RUN_TEST(c109_wrong_width_reads_zero_writes_nothing);
	RUN_TEST(c109_one_way_registers);
	RUN_TESTp(c109_reserved_offsets_read_zero, 0x10c);
	RUN_TESTp(c109_reserved_offsets_read_zero, 0x800);
	RUN_TESTp(c109_reserved_offsets_read_zero, 0xff4);
	RUN_TEST(every_row_is_found);
	RUN_TESTp(outside_the_windows_is_nobodys, BASE - 1);
	RUN_TESTp(outside_the_windows_is_nobodys, BASE + 0x1000);
	RUN_TESTp(outside_the_windows_is_nobodys, 0);
	RUN_TESTp(outside_the_windows_is_nobodys, UINT64_MAX);
	RUN_TEST(accesses_are_traced);
	RUN_TEST(decode_hook_chooses_the_row);
}

SUITE(mmio_access)
{
	short_way = false;
	run_accesses();
}

SUITE(mmio_access_short_way)
{
	short_way = true;
	run_accesses();
}

TEST attach_refuses(uint64_t base, uint64_t size, enum err expected)
{
	ASSERT_EQ(ERR_OK, mmio_attach(&bus, ipa(BASE), &model, NULL));
	ASSERT_EQ_FMT(
		(int)expected,
		(int)mmio_attach_sized(&bus, ipa(base), size, &model, NULL),
		"%d");
	ASSERT_EQ_FMT(1u, bus.count, "%u");
	PASS();
}

TEST attach_keeps_order_and_ends(void)
{
	for (unsigned i = 0; i < MMIO_WINDOWS_MAX; i++) {
		/* 0, 15, 1, 14 ...: neither up nor down */
		unsigned slot = i % 2 ? MMIO_WINDOWS_MAX - 1 - i / 2 : i / 2;

		ASSERT_EQ(ERR_OK, mmio_attach(&bus, ipa(slot * 0x1000ull),
		                              &model, NULL));
	}
	for (unsigned i = 0; i < MMIO_WINDOWS_MAX; i++) {
		ASSERT_EQ_FMT(i * 0x1000ull,
		              (unsigned long long)bus.window[i].base, "%#llx");
	}
	ASSERT_EQ(ERR_NOMEM, mmio_attach(&bus, ipa(BASE), &model, NULL));
	PASS();
}

TEST detach_takes_one_away(void)
{
	ASSERT_EQ(ERR_OK, mmio_attach(&bus, ipa(0x1000), &model, NULL));
	ASSERT_EQ(ERR_OK, mmio_attach(&bus, ipa(0x2000), &model, NULL));
	mmio_detach(&bus, ipa(0x1000));
	ASSERT_FALSE(access_at(0x1000, syndrome(2, 0, 0)));
	ASSERT(access_at(0x2000, syndrome(2, 0, 0)));
	mmio_detach(&bus, ipa(0x3000));
	ASSERT_EQ_FMT(1u, bus.count, "%u");
	PASS();
}

SUITE(mmio_attach_detach)
{
	SET_SETUP(setup, NULL);
	RUN_TESTp(attach_refuses, BASE, 0x1000, ERR_EXISTS);
	RUN_TESTp(attach_refuses, BASE - 0x1000, 0x2000, ERR_EXISTS);
	RUN_TESTp(attach_refuses, BASE - 0x1000, 0x8000, ERR_EXISTS);
	RUN_TESTp(attach_refuses, BASE + 0x1800, 0x1000, ERR_INVAL);
	RUN_TESTp(attach_refuses, BASE + 0x2000, 0x1800, ERR_INVAL);
	RUN_TESTp(attach_refuses, BASE + 0x2000, 0, ERR_INVAL);
	RUN_TESTp(attach_refuses, 0xfffffffffffff000, 0x2000, ERR_INVAL);
	RUN_TEST(attach_keeps_order_and_ends);
	RUN_TEST(detach_takes_one_away);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(mmio_access);
	RUN_SUITE(mmio_access_short_way);
	RUN_SUITE(mmio_attach_detach);
	GREATEST_MAIN_END();
}
