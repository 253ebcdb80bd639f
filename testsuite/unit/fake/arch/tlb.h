/* SPDX-License-Identifier: BSD-2-Clause */
/* TLBs of a host test: there are none. */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <stdint.h>

#include "arch/sysreg.h"

static inline void tlb_flush_vm(uint64_t vttbr)
{
	(void)vttbr;
}

static inline void tlb_flush_vm_range(uint64_t vttbr, uint64_t from,
                                      uint64_t to)
{
	(void)vttbr;
	(void)from;
	(void)to;
}

#endif
