/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace rings, in the image's BSS so that a debugger and the harness find
 * them by the symbol of the table.
 */
#include "arch/trace.h"

#include <stddef.h>

#include "arch/spinlock.h"
#include "arch/sysreg.h"
#include "lib/mutant.h"

struct ring_space {
	_Alignas(64) struct trace_ring ring;
	struct trace_record slot[TRACE_SLOTS];
};

extern uint64_t trace_nowhere;
uint64_t trace_nowhere; /* instead of all rings, see trace_begin */

static struct ring_space ring_space[CPUS_MAX];

/*
 * For records of classes that are off: a ring that nobody reads.  CPUs share
 * it, and may overwrite each other's.
 */
static struct ring_space nowhere;

static struct spinlock classes_lock;
static uint32_t classes = TRACE_CLASS_ALL;

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

static void place_classes(void)
{
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		struct percpu *it = &percpu_table[cpu];

		for (unsigned n = 0; n < TRACE_CLASSES; n++) {
			struct trace_record *slots =
				classes & (1u << n) ? it->slots : nowhere.slot;

			/* That CPU may be writing a record: one or the other. */
			__atomic_store_n(&it->class_slots[n], slots,
			                 __ATOMIC_RELAXED);
		}
	}
}

uint32_t trace_set_classes(uint64_t on, uint64_t off)
{
	uint32_t now;

	spin_lock(&classes_lock);
	classes |= (uint32_t)on & TRACE_CLASS_ALL;
	classes &= ~(uint32_t)off | TRACE_CLASS_BOOT;
	if (!mutant(trace_always_on)) {
		place_classes();
	}
	now = classes;
	spin_unlock(&classes_lock);
	return now;
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
	place_classes();
}
