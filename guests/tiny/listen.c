/* SPDX-License-Identifier: BSD-2-Clause */
#include "listen.h"

#include <stddef.h>

#include "rt/irq.h"

volatile unsigned heard[LISTEN_MAX];

static void on_irq(unsigned intid, void *arg)
{
	(void)arg;
	heard[intid]++;
}

void listen_to(unsigned intid)
{
	heard[intid] = 0;
	irq_attach(intid, on_irq, NULL);
	irq_set_edge(intid, true);
	irq_enable(intid);
}
