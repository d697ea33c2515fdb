/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a vCPU has put off until the way out of the hypervisor. For handlers
 * of emulated regions: they run in an epoch section, and so must not commit a
 * memory map, or wait for anything else.
 */
#ifndef DOMAIN_LATER_H
#define DOMAIN_LATER_H

#include <stdint.h>

struct vcpu;

/* Outside of epoch sections, without locks. Return: 0; -XEN_ERESTART: once
 * more, when interrupts have been looked at. */
typedef int vcpu_later_fn(struct vcpu *v, uint64_t arg);

/**
 * vcpu_later() - Call @fn for @v before it enters the guest again.
 * @v:   made the access, and is loaded on this CPU.
 * @arg: a number, not a pointer: the region may be gone by then, with all that
 *       is behind it. @fn looks up what it needs.
 *
 * There is one @fn at a time, the last: one access has one consequence. The
 * guest's instruction is complete when @fn is.
 */
void vcpu_later(struct vcpu *v, vcpu_later_fn *fn, uint64_t arg);

/* The way out (WORK_LATER): call what was put off. */
void vcpu_do_later(struct vcpu *v);

#endif
