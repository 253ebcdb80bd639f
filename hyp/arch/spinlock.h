/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlock, fair among the CPUs.
 *
 * IRQs are masked all the time at EL2, so a holder is never interrupted and
 * nothing needs to be saved.  The order of locks is in hyp/LOCKS.md.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <stdint.h>

#include "lib/assert.h"

struct spinlock {
	uint16_t next;  /* ticket the next comer draws */
	uint16_t owner; /* ticket that holds the lock */
};

#define SPINLOCK_INIT \
	{             \
		0, 0  \
	}

static inline void spin_lock(struct spinlock *lock)
{
	uint16_t mine = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	/* Acquire: nothing of the critical section is done before it is ours. */
	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != mine) {
		__asm__ volatile("yield");
	}
}

static inline void spin_unlock(struct spinlock *lock)
{
	/* Release: the next owner sees all that was done inside. */
	__atomic_store_n(&lock->owner, (uint16_t)(lock->owner + 1),
	                 __ATOMIC_RELEASE);
}

/** Panics unless somebody holds @lock; the caller should be the one. */
static inline void assert_locked(const struct spinlock *lock)
{
	ASSERT(__atomic_load_n(&lock->next, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&lock->owner, __ATOMIC_RELAXED));
}

#endif
