/* SPDX-License-Identifier: BSD-2-Clause */
/* For host tests, in place of hyp/arch/trace.h: the last record, to look at. */
#ifndef ARCH_TRACE_H
#define ARCH_TRACE_H

#include <stdint.h>

#include <abi/trace.h>

#include "arch/percpu.h"

#define TRACE_WHO(vmid, vcpu) ((uint64_t)(vmid) << 32 | (uint64_t)(vcpu) << 24)
#define TRACE_NOBODY          TRACE_WHO(0, 0xff)

struct fake_trace {
	enum trace_id id;
	uint64_t who, aux, a, b;
	unsigned count;
};
extern struct fake_trace fake_trace;

static inline void trace(enum trace_id id, uint64_t who, uint64_t aux,
                         uint64_t a, uint64_t b)
{
	unsigned count = fake_trace.count + 1;

	fake_trace = (struct fake_trace){ id, who, aux, a, b, count };
}

#endif
