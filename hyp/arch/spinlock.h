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

#include <stdbool.h>
#include <stdint.h>

#include "arch/percpu.h"
#include "lib/assert.h"

struct spinlock {
	uint32_t holder; /* index of the CPU that has it, plus 1; 0: free */
};

#define SPINLOCK_INIT \
	{             \
		0     \
	}

/** Wait until @lock is free and take it as @me; spin_lock()'s long way. */
void spin_wait(struct spinlock *lock, uint32_t me);

static inline void spin_lock(struct spinlock *lock)
{
	uint32_t me = cpu_index() + 1;
	uint32_t free = 0;

	/* Acquire: nothing of the critical section is done before it is ours. */
	if (!__atomic_compare_exchange_n(&lock->holder, &free, me, false,
	                                 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		spin_wait(lock, me);
	}
}

/** Take @lock if nobody has it. @return whether */
static inline bool spin_trylock(struct spinlock *lock)
{
	uint32_t me = cpu_index() + 1;
	uint32_t free = 0;

	return __atomic_compare_exchange_n(&lock->holder, &free, me, false,
	                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void spin_unlock(struct spinlock *lock)
{
	/* Release: the next owner sees all that was done inside. */
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

/** Panics unless this CPU holds @lock. */
static inline void assert_locked(const struct spinlock *lock)
{
	ASSERT(__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) ==
	       cpu_index() + 1);
}

#endif
