/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of interrupt handlers and the way from the GIC to it. */
#include "drv/irq.h"

#include <stddef.h>

#include "drv/gic.h"
#include "drv/gicc.h"
#include "lib/assert.h"

static struct {
	irq_fn *fn;
	void *arg;
} handlers[IRQ_COUNT];

void irq_handle(uint32_t intid, irq_fn *fn, void *arg)
{
	ASSERT(intid < IRQ_COUNT);
	handlers[intid].arg = arg;
	/* The handler is not seen without its argument. */
	__atomic_store_n(&handlers[intid].fn, fn, __ATOMIC_RELEASE);
}

void irq_run(uint32_t intid)
{
	irq_fn *fn;

	if (intid >= IRQ_COUNT) {
		return;
	}
	gic_eoi(intid);
	fn = __atomic_load_n(&handlers[intid].fn, __ATOMIC_ACQUIRE);
	if (fn == NULL) {
		gic_disable(intid); /* or it would come for ever */
		gic_deactivate(intid);
	} else if (fn(intid, handlers[intid].arg)) {
		gic_deactivate(intid);
	}
}

uint32_t irq_take(void)
{
	uint32_t intid = gic_ack();

	irq_run(intid);
	return intid;
}
