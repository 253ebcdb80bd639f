// SPDX-License-Identifier: BSD-2-Clause
/*
 * What an interrupt from one CPU to another costs (bench.h).  Both CPUs are on
 * and run this guest; QEMU runs one at a time and counts what both do.
 */
#include "bench.h"
#include "greatest.h"
#include "rt/cpu.h"
#include "rt/irq.h"

extern char bench_vectors[];
extern char vectors[];

static volatile uint64_t taken; /* by the other CPU */
static volatile uint64_t stamp, sum;
static volatile bool is_ready, is_over;

/* The other CPU: the handler counts in x28, its CNTVCT is in x27. */
static void wait_for_ipis(void *arg)
{
	(void)arg;
	irq_enable(1);
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)bench_vectors);
	isb();
	is_ready = true;
	__asm__ volatile("	mov	x26, #0\n"
	                 "	mov	x28, #0\n"
	                 "	mov	x24, #0\n"
	                 "	msr	daifclr, #2\n"
	                 "1:	yield\n"
	                 "	cmp	x28, x24\n"
	                 "	b.eq	1b\n"
	                 /* one more: its latency, then the answer */
	                 "	mov	x24, x28\n"
	                 "	ldr	x9, [%[stamp]]\n"
	                 "	ldr	x10, [%[sum]]\n"
	                 "	sub	x9, x27, x9\n"
	                 "	add	x10, x10, x9\n"
	                 "	str	x10, [%[sum]]\n"
	                 "	stlr	x24, [%[taken]]\n"
	                 "	cmp	x24, %[last]\n"
	                 "	b.ne	1b\n"
	                 "	msr	daifset, #2\n"
	                 :
	                 : [stamp] "r"(&stamp), [sum] "r"(&sum),
	                   [taken] "r"(&taken), [last] "r"(ROUNDS)
	                 : "x9", "x10", "x24", "x25", "x26", "x27", "x28", "cc",
	                   "memory");
	sysreg_write(vbar_el1, (uint64_t)(uintptr_t)vectors);
	isb();
}

/*
 * ipi: from before the write that sends to the first instruction of the other
 * CPU's handler.  ipi-round-trip: until the sender has seen the answer.
 */
TEST ipi_to_another_cpu(void)
{
	uint64_t sgi = 1ull << 24 | 1ull << (cpus[1].mpidr & 15);
	uint64_t full;

	ASSERT_EQ(2u, cpu_count);
	ASSERT_EQ_FMT(0l, (long)cpu_start(1), "%ld");
	cpu_call(1, wait_for_ipis, NULL);
	while (!is_ready) {
		cpu_relax();
	}
	full = LOOP("	str	xzr, [x22]\n"
	            "	mrs	x9, cntvct_el0\n"
	            "	str	x9, [x20]\n"
	            "	msr	icc_sgi1r_el1, x21\n"
	            "	isb\n"
	            "2:	yield\n"
	            "	ldar	x10, [x22]\n"
	            "	cbz	x10, 2b\n",
	            &stamp, sgi, &taken);
	cpu_join(1);
	ASSERT_EQ_FMT((long)ROUNDS, (long)taken, "%ld");
	report("ipi", sum, 0, ROUNDS);
	report("ipi-round-trip", full, 0, ROUNDS);
	PASS();
}

SUITE(costs_between_cpus)
{
	RUN_TEST(ipi_to_another_cpu);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(costs_between_cpus);
	GREATEST_MAIN_END();
}
