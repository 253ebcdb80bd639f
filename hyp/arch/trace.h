/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing the trace ring (layout and ids: abi/trace.h). */
#ifndef ARCH_TRACE_H
#define ARCH_TRACE_H

#include <stdint.h>

#include <abi/trace.h>

#include "arch/percpu.h"

#define TRACE_SLOTS 256 /* per CPU, a power of two */

/*
 * Who a record is about: vCPU index and VMID, already where the record's
 * second word has them.  struct vcpu keeps its own ready (trace_who).
 */
#define TRACE_WHO(vmid, vcpu) ((uint64_t)(vmid) << 32 | (uint64_t)(vcpu) << 24)
#define TRACE_NOBODY          TRACE_WHO(0, 0xff)

/* The counter of a ring, seen from its first slot. */
#define TRACE_HEAD(slot) (*(uint64_t *)((char *)(slot)-TRACE_HEAD_BACK))
#define TRACE_HEAD_BACK  48

/**
 * Write one record whose last word is not known yet.
 *
 * @return  where that word goes; the caller writes it in any case. Good until
 *          the ring has gone round, which nothing inside one exit can do.
 * Otherwise as trace().
 */
static inline uint64_t *trace_begin(enum trace_id id, uint64_t who,
                                    uint64_t aux, uint64_t a)
{
#ifdef TRACE_RING_OFF
	/* Only bench has such an image, to say what the ring costs. */
	extern uint64_t trace_nowhere;

	(void)id, (void)who, (void)aux, (void)a;
	return &trace_nowhere;
#else
	struct percpu *here = this_cpu();
	/* To be off costs nothing: the record goes where nobody looks. */
	struct trace_record *slots = here->class_slots[TRACE_CLASS_OF(id)];
	uint64_t head = TRACE_HEAD(slots);
	uint64_t *slot = (uint64_t *)&slots[head & (TRACE_SLOTS - 1)];
	uint64_t now;

	__asm__ volatile("mrs %0, cntpct_el0" : "=r"(now));
	slot[0] = now;
	slot[1] = who + here->trace_cpu + (uint64_t)id + (aux << 48);
	slot[2] = a;
	/* A reader on this CPU (panic) must not see the head move early. */
	__asm__ volatile("" ::: "memory");
	TRACE_HEAD(slots) = head + 1;
	return &slot[3];
#endif
}

/**
 * Write one record; about 14 instructions.
 *
 * @who  TRACE_NOBODY, TRACE_WHO(), or a vCPU's trace_who
 * @aux, @a, @b  see the table of ids
 * Context: any; only this CPU's ring is written.
 */
static inline void trace(enum trace_id id, uint64_t who, uint64_t aux,
                         uint64_t a, uint64_t b)
{
	*trace_begin(id, who, aux, a) = b;
}

/** Records that all CPUs have written. Context: any; others go on meanwhile. */
uint64_t trace_count(void);

/**
 * Classes on and off, on all CPUs; what is in both is off. Those that are not
 * there are ignored.
 * @return  TRACE_CLASS_*: those that are on afterwards
 * Context: any; another CPU may still write a record or two as before.
 */
uint32_t trace_set_classes(uint64_t on, uint64_t off);

/** Make the rings; before this, and on no other CPU, nothing may trace. */
void trace_init(void);

#endif
