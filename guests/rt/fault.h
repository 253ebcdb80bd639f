/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions: one that a test expects is recorded and survived; any other is
 * told on the console as a "guest: fatal: " line and ends the VM.
 *
 *     struct fault fault;
 *
 *     fault_expect(&fault);
 *     mmio_read32(hole);
 *     ASSERT(fault_came(&fault));
 *     ASSERT_EQ(FSC_SEA, field_get(ABT_FSC, fault.esr));
 *
 * After an expected fault execution goes on behind the instruction that made
 * it, or, when the instruction could not be fetched, where x30 points: call
 * such an address, do not jump there.  A software step switches stepping off.
 */
#ifndef RT_FAULT_H
#define RT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "rt/sysreg.h"

/* What vectors.S stores, and restores on the way back. */
struct frame {
	uint64_t x[31];
	uint64_t sp; /* from before the exception */
	uint64_t elr, spsr, esr, far;
	uint64_t kind; /* offset of the vector, 0x000 to 0x780 */
	uint64_t fpcr, fpsr, unused;
	__uint128_t q[32];
};

struct fault {
	volatile unsigned count;            /* exceptions seen; 0: none came */
	uint64_t kind, esr, far, elr, spsr; /* of the first */
};

/* Vector offsets, struct fault's kind */
#define VECTOR_SYNC   0x200
#define VECTOR_IRQ    0x280
#define VECTOR_FIQ    0x300
#define VECTOR_SERROR 0x380
#define VECTOR_EL0    0x200 /* add it for an exception from EL0 */

/** From here on a synchronous exception or SError of this CPU goes to @fault. */
void fault_expect(struct fault *fault);

/** Stop expecting. @return whether exactly one exception came */
bool fault_came(struct fault *fault);

static inline unsigned fault_ec(const struct fault *fault)
{
	return (unsigned)field_get(ESR_EC, fault->esr);
}

static inline unsigned fault_fsc(const struct fault *fault)
{
	return (unsigned)field_get(ABT_FSC, fault->esr);
}

/**
 * Replace what an IRQ does, on all CPUs; NULL brings rt's own handler back.
 * @handler must acknowledge the interrupt itself.
 */
void fault_take_irqs(void (*handler)(struct frame *frame));

/** The same for FIQs, which are fatal otherwise. */
void fault_take_fiqs(void (*handler)(struct frame *frame));

/**
 * Who looks at synchronous exceptions first; true: it has dealt with one and
 * has set where to go on.  For code that runs at EL0.
 */
void fault_take_svcs(bool (*handler)(struct frame *frame));

/** Say "guest: fatal: " and @fmt on the console, then end the VM. */
__attribute__((format(printf, 1, 2))) _Noreturn void fatal(const char *fmt,
                                                           ...);

extern char vectors[]; /* for VBAR_EL1 */

#endif
