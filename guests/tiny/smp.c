// SPDX-License-Identifier: BSD-2-Clause
/*
 * Several CPUs in one VM: they start, they are told apart, and they share
 * memory as the architecture says (Arm ARM, "The AArch64 memory model");
 * behaviours 115, 119, 175, 176, 197 to 200, 203.  Wants two CPUs or more.
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/irq.h"
#include "rt/lock.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

#define ROUNDS 500

static void on_all(void (*work)(void *), void *arg)
{
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_call(i, work, arg);
	}
	work(arg);
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_join(i);
	}
}

TEST c197_every_cpu_starts(void)
{
	ASSERT_GTEm("give this payload two CPUs", cpu_count, 2);
	ASSERT_EQ_FMT(cpu_count, cpu_start_all(), "%u");
	PASS();
}

static uint64_t mpidr_of[CPU_MAX], midr_of[CPU_MAX];

static void read_identity(void *arg)
{
	unsigned i = cpu_self()->index;

	(void)arg;
	mpidr_of[i] = sysreg_read(mpidr_el1);
	midr_of[i] = sysreg_read(midr_el1);
}

/* "MPIDR_EL1": affinity unique, bit 31 RES1, as the device tree has it. */
TEST c119_c197_mpidr_is_unique_and_as_told(void)
{
	on_all(read_identity, NULL);
	for (unsigned i = 0; i < cpu_count; i++) {
		ASSERT(mpidr_of[i] & BIT(31));
		ASSERT_EQ_FMT((unsigned long)cpus[i].mpidr,
		              (unsigned long)(mpidr_of[i] & MPIDR_AFFINITY),
		              "%#lx");
		ASSERT_NEQ(0, midr_of[i] & 0xfff0);
		for (unsigned j = 0; j < i; j++) {
			ASSERT_NEQ(mpidr_of[i], mpidr_of[j]);
		}
	}
	PASS();
}

#define ID_COUNT 13
static uint64_t ids_of[CPU_MAX][ID_COUNT];

static void read_ids(void *arg)
{
	uint64_t *id = ids_of[cpu_self()->index];

	(void)arg;
	*id++ = sysreg_read(midr_el1);
	*id++ = sysreg_read(id_aa64pfr0_el1);
	*id++ = sysreg_read(id_aa64pfr1_el1);
	*id++ = sysreg_read(id_aa64dfr0_el1);
	*id++ = sysreg_read(id_aa64dfr1_el1);
	*id++ = sysreg_read(id_aa64isar0_el1);
	*id++ = sysreg_read(id_aa64isar1_el1);
	*id++ = sysreg_read(id_aa64mmfr0_el1);
	*id++ = sysreg_read(id_aa64mmfr1_el1);
	*id++ = sysreg_read(ctr_el0);
	*id++ = sysreg_read(dczid_el0);
	*id++ = sysreg_read(clidr_el1);
	*id++ = sysreg_read(cntfrq_el0);
}

/* BSA B_PE_01: all CPUs alike; CNTFRQ, too (175). */
TEST c115_c175_id_registers_are_equal_on_all_cpus(void)
{
	on_all(read_ids, NULL);
	for (unsigned i = 1; i < cpu_count; i++) {
		ASSERT_MEM_EQ(ids_of[0], ids_of[i], sizeof(ids_of[0]));
	}
	PASS();
}

static uint64_t stack_of[CPU_MAX];

static void note_stack(void *arg)
{
	(void)arg;
	stack_of[cpu_self()->index] =
		(uint64_t)(uintptr_t)__builtin_frame_address(0);
}

TEST c197_each_cpu_has_a_stack_of_its_own(void)
{
	on_all(note_stack, NULL);
	for (unsigned i = 0; i < cpu_count; i++) {
		for (unsigned j = 0; j < i; j++) {
			ASSERT_NEQ(stack_of[i] >> 16, stack_of[j] >> 16);
		}
	}
	PASS();
}

static struct lock lock;
static volatile uint64_t counter;

static void count_locked(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		lock_take(&lock);
		counter = counter + 1; /* two accesses: a race would show */
		lock_drop(&lock);
	}
}

/* LDAXR and STXR: no update is lost. */
TEST c198_a_lock_of_exclusives_excludes(void)
{
	counter = 0;
	on_all(count_locked, NULL);
	ASSERT_EQ_FMT((unsigned long)ROUNDS * cpu_count, (unsigned long)counter,
	              "%lu");
	PASS();
}

static void count_atomic(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		__asm__ volatile(".arch_extension lse\n"
		                 "stadd %0, [%1]" ::"r"(1ull),
		                 "r"(&counter)
		                 : "memory");
	}
}

/* The atomic instructions of Armv8.1, where the CPU has them. */
TEST c198_atomic_adds_are_exact(void)
{
	if (field_get(FIELD(23, 20), sysreg_read(id_aa64isar0_el1)) < 2) {
		SKIPm("this CPU has no LSE");
	}
	counter = 0;
	on_all(count_atomic, NULL);
	ASSERT_EQ_FMT((unsigned long)ROUNDS * cpu_count, (unsigned long)counter,
	              "%lu");
	PASS();
}

/* Message passing: CPU 1 writes data, then flag; we read flag, then data. */
static struct {
	volatile uint64_t data __attribute__((aligned(64)));
	volatile uint64_t flag __attribute__((aligned(64)));
	volatile uint64_t seen __attribute__((aligned(64)));
} mail;

static void post_mail(void *arg)
{
	(void)arg;
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		mail.data = i * 3;
		dmb_ish(); /* data before flag */
		mail.flag = i;
		while (mail.seen != i) {
			cpu_relax();
		}
	}
}

/* "MP" with barriers: the forbidden outcome is never seen. */
TEST c199_message_passing_keeps_its_order(void)
{
	uint64_t wrong = 0;

	mail.flag = mail.seen = 0;
	cpu_call(1, post_mail, NULL);
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		while (mail.flag != i) {
			cpu_relax();
		}
		dmb_ish(); /* flag before data */
		wrong += mail.data != i * 3;
		dmb_ish(); /* data is read before it is written anew */
		mail.seen = i;
	}
	cpu_join(1);
	ASSERT_EQ_FMT(0ul, (unsigned long)wrong, "%lu");
	PASS();
}

/* Store buffering: with a barrier between, both CPUs cannot read the old. */
static struct {
	volatile uint64_t x __attribute__((aligned(64)));
	volatile uint64_t y __attribute__((aligned(64)));
	volatile uint64_t turn __attribute__((aligned(64)));
	volatile uint64_t done __attribute__((aligned(64)));
	uint64_t r1;
} sb;

static void store_y_read_x(void *arg)
{
	(void)arg;
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		while (sb.turn != i) {
			cpu_relax();
		}
		sb.y = i;
		dmb_ish(); /* the store before the load */
		sb.r1 = sb.x;
		dmb_ish(); /* the result before the word that it is there */
		sb.done = i;
	}
}

TEST c199_store_buffering_with_barriers_is_forbidden(void)
{
	uint64_t both_old = 0;

	memset((void *)&sb, 0, sizeof(sb));
	cpu_call(1, store_y_read_x, NULL);
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		uint64_t r0;

		sb.turn = i;
		sb.x = i;
		dmb_ish(); /* the store before the load */
		r0 = sb.y;
		while (sb.done != i) {
			cpu_relax();
		}
		dmb_ish(); /* the word before the result */
		both_old += r0 != i && sb.r1 != i;
	}
	cpu_join(1);
	ASSERT_EQ_FMT(0ul, (unsigned long)both_old, "%lu");
	PASS();
}

static uint64_t counts[2][ROUNDS];

static void take_counts(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		while (mail.flag != i + 1) {
			cpu_relax();
		}
		counts[1][i] = cntvct();
		dmb_ish(); /* the count is stored before the answer */
		mail.seen = i + 1;
	}
}

/* CNTVCT never goes back, read by one CPU after another (176). */
TEST c176_the_counter_is_one_for_all_cpus(void)
{
	mail.flag = mail.seen = 0;
	cpu_call(1, take_counts, NULL);
	for (uint64_t i = 0; i < ROUNDS; i++) {
		counts[0][i] = cntvct();
		dmb_ish(); /* our count comes before the other CPU's */
		mail.flag = i + 1;
		while (mail.seen != i + 1) {
			cpu_relax();
		}
	}
	cpu_join(1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		ASSERT_LTE(counts[0][i], counts[1][i]);
		ASSERT(i == 0 || counts[1][i - 1] <= counts[0][i]);
	}
	PASS();
}

static struct {
	volatile unsigned step;
	volatile uint64_t value;
	struct fault fault;
} tlb;

static void read_twice(void *arg)
{
	uint64_t va = *(uint64_t *)arg;

	tlb.value = mmio_read64(va);
	tlb.step = 1;
	while (tlb.step != 2) {
		cpu_relax();
	}
	fault_expect(&tlb.fault);
	mmio_read64(va);
	fault_came(&tlb.fault);
}

/* TLBI ...IS by one CPU is obeyed by the others (200). */
TEST c200_an_unmap_is_seen_by_other_cpus(void)
{
	static uint64_t page[512] __attribute__((aligned(4096)));
	static uint64_t va = MMU_TEST_VA;

	for (unsigned i = 0; i < 50; i++) {
		page[0] = i;
		tlb.step = 0;
		mmu_map(va, (uint64_t)(uintptr_t)page, PAGE_SIZE, MMU_NORMAL);
		cpu_call(1, read_twice, &va);
		while (tlb.step != 1) {
			cpu_relax();
		}
		mmu_unmap(va, PAGE_SIZE);
		tlb.step = 2;
		cpu_join(1);
		ASSERT_EQ(i, tlb.value);
		ASSERT_EQ_FMT(1u, tlb.fault.count, "%u");
		ASSERT_EQ(FSC_TRANS_L(3), fault_fsc(&tlb.fault));
		ASSERT_EQ(va, tlb.fault.far);
	}
	PASS();
}

static uint32_t code_page[1024] __attribute__((aligned(4096)));
static volatile uint64_t code_result;

static void run_code(void *arg)
{
	uint64_t (*function)(void) = *(uint64_t(**)(void))arg;

	isb(); /* fetch anew what the other CPU has written */
	code_result = function();
}

/* Code written by one CPU, IC IVAU, run by another (203). */
TEST c203_code_written_here_runs_there(void)
{
	static uint64_t va = MMU_TEST_VA + (1ull << 21);

	mmu_map(va, (uint64_t)(uintptr_t)code_page, PAGE_SIZE,
	        MMU_NORMAL | MMU_RO | MMU_X);
	for (uint32_t i = 0; i < 200; i++) {
		code_page[0] = 0xd2800000u | i << 5; /* mov x0, #i */
		code_page[1] = INSN_RET;
		__asm__ volatile("dc cvau, %0\n"
		                 "dsb ish\n" /* cleaned before invalidated */
		                 "ic ivau, %1\n"
		                 "dsb ish\n" /* ... before the other fetches */
		                 "isb\n" ::"r"(code_page),
		                 "r"(va)
		                 : "memory");
		cpu_call(1, run_code, &va);
		cpu_join(1);
		ASSERT_EQ_FMT((unsigned long)i, (unsigned long)code_result,
		              "%lu");
	}
	mmu_unmap(va, PAGE_SIZE);
	PASS();
}

SUITE(start)
{
	RUN_TEST(c197_every_cpu_starts);
	RUN_TEST(c119_c197_mpidr_is_unique_and_as_told);
	RUN_TEST(c115_c175_id_registers_are_equal_on_all_cpus);
	RUN_TEST(c197_each_cpu_has_a_stack_of_its_own);
}

SUITE(memory_model)
{
	RUN_TEST(c198_a_lock_of_exclusives_excludes);
	RUN_TEST(c198_atomic_adds_are_exact);
	RUN_TEST(c199_message_passing_keeps_its_order);
	RUN_TEST(c199_store_buffering_with_barriers_is_forbidden);
	RUN_TEST(c176_the_counter_is_one_for_all_cpus);
	RUN_TEST(c200_an_unmap_is_seen_by_other_cpus);
	RUN_TEST(c203_code_written_here_runs_there);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(start);
	RUN_SUITE(memory_model);
	GREATEST_MAIN_END();
}
