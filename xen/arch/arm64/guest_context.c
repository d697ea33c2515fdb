/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a vCPU as the toolstack sets and reads them. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>

#include <arch/vcpu.h>
#include <core/errno.h>

#include "arch/arm64/context.h"
#include "domain/domain.h"

static_assert(offsetof(struct vcpu_guest_core_regs, pc64) == 31 * 8 &&
		      offsetof(struct vcpu_guest_core_regs, cpsr) == 32 * 8,
	      "Xen ABI: x0 to x30 in order");

int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	const struct vcpu_guest_core_regs *r = &c->user_regs;

	if (!arch_vcpu_mode_ok(r->cpsr)) {
		return -XEN_EINVAL;
	}
	arch_vcpu_reset(v, r->pc64, 0);
	memcpy(v->regs.x, &r->x0, sizeof(v->regs.x));
	v->regs.cpsr = r->cpsr;
	v->arch->state.spsr = r->spsr_el1;
	v->arch->state.sp_el0 = r->sp_el0;
	v->arch->state.sp_el1 = r->sp_el1;
	v->arch->state.elr = r->elr_el1;
	v->arch->state.sctlr = c->sctlr;
	v->arch->state.tcr = c->ttbcr;
	v->arch->state.ttbr0 = c->ttbr0;
	v->arch->state.ttbr1 = c->ttbr1;
	return 0;
}

void arch_vcpu_get_context(const struct vcpu *v, struct vcpu_guest_context *c)
{
	struct vcpu_guest_core_regs *r = &c->user_regs;

	memset(c, 0, sizeof(*c));
	memcpy(&r->x0, v->regs.x, sizeof(v->regs.x));
	r->pc64 = v->regs.pc;
	r->cpsr = v->regs.cpsr;
	r->spsr_el1 = v->arch->state.spsr;
	r->sp_el0 = v->arch->state.sp_el0;
	r->sp_el1 = v->arch->state.sp_el1;
	r->elr_el1 = v->arch->state.elr;
	c->sctlr = v->arch->state.sctlr;
	c->ttbcr = v->arch->state.tcr;
	c->ttbr0 = v->arch->state.ttbr0;
	c->ttbr1 = v->arch->state.ttbr1;
}
