/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace rings, in the image's BSS so that a debugger and the harness find
 * them by the symbol of the table.
 */
#include "arch/trace.h"

#include <stddef.h>

#include "arch/sysreg.h"

struct ring_space {
	_Alignas(64) struct trace_ring ring;
	struct trace_record slot[TRACE_SLOTS];
};

static struct ring_space ring_space[CPUS_MAX];

/* TRACE_TABLE_SYMBOL: one pointer per CPU. */
extern struct trace_ring *const trace_rings[CPUS_MAX];
struct trace_ring *const trace_rings[CPUS_MAX] = {
	&ring_space[0].ring, &ring_space[1].ring, &ring_space[2].ring,
	&ring_space[3].ring, &ring_space[4].ring, &ring_space[5].ring,
	&ring_space[6].ring, &ring_space[7].ring,
};
_Static_assert(sizeof(struct trace_ring) - offsetof(struct trace_ring, head) ==
                       TRACE_HEAD_BACK,
               "the head is found from the slots");
_Static_assert(CPUS_MAX == 8, "one row per CPU");

uint64_t trace_count(void)
{
	uint64_t count = 0;

	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		count += __atomic_load_n(&trace_rings[cpu]->head,
		                         __ATOMIC_RELAXED);
	}
	return count;
}

void trace_init(void)
{
	unsigned cpu;

	for (cpu = 0; cpu < CPUS_MAX; cpu++) {
		struct trace_ring *ring = trace_rings[cpu];

		ring->magic = TRACE_MAGIC;
		ring->version = TRACE_VERSION;
		ring->record_size = sizeof(struct trace_record);
		ring->count = TRACE_SLOTS;
		ring->cpu = cpu;
		ring->head = 0;
		ring->ticks_per_second = sysreg_read(CNTFRQ_EL0);
		percpu_table[cpu].slots = ring->slot;
		percpu_table[cpu].index = cpu;
		percpu_table[cpu].trace_cpu = (uint64_t)cpu << 16;
	}
}
