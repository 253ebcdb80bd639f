/* SPDX-License-Identifier: BSD-2-Clause */
/* TLB maintenance of EL2's own translations and of the VMs'. */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <stdint.h>

#include "arch/sysreg.h"

/** EL2's own entries, all CPUs. */
static inline void tlb_flush_el2(void)
{
	dsb_ish(); /* the tables are written before the entries go */
	__asm__ volatile("tlbi alle2is" : : : "memory");
	dsb_ish(); /* no CPU uses an old entry behind this */
	isb();
}

/** How often any function below dropped entries: ledger. */
extern uint64_t tlb_flushes;

/**
 * Drop what the TLBs of all CPUs know of one VM.
 *
 * The VM's own VTTBR_EL2 is put in place meanwhile, because the operations act
 * on the current VMID.
 *
 * @vttbr  of the VM
 */
void tlb_flush_vm(uint64_t vttbr);

/** The same for [from, to) of its IPA space, both page aligned. */
void tlb_flush_vm_range(uint64_t vttbr, uint64_t from, uint64_t to);

/**
 * Drop what this CPU's TLB has of stage 1 of the current VMID, before another
 * vCPU of that VM is entered here. Context: its VTTBR_EL2 is in place.
 */
void tlb_flush_here(void);

#endif
