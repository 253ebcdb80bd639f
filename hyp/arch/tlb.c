/* SPDX-License-Identifier: BSD-2-Clause */
/* TLB maintenance by VMID and by IPA. */
#include "arch/tlb.h"

#include "lib/mutant.h"

#define TLBI_IPA(addr) ((addr) >> 12)

/* More pages than this: drop all of the VM at once. */
#define PAGES_ONE_BY_ONE 64

uint64_t tlb_flushes;

/* @return  the VTTBR_EL2 to go back to */
static uint64_t enter_vmid(uint64_t vttbr)
{
	uint64_t old = sysreg_read(VTTBR_EL2);

	(void)__atomic_fetch_add(&tlb_flushes, 1, __ATOMIC_RELAXED);
	dsb_ish(); /* the tables are written before the entries go */
	if (old != vttbr) {
		sysreg_write(VTTBR_EL2, vttbr);
		isb(); /* the operations below use the new VMID */
	}
	return old;
}

static void leave_vmid(uint64_t vttbr, uint64_t old)
{
	dsb_ish(); /* no CPU uses an old entry behind this */
	if (old != vttbr) {
		sysreg_write(VTTBR_EL2, old);
	}
	isb();
}

void tlb_flush_here(void)
{
	(void)__atomic_fetch_add(&tlb_flushes, 1, __ATOMIC_RELAXED);
	__asm__ volatile("tlbi vmalle1" : : : "memory");
	dsb_nsh(); /* it is done before the guest goes on */
	isb();
}

void tlb_flush_vm(uint64_t vttbr)
{
	uint64_t old;

	if (mutant(tlb_kept)) {
		return;
	}
	old = enter_vmid(vttbr);
	__asm__ volatile("tlbi vmalls12e1is" : : : "memory");
	leave_vmid(vttbr, old);
}

void tlb_flush_vm_range(uint64_t vttbr, uint64_t from, uint64_t to)
{
	uint64_t old;

	if (to - from > PAGES_ONE_BY_ONE * 0x1000ull) {
		tlb_flush_vm(vttbr);
		return;
	}
	if (mutant(tlb_range_kept)) {
		return;
	}
	old = enter_vmid(vttbr);
	for (; from < to; from += 0x1000) {
		__asm__ volatile("tlbi ipas2e1is, %0"
		                 :
		                 : "r"(TLBI_IPA(from))
		                 : "memory");
	}
	dsb_ish(); /* stage 2 is gone before the combined entries go */
	/* Stage-1 entries hold the result of both stages: they go, too. */
	__asm__ volatile("tlbi vmalle1is" : : : "memory");
	leave_vmid(vttbr, old);
}
