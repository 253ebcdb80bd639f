/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks: pages of the heap, mapped between holes. */
#include "mem/stack.h"

#include "arch/percpu.h"
#include "lib/assert.h"
#include "mem/page.h"
#include "mem/stage1.h"

static unsigned made; /* CPUs 0 to made - 1 */

static void map_pages(uint64_t va, unsigned order)
{
	void *pages = page_alloc_order(order, PAGE_STACK);

	ASSERT(pages != NULL);
	stage1_map(va, virt_to_phys(pages), (uint64_t)PAGE_SIZE << order,
	           STAGE1_RAM);
}

void stack_make(unsigned cpu)
{
	uint64_t area = STACK_VA + (uint64_t)cpu * STACK_STRIDE;

	ASSERT(cpu == made);
	map_pages(area + STACK_BASE, STACK_ORDER);
	map_pages(area + EMERGENCY_BASE, EMERGENCY_ORDER);
	percpu_table[cpu].stack_top = area + STACK_TOP;
	percpu_table[cpu].emergency_top = area + EMERGENCY_TOP;
	made++;
}

bool stack_is_mapped(uint64_t at)
{
	uint64_t in = at & (STACK_STRIDE - 1);

	if (at < STACK_VA || at >= STACK_VA + (uint64_t)made * STACK_STRIDE) {
		return false;
	}
	return (in >= STACK_BASE && in < STACK_TOP) ||
	       (in >= EMERGENCY_BASE && in < EMERGENCY_TOP);
}
