// SPDX-License-Identifier: BSD-2-Clause
/*
 * What an operation costs, in instructions, when QEMU runs with "-icount
 * shift=0": every instruction takes one nanosecond of the counter, which ticks
 * every 16.  Each figure is the mean of many iterations, less an empty loop of
 * the same shape, rounded up.
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/frame.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define UNIT   "instructions"
#define ROUNDS 10000ull
#define ALARMS 100ull

extern char bench_vectors[];

/* One instruction takes a nanosecond. */
static uint64_t instructions(uint64_t ticks)
{
	return ticks * (1000000000ull / cntfrq());
}

/*
 * Ticks that ROUNDS times BODY take.  The counter of rounds is x23; BODY may
 * use x0 to x17, and x20 to x22 hold three values for it.
 */
#define LOOP(BODY, V20, V21, V22)                                             \
	({                                                                    \
		register uint64_t r20 __asm__("x20") = (uint64_t)(V20);       \
		register uint64_t r21 __asm__("x21") = (uint64_t)(V21);       \
		register uint64_t r22 __asm__("x22") = (uint64_t)(V22);       \
		register uint64_t r23 __asm__("x23") = ROUNDS;                \
		uint64_t loop_start = cntpct();                               \
		__asm__ volatile("1:\n" BODY "\n"                             \
		                 "	subs	x23, x23, #1\n"                       \
		                 "	b.ne	1b\n"                                 \
		                 : "+r"(r23), "+r"(r20), "+r"(r21), "+r"(r22) \
		                 :                                            \
		                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6",  \
		                   "x7", "x8", "x9", "x10", "x11", "x12",     \
		                   "x13", "x14", "x15", "x16", "x17", "x24",  \
		                   "x25", "x26", "x27", "x28", "cc",          \
		                   "memory");                                 \
		cntpct() - loop_start;                                        \
	})

static void report(const char *row, uint64_t ticks, uint64_t empty,
                   uint64_t rounds)
{
	uint64_t net = instructions(ticks > empty ? ticks - empty : 0);

	frame_bench(row, (unsigned long)((net + rounds - 1) / rounds), UNIT);
}

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
	report("sgi-self", full, empty, ROUNDS);
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

/* What CPU 1 tells: how many interrupts, and when the last one began. */
static volatile struct {
	uint64_t at, count, stop;
} heard;

static void hear(void *arg)
{
	(void)arg;
	irq_enable(2);
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)bench_vectors);
	isb();
	__asm__ volatile("	mov	x28, #0\n"
	                 "	mov	x27, #0\n"
	                 "	mov	x26, #0\n"
	                 "	msr	daifclr, #2\n"
	                 "1:	str	x27, [%0]\n"
	                 "	str	x28, [%0, #8]\n"
	                 "	yield\n" /* lets the sender's CPU run */
	                 "	ldr	x25, [%0, #16]\n"
	                 "	cbz	x25, 1b\n"
	                 "	msr	daifset, #2\n"
	                 :
	                 : "r"(&heard)
	                 : "x25", "x26", "x27", "x28", "memory");
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)vectors);
	isb();
}

/* SGI to a vCPU that runs on another CPU, to its handler's first line. */
TEST ipi_to_another_cpu(void)
{
	uint64_t sum = 0;

	ASSERT_NEQ(0, irq_dist());
	if (cpu_count < 2) {
		SKIPm("needs two CPUs");
	}
	ASSERT_EQ(0, cpu_start(1));
	cpu_call(1, hear, NULL);
	timer_delay_us(100);
	for (unsigned i = 1; i <= ALARMS; i++) {
		uint64_t start = cntvct();

		irq_send(2, 1);
		while (heard.count != i) {
			cpu_relax();
		}
		sum += heard.at - start;
	}
	heard.stop = 1;
	cpu_join(1);
	report("ipi", sum, 0, ALARMS);
	PASS();
}

SUITE(costs)
{
	RUN_TEST(boot);
	RUN_TEST(calls);
	RUN_TEST(registers);
	RUN_TEST(sgi_to_self);
	RUN_TEST(timer_to_handler);
	RUN_TEST(ipi_to_another_cpu);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (dt_bootarg("only") != NULL) {
		greatest_set_test_filter(dt_bootarg("only"));
	}
	RUN_SUITE(costs);
	GREATEST_MAIN_END();
}
