/* SPDX-License-Identifier: BSD-2-Clause */
#include "smp.h"

#include "arch.h"
#include "board.h"
#include "hypercall.h"
#include "tap.h"

char stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));

static struct cpu cpus[MAX_CPUS];

extern char secondary_entry[];
void smp_entered(struct cpu *cpu);

struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el1);
}

void smp_init(void)
{
	unsigned int i;

	for (i = 0; i < MAX_CPUS; i++) {
		cpus[i].id = i;
		cpus[i].stack = (uint64_t)stacks[i] + STACK_SIZE;
	}
	write_sysreg(&cpus[0], tpidr_el1);
}

uint64_t smp_entry(void)
{
	return (uint64_t)secondary_entry;
}

uint64_t smp_context(unsigned int id)
{
	return (uint64_t)&cpus[id];
}

long smp_start(unsigned int id, void (*run)(void *arg), void *arg)
{
	struct cpu *cpu = &cpus[id];

	cpu->run = run;
	cpu->arg = arg;
	flag_set(&cpu->finished, 0);
	return (int32_t)smccc_hvc(NULL, PSCI_CPU_ON64, board.mpidr[id],
				  smp_entry(), smp_context(id));
}

/* A started CPU gets here from start.S, on its stack, with its MMU on. */
void smp_entered(struct cpu *cpu)
{
	flag_set(&cpu->started, cpu->started + 1);
	cpu->run(cpu->arg);
	flag_set(&cpu->finished, 1);
	smccc_hvc(NULL, PSCI_CPU_OFF, 0, 0, 0);
	tap_bail("CPU_OFF returned on CPU %u", cpu->id);
}

void smp_join(unsigned int id)
{
	struct cpu *cpu = &cpus[id];
	uint64_t end;

	flag_wait(&cpu->finished, 1);
	while (smccc_hvc(NULL, PSCI_AFFINITY_INFO64, board.mpidr[id], 0, 0) !=
	       1) {
		yield();
	}
	/*
	 * Xen 4.17 says OFF while the vCPU is still on its way out, and a
	 * CPU_ON that comes too soon is lost with the registers it set.
	 */
	end = counter() + read_sysreg(cntfrq_el0) / 500;
	while (counter() < end) {
		yield();
	}
}

void flag_wait(const uint32_t *flag, uint32_t value)
{
	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) < value) {
		yield();
	}
}

void flag_set(uint32_t *flag, uint32_t value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}
