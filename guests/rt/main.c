// SPDX-License-Identifier: BSD-2-Clause
/* From start.S to main(): the MMU is on, nothing else is. */
#include "rt/main.h"

#include <stdlib.h>

#include "rt/call.h"
#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/mmu.h"

_Noreturn void rt_main(void *dtb);

extern char image_start[], image_end[];

void rt_main(void *dtb)
{
	/* -v: the original greatest then names each test that passes. */
	static char *argv[] = { "guest", "-v", NULL };
	struct dt_range ram;

	dt_init(dtb);
	call_by_smc = dt_psci_by_smc();
	console_init();

	ram = dt_ram();
	if (ram.size == 0) {
		fatal("no /memory in the device tree");
	}
	/* Not over the image: the holes below its stacks must stay. */
	mmu_fill(ram.base, (uint64_t)(uintptr_t)image_start, MMU_NORMAL);
	mmu_fill((uint64_t)(uintptr_t)image_end, ram.base + ram.size,
	         MMU_NORMAL);
	heap_init((uint64_t)(uintptr_t)image_end, ram.base + ram.size);

	cpu_init();
	irq_init();
	irq_init_cpu();
	exit(main(2, argv));
}
