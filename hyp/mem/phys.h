/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three kinds of address: physical (pa_t), guest-physical (ipa_t), and
 * EL2's own virtual addresses, which are C pointers.
 *
 * Map of EL2's virtual space (one 48-bit table in TTBR0_EL2):
 *
 *     0x0000_0000_0000_0000   never mapped
 *     0x0000_0080_0000_0000   IMAGE_VA    the image
 *     0x0000_0100_0000_0000   STACK_VA    stacks, guard pages between them
 *     0x0000_0180_0000_0000   DEVICE_VA   devices EL2 drives
 *     0x0000_4000_0000_0000   RAM_VA      RAM, at RAM_VA + PA
 */
#ifndef MEM_PHYS_H
#define MEM_PHYS_H

#define IMAGE_VA  0x0000008000000000
#define STACK_VA  0x0000010000000000
#define DEVICE_VA 0x0000018000000000
#define RAM_VA    0x0000400000000000

#define PAGE_SHIFT  12
#define PAGE_SIZE   0x1000
#define BLOCK2_SIZE 0x200000   /* maps one level-2 entry */
#define BLOCK1_SIZE 0x40000000 /* maps one level-1 entry */

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

typedef struct {
	uint64_t v;
} pa_t;

typedef struct {
	uint64_t v;
} ipa_t;

static inline pa_t pa(uint64_t v)
{
	return (pa_t){ v };
}

static inline ipa_t ipa(uint64_t v)
{
	return (ipa_t){ v };
}

static inline pa_t pa_add(pa_t base, uint64_t bytes)
{
	return pa(base.v + bytes);
}

static inline ipa_t ipa_add(ipa_t base, uint64_t bytes)
{
	return ipa(base.v + bytes);
}

static inline bool is_page_aligned(uint64_t v)
{
	return (v & (PAGE_SIZE - 1)) == 0;
}

/** Through the RAM map; @at must be RAM. */
static inline void *phys_to_virt(pa_t at)
{
	return (void *)(at.v + RAM_VA);
}

/** Tell of RAM. Context: boot. */
void phys_add_ram(pa_t base, uint64_t size);

/** Does [base, base + size) lie in one piece of RAM? */
bool phys_is_ram(pa_t base, uint64_t size);

/* IMAGE_VA - physical address of the image; set once, at boot. */
extern uint64_t image_offset;

/** Of a pointer into the RAM map or into the image; nothing else has one. */
static inline pa_t virt_to_phys(const void *at)
{
	uint64_t va = (uint64_t)at;

	return pa(va >= RAM_VA ? va - RAM_VA : va - image_offset);
}
#endif

#endif
