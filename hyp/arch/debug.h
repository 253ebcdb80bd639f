/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Self-hosted debug: breakpoints, watchpoints, the OS lock.
 *
 * Most guests never use them, so they trap until the first use of one; from
 * then on they are the vCPU's own and move with it.
 */
#ifndef ARCH_DEBUG_H
#define ARCH_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

#define DEBUG_POINTS_MAX 16

struct debug_regs {
	bool is_used;   /* the rest is live */
	bool is_locked; /* OS lock */
	struct {
		uint64_t value, control;
	} brk[DEBUG_POINTS_MAX], wat[DEBUG_POINTS_MAX];
};

/** Power-on state: nothing in use, OS lock set. */
void debug_reset(struct debug_regs *d);

/** This CPU's registers, none of them active; once. */
void debug_init_cpu(void);

/** Out of the hardware, which is left inactive; into it. Only if in use. */
void debug_save_used(struct debug_regs *d);
void debug_load_used(const struct debug_regs *d);

static inline void debug_save(struct debug_regs *d)
{
	if (d->is_used) {
		debug_save_used(d);
	}
}

/* Not in use: everything traps, and nothing is set. */
static inline void debug_load(const struct debug_regs *d)
{
	if (d->is_used) {
		debug_load_used(d);
	}
}

/** @d, which is loaded here, is in use from now on: its registers work. */
void debug_use(struct debug_regs *d);

/** OSLAR_EL1, OSLSR_EL1 of @d, which is loaded here. */
void debug_write_oslar(struct debug_regs *d, uint64_t value);
uint64_t debug_read_oslsr(const struct debug_regs *d);

#endif
