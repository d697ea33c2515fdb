/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System time: nanoseconds since the hypervisor started, from the system
 * counter; and the wall clock, which the hardware domain sets.
 */
#ifndef DOMAIN_TIME_H
#define DOMAIN_TIME_H

#include <stdint.h>

struct domain;

/* System time 0 is now. */
void time_init(void);

/* The system time at counter value @counter. */
uint64_t time_at(uint64_t counter);
/* How long @ticks of the counter are, in ns; exact, rounded down. */
uint64_t time_ticks_to_ns(uint64_t ticks);
/* The first counter value at which it is system time @ns; ~0 when that is
 * beyond what the counter can say. */
uint64_t time_to_counter(uint64_t ns);

/**
 * time_set_wallclock() - It was @sec, @nsec of Unix time at system time @at.
 *
 * Every domain's shared info is updated.
 */
void time_set_wallclock(uint64_t sec, uint32_t nsec, uint64_t at);

/* Write the wall clock into the shared info of a new domain. */
void time_publish_wallclock(struct domain *d);

#endif
