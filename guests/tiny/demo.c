// SPDX-License-Identifier: BSD-2-Clause
/*
 * The guided tour of "make demo": a guest tells what it does and what it sees.
 * Every stop is a test as well, so that a tour that lies fails.
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <stdarg.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/probe.h"
#include "rt/timer.h"

#define HOLE 0x0b000000ull

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("  ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
}

static void title(const char *text)
{
	printf("\n%s\n", text);
}

TEST stop_1_who_is_there(void)
{
	uint64_t x[8] = { 0 };

	title("1. Who is above us?");
	say("I am a guest at EL%u, VMID %u, with %lu MiB of memory.",
	    (unsigned)field_get(CURRENT_EL, boot_entry.current_el), dt_vmid(),
	    (unsigned long)(dt_ram().size >> 20));
	if (!dt_has_hypervisor()) {
		say("The device tree names no hypervisor: bare machine.");
		SKIPm("no hypervisor");
	}
	say("I ask by \"hvc #0x6000\", hypervisor_identify...");
	hvc_native(HVC_IDENTIFY, x);
	say("...and the answer is 0x%016lx: API version %lu, 64 bits: %s.",
	    (unsigned long)x[0],
	    (unsigned long)field_get(HVC_API_VERSION, x[0]),
	    x[0] & HVC_API_64BIT ? "yes" : "no");
	ASSERT_EQ(1, field_get(HVC_API_VERSION, x[0]));
	PASS();
}

TEST stop_2_an_access_outside(void)
{
	struct probe_regs in, out;
	struct fault fault;
	bool came;

	title("2. What if I touch what is not mine?");
	say("At 0x%lx the virtual machine has nothing. I load from there.",
	    (unsigned long)HOLE);
	probe_fill(&in, 1);
	in.x[1] = MMU_TEST_VA;
	mmu_map(MMU_TEST_VA, HOLE, PAGE_SIZE, MMU_DEVICE);
	came = probe_run(INSN_LDR(INSN_X, 0, 1), &in, &out, &fault);
	mmu_unmap(MMU_TEST_VA, PAGE_SIZE);
	ASSERT(came);
	say("A synchronous exception: ESR_EL1 = 0x%lx, FAR_EL1 = 0x%lx.",
	    (unsigned long)fault.esr, (unsigned long)fault.far);
	ASSERT_EQ(ESR_EC_DABT, fault_ec(&fault));
	ASSERT_EQ(FSC_SEA, fault_fsc(&fault));
	say("That is a data abort, external: nobody answered. And I live.");
	PASS();
}

static volatile unsigned fired;
static volatile uint64_t fired_at;

static void on_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	fired_at = cntvct();
	timer_virt_off();
	fired++;
}

TEST stop_3_an_interrupt(void)
{
	uint64_t when = cntvct() + timer_ticks_of_us(10000);

	title("3. An interrupt");
	say("The virtual timer is to ring at count %lu, in 10 ms. I sleep.",
	    (unsigned long)when);
	irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(when, CNT_ENABLE);
	wfi();
	ASSERT(irq_wait(&fired, 1000000));
	irq_disable(TIMER_VIRT_PPI);
	ASSERT_GTE(fired_at, when);
	say("Interrupt %u, %lu ticks of %lu MHz later than asked.",
	    TIMER_VIRT_PPI, (unsigned long)(fired_at - when),
	    (unsigned long)(cntfrq() / 1000000));
	PASS();
}

TEST stop_4_the_end(void)
{
	title("4. The end");
	ASSERT_GTE(psci(PSCI_VERSION, 0, 0, 0), PSCI_VERSION_1_1);
	say("I say SYSTEM_OFF by PSCI, and this virtual machine is over.");
	PASS();
}

SUITE(tour)
{
	RUN_TEST(stop_1_who_is_there);
	RUN_TEST(stop_2_an_access_outside);
	RUN_TEST(stop_3_an_interrupt);
	RUN_TEST(stop_4_the_end);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(tour);
	GREATEST_MAIN_END();
}
