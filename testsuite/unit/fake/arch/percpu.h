/* SPDX-License-Identifier: BSD-2-Clause */
/* For host tests, in place of hyp/arch/percpu.h: the test says which CPU. */
#ifndef ARCH_PERCPU_H
#define ARCH_PERCPU_H

#include <stdbool.h>
#include <stdint.h>

#include <abi/boot.h>
#include <abi/trace.h>

#define CPUS_MAX BOOT_CPUS_MAX

struct vcpu;

struct percpu {
	struct vcpu *vcpu;
	struct vcpu *loaded;
	uint32_t index;
	volatile uint32_t resched;
	uint64_t mpidr;
	bool is_online;
};

extern struct percpu percpu_table[CPUS_MAX];
extern unsigned fake_cpu; /* index of "this" CPU */

static inline struct percpu *this_cpu(void)
{
	return &percpu_table[fake_cpu];
}

static inline unsigned cpu_index(void)
{
	return fake_cpu;
}

#endif
