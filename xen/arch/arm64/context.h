/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a vCPU that is in registers while it is loaded. */
#ifndef ARM64_CONTEXT_H
#define ARM64_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <core/addr.h>

#include "sched/timer.h"

struct vcpu;

struct fpsimd {
	__uint128_t v[32];
	uint64_t fpsr;
	uint64_t fpcr;
};

/* FEAT_PAuth keys, low and high half: IA, IB, DA, DB, GA. */
struct pauth_keys {
	uint64_t key[10];
};

/* What a vCPU finds zero after CPU_ON, SCTLR_EL1 apart. */
struct guest_state {
	uint64_t sctlr, tcr, ttbr0, ttbr1, mair, amair, contextidr;
	uint64_t tpidr_el0, tpidrro_el0, tpidr_el1;
	uint64_t vbar, esr, far, afsr0, afsr1, elr, spsr, sp_el1, sp_el0;
	uint64_t cpacr, csselr, par, cntkctl;
	uint64_t cntv_ctl, cntv_cval, cntp_ctl, cntp_cval;
	struct pauth_keys pauth;
	struct fpsimd fpsimd;
};

/* The last stage-2 abort that was injected, and how often again since. */
struct last_abort {
	uint64_t pc;
	ipa_t ipa;
	uint64_t count;
};

struct arch_vcpu {
	struct last_abort last_abort;
	uint64_t hcr; /* HCR_EL2; VSE may be pending in it */
	uint64_t vmpidr;
	struct timer wake; /* its timers, while it is not loaded */
	struct guest_state state;
};

void fpsimd_save(struct fpsimd *state);
void fpsimd_load(const struct fpsimd *state);

/* el2regs.c, once a CPU: the EL2 registers that are the same for every guest. */
void context_cpu_init(void);

/* stage2.c: a table of nothing and a VMID of nobody, on this CPU. */
void stage2_load_none(void);

/* Whether WFI of @v, loaded here, traps, as sched_alone() says now. */
void context_trap_wfi(const struct vcpu *v);

/* Make @next, or none (NULL), the loaded vCPU of this CPU, saving the one that
 * was. */
void context_switch(struct vcpu *next);

#endif
