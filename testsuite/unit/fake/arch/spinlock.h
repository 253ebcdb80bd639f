/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks of a host test: one thread, so only their discipline is checked. */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Not lib/assert.h: its ASSERT is the test header's name, too. */
void fake_lock_fault(const char *what);

struct spinlock {
	uint16_t next;
	uint16_t owner;
};

#define SPINLOCK_INIT \
	{             \
		0, 0  \
	}

static inline void spin_lock(struct spinlock *lock)
{
	if (lock->next != lock->owner) {
		fake_lock_fault("taken twice: it would hang");
	}
	lock->next++;
}

static inline bool spin_trylock(struct spinlock *lock)
{
	spin_lock(lock);
	return true;
}

static inline void spin_unlock(struct spinlock *lock)
{
	if (lock->next == lock->owner) {
		fake_lock_fault("released, but nobody had it");
	}
	lock->owner++;
}

static inline void assert_locked(const struct spinlock *lock)
{
	if (lock->next == lock->owner) {
		fake_lock_fault("not held");
	}
}

#endif
