/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spinlocks: fair, and a waiter yields in arch_relax().
 * The hypervisor runs with interrupts masked and is never preempted, so one
 * kind of lock is enough. The order of locks is in docs/locking.md.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/cpu.h>

struct spinlock {
	uint16_t owner; /* ticket that holds the lock        */
	uint16_t next;	/* ticket that the next comer draws  */
};

#define SPINLOCK_INIT \
	{             \
		0, 0  \
	}

static inline void spin_lock(struct spinlock *l)
{
	uint16_t mine = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != mine) {
		arch_relax();
	}
}

/*
 * The same, as long as *@broken is false. Once it is true, which is for ever,
 * nobody waits any more: who held the lock may never let go of it.
 *
 * Return: whether @l is held.
 */
static inline bool spin_lock_unless(struct spinlock *l, const bool *broken)
{
	uint16_t mine;

	if (__atomic_load_n(broken, __ATOMIC_RELAXED)) {
		return false;
	}
	mine = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != mine) {
		if (__atomic_load_n(broken, __ATOMIC_RELAXED)) {
			return false;
		}
		arch_relax();
	}
	return true;
}

static inline void spin_unlock(struct spinlock *l)
{
	__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

/* Whether somebody holds @l; for assertions. */
static inline bool spin_is_locked(struct spinlock *l)
{
	return __atomic_load_n(&l->owner, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&l->next, __ATOMIC_RELAXED);
}

#endif
