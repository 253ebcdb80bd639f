/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spinlock: whoever finds it free has it.
 *
 * Not a ticket lock, on purpose.  Under an emulator, or wherever there are
 * fewer real CPUs than ours, the one whose ticket it is may not be running,
 * and everybody waits for it: four CPUs on two cores took several hundred times
 * longer for each turn.  The price is fairness; between two turns a CPU
 * leaves EL2, and that is long enough for the others.
 *
 * IRQs are masked all the time at EL2, so a holder is never interrupted and
 * nothing needs to be saved.  The order of locks is in hyp/LOCKS.md.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <stdint.h>

#include "lib/assert.h"

struct spinlock {
	uint32_t held; /* 1: somebody has it */
};

#define SPINLOCK_INIT \
	{             \
		0     \
	}

static inline void spin_lock(struct spinlock *lock)
{
	/* Acquire: nothing of the critical section is done before it is ours. */
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE) != 0) {
		/* Only look, until there is something to be had. */
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED) != 0) {
			__asm__ volatile("yield");
		}
	}
}

static inline void spin_unlock(struct spinlock *lock)
{
	/* Release: the next owner sees all that was done inside. */
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

/** Panics unless somebody holds @lock; the caller should be the one. */
static inline void assert_locked(const struct spinlock *lock)
{
	ASSERT(__atomic_load_n(&lock->held, __ATOMIC_RELAXED) != 0);
}

#endif
