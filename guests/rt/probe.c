// SPDX-License-Identifier: BSD-2-Clause
/* Pages for one instruction each, and the comparison of register files. */
#include "rt/probe.h"

#include <stdio.h>
#include <string.h>

#include "rt/cpu.h"
#include "rt/insn.h"
#include "rt/mmu.h"

/*
 * An executable view of the pages, within reach of a branch from the image.
 * No RAM and no device lies at this virtual address.
 */
#define CODE_VA 0x3ff00000ull

void probe_enter(uint64_t where, const struct probe_regs *in,
                 struct probe_regs *out);
extern char probe_return[];

static uint32_t code[CPU_MAX][PAGE_SIZE / 4] __attribute__((aligned(4096)));

uint64_t probe_address(void)
{
	return CODE_VA + cpu_self()->index * PAGE_SIZE;
}

void probe_fill(struct probe_regs *regs, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
	uint64_t *word = (uint64_t *)regs;

	for (size_t i = 0; i < sizeof(*regs) / sizeof(*word); i++) {
		/* xorshift64: never 0, no two alike for a long time */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		word[i] = state;
	}
	regs->nzcv = (seed & 15) << 28;
	regs->fpcr = (seed & 3) << 22; /* rounding mode */
	regs->fpsr = 0x1f & seed;      /* cumulative exception bits */
}

/* Publish two instructions to this CPU's instruction fetch. */
static void write_code(uint32_t *page, uint64_t where, uint32_t insn)
{
	if (mmu_entry(where) == 0) {
		mmu_map(where, (uint64_t)(uintptr_t)page, PAGE_SIZE,
		        MMU_NORMAL | MMU_RO | MMU_X);
	}
	page[0] = insn;
	page[1] = INSN_BRANCH((uint64_t)(uintptr_t)probe_return - where - 4);
	__asm__ volatile("dc cvau, %0\n"
	                 "dsb ish\n" /* cleaned before it is fetched */
	                 "ic ivau, %1\n"
	                 "dsb ish\n" /* invalidated before it is fetched */
	                 "isb\n" ::"r"(page),
	                 "r"(where)
	                 : "memory");
}

bool probe_run(uint32_t insn, const struct probe_regs *in,
               struct probe_regs *out, struct fault *fault)
{
	uint64_t where = probe_address();

	write_code(code[cpu_self()->index], where, insn);
	fault_expect(fault);
	probe_enter(where, in, out);
	return fault_came(fault);
}

const char *probe_difference(const struct probe_regs *in,
                             const struct probe_regs *out, uint32_t x_allowed,
                             uint32_t q_allowed)
{
	static char text[160];

	for (unsigned i = 0; i < 31; i++) {
		if (in->x[i] != out->x[i] && !(x_allowed >> i & 1)) {
			snprintf(text, sizeof(text),
			         "x%u was 0x%lx and became 0x%lx", i,
			         (unsigned long)in->x[i],
			         (unsigned long)out->x[i]);
			return text;
		}
	}
	for (unsigned i = 0; i < 32; i++) {
		if (in->q[i] != out->q[i] && !(q_allowed >> i & 1)) {
			snprintf(text, sizeof(text), "q%u changed", i);
			return text;
		}
	}
	if (out->sp != out->sp_before) {
		return "sp changed";
	}
	if (in->nzcv != out->nzcv) {
		return "nzcv changed";
	}
	if (in->fpcr != out->fpcr || in->fpsr != out->fpsr) {
		return "fpcr or fpsr changed";
	}
	return NULL;
}
