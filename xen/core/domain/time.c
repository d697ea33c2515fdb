/* SPDX-License-Identifier: BSD-2-Clause */
/* System time and wall clock. */
#include "domain/time.h"

#include <arch/cpu.h>
#include <core/lock.h>

#include "domain/domain.h"

#define NS UINT64_C(1000000000)

static uint64_t counter_at_start;

/* Unix time at system time 0; guarded by the lock. */
static uint64_t wall_sec;
static uint32_t wall_nsec;
static struct spinlock wall_lock = SPINLOCK_INIT;

void time_init(void)
{
	counter_at_start = arch_counter();
}

uint64_t time_ticks_to_ns(uint64_t ticks)
{
	uint64_t hz = arch_counter_hz();

	return ticks / hz * NS + ticks % hz * NS / hz;
}

uint64_t time_at(uint64_t counter)
{
	return time_ticks_to_ns(counter - counter_at_start);
}

uint64_t time_to_counter(uint64_t ns)
{
	uint64_t hz = arch_counter_hz();
	uint64_t ticks, rest;

	if (__builtin_mul_overflow(ns / NS, hz, &ticks)) {
		return ~UINT64_C(0);
	}
	/* Below hz * NS: fits, as counters run at less than 18 GHz. */
	rest = (ns % NS * hz + NS - 1) / NS;
	if (__builtin_add_overflow(ticks, rest, &ticks) ||
	    __builtin_add_overflow(ticks, counter_at_start, &ticks)) {
		return ~UINT64_C(0);
	}
	return ticks;
}

/* Guests read the two words between two equal, even versions. */
static void publish(struct shared_info *s)
{
	uint32_t version = (s->wc_version + 1) | 1;

	__atomic_store_n(&s->wc_version, version, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&s->wc_sec, (uint32_t)wall_sec, __ATOMIC_RELAXED);
	__atomic_store_n(&s->wc_sec_hi, wall_sec >> 32, __ATOMIC_RELAXED);
	__atomic_store_n(&s->wc_nsec, wall_nsec, __ATOMIC_RELAXED);
	__atomic_store_n(&s->wc_version, version + 1, __ATOMIC_RELEASE);
}

void time_publish_wallclock(struct domain *d)
{
	spin_lock(&wall_lock);
	publish(d->shared_info);
	spin_unlock(&wall_lock);
}

void time_set_wallclock(uint64_t sec, uint32_t nsec, uint64_t at)
{
	uint64_t start = sec * NS + nsec - at;
	struct domain *d = NULL;

	spin_lock(&wall_lock);
	wall_sec = start / NS;
	wall_nsec = start % NS;
	while ((d = domain_next(d))) {
		publish(d->shared_info);
	}
	spin_unlock(&wall_lock);
}
