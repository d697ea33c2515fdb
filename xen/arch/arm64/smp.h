/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and stopping processors. */
#ifndef ARM64_SMP_H
#define ARM64_SMP_H

#include <core/compiler.h>

struct dt_host;
struct pcpu;
struct vcpu;

/* The SGIs: look at the work word; stop for good. */
#define SMP_KICK_SGI 0
#define SMP_STOP_SGI 1

/* Number the CPUs of the device tree, up to @max_cpus (0: as many as can be);
 * the boot CPU is 0. */
void smp_init(const struct dt_host *host, unsigned int max_cpus);

/* The calling CPU's GIC interface, EL2 registers and private interrupts. */
void smp_cpu_init(void);

/* Start the others by PSCI; each ends in cpu_run(). One that does not start
 * in time ends the list, with a message. */
void smp_start_secondaries(void);

enum smp_stop {
	SMP_STOP_ORDERLY,
	SMP_STOP_CRASH, /* each says what it did */
};

/* Stop all CPUs but this one. Bounded: one that does not answer is named. */
void smp_stop_others(enum smp_stop how);

/* The SGI came. @v: what is loaded here, or NULL. */
void smp_stop_self(const struct vcpu *v) __noreturn_fn;

/* For head.S. */
void secondary_start(void);
void secondary_main(void) __noreturn_fn;

#endif
