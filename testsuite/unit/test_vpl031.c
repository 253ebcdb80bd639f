/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may rely on in the virtual PL031 (vdev/vpl031.h). */
#include <arm64/sysreg.h>

#include "machine.h"
#include "vdev/vpl031.h"
#include "vgic/vgic.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#undef ASSERT /* EL2's own; here it is the test's */
#include "greatest.h"

#define BASE  0x09010000
#define INTID 34

#define DR   0x00
#define MR   0x04
#define LR   0x08
#define CR   0x0c
#define IMSC 0x10
#define RIS  0x14
#define MIS  0x18
#define ICR  0x1c
#define ID   0xfe0

static struct vm vm;
static struct vcpu vcpu;
static struct mmio_bus bus;
static struct vpl031 rtc;
static bool line;

enum err vgic_set_level(struct vm *of, uint32_t vcpu_index, uint32_t intid,
                        bool is_high)
{
	(void)vcpu_index;
	if (of != &vm || intid != INTID) {
		abort();
	}
	line = is_high;
	return ERR_OK;
}

void vcpu_inject_abort(struct vcpu *v, uint64_t esr, uint64_t far)
{
	(void)v, (void)esr, (void)far;
	abort();
}

static void setup(void *unused)
{
	(void)unused;
	fake_reset();
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&bus, 0, sizeof(bus));
	memset(&rtc, 0, sizeof(rtc));
	line = false;
	vm.bus = &bus;
	vcpu.vm = &vm;
	vpl031_init(&rtc, &vm, INTID);
	if (mmio_attach(&bus, ipa(BASE), &vpl031_model, &rtc) != ERR_OK) {
		abort();
	}
}

static void access_reg(uint32_t offset, uint64_t flags)
{
	uint64_t esr = DABT_ISV | field_put(DABT_SAS, 2) | flags;

	if (!mmio_handle_abort(&vcpu, esr, BASE + offset, ipa(BASE + offset))) {
		abort();
	}
}

static uint32_t get(uint32_t offset)
{
	access_reg(offset, 0);
	return (uint32_t)vcpu.regs.x[0];
}

static void put(uint32_t offset, uint32_t value)
{
	vcpu.regs.x[0] = value;
	access_reg(offset, DABT_WNR);
}

TEST counts_seconds(void)
{
	ASSERT_EQ_FMT(0u, get(DR), "%u");
	fake_pass(3 * MACHINE_HZ - 1);
	ASSERT_EQ_FMT(2u, get(DR), "%u");
	fake_pass(1);
	ASSERT_EQ_FMT(3u, get(DR), "%u");
	PASS();
}

TEST load_sets_the_time(uint32_t value)
{
	fake_pass(5 * MACHINE_HZ);
	put(LR, value);
	ASSERT_EQ_FMT(value, get(LR), "%u");
	ASSERT_EQ_FMT(value, get(DR), "%u");
	fake_pass(2 * MACHINE_HZ);
	ASSERT_EQ_FMT(value + 2, get(DR), "%u");
	PASS();
}

TEST alarm_fires_once_at_the_match(void)
{
	put(IMSC, 1);
	put(MR, 10);
	fake_pass(10 * MACHINE_HZ - 1);
	ASSERT_FALSE(line);
	fake_pass(1);
	ASSERT(line);
	ASSERT_EQ_FMT(1u, get(RIS), "%u");
	ASSERT_EQ_FMT(1u, get(MIS), "%u");
	put(ICR, 1);
	ASSERT_FALSE(line);
	fake_pass(100 * MACHINE_HZ);
	ASSERT_FALSE(line);
	PASS();
}

TEST match_now_fires_now(void)
{
	fake_pass(7 * MACHINE_HZ);
	put(MR, 7);
	ASSERT_EQ_FMT(1u, get(RIS), "%u");
	ASSERT_EQ_FMT(0u, get(MIS), "%u");
	ASSERT_FALSE(line);
	put(IMSC, 1);
	ASSERT(line);
	PASS();
}

TEST a_new_time_moves_the_alarm(void)
{
	put(IMSC, 1);
	put(MR, 1000);
	fake_pass(MACHINE_HZ);
	put(LR, 990);
	fake_pass(10 * MACHINE_HZ - 1);
	ASSERT_FALSE(line);
	fake_pass(1);
	ASSERT(line);
	PASS();
}

TEST a_later_match_replaces_the_alarm(void)
{
	put(IMSC, 1);
	put(MR, 5);
	put(MR, 8);
	fake_pass(7 * MACHINE_HZ);
	ASSERT_FALSE(line);
	fake_pass(MACHINE_HZ);
	ASSERT(line);
	PASS();
}

TEST another_cpu_may_move_the_alarm(void)
{
	put(MR, 5);
	fake_cpu = 1;
	put(MR, 3);
	fake_pass(3 * MACHINE_HZ);
	ASSERT_EQ_FMT(1u, get(RIS), "%u");
	PASS();
}

TEST no_alarm_after_the_end(void)
{
	put(IMSC, 1);
	put(MR, 5);
	vpl031_fini(&rtc);
	fake_pass(10 * MACHINE_HZ);
	ASSERT_FALSE(line);
	PASS();
}

TEST identification_is_a_pl031(void)
{
	static const uint32_t id[] = { 0x31, 0x10, 0x14, 0x00,
		                       0x0d, 0xf0, 0x05, 0xb1 };

	for (uint32_t i = 0; i < 8; i++) {
		ASSERT_EQ_FMT(id[i], get(ID + 4 * i), "%#x");
	}
	ASSERT_EQ_FMT(1u, get(CR), "%u");
	PASS();
}

TEST read_only_registers_ignore_writes(uint32_t offset)
{
	uint32_t before = get(offset);

	put(offset, ~before);
	ASSERT_EQ_FMT(before, get(offset), "%#x");
	PASS();
}

SUITE(vpl031)
{
	SET_SETUP(setup, NULL);
	RUN_TEST(counts_seconds);
	RUN_TESTp(load_sets_the_time, 0);
	RUN_TESTp(load_sets_the_time, 1700000000);
	RUN_TESTp(load_sets_the_time, 0xffffffff);
	RUN_TEST(alarm_fires_once_at_the_match);
	RUN_TEST(match_now_fires_now);
	RUN_TEST(a_new_time_moves_the_alarm);
	RUN_TEST(a_later_match_replaces_the_alarm);
	RUN_TEST(another_cpu_may_move_the_alarm);
	RUN_TEST(no_alarm_after_the_end);
	RUN_TEST(identification_is_a_pl031);
	RUN_TESTp(read_only_registers_ignore_writes, DR);
	RUN_TESTp(read_only_registers_ignore_writes, CR);
	RUN_TESTp(read_only_registers_ignore_writes, RIS);
	RUN_TESTp(read_only_registers_ignore_writes, MIS);
	RUN_TESTp(read_only_registers_ignore_writes, ID);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(vpl031);
	GREATEST_MAIN_END();
}
