/* SPDX-License-Identifier: BSD-2-Clause */
/* Making vCPUs, and the time they spend in each state. */
#ifndef DOMAIN_VCPU_H
#define DOMAIN_VCPU_H

#include <stdint.h>

#include <core/addr.h>
#include <core/compiler.h>

struct domain;
struct vcpu;
struct vcpu_runstate_info;

/* Offline, with registers in reset state. NULL when out of memory. */
struct vcpu *vcpu_create(struct domain *d, unsigned int id) __must_check;
/* It runs nowhere and is in no run queue. */
void vcpu_destroy(struct vcpu *v);

/**
 * runstate_change() - @v enters RUNSTATE_@state at counter value @now.
 *
 * Called by the switch of vCPUs, on the CPU of @v. Accounts only; what the
 * guest sees is written by runstate_publish().
 */
void runstate_change(struct vcpu *v, unsigned int state, uint64_t now);

/* Times and state of @v as the ABI tells them. */
void runstate_get(struct vcpu *v, struct vcpu_runstate_info *info);

/* The area of @v is at @gva from now on. @caller, loaded on this CPU, may be
 * another vCPU of the domain: @v writes there only before or after. */
void runstate_register(struct vcpu *caller, struct vcpu *v, gva_t gva);

/* How long @v has been running, in ns. */
uint64_t runstate_running_ns(const struct vcpu *v);

/* Write the area that @v, loaded on this CPU, has registered; if any. A page
 * that is not there is the guest's loss. */
void runstate_publish(struct vcpu *v);

#endif
