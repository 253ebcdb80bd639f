/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device of the machine in the hands of a VM: its registers, and its
 * interrupt, which the guest ends in the hardware (behaviour 162), whatever
 * becomes of the VM.  The device is the board's PL031, whose interrupt a guest
 * can raise at any time: the alarm is now.  Wants to be the root VM.
 */
#include "greatest.h"
#include "labvm.h"
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

#define NO_TABLE    (MMU_TEST_VA + (7ull << 30) + (2ull << 20)) /* entry 1 */
#define SEA_ON_WALK 0x17u          /* external abort, at level 3 */
#define WINDOW      0x180000000ull /* where we see the device */
#define ITS_IPA     0x0b000000ull  /* where other VMs do: hwirq_code.S */
#define MAP_RW      0x00010066ull  /* device nGnRE */
#define SPI         60u
#define ITS_SPI     40u
#define VMID        9u
#define LAUNCHES    20u
#define OTHER_CPU   1u /* of the machine; we stay on 0 */
#define WAIT_US     3000000u

#define RTC_DR   0x00
#define RTC_MR   0x04
#define RTC_IMSC 0x10
#define RTC_RIS  0x14
#define RTC_ICR  0x1c
#define RTC_ID0  0xfe0

/* hwirq_code.S: words of its data page */
enum { IN_HANDLER, LEAVE, INTID, COUNT, ENDED };

extern const char hwirq_code[], hwirq_code_end[];

static struct hv_root root;
static struct hv_device *rtc;
static struct labvm vm;
static uint64_t before[LEDGER_COUNT];

static volatile unsigned taken;
static unsigned keep_high; /* so often the handler leaves the device alone */
static void (*in_handler)(void); /* something more to do there, once */

static void on_alarm(unsigned intid, void *arg)
{
	void (*then)(void) = in_handler;

	(void)intid, (void)arg;
	in_handler = NULL;
	taken++;
	if (then != NULL) {
		then();
	}
	if (keep_high > 0) {
		keep_high--;
	} else {
		mmio_write32(WINDOW + RTC_ICR, 1);
	}
}

static bool raise_it(void)
{
	mmio_write32(WINDOW + RTC_IMSC, 1);
	for (unsigned i = 0; i < 10; i++) {
		mmio_write32(WINDOW + RTC_MR, mmio_read32(WINDOW + RTC_DR));
		if (mmio_read32(WINDOW + RTC_RIS) != 0) {
			return true;
		}
		/* The second has just changed. */
	}
	return false;
}

/* Who had it may have to let it go on another CPU first. */
static int64_t bind(uint64_t vic, unsigned spi)
{
	int64_t err = HV_RETRY;

	for (unsigned i = 0; i < 100000 && err == HV_RETRY; i++) {
		err = HV(HWIRQ_BIND_VIRQ, rtc->hwirq, vic, spi).err;
		cpu_relax();
	}
	return err;
}

static int64_t unbind(void)
{
	return HV(HWIRQ_UNBIND_VIRQ, rtc->hwirq).err;
}

static bool comes(unsigned times)
{
	taken = 0;
	return raise_it() && irq_wait(&taken, WAIT_US) && taken == times;
}

static const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	hv_ledger(now);
	return hv_ledger_difference(before, now) ?: "nothing";
}

/* Look at each device until it is the right one. */
static bool find_rtc(void)
{
	for (unsigned i = 0; i < root.device_count; i++) {
		rtc = &root.device[i];
		if (HV(ADDRSPACE_MAP, root.addrspace, rtc->extent.cap, WINDOW,
		       MAP_RW)
		            .err != HV_OK) {
			return false;
		}
		mmu_map_device(WINDOW, PAGE_SIZE);
		if (mmio_read32(WINDOW + RTC_ID0) == 0x31) {
			return true;
		}
		mmu_unmap(WINDOW, PAGE_SIZE);
		if (HV(ADDRSPACE_UNMAP, root.addrspace, rtc->extent.cap, WINDOW)
		            .err != HV_OK) {
			return false;
		}
	}
	return false;
}

TEST the_device_is_a_pl031(void)
{
	ASSERT(find_rtc());
	ASSERT_NEQ(0, mmio_read32(WINDOW + RTC_DR));
	irq_attach(SPI, on_alarm, NULL);
	irq_enable(SPI);
	hv_ledger(before);
	PASS();
}

/* Nor is it a table: a walk does not read it, whatever it would have said. */
TEST a_device_is_no_page_table(void)
{
	uint64_t *table = (uint64_t *)(sysreg_read(ttbr0_el1) & ~0xfffull);
	volatile uint64_t *entry = &table[NO_TABLE >> 30];
	struct fault fault;
	uint64_t value;
	bool came;

	ASSERT_EQ(0, *entry);
	*entry = WINDOW | 3;
	__asm__ volatile("dsb ishst\n\tisb" ::: "memory");
	fault_expect(&fault);
	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(NO_TABLE));
	came = fault_came(&fault);
	*entry = 0;
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::
	                         : "memory");
	ASSERT(came);
	ASSERT_EQ_FMT(SEA_ON_WALK, fault_fsc(&fault), "%x");
	PASS();
}

/* It is no memory: not to be mapped as such, not to be zeroed or copied. */
TEST a_device_is_not_ram(void)
{
	uint64_t part = labvm_create(&root, HVC_PARTITION_CREATE_MEMEXTENT);
	uint64_t queue = labvm_create(&root, HVC_PARTITION_CREATE_MSGQUEUE);
	uint32_t id = mmio_read32(WINDOW + RTC_DR);

	ASSERT_EQ(HV_DENIED, HV(ADDRSPACE_MAP, root.addrspace, rtc->extent.cap,
	                        WINDOW + PAGE_SIZE, 0xf0066)
	                             .err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(MEMEXTENT_CONFIGURE_DERIVE, part, rtc->extent.cap, 0,
	             PAGE_SIZE, 6 | 3 << 8)
	                  .err);
	/* It is taken; and nobody claims what is no RAM without saying so. */
	ASSERT_EQ(0, HV(MEMEXTENT_CONFIGURE, part, rtc->extent.base, PAGE_SIZE,
	                6 | 1 << 8)
	                     .err);
	ASSERT_EQ(HV_MEMDB_NOT_OWNER, HV(OBJECT_ACTIVATE, part).err);
	ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, rtc->extent.cap, 1u << 31 | 1, 0,
	                PAGE_SIZE)
	                     .err);
	ASSERT_GTE(mmio_read32(WINDOW + RTC_DR), id);
	ASSERT_EQ(0, HV(MSGQUEUE_CONFIGURE, queue, 2 | 16 << 16).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, queue).err);
	ASSERT_EQ(HV_ADDR_INVALID,
	          HV(MSGQUEUE_SEND, queue, 8, WINDOW + RTC_MR).err);
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, root.cspace, queue).err);
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, root.cspace, part).err);
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST bindings_have_rules(void)
{
	uint64_t bell = labvm_create(&root, HVC_PARTITION_CREATE_DOORBELL);

	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, bell).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, bind(root.vic, 20));
	ASSERT_EQ(HV_ARGUMENT_INVALID, bind(root.vic, 1020));
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, root.vic, SPI).err);
	ASSERT_EQ(HV_BUSY, bind(root.vic, SPI));
	ASSERT_EQ(0, HV(DOORBELL_UNBIND_VIRQ, bell).err);
	ASSERT_EQ(0, bind(root.vic, SPI));
	ASSERT_EQ(HV_VIRQ_BOUND, bind(root.vic, SPI + 1));
	ASSERT_EQ(HV_BUSY, HV(DOORBELL_BIND_VIRQ, bell, root.vic, SPI).err);
	ASSERT_EQ(0, unbind());
	ASSERT_EQ(0, unbind());
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, root.cspace, bell).err);
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST c162_the_guests_end_is_the_machines(void)
{
	ASSERT_EQ(0, bind(root.vic, SPI));
	for (unsigned i = 0; i < 10; i++) {
		ASSERT(comes(1));
		ASSERT(!irq_is_active(SPI));
	}
	/* A level: as often as the guest ends it while the line is high. */
	keep_high = 5;
	taken = 0;
	ASSERT(raise_it());
	for (uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);
	     taken < 6 && cntvct() < end;) {
		irq_wait(&taken, 100);
	}
	ASSERT_EQ(6, taken);
	ASSERT(!irq_is_pending(SPI));
	ASSERT(comes(1));
	ASSERT_EQ(0, unbind());
	PASS();
}

static void unbind_in_handler(void)
{
	if (!irq_is_active(SPI) || unbind() != HV_OK) {
		taken += 100;
	}
}

TEST an_unbound_one_can_be_bound_again(void)
{
	/* Active here. */
	ASSERT_EQ(0, bind(root.vic, SPI));
	in_handler = unbind_in_handler;
	ASSERT(comes(1));
	ASSERT_EQ(0, bind(root.vic, SPI));
	ASSERT(comes(1));
	/* Pending here: what is still high comes again, where it is bound. */
	irq_disable(SPI);
	ASSERT(raise_it());
	ASSERT(irq_is_pending(SPI));
	ASSERT_EQ(0, unbind());
	ASSERT(!irq_is_pending(SPI));
	irq_enable(SPI);
	taken = 0;
	ASSERT_EQ(0, bind(root.vic, SPI));
	ASSERT(irq_wait(&taken, WAIT_US));
	ASSERT_EQ(1, taken);
	ASSERT_EQ(0, unbind());
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

static bool wait_for(unsigned word)
{
	uint64_t end = cntvct() + timer_ticks_of_us(WAIT_US);

	while (vm.data[word] == 0 && cntvct() < end) {
		HV(SCHEDULER_YIELD, 0);
		cpu_relax(); /* an emulator may run one CPU at a time */
	}
	return vm.data[word] != 0;
}

/* A VM on another CPU, in the handler of its device. */
static bool start(void)
{
	struct labvm_plan plan = { .vmid = VMID,
		                   .code = hwirq_code,
		                   .code_end = hwirq_code_end,
		                   .spis = 64,
		                   .is_pinned = true,
		                   .cpu = OTHER_CPU };

	return labvm_make(&vm, &root, &plan) &&
	       HV(ADDRSPACE_MAP, vm.addrspace, rtc->extent.cap, ITS_IPA, MAP_RW)
	                       .err == HV_OK &&
	       bind(vm.vic, ITS_SPI) == HV_OK && labvm_start(&vm, 0, 0) &&
	       wait_for(IN_HANDLER) && vm.data[INTID] == ITS_SPI &&
	       vm.data[COUNT] == 1;
}

/* It dies with the interrupt active; the next one gets it again (171; R3). */
TEST c162_c171_a_vm_dies_in_its_handler(void)
{
	for (unsigned i = 0; i < LAUNCHES; i++) {
		ASSERTm(vm.step, start());
		ASSERT(labvm_end(&vm));
	}
	/* We get it, too: the device has not been quietened. */
	taken = 0;
	ASSERT_EQ(0, bind(root.vic, SPI));
	ASSERT(irq_wait(&taken, WAIT_US));
	ASSERT_EQ(1, taken);
	ASSERT(comes(1));
	ASSERT_EQ(0, unbind());
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* The VM ends the interrupt that is ours by now. */
static void let_it_end(void)
{
	vm.data[LEAVE] = 2;
	if (!wait_for(ENDED)) {
		taken += 100;
	}
	for (unsigned i = 0; i < 100; i++) {
		HV(SCHEDULER_YIELD, 0);
	}
	if (irq_is_pending(SPI)) {
		taken += 1000; /* it has come again: ended in the machine */
	}
}

/* Taken away while active on another CPU: its end there is void. */
TEST c162_what_was_taken_away_is_not_ended_twice(void)
{
	for (unsigned i = 0; i < LAUNCHES; i++) {
		ASSERTm(vm.step, start());
		ASSERT_EQ(0, unbind());
		in_handler = let_it_end;
		taken = 0;
		ASSERT_EQ(0, bind(root.vic, SPI));
		ASSERT(irq_wait(&taken, WAIT_US));
		ASSERT_EQ_FMT(1u, taken, "%u");
		ASSERT_EQ(1, vm.data[COUNT]);
		ASSERT_EQ(0, unbind());
		ASSERT(labvm_end(&vm));
	}
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

SUITE(passed_through)
{
	HV(VCPU_SET_AFFINITY, root.thread[0], 0, HV_ONES);
	RUN_TEST(the_device_is_a_pl031);
	RUN_TEST(a_device_is_not_ram);
	RUN_TEST(a_device_is_no_page_table);
	RUN_TEST(bindings_have_rules);
	RUN_TEST(c162_the_guests_end_is_the_machines);
	RUN_TEST(an_unbound_one_can_be_bound_again);
	RUN_TEST(c162_c171_a_vm_dies_in_its_handler);
	RUN_TEST(c162_what_was_taken_away_is_not_ended_twice);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (!hv_root_env(&root) || root.device_count == 0) {
		fatal("only the root VM has devices to give");
	}
	RUN_SUITE(passed_through);
	GREATEST_MAIN_END();
}
