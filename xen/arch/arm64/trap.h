/* SPDX-License-Identifier: BSD-2-Clause */
/* Between entry.S and the handlers of what a guest trapped for. */
#ifndef ARM64_TRAP_H
#define ARM64_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#include "abort/abort.h"
#include "domain/domain.h"

struct domain;
struct vcpu;
struct vcpu_regs;

/* ESR_EL2, DDI 0487: "ESR_EL2, Exception Syndrome Register (EL2)". */
#define ESR_EC(esr)  ((esr) >> 26 & 0x3f)
#define ESR_ISS(esr) ((esr)&0x1ffffff)
#define ESR_IL	     (UINT64_C(1) << 25)

/* Called by entry.S. */
void trap_sync(struct vcpu *v, uint64_t esr);
void trap_sync32(struct vcpu *v, uint64_t esr);
void trap_irq(struct vcpu *v);
void trap_fiq(struct vcpu *v);
void trap_serror(struct vcpu *v, uint64_t esr);
struct vcpu *vcpu_exit_work(struct vcpu *v);
void enter_guest(struct vcpu *v) __noreturn_fn;
void el2_trap(uint64_t vector, struct vcpu_regs *regs);

/* Past the instruction that trapped, which may be a 16-bit one of AArch32. */
static inline void skip_instruction(struct vcpu *v, uint64_t esr)
{
	v->regs.pc += esr & ESR_IL ? 4 : 2;
}

/*
 * guest.c: whether the instruction at @pc is an AT, whose walk of the guest's
 * tables has aborted. Its result is a failed translation then.
 */
bool guest_at_aborted(uint64_t pc);

/* By exception class. */
void trap_sysreg(struct vcpu *v, uint64_t esr);
void trap_data_abort(struct vcpu *v, uint64_t esr);
void trap_fetch_abort(struct vcpu *v, uint64_t esr);

/* @v, loaded here, takes an exception at EL1. @gva: FAR_EL1 for aborts. */
void inject(struct vcpu *v, struct inject what, uint64_t gva);
void inject_undef(struct vcpu *v);

/* sysreg.c: what the ID registers tell guests, computed once. */
void sysreg_init(unsigned int ipa_bits);

/* irq.c: physical interrupts. */
void irq_init(unsigned int hyp_timer_ppi, unsigned int maintenance_ppi);
/* @intid belongs to the virtual interrupt of the same number of @d. */
void irq_give(unsigned int intid, struct domain *d);
/* An interrupt of the hypervisor itself; level sources must be quiet when
 * @handler returns. */
void irq_handle(unsigned int intid, void (*handler)(void));
/* Serve what is pending on this CPU; for the idle loop. */
void irq_poll(struct vcpu *v);

/* context.c: schedule and run guests on this CPU. */
void cpu_run(void) __noreturn_fn;

#endif
