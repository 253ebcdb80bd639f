/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs: what each one keeps for itself, and starting more of them by PSCI.
 *
 * cpus[0] is the CPU that booted; the others follow in the order of the device
 * tree.  A started CPU sleeps until cpu_call(); it runs each function on a stack
 * of its own, with the MMU on and IRQs masked.
 */
#ifndef RT_CPU_H
#define RT_CPU_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPU_MAX 8

/* State of a CPU at the first instruction it ran here; see start.S. */
struct cpu_entry {
	uint64_t x[31];
	uint64_t cntpct, cntvct; /* CNTPCT first, right at the entry */
	uint64_t current_el, daif, spsel, sctlr;
};
static_assert(offsetof(struct cpu_entry, cntpct) == 248, "start.S knows it");
static_assert(offsetof(struct cpu_entry, sctlr) == 288, "start.S knows it");

struct fault;

struct cpu {
	unsigned index;
	uint64_t mpidr;             /* affinity fields only */
	struct fault *expected;     /* see fault.h */
	uint64_t redist;            /* GIC redistributor, 0: none */
	volatile uint64_t irqs;     /* interrupts taken */
	volatile uint64_t spurious; /* of them, with nothing to acknowledge */
	volatile bool is_online;
	void (*volatile work)(void *arg); /* NULL: idle */
	void *volatile work_arg;
	struct cpu_entry entry;
};

extern struct cpu cpus[CPU_MAX];
extern unsigned cpu_count;

/* The boot CPU's state at entry, with its SIMD registers. */
extern struct cpu_entry boot_entry;
extern uint64_t boot_simd[64];

/* Where a CPU that PSCI starts must enter; its context is its struct cpu. */
extern char secondary_entry[];

static inline struct cpu *cpu_self(void)
{
	struct cpu *self;

	__asm__("mrs %0, tpidr_el1" : "=r"(self));
	return self;
}

/**
 * Start CPU @index and wait until it is online.
 * @return what PSCI CPU_ON returned, 0 when it is up
 */
int64_t cpu_start(unsigned index);

/** Start every CPU. @return how many are online, this one included. */
unsigned cpu_start_all(void);

/** Give @work to CPU @index; it must be online and idle. */
void cpu_call(unsigned index, void (*work)(void *arg), void *arg);

/** Wait until CPU @index has finished its work. */
void cpu_join(unsigned index);

/** Let CPU @index leave by CPU_OFF; waits until AFFINITY_INFO says so. */
void cpu_stop(unsigned index);

/** For rt itself: reads the CPUs from the device tree. */
void cpu_init(void);

#endif
