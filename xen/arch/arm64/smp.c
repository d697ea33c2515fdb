/* SPDX-License-Identifier: BSD-2-Clause */
/* Processors: numbering, start by PSCI, stop. */
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/compiler.h>
#include <core/log.h>

#include "arch/arm64/context.h"
#include "arch/arm64/dirty_state.h"
#include "arch/arm64/gic_cpu.h"
#include "arch/arm64/offsets.h"
#include "arch/arm64/pcpu.h"
#include "arch/arm64/psci.h"
#include "arch/arm64/smp.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/trap.h"
#include "domain/domain.h"
#include "dt/host.h"

#define MPIDR_AFFINITY	 (GENMASK(39, 32) | GENMASK(23, 0))
#define STOP_TIMEOUT_MS	 100
#define START_TIMEOUT_MS 1000

struct pcpu pcpus[MAX_CPUS];

/* The guards are not mapped. */
struct cpu_stack {
	char guard_below[CPU_STACK_GUARD];
	char reserve[CPU_STACK_RESERVE]; /* to report an overflow on */
	char guard[CPU_STACK_GUARD];
	char stack[CPU_STACK_SIZE];
};
_Static_assert(sizeof(struct cpu_stack) == CPU_STACK_UNIT &&
		       CPU_STACK_UNIT == 2 * CPU_STACK_SIZE &&
		       CPU_STACK_SIZE == 1 << CPU_STACK_BIT,
	       "entry.S looks at one bit");

struct cpu_stack cpu_stacks[MAX_CPUS]
	__attribute__((__section__(".stacks"), __aligned__(CPU_STACK_UNIT)));

static unsigned int nr_cpus = 1;
static enum smp_stop stopping;

/* Private interrupts that every CPU enables. */
static unsigned int ppis[4];

unsigned int arch_nr_cpus(void)
{
	return nr_cpus;
}

uint32_t arch_cpu_kicks(unsigned int cpu)
{
	return __atomic_load_n(&pcpus[cpu].kicks, __ATOMIC_ACQUIRE);
}

void smp_init(const struct dt_host *host, unsigned int max_cpus)
{
	unsigned int max = max_cpus && max_cpus < MAX_CPUS ? max_cpus
							   : MAX_CPUS;
	uint64_t self = READ_SYSREG(mpidr_el1) & MPIDR_AFFINITY;

	/* By the Image protocol; the linker has aligned them in the image. */
	BUG_ON(!is_aligned((uintptr_t)cpu_stacks, CPU_STACK_UNIT));
	ppis[0] = host->timer[DT_TIMER_HYP].intid;
	ppis[1] = host->timer[DT_TIMER_PHYS].intid;
	ppis[2] = host->timer[DT_TIMER_VIRT].intid;
	ppis[3] = host->gic.maintenance.intid;
	pcpus[0].mpidr = self;
	pcpus[0].online = true;
	for (unsigned int i = 0; i < host->nr_cpus; i++) {
		struct pcpu *cpu = &pcpus[nr_cpus];

		if (host->cpu[i].mpidr == self) {
			continue;
		}
		if (nr_cpus == max) {
			log_warn("CPU %#llx and later are not used: at most %u",
				 (unsigned long long)host->cpu[i].mpidr, max);
			return;
		}
		cpu->stack_top = cpu_stacks[nr_cpus].stack + CPU_STACK_SIZE;
		cpu->mpidr = host->cpu[i].mpidr;
		cpu->cpu = nr_cpus++;
	}
}

void smp_cpu_init(void)
{
	struct pcpu *cpu = this_pcpu();

	if (arch_irq_cpu_init(cpu->cpu, cpu->mpidr)) {
		log_err("CPU%u: no GIC redistributor", cpu->cpu);
		for (;;) {
			__asm__ volatile("wfi");
		}
	}
	gic_cpu_init();
	context_cpu_init();
	dirty_state_cpu_init();
	arch_irq_enable(SMP_STOP_SGI);
	arch_irq_enable(SMP_KICK_SGI);
	for (unsigned int i = 0; i < ARRAY_SIZE(ppis); i++) {
		if (ppis[i]) {
			arch_irq_enable(ppis[i]);
		}
	}
}

/* Called by head.S on the new CPU. */
void secondary_main(void)
{
	smp_cpu_init();
	__atomic_store_n(&this_pcpu()->online, true, __ATOMIC_RELEASE);
	cpu_run();
}

static bool wait_online(const struct pcpu *cpu)
{
	uint64_t ticks = arch_counter_hz() / 1000 * START_TIMEOUT_MS;
	uint64_t start = arch_counter();

	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (arch_counter() - start > ticks) {
			return false;
		}
		arch_relax();
	}
	return true;
}

void smp_start_secondaries(void)
{
	for (unsigned int i = 1; i < nr_cpus; i++) {
		struct pcpu *cpu = &pcpus[i];
		int64_t err;

		/* It is read with the caches off first. */
		arch_cache_clean_inval(cpu, sizeof(*cpu));
		err = smc_call(PSCI_CPU_ON64, cpu->mpidr,
			       (uintptr_t)secondary_start, (uintptr_t)cpu);

		if (err || !wait_online(cpu)) {
			log_err("CPU%u (%#llx) did not start (%lld): it and "
				"later ones are not used",
				i, (unsigned long long)cpu->mpidr,
				(long long)err);
			nr_cpus = i;
		}
	}
}

/* The others, asked by an SGI, say what they did and stop for good. */
void smp_stop_self(const struct vcpu *v)
{
	struct pcpu *cpu = this_pcpu();

	if (stopping == SMP_STOP_ORDERLY) {
		/* nothing to tell */
	} else if (v && !cpu->idle_since) {
		log_err("CPU%u: ran d%uv%u at pc=%#llx", cpu->cpu,
			v->domain->id, v->id, (unsigned long long)v->regs.pc);
	} else {
		log_err("CPU%u: was idle", cpu->cpu);
	}
	__atomic_store_n(&cpu->online, false, __ATOMIC_RELEASE);
	for (;;) {
		__asm__ volatile("wfi");
	}
}

static bool wait_offline(const struct pcpu *cpu)
{
	uint64_t ticks = arch_counter_hz() / 1000 * STOP_TIMEOUT_MS;
	uint64_t start = arch_counter();

	while (__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (arch_counter() - start > ticks) {
			return false;
		}
		arch_relax();
	}
	return true;
}

void smp_stop_others(enum smp_stop how)
{
	stopping = how;
	for (unsigned int i = 0; i < nr_cpus; i++) {
		struct pcpu *cpu = &pcpus[i];

		if (cpu == this_pcpu() || !cpu->online) {
			continue;
		}
		gic_send_sgi(cpu->mpidr, SMP_STOP_SGI);
		if (!wait_offline(cpu)) {
			log_err("CPU%u: does not answer, in the hypervisor", i);
		}
	}
}
