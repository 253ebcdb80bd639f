/* SPDX-License-Identifier: BSD-2-Clause */
#include "drv/grace.h"

#include <stddef.h>

#include "arch/percpu.h"
#include "drv/gic.h"
#include "drv/irq.h"
#include "lib/mutant.h"

static uint64_t wanted;           /* tickets given; atomic */
static uint64_t passed[CPUS_MAX]; /* the last one each CPU has answered */

/* On the way out of a guest, or of the idle loop. */
static bool on_grace(uint32_t intid, void *arg)
{
	uint64_t ticket = __atomic_load_n(&wanted, __ATOMIC_SEQ_CST);

	(void)intid;
	(void)arg;
	/* Release: all that this CPU did before is done when it is seen. */
	__atomic_store_n(&passed[cpu_index()], ticket, __ATOMIC_RELEASE);
	this_cpu()->resched = 1; /* the scheduler looks after the dead */
	return true;
}

void grace_init(void)
{
	irq_handle(SGI_GRACE, on_grace, NULL);
}

uint64_t grace_begin(void)
{
	uint64_t ticket = __atomic_add_fetch(&wanted, 1, __ATOMIC_SEQ_CST);
	unsigned me = cpu_index();

	__atomic_store_n(&passed[me], ticket, __ATOMIC_RELEASE);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu != me) {
			gic_send_sgi(SGI_GRACE, cpu);
		}
	}
	return ticket;
}

bool grace_is_over(uint64_t ticket)
{
	if (mutant(grace_skipped)) {
		return true;
	}
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		/* Acquire: what it did is done before anything is freed. */
		if (__atomic_load_n(&passed[cpu], __ATOMIC_ACQUIRE) < ticket) {
			return false;
		}
	}
	return true;
}
