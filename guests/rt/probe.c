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
#define CODE_VA  0x3ff00000ull
#define USER_VA  0x3fe00000ull /* the same pages, executable at EL0 */
#define USER_SVC 0x7e57        /* how user code comes back */

void probe_enter(uint64_t where, const struct probe_regs *in,
                 struct probe_regs *out, uint64_t spsr);
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
static void write_code(uint32_t *page, uint64_t where, unsigned how,
                       uint32_t insn, uint32_t back)
{
	if (mmu_entry(where) == 0) {
		mmu_map(where, (uint64_t)(uintptr_t)page, PAGE_SIZE,
		        MMU_NORMAL | MMU_RO | how);
	}
	page[0] = insn;
	page[1] = back;
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

	write_code(code[cpu_self()->index], where, MMU_X, insn,
	           INSN_BRANCH((uint64_t)(uintptr_t)probe_return - where - 4));
	fault_expect(fault);
	probe_enter(where, in, out, PSR_EL1H);
	return fault_came(fault);
}

/* The SVC behind the instruction: on to probe_return, at EL1 again. */
static bool leave_user(struct frame *frame)
{
	if (field_get(ESR_EC, frame->esr) != ESR_EC_SVC64 ||
	    field_get(FIELD(15, 0), frame->esr) != USER_SVC) {
		return false;
	}
	frame->elr = (uint64_t)(uintptr_t)probe_return;
	frame->spsr = (frame->spsr & (PSR_DAIF | PSR_NZCV)) | PSR_EL1H;
	return true;
}

bool probe_run_user(uint32_t insn, const struct probe_regs *in,
                    struct probe_regs *out, struct fault *fault)
{
	uint64_t where = USER_VA + cpu_self()->index * PAGE_SIZE;

	write_code(code[cpu_self()->index], where, MMU_USER | MMU_USER_X, insn,
	           INSN_SVC(USER_SVC));
	fault_take_svcs(leave_user);
	fault_expect(fault);
	probe_enter(where, in, out, PSR_EL0T);
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
