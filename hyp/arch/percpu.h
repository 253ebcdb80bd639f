/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each physical CPU has for itself, found through TPIDR_EL2.
 *
 * Floors above keep their per-CPU state in arrays of their own, indexed by
 * cpu_index(); here is only what assembly and every exit needs.
 */
#ifndef ARCH_PERCPU_H
#define ARCH_PERCPU_H

/* Offsets for assembly, checked in arch/percpu.c. */
#define PERCPU_VCPU      0
#define PERCPU_STACK     8
#define PERCPU_EMERGENCY 16

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

#include <abi/boot.h>
#include <abi/trace.h>

#define CPUS_MAX BOOT_CPUS_MAX

struct spinlock;
struct vcpu;

struct percpu {
	struct vcpu *vcpu;          /* running here, NULL while idle */
	uint64_t stack_top;         /* where each exit's stack begins */
	uint64_t emergency_top;     /* stack for our own faults */
	struct trace_record *slots; /* of this CPU's trace ring */
	uint64_t trace_cpu;         /* index, where a trace record has it */
	uint32_t index;             /* 0 to CPUS_MAX - 1 */
	volatile uint32_t resched; /* ask the scheduler before the next entry */
	struct vcpu *loaded;       /* whose EL1 state is in the registers */
	uint64_t mpidr;            /* affinity fields of MPIDR_EL1 */
	const struct spinlock *volatile waits_for; /* while spinning */
	bool is_online;
	/* Where records of each class go: this CPU's slots, or nowhere. */
	struct trace_record *class_slots[TRACE_CLASSES];
};

extern struct percpu percpu_table[CPUS_MAX];

/** This CPU's own. */
static inline struct percpu *this_cpu(void)
{
	struct percpu *here;

	/* Not volatile: it never changes on one CPU, so one read will do. */
	__asm__("mrs %0, tpidr_el2" : "=r"(here));
	return here;
}

/** 0 to CPUS_MAX - 1. */
static inline unsigned cpu_index(void)
{
	return this_cpu()->index;
}

/** CPUs of the machine, those that failed to start included. */
unsigned cpu_count(void);
#endif

#endif
