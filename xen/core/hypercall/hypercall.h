/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercall dispatch: number in x16, arguments in x0..x4, result in x0. */
#ifndef HYPERCALL_HYPERCALL_H
#define HYPERCALL_HYPERCALL_H

#include <stdint.h>

struct vcpu;

/*
 * A handler gets the argument registers and returns the result. To be
 * called again later (a long operation, an interrupt waits), it writes the
 * arguments of the next round into @x and returns HYPERCALL_AGAIN.
 */
typedef int64_t hypercall_fn(struct vcpu *v, uint64_t *x);

#define HYPERCALL_AGAIN INT64_MIN
#define HYPERCALL_NR	64

/* HVC #XEN_HYPERCALL_TAG from EL1: reads and writes v->regs. */
void hypercall(struct vcpu *v);

/* The next round of one that returned HYPERCALL_AGAIN, without a way through
 * the guest (WORK_AGAIN). */
void hypercall_again(struct vcpu *v);

/* One of a multicall, or the single one: -XEN_ENOSYS for unknown numbers. */
int64_t hypercall_call(struct vcpu *v, uint64_t nr, uint64_t *x);

hypercall_fn hypercall_console_io;
hypercall_fn hypercall_dm_op;
hypercall_fn hypercall_domctl;
hypercall_fn hypercall_entresol_op;
hypercall_fn hypercall_hvm_op;
hypercall_fn hypercall_memory_op;
hypercall_fn hypercall_multicall;
hypercall_fn hypercall_physdev_op;
hypercall_fn hypercall_platform_op;
hypercall_fn hypercall_sched_op;
hypercall_fn hypercall_sysctl;
hypercall_fn hypercall_vcpu_op;
hypercall_fn hypercall_vm_assist;
hypercall_fn hypercall_xen_version;
hypercall_fn hypercall_xsm_op;

#endif
