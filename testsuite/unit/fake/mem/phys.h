/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of a host test: physical memory is the test's own, one to one,
 * except for the VMs' RAM, which fake_ram holds.
 */
#ifndef MEM_PHYS_H
#define MEM_PHYS_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SHIFT  12
#define PAGE_SIZE   0x1000
#define BLOCK2_SIZE 0x200000
#define BLOCK1_SIZE 0x40000000

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

static inline void *phys_to_virt(pa_t at)
{
	return (void *)at.v;
}

static inline pa_t virt_to_phys(const void *at)
{
	return pa((uint64_t)at);
}

#endif
