/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A spin lock of load-exclusive and store-exclusive, which every Armv8.0 CPU
 * has.  Holding one masks IRQs, so a handler may take the same lock.
 * Needs the MMU: exclusives work on cacheable memory only.
 */
#ifndef RT_LOCK_H
#define RT_LOCK_H

#include <stdint.h>

#include "rt/sysreg.h"

struct lock {
	uint32_t taken;
	uint64_t daif; /* of the holder, from before */
};

static inline void lock_take(struct lock *lock)
{
	uint64_t daif = irq_save();
	uint32_t seen, failed;

	/*
	 * Load-acquire: nothing of the critical section runs before.  WFE
	 * sleeps until the holder's store clears our exclusive monitor.
	 */
	__asm__ volatile("	sevl\n"
	                 "1:	wfe\n"
	                 "2:	ldaxr	%w0, [%2]\n"
	                 "	cbnz	%w0, 1b\n"
	                 "	stxr	%w1, %w3, [%2]\n"
	                 "	cbnz	%w1, 2b\n"
	                 : "=&r"(seen), "=&r"(failed)
	                 : "r"(&lock->taken), "r"(1)
	                 : "memory");
	lock->daif = daif;
}

static inline void lock_drop(struct lock *lock)
{
	uint64_t daif = lock->daif;

	/* Store-release: everything of the critical section is seen before. */
	__asm__ volatile("stlr wzr, [%0]" ::"r"(&lock->taken) : "memory");
	irq_restore(daif);
}

#endif
