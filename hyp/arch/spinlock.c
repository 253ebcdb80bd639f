/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for a lock: out of line, so that taking a free one stays short. */
#include "arch/spinlock.h"

#include <stddef.h>

void spin_wait(struct spinlock *lock, uint32_t me)
{
	uint32_t free;

	/* Waiting for oneself never ends: better to say so. */
	ASSERT(__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) != me);

	/* For who looks into a machine that hangs: what is waited for. */
	this_cpu()->waits_for = lock;
	do {
		/* Only look, until there is something to be had. */
		while (__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) != 0) {
			__asm__ volatile("yield");
		}
		free = 0;
		/* Acquire: as in spin_lock(). */
	} while (!__atomic_compare_exchange_n(&lock->holder, &free, me, false,
	                                      __ATOMIC_ACQUIRE,
	                                      __ATOMIC_RELAXED));
	this_cpu()->waits_for = NULL;
}
