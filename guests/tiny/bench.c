// SPDX-License-Identifier: BSD-2-Clause
/* What an operation costs a VM (bench.h). */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <stdio.h>

#include "bench.h"
#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/frame.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define ALARMS 100ull

extern char bench_vectors[];

/* The root VM's first instruction, seen from hyp's and from the reset. */
TEST boot(void)
{
	uint64_t x[8] = { 0 };

	hvc_native(HVC_TS_BOOT_INFO, x);
	ASSERT_EQ_FMT(0l, (long)x[0], "%ld");
	ASSERT_GT(x[2], x[1]);
	ASSERT_GT(boot_entry.cntpct, x[2]);
	frame_bench("hyp-to-guest",
	            (unsigned long)instructions(boot_entry.cntpct - x[2]),
	            UNIT);
	frame_bench("reset-to-guest",
	            (unsigned long)instructions(boot_entry.cntpct - x[1]),
	            UNIT);
	PASS();
}

/* hvc #0x6000, and PSCI_VERSION by hvc #0. */
TEST calls(void)
{
	uint64_t empty = LOOP("	mov	x0, x20", 0, 0, 0);
	uint64_t identify =
		LOOP("	mov	x0, x20\n	hvc	#0x6000", 0, 0, 0);
	uint64_t version = LOOP("	mov	x0, x20\n	hvc	#0",
	                        PSCI_VERSION, 0, 0);

	report("hvc-identify", identify, empty, ROUNDS);
	report("hvc-psci-version", version, empty, ROUNDS);
	PASS();
}

/* Emulated registers of the distributor; a trapped ID register. */
TEST registers(void)
{
	uint64_t dist = irq_dist();
	uint64_t empty = LOOP("", 0, 0, 0);

	ASSERT_NEQ(0, dist);
	report("gicd-typer-read",
	       LOOP("	ldr	w0, [x20]", dist + GICD_TYPER, 0, 0), empty,
	       ROUNDS);
	report("gicd-isenabler-read",
	       LOOP("	ldr	w0, [x20]", dist + GICD_ISENABLER + 4, 0, 0),
	       empty, ROUNDS);
	report("gicd-isenabler-write",
	       LOOP("	str	w21, [x20]", dist + GICD_ISENABLER + 4, 1u << 8,
	            0),
	       empty, ROUNDS);
	report("id-register-read",
	       LOOP("	mrs	x0, id_aa64isar0_el1", 0, 0, 0), empty, ROUNDS);
	PASS();
}

/* SGI to self: from the write to behind the handler's return. */
TEST sgi_to_self(void)
{
	uint64_t sgi = 1ull << 24 | 1ull << (cpu_self()->mpidr & 15);
	uint64_t empty, full;

	ASSERT_NEQ(0, irq_dist());
	irq_enable(1);
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)bench_vectors);
	isb();
	empty = LOOP("	add	x22, x22, #1\n"
	             "	mov	x28, x22\n"
	             "2:	cmp	x28, x22\n"
	             "	b.ne	2b",
	             0, sgi, 0);
	irq_unmask();
	full = LOOP("	add	x22, x22, #1\n"
	            "	mov	x26, #0\n"
	            "	sub	x28, x22, #1\n"
	            "	msr	icc_sgi1r_el1, x21\n"
	            "2:	cmp	x28, x22\n"
	            "	b.ne	2b",
	            0, sgi, 0);
	irq_mask();
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)vectors);
	isb();
	report(dt_bootarg("sgi-row") ?: "sgi-self", full, empty, ROUNDS);
	PASS();
}

/* Compare value to the first instruction of the handler. */
TEST timer_to_handler(void)
{
	uint64_t sum = 0;

	ASSERT_NEQ(0, irq_dist());
	irq_enable(TIMER_VIRT_PPI);
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)bench_vectors);
	isb();
	irq_unmask();
	for (unsigned i = 0; i < ALARMS; i++) {
		/* An odd distance, so that no phase is measured alone. */
		uint64_t cval = cntvct() + 200 + i;
		uint64_t at;

		__asm__ volatile("	mov	x26, #0\n"
		                 "	mov	x28, #0\n"
		                 "	msr	cntv_cval_el0, %1\n"
		                 "	msr	cntv_ctl_el0, %2\n"
		                 "	isb\n"
		                 "1:	cbz	x28, 1b\n"
		                 "	mov	%0, x27\n"
		                 : "=&r"(at)
		                 : "r"(cval), "r"(CNT_ENABLE)
		                 : "x24", "x25", "x26", "x27", "x28", "memory");
		ASSERT_GTE(at, cval);
		sum += at - cval;
	}
	irq_mask();
	irq_disable(TIMER_VIRT_PPI);
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)vectors);
	isb();
	report("vtimer-latency", sum, 0, ALARMS);
	PASS();
}

SUITE(costs)
{
	if (dt_bootarg("sgi-row") != NULL) {
		RUN_TEST(sgi_to_self); /* among more vCPUs */
		return;
	}
	RUN_TEST(boot);
	RUN_TEST(calls);
	RUN_TEST(registers);
	RUN_TEST(sgi_to_self);
	RUN_TEST(timer_to_handler);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(costs);
	GREATEST_MAIN_END();
}
