/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods: when may memory go that another CPU could have in its hands?
 *
 * A CPU finds a vCPU in a table, lets the table's lock go, and uses the vCPU:
 * kicks it, for instance.  It keeps what it has found no longer than it stays
 * in EL2, which it never leaves in the middle of such work, because interrupts
 * are masked.  So whatever has been taken out of all tables may be freed when
 * each CPU has since been seen outside: in a guest, or idle.
 *
 *     hide X from all tables
 *     ticket = grace_begin()       an SGI goes to all other CPUs
 *     grace_is_over(ticket)?       each has taken it: free X
 *
 * The SGI is taken only where nothing is held, so looking things up and using
 * them costs nothing.
 */
#ifndef DRV_GRACE_H
#define DRV_GRACE_H

#include <stdbool.h>
#include <stdint.h>

/** Once, at boot. */
void grace_init(void);

/**
 * What was hidden before may be freed when grace_is_over() says so.
 *
 * Context: this CPU holds no pointer to it; any lock may be held.
 */
uint64_t grace_begin(void);

/** Has every CPU been outside EL2 since @ticket was given? Any CPU. */
bool grace_is_over(uint64_t ticket);

#endif
