/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing the trace ring (layout and ids: abi/trace.h). */
#ifndef ARCH_TRACE_H
#define ARCH_TRACE_H

#include <stdint.h>

#include <abi/trace.h>

#include "arch/percpu.h"

#define TRACE_SLOTS 256 /* per CPU, a power of two */

/*
 * Who a record is about: vCPU index and VMID, already where the record's
 * second word has them.  struct vcpu keeps its own ready (trace_who).
 */
#define TRACE_WHO(vmid, vcpu) ((uint64_t)(vmid) << 32 | (uint64_t)(vcpu) << 24)
#define TRACE_NOBODY          TRACE_WHO(0, 0xff)

/**
 * Write one record; about 14 instructions.
 *
 * @who  TRACE_NOBODY, TRACE_WHO(), or a vCPU's trace_who
 * @aux, @a, @b  see the table of ids
 * Context: any; only this CPU's ring is written.
 */
static inline void trace(enum trace_id id, uint64_t who, uint64_t aux,
                         uint64_t a, uint64_t b)
{
	struct percpu *here = this_cpu();
	struct trace_ring *ring = here->ring;
	uint64_t head = ring->head;
	uint64_t *slot = (uint64_t *)&ring->slot[head & (TRACE_SLOTS - 1)];
	uint64_t now;

	__asm__ volatile("mrs %0, cntpct_el0" : "=r"(now));
	slot[0] = now;
	slot[1] = who | here->trace_cpu | (uint64_t)id | aux << 48;
	slot[2] = a;
	slot[3] = b;
	/* A reader on this CPU (panic) must not see the head move early. */
	__asm__ volatile("" ::: "memory");
	ring->head = head + 1;
}

/** Make the rings; before this, and on no other CPU, nothing may trace. */
void trace_init(void);

#endif
