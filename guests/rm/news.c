/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/news.h"

#include "rm/client.h"
#include "rt/irq.h"
#include "rt/sysreg.h"

#define INTID_FIRST 96 /* behind those of the clients' queues */

_Static_assert(VMS_MAX <= 32, "one bit for each record");

static volatile uint32_t told; /* bits; written with interrupts masked */

static unsigned index_of(const struct vm *vm)
{
	return (unsigned)(vm - vms);
}

static void on_interrupt(unsigned intid, void *arg)
{
	(void)arg;
	told |= 1u << (intid - INTID_FIRST);
	client_work = 1;
}

unsigned news_open(const struct vm *vm)
{
	unsigned intid = INTID_FIRST + index_of(vm);

	(void)news_take(vm);
	irq_attach(intid, on_interrupt, NULL);
	irq_set_edge(intid, true);
	irq_enable(intid);
	return intid;
}

void news_close(const struct vm *vm)
{
	irq_disable(INTID_FIRST + index_of(vm));
}

bool news_take(const struct vm *vm)
{
	uint32_t bit = 1u << index_of(vm);
	bool was = (told & bit) != 0;

	if (was) {
		irq_mask(); /* others' bits may be set meanwhile */
		told &= ~bit;
		irq_unmask();
	}
	return was;
}
