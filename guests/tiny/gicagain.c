// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM after a VM: what one that died in its interrupt handler leaves behind,
 * in the virtual interrupt controller and in the hardware behind it; and which
 * affinities its vCPUs have.  Wants to be the root VM.
 */
#include <stdio.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "tiny/labvm.h"

#define VMID     9
#define LAUNCHES 20
#define LONG_US  4000000

extern const char gicagain_code[], gicagain_code_end[];
extern const char gicagain_dier[], gicagain_checker[], gicagain_namer[];

static struct hv_root root;
static struct labvm vm;
static uint64_t before[LEDGER_COUNT];

static void note_ledger(void *arg)
{
	(void)arg;
	hv_ledger(before);
}

static const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	hv_ledger(now);
	return hv_ledger_difference(before, now) ?: "nothing";
}

/* Words of the data page. */
enum {
	DONE,
	IN_HANDLER,
	INTID,
	COUNT,
	REGISTERS = 8,
	MPIDRS = 32,
	FRAMES = 48
};

static const struct {
	const char *name;
	uint64_t at_power_on;
} registers[] = {
	{ "ICC_PMR_EL1", 0 },         { "ICC_IGRPEN1_EL1", 0 },
	{ "ICC_RPR_EL1", 0xff },      { "ICC_IAR1_EL1", 1023 },
	{ "ICC_AP1R0_EL1", 0 },       { "CNTV_CTL_EL0.ENABLE", 0 },
	{ "CNTP_CTL_EL0.ENABLE", 0 }, { "GICD_CTLR", 0x50 },
	{ "GICD_ISENABLER1", 0 },     { "GICD_ISPENDR1", 0 },
	{ "GICD_ISACTIVER1", 0 },     { "GICR_WAKER", 6 },
	{ "GICR_ISENABLER0", 0 },     { "GICR_ISPENDR0", 0 },
	{ "GICR_ISACTIVER0", 0 },     { "GICR_IPRIORITYR6", 0 },
};

static bool wait_for(volatile uint64_t *word)
{
	uint64_t end = cntvct() + timer_ticks_of_us(LONG_US);

	while (*word == 0 && cntvct() < end) {
		HV(SCHEDULER_YIELD, 0, 0);
		cpu_relax(); /* an emulator may run one CPU at a time */
	}
	return *word != 0;
}

static bool run(const char *entry, unsigned cpu)
{
	struct labvm_plan plan = { .vmid = VMID,
		                   .code = gicagain_code,
		                   .code_end = gicagain_code_end,
		                   .spis = 64,
		                   .is_pinned = true,
		                   .cpu = cpu };

	return labvm_make(&vm, &root, &plan) &&
	       labvm_start(&vm, 0, (uint64_t)(entry - gicagain_code)) &&
	       wait_for(&vm.data[DONE]);
}

/* It dies where it is: active, others pending, both timers armed. */
static bool die(unsigned cpu)
{
	bool ok = run(gicagain_dier, cpu) && vm.data[COUNT] == 1 &&
	          (vm.data[INTID] == TIMER_VIRT_PPI ||
	           vm.data[INTID] == TIMER_PHYS_PPI);

	return labvm_end(&vm) && ok;
}

static unsigned fired;

static void on_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	fired++;
}

/* Registers of the next VM, and an interrupt for it (171; R1 to R3). */
TEST c171_c195_the_next_vm_starts_clean(void)
{
	for (unsigned n = 0; n < LAUNCHES; n++) {
		ASSERT(die(n % cpu_count));
		ASSERTm(vm.step, run(gicagain_checker, n % cpu_count));
		for (unsigned i = 0;
		     i < sizeof(registers) / sizeof(registers[0]); i++) {
			uint64_t got = vm.data[REGISTERS + i];

			got &= registers[i].name[0] == 'C' ? 1 : ~0ull;
			if (got != registers[i].at_power_on) {
				printf("%s is %#lx\n", registers[i].name,
				       (unsigned long)got);
			}
			ASSERT_EQ_FMT((unsigned long)registers[i].at_power_on,
			              (unsigned long)got, "%#lx");
		}
		ASSERT_EQ_FMT((unsigned long)TIMER_VIRT_PPI,
		              (unsigned long)vm.data[INTID], "%lu");
		ASSERT_EQ_FMT(1ul, (unsigned long)vm.data[COUNT], "%lu");
		ASSERT(labvm_end(&vm));
	}
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* The timer's PPI of that CPU is ours again, each time (R3). */
TEST c187_its_timer_holds_up_nobody(void)
{
	fired = 0;
	for (unsigned n = 0; n < LAUNCHES; n++) {
		ASSERT(die(n % cpu_count));
		/* Each time: to wait for its end may have used the timer. */
		irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
		irq_enable(TIMER_VIRT_PPI);
		timer_virt_set(cntvct() + timer_ticks_of_us(50), 1);
		ASSERT(irq_wait(&fired, LONG_US));
		ASSERT_EQ_FMT(1u, fired, "%u");
		fired = 0;
	}
	irq_disable(TIMER_VIRT_PPI);
	PASS();
}

static enum greatest_test_res named(uint64_t mask, const uint64_t *shift,
                                    bool mt, const uint64_t *want)
{
	struct labvm_plan plan = { .vmid = VMID,
		                   .code = gicagain_code,
		                   .code_end = gicagain_code_end,
		                   .vcpus = 4,
		                   .has_mapping = mask != 0,
		                   .mapping = { mask, shift[0], shift[1],
		                                shift[2], shift[3], mt } };
	uint64_t entry = (uint64_t)(gicagain_namer - gicagain_code);

	ASSERTm(vm.step, labvm_make(&vm, &root, &plan));
	for (unsigned i = 0; i < 4; i++) {
		ASSERT(labvm_start(&vm, i, entry));
		ASSERT(wait_for(&vm.data[MPIDRS + i]));
		ASSERT(wait_for(&vm.data[DONE]));
		vm.data[DONE] = 0;
	}
	for (unsigned i = 0; i < 4; i++) {
		uint64_t aff = want[i] & 0xffffff;

		ASSERT_EQ_FMT((unsigned long)(want[i] | 1ul << 31),
		              (unsigned long)vm.data[MPIDRS + i], "%#lx");
		ASSERT_EQ_FMT((unsigned long)aff,
		              (unsigned long)vm.data[FRAMES + i], "%#lx");
	}
	ASSERT(labvm_end(&vm));
	PASS();
}

/* By default the index is Aff0; a mapping puts it elsewhere (119). */
TEST c119_affinities_are_as_the_vic_was_told(void)
{
	static const uint64_t none[4], apart[4] = { 0, 1, 0, 0 };
	static const uint64_t plain[4] = { 0, 1, 2, 3 };
	static const uint64_t pairs[4] = { 0x1000000, 0x1000001, 0x1000100,
		                           0x1000101 };

	CHECK_CALL(named(0, none, false, plain));
	CHECK_CALL(named(0x0101, apart, true, pairs));
	PASS();
}

TEST a_mapping_must_tell_vcpus_apart(void)
{
	uint64_t vic = labvm_create(&root, HVC_PARTITION_CREATE_VIC);

	ASSERT_EQ(HV_OBJECT_CONFIG,
	          HV(VGIC_SET_MPIDR_MAPPING, vic, 0xff, 0, 0, 0, 0, 0).err);
	ASSERT_EQ(0, HV(VIC_CONFIGURE, vic, 4, 32).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VGIC_SET_MPIDR_MAPPING, vic, 0x1, 0, 0, 0, 0, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VGIC_SET_MPIDR_MAPPING, vic, 0xff, 1, 0, 0, 0, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VGIC_SET_MPIDR_MAPPING, vic, 0x1ff000000ull, 0, 0, 0, 0, 0)
	                  .err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VGIC_SET_MPIDR_MAPPING, vic, 0xff, 32, 0, 0, 0, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VGIC_SET_MPIDR_MAPPING, vic, 0xff, 0, 0, 0, 0, 2).err);
	ASSERT_EQ(0, HV(VGIC_SET_MPIDR_MAPPING, vic, 0xff, 0, 0, 0, 0, 1).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, vic).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(VGIC_SET_MPIDR_MAPPING, vic, 0xff, 0, 0, 0, 0, 0).err);
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, root.cspace, vic).err);
	PASS();
}

SUITE(a_vm_after_a_vm)
{
	SET_SETUP(note_ledger, NULL);
	RUN_TEST(c171_c195_the_next_vm_starts_clean);
	RUN_TEST(c187_its_timer_holds_up_nobody);
	RUN_TEST(c119_affinities_are_as_the_vic_was_told);
	RUN_TEST(a_mapping_must_tell_vcpus_apart);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (!hv_root_env(&root)) {
		fatal("only the root VM can make VMs");
	}
	RUN_SUITE(a_vm_after_a_vm);
	GREATEST_MAIN_END();
}
