/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test build looks at EL2's own translation, at boot, when all of it is
 * there: nothing is both writable and executable, what is read-only has no
 * writable twin, and the holes around stacks are holes.
 *
 * Each entry is read, and the places that matter are asked of the hardware.
 */
#include <arm64/sysreg.h>

#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "lib/assert.h"
#include "mem/image.h"
#include "mem/stack.h"
#include "mem/stage1.h"

#define ENTRIES 512
#define PAR_F   BIT(0)

static void check_leaf(uint64_t va, uint64_t entry, uint64_t size)
{
	uint64_t text = (uint64_t)image_text, rodata = (uint64_t)image_rodata;
	uint64_t to = entry & PTE_ADDR & ~(size - 1);
	bool is_writable = (entry & PTE_AP_RO) == 0;
	bool is_executable = (entry & PTE_XN) == 0;

	ASSERT(va != 0);
	ASSERT(!(is_writable && is_executable));
	ASSERT(!is_executable || (va >= text && va + size <= rodata));
	/* What may not be written here may not be written elsewhere. */
	ASSERT(!is_writable || to + size <= virt_to_phys(image_text).v ||
	       to >= virt_to_phys(image_data).v);
}

/* @return  how many leaves there are */
static unsigned check_table(const uint64_t *table, uint64_t va, unsigned level)
{
	uint64_t size = UINT64_C(1) << (39 - 9 * level);
	unsigned count = 0;

	for (uint64_t i = 0; i < ENTRIES; i++, va += size) {
		uint64_t entry = table[i];

		if ((entry & PTE_VALID) == 0) {
			continue;
		}
		if (level < 3 && (entry & PTE_TABLE) != 0) {
			count += check_table(phys_to_virt(pa(entry & PTE_ADDR)),
			                     va, level + 1);
		} else {
			check_leaf(va, entry, size);
			count++;
		}
	}
	return count;
}

static bool may_read(uint64_t va)
{
	__asm__ volatile("at s1e2r, %0" : : "r"(va) : "memory");
	isb(); /* PAR_EL1 has the result; no guest has begun */
	return (sysreg_read(PAR_EL1) & PAR_F) == 0;
}

static bool may_write(uint64_t va)
{
	__asm__ volatile("at s1e2w, %0" : : "r"(va) : "memory");
	isb();
	return (sysreg_read(PAR_EL1) & PAR_F) == 0;
}

static void check_stacks(unsigned cpu)
{
	uint64_t area = STACK_VA + (uint64_t)cpu * STACK_STRIDE;

	for (uint64_t at = 0; at < STACK_STRIDE; at += PAGE_SIZE) {
		bool is_stack = (at >= STACK_BASE && at < STACK_TOP) ||
		                (at >= EMERGENCY_BASE && at < EMERGENCY_TOP);

		ASSERT(may_read(area + at) == is_stack);
		ASSERT(may_write(area + at) == is_stack);
	}
}

unsigned stage1_self_check(void)
{
	uint64_t rodata = (uint64_t)image_rodata;

	ASSERT(!may_read(0));
	for (uint64_t at = (uint64_t)image_text; at < (uint64_t)image_data;
	     at += PAGE_SIZE) {
		ASSERT(may_read(at) && !may_write(at));
	}
	ASSERT(may_write((uint64_t)image_data) && rodata % PAGE_SIZE == 0);
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		check_stacks(cpu);
	}
	return check_table(phys_to_virt(pa(stage1_ttbr)), 0, 0);
}
