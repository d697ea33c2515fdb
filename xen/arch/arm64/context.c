/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers of vCPUs: reset state, saving and loading. */
#include "arch/arm64/context.h"

#include <stddef.h>
#include <string.h>

#include <arch/cpu.h>
#include <arch/stage2.h>
#include <arch/vcpu.h>
#include <core/bits.h>
#include <core/errno.h>

#include "arch/arm64/hcr.h"
#include "arch/arm64/offsets.h"
#include "arch/arm64/pcpu.h"
#include "arch/arm64/sysreg.h"
#include "domain/domain.h"
#include "frame/heap.h"
#include "p2m/p2m.h"
#include "sched/sched.h"
#include "vgic/vgic.h"

_Static_assert(offsetof(struct vcpu, regs) == 0, "entry.S");
_Static_assert(offsetof(struct vcpu_regs, pc) == VCPU_PC, "entry.S");
_Static_assert(offsetof(struct vcpu_regs, cpsr) == VCPU_CPSR, "entry.S");
_Static_assert(offsetof(struct vcpu, work) == VCPU_WORK, "entry.S");
_Static_assert(sizeof(struct vcpu_regs) == EL2_FRAME, "entry.S");
_Static_assert(offsetof(struct pcpu, stack_top) == PCPU_STACK_TOP, "entry.S");

/* FB and BSU are not set: who comes from another CPU finds TLB and instruction
 * cache empty, and what it had under way there is complete. */
#define HCR_GUEST                                                        \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO |     \
	 HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_RW | HCR_TLOR | \
	 HCR_TERR)

#define SCTLR_EL1_RESET	 0x00c50838 /* RES1 of Armv8.0, MMU and caches off */
#define SPSR_EL1H_MASKED 0x3c5

#define TIMER_ENABLE BIT(0)
#define TIMER_IMASK  BIT(1)

/* VMPIDR_EL2: bit 31 is RES1. */
#define MPIDR_RES1     BIT(31)
#define MPIDR_AFFINITY (GENMASK(39, 32) | GENMASK(23, 0))

static bool has_pauth(void)
{
	uint64_t isar1 = READ_SYSREG(id_aa64isar1_el1);

	return isar1 & (GENMASK(11, 4) | GENMASK(31, 24));
}

uint64_t arch_vcpu_mpidr(unsigned int id)
{
	return (id & 0xf) | (uint64_t)(id >> 4) << 8;
}

int arch_vcpu_from_mpidr(uint64_t mpidr)
{
	uint64_t aff = mpidr & MPIDR_AFFINITY;
	uint64_t id = (aff & 0xf) | (aff >> 8 & 0xff) << 4;

	return arch_vcpu_mpidr((unsigned int)id) == aff ? (int)id : -1;
}

/* The timers of @v, not loaded, reached their time: it wants to run. */
static void timer_due(void *opaque)
{
	sched_wake(opaque);
}

int arch_vcpu_create(struct vcpu *v)
{
	struct arch_vcpu *a = heap_alloc(sizeof(*a));

	if (!a) {
		return -XEN_ENOMEM;
	}
	v->arch = a;
	a->hcr = HCR_GUEST | (has_pauth() ? HCR_APK | HCR_API : 0);
	a->vmpidr = arch_vcpu_mpidr(v->id) | MPIDR_RES1;
	timer_init(&a->wake, timer_due, v);
	return 0;
}

void arch_vcpu_destroy(struct vcpu *v)
{
	if (v->arch) {
		timer_cancel(&v->arch->wake);
	}
	heap_free(v->arch);
	v->arch = NULL;
}

void arch_vcpu_reset(struct vcpu *v, uint64_t entry, uint64_t context)
{
	struct arch_vcpu *a = v->arch;

	timer_cancel(&a->wake);
	a->hcr &= ~HCR_VSE;
	memset(&a->state, 0, sizeof(a->state));
	a->state.sctlr = SCTLR_EL1_RESET;
	memset(&v->regs, 0, sizeof(v->regs));
	v->regs.pc = entry;
	v->regs.x[0] = context;
	v->regs.cpsr = SPSR_EL1H_MASKED;
}

static void save_pauth(struct pauth_keys *k)
{
	k->key[0] = READ_SYSREG(S3_0_C2_C1_0);
	k->key[1] = READ_SYSREG(S3_0_C2_C1_1);
	k->key[2] = READ_SYSREG(S3_0_C2_C1_2);
	k->key[3] = READ_SYSREG(S3_0_C2_C1_3);
	k->key[4] = READ_SYSREG(S3_0_C2_C2_0);
	k->key[5] = READ_SYSREG(S3_0_C2_C2_1);
	k->key[6] = READ_SYSREG(S3_0_C2_C2_2);
	k->key[7] = READ_SYSREG(S3_0_C2_C2_3);
	k->key[8] = READ_SYSREG(S3_0_C2_C3_0);
	k->key[9] = READ_SYSREG(S3_0_C2_C3_1);
}

static void load_pauth(const struct pauth_keys *k)
{
	WRITE_SYSREG(S3_0_C2_C1_0, k->key[0]);
	WRITE_SYSREG(S3_0_C2_C1_1, k->key[1]);
	WRITE_SYSREG(S3_0_C2_C1_2, k->key[2]);
	WRITE_SYSREG(S3_0_C2_C1_3, k->key[3]);
	WRITE_SYSREG(S3_0_C2_C2_0, k->key[4]);
	WRITE_SYSREG(S3_0_C2_C2_1, k->key[5]);
	WRITE_SYSREG(S3_0_C2_C2_2, k->key[6]);
	WRITE_SYSREG(S3_0_C2_C2_3, k->key[7]);
	WRITE_SYSREG(S3_0_C2_C3_0, k->key[8]);
	WRITE_SYSREG(S3_0_C2_C3_1, k->key[9]);
}

static void save_el1(struct guest_state *a)
{
	a->sctlr = READ_SYSREG(sctlr_el1);
	a->tcr = READ_SYSREG(tcr_el1);
	a->ttbr0 = READ_SYSREG(ttbr0_el1);
	a->ttbr1 = READ_SYSREG(ttbr1_el1);
	a->mair = READ_SYSREG(mair_el1);
	a->amair = READ_SYSREG(amair_el1);
	a->contextidr = READ_SYSREG(contextidr_el1);
	a->tpidr_el0 = READ_SYSREG(tpidr_el0);
	a->tpidrro_el0 = READ_SYSREG(tpidrro_el0);
	a->tpidr_el1 = READ_SYSREG(tpidr_el1);
	a->vbar = READ_SYSREG(vbar_el1);
	a->esr = READ_SYSREG(esr_el1);
	a->far = READ_SYSREG(far_el1);
	a->afsr0 = READ_SYSREG(afsr0_el1);
	a->afsr1 = READ_SYSREG(afsr1_el1);
	a->elr = READ_SYSREG(elr_el1);
	a->spsr = READ_SYSREG(spsr_el1);
	a->sp_el1 = READ_SYSREG(sp_el1);
	a->sp_el0 = READ_SYSREG(sp_el0);
	a->cpacr = READ_SYSREG(cpacr_el1);
	a->csselr = READ_SYSREG(csselr_el1);
	a->par = READ_SYSREG(par_el1);
	a->cntkctl = READ_SYSREG(cntkctl_el1);
}

static void load_el1(const struct guest_state *a)
{
	WRITE_SYSREG(sctlr_el1, a->sctlr);
	/* Some CPUs (and emulators) drop TLB entries on any write of it. */
	if (READ_SYSREG(tcr_el1) != a->tcr) {
		WRITE_SYSREG(tcr_el1, a->tcr);
	}
	WRITE_SYSREG(ttbr0_el1, a->ttbr0);
	WRITE_SYSREG(ttbr1_el1, a->ttbr1);
	WRITE_SYSREG(mair_el1, a->mair);
	WRITE_SYSREG(amair_el1, a->amair);
	WRITE_SYSREG(contextidr_el1, a->contextidr);
	WRITE_SYSREG(tpidr_el0, a->tpidr_el0);
	WRITE_SYSREG(tpidrro_el0, a->tpidrro_el0);
	WRITE_SYSREG(tpidr_el1, a->tpidr_el1);
	WRITE_SYSREG(vbar_el1, a->vbar);
	WRITE_SYSREG(esr_el1, a->esr);
	WRITE_SYSREG(far_el1, a->far);
	WRITE_SYSREG(afsr0_el1, a->afsr0);
	WRITE_SYSREG(afsr1_el1, a->afsr1);
	WRITE_SYSREG(elr_el1, a->elr);
	WRITE_SYSREG(spsr_el1, a->spsr);
	WRITE_SYSREG(sp_el1, a->sp_el1);
	WRITE_SYSREG(sp_el0, a->sp_el0);
	WRITE_SYSREG(cpacr_el1, a->cpacr);
	WRITE_SYSREG(csselr_el1, a->csselr);
	WRITE_SYSREG(par_el1, a->par);
	WRITE_SYSREG(cntkctl_el1, a->cntkctl);
}

/* Counter value at which a timer's line goes up; ~0 when it will not. */
static uint64_t due_at(uint64_t ctl, uint64_t cval)
{
	bool live = (ctl & TIMER_ENABLE) && !(ctl & TIMER_IMASK);

	return live ? cval : ~UINT64_C(0);
}

/* A timer of the guest that would fire while it is away wakes it. */
static void save_timers(struct vcpu *v)
{
	struct guest_state *a = &v->arch->state;
	uint64_t due;

	a->cntv_ctl = READ_SYSREG(cntv_ctl_el0);
	a->cntv_cval = READ_SYSREG(cntv_cval_el0);
	a->cntp_ctl = READ_SYSREG(cntp_ctl_el0);
	a->cntp_cval = READ_SYSREG(cntp_cval_el0);
	WRITE_SYSREG(cntv_ctl_el0, 0);
	WRITE_SYSREG(cntp_ctl_el0, 0);
	due = min_u64(due_at(a->cntv_ctl, a->cntv_cval),
		      due_at(a->cntp_ctl, a->cntp_cval));
	if (due != ~UINT64_C(0)) {
		timer_set(&v->arch->wake, v->cpu, due);
	}
}

static void load_timers(struct vcpu *v)
{
	const struct guest_state *a = &v->arch->state;

	timer_cancel(&v->arch->wake);
	WRITE_SYSREG(cntv_cval_el0, a->cntv_cval);
	WRITE_SYSREG(cntv_ctl_el0, a->cntv_ctl);
	WRITE_SYSREG(cntp_cval_el0, a->cntp_cval);
	WRITE_SYSREG(cntp_ctl_el0, a->cntp_ctl);
}

static void save(struct vcpu *v)
{
	vgic_save(v);
	save_timers(v);
	save_el1(&v->arch->state);
	v->arch->hcr = READ_SYSREG(hcr_el2);
	fpsimd_save(&v->arch->state.fpsimd);
	if (v->arch->hcr & HCR_API) {
		save_pauth(&v->arch->state.pauth);
	}
	/* Maintenance and stores of the guest, wherever it goes on. */
	dsb(sy);
	__atomic_store_n(&v->running, false, __ATOMIC_RELEASE);
}

/*
 * The CPU may walk speculatively at any moment: its table is that of nothing
 * until the registers of stage 1 are all those of @v.
 */
static void load(struct vcpu *v, unsigned int cpu)
{
	struct domain *d = v->domain;
	struct arch_vcpu *a = v->arch;

	bool moved = v->cpu != cpu;

	v->cpu = (uint16_t)cpu;
	__atomic_store_n(&v->running, true, __ATOMIC_RELEASE);
	WRITE_SYSREG(hcr_el2, a->hcr);
	context_trap_wfi(v);
	WRITE_SYSREG(vtcr_el2, p2m_vtcr(d->p2m));
	WRITE_SYSREG(vmpidr_el2, a->vmpidr);
	load_el1(&a->state);
	isb();
	WRITE_SYSREG(vttbr_el2, p2m_vttbr(d->p2m));
	isb();
	/* Siblings may use equal ASIDs for other tables (R2.9), and what it has
	 * invalidated on another CPU is still remembered here. */
	if (moved || d->last_vcpu[cpu] != v) {
		arch_s2_flush_local();
		d->last_vcpu[cpu] = v;
	}
	if (moved) {
		__asm__ volatile("ic iallu" : : : "memory");
		dsb(nsh);
		isb();
	}
	fpsimd_load(&a->state.fpsimd);
	if (a->hcr & HCR_API) {
		load_pauth(&a->state.pauth);
	}
	load_timers(v);
	vgic_load(v);
}

void context_trap_wfi(const struct vcpu *v)
{
	uint64_t old = READ_SYSREG(hcr_el2);
	uint64_t hcr = sched_alone(v) ? old & ~HCR_TWI : old | HCR_TWI;

	if (hcr != old) {
		WRITE_SYSREG(hcr_el2, hcr);
	}
}

void context_switch(struct vcpu *next)
{
	struct pcpu *cpu = this_pcpu();

	if (cpu->loaded) {
		save(cpu->loaded);
		sched_unloaded(cpu->loaded);
	}
	stage2_load_none();
	if (next) {
		load(next, cpu->cpu);
	}
	cpu->loaded = next;
	cpu->switches++;
}
