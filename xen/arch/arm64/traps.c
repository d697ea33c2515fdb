/* SPDX-License-Identifier: BSD-2-Clause */
/* Synchronous exceptions from a guest, by exception class. */
#include "arch/arm64/trap.h"

#include <xen/xen.h>

#include <core/bits.h>
#include <core/log.h>

#include "arch/arm64/hcr.h"
#include "arch/arm64/sysreg.h"
#include "domain/domain.h"
#include "hypercall/hypercall.h"
#include "sched/sched.h"
#include "vgic/vgic.h"
#include "vpsci/vpsci.h"

#define ISS_IMM16   0xffff
#define WFX_TI	    GENMASK(1, 0)
#define PSR_AARCH32 BIT(4)

void inject(struct vcpu *v, struct inject what, uint64_t gva)
{
	struct inject_state s = {
		.pc = v->regs.pc,
		.cpsr = v->regs.cpsr,
		.vbar = READ_SYSREG(vbar_el1),
		.sctlr = READ_SYSREG(sctlr_el1),
	};

	inject_exception(&s, what);
	v->regs.pc = s.pc;
	v->regs.cpsr = s.cpsr;
	WRITE_SYSREG(elr_el1, s.elr);
	WRITE_SYSREG(spsr_el1, s.spsr);
	WRITE_SYSREG(esr_el1, s.esr);
	if (what.kind != INJECT_UNDEF) {
		WRITE_SYSREG(far_el1, gva);
	}
}

void inject_undef(struct vcpu *v)
{
	inject(v, (struct inject){ .kind = INJECT_UNDEF }, 0);
}

static void trap_undef(struct vcpu *v, uint64_t esr)
{
	log_guest("d%uv%u: undefined here: HSR=%#llx pc=%#llx", v->domain->id,
		  v->id, (unsigned long long)esr,
		  (unsigned long long)v->regs.pc);
	inject_undef(v);
}

/* WFI gives the CPU away; WFE, when trapped, lets the others run first. */
static void trap_wfx(struct vcpu *v, uint64_t esr)
{
	skip_instruction(v, esr);
	if (esr & WFX_TI) {
		sched_pass(v);
		return;
	}
	/* Block first: whoever injects later finds a blocked vCPU. */
	sched_block(v);
	if (vgic_pending(v)) {
		sched_wake(v);
	}
}

static void trap_hvc(struct vcpu *v, uint64_t esr)
{
	unsigned int imm = esr & ISS_IMM16;

	if (likely(imm == XEN_HYPERCALL_TAG)) {
		hypercall(v);
	} else if (imm == 0) {
		vpsci_call(v);
	} else {
		trap_undef(v, esr);
	}
}

/* Unlike HVC, a trapped SMC leaves the PC at the instruction itself. */
static void trap_smc(struct vcpu *v, uint64_t esr)
{
	v->regs.pc += 4;
	if ((esr & ISS_IMM16) == 0) {
		vpsci_call(v);
	} else {
		v->regs.pc -= 4;
		trap_undef(v, esr);
	}
}

static void (*const handler[64])(struct vcpu *v, uint64_t esr) = {
	[0x00] = trap_undef,
	[0x01] = trap_wfx,
	[0x02 ... 0x15] = trap_undef,
	[0x16] = trap_hvc,
	[0x17] = trap_smc,
	[0x18] = trap_sysreg,
	[0x19 ... 0x1f] = trap_undef,
	[0x20] = trap_fetch_abort,
	[0x21 ... 0x23] = trap_undef,
	[0x24] = trap_data_abort,
	[0x25 ... 0x3f] = trap_undef,
};

void trap_sync(struct vcpu *v, uint64_t esr)
{
	handler[ESR_EC(esr)](v, esr);
}

/*
 * The same from AArch32, which only EL0 can be in. The handlers either skip
 * the instruction, or leave it, or put the guest into its handler at EL1.
 */
void trap_sync32(struct vcpu *v, uint64_t esr)
{
	uint64_t pc = v->regs.pc;

	if (aarch32_executes(esr, v->regs.cpsr)) {
		trap_sync(v, esr);
	} else {
		skip_instruction(v, esr);
	}
	if ((v->regs.cpsr & PSR_AARCH32) && v->regs.pc != pc) {
		v->regs.cpsr = aarch32_next_it(v->regs.cpsr);
	}
}

/* Guests get no group 0 interrupts, and neither does the hypervisor. */
void trap_fiq(struct vcpu *v)
{
	log_guest("d%uv%u: unexpected FIQ", v->domain->id, v->id);
}

/*
 * An asynchronous external abort while the guest ran: it is the guest's
 * (XSA-201), who gets it as a virtual SError.
 */
void trap_serror(struct vcpu *v, uint64_t esr)
{
	log_guest("d%uv%u: SError HSR=%#llx pc=%#llx", v->domain->id, v->id,
		  (unsigned long long)esr, (unsigned long long)v->regs.pc);
	WRITE_SYSREG(hcr_el2, READ_SYSREG(hcr_el2) | HCR_VSE);
}
