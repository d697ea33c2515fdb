/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PSCI and the SMC calling convention, through HVC and SMC, and the life of a
 * second CPU.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch.h"
#include "board.h"
#include "exception.h"
#include "hypercall.h"
#include "smp.h"
#include "tap.h"

#define AFFINITY_ON  0
#define AFFINITY_OFF 1

static const struct call {
	const char *name;
	uint32_t fn;
	uint64_t arg;
	int32_t want;
} calls[] = {
	{ "SMCCC_VERSION", SMCCC_VERSION, 0, 0x10001 },
	{ "ARCH_FEATURES of VERSION", SMCCC_ARCH_FEATURES, SMCCC_VERSION, -1 },
	{ "ARCH_FEATURES of ARCH_FEATURES", SMCCC_ARCH_FEATURES,
	  SMCCC_ARCH_FEATURES, -1 },
	{ "ARCH_FEATURES of WORKAROUND_3", SMCCC_ARCH_FEATURES, 0x80003fff,
	  -1 },
	{ "ARCH_FEATURES of PV_TIME", SMCCC_ARCH_FEATURES, 0xc5000020, -1 },
	{ "ARCH_FEATURES of ~0", SMCCC_ARCH_FEATURES, 0xffffffff, -1 },
	{ "PSCI_VERSION", PSCI_VERSION, 0, 0x10001 },
	{ "MIGRATE_INFO_TYPE", PSCI_MIGRATE_INFO_TYPE, 0, 2 },
	{ "MIGRATE", PSCI_MIGRATE32, 0, -1 },
	{ "FEATURES of VERSION", PSCI_FEATURES, PSCI_VERSION, 0 },
	{ "FEATURES of CPU_SUSPEND32", PSCI_FEATURES, PSCI_CPU_SUSPEND32, 0 },
	{ "FEATURES of CPU_SUSPEND64", PSCI_FEATURES, PSCI_CPU_SUSPEND64, 0 },
	{ "FEATURES of CPU_OFF", PSCI_FEATURES, PSCI_CPU_OFF, 0 },
	{ "FEATURES of CPU_ON32", PSCI_FEATURES, PSCI_CPU_ON32, 0 },
	{ "FEATURES of CPU_ON64", PSCI_FEATURES, PSCI_CPU_ON64, 0 },
	{ "FEATURES of AFFINITY_INFO32", PSCI_FEATURES, PSCI_AFFINITY_INFO32,
	  0 },
	{ "FEATURES of AFFINITY_INFO64", PSCI_FEATURES, PSCI_AFFINITY_INFO64,
	  0 },
	{ "FEATURES of MIGRATE", PSCI_FEATURES, PSCI_MIGRATE32, -1 },
	{ "FEATURES of MIGRATE_INFO_TYPE", PSCI_FEATURES,
	  PSCI_MIGRATE_INFO_TYPE, 0 },
	{ "FEATURES of SYSTEM_OFF", PSCI_FEATURES, PSCI_SYSTEM_OFF, 0 },
	{ "FEATURES of SYSTEM_RESET", PSCI_FEATURES, PSCI_SYSTEM_RESET, 0 },
	{ "FEATURES of FEATURES", PSCI_FEATURES, PSCI_FEATURES, 0 },
	{ "FEATURES of SYSTEM_SUSPEND64", PSCI_FEATURES, PSCI_SYSTEM_SUSPEND64,
	  -1 },
	{ "FEATURES of SYSTEM_RESET2", PSCI_FEATURES, PSCI_SYSTEM_RESET2, -1 },
	{ "FEATURES of SMCCC_VERSION", PSCI_FEATURES, SMCCC_VERSION, 0 },
	{ "FEATURES of ~0", PSCI_FEATURES, 0xffffffff, -1 },
	{ "SYSTEM_SUSPEND64", PSCI_SYSTEM_SUSPEND64, 0, -1 },
	{ "SYSTEM_RESET2", PSCI_SYSTEM_RESET2, 0, -1 },
	{ "TRNG_VERSION", 0x84000050, 0, -1 },
	{ "function 0x84000040", 0x84000040, 0, -1 },
	{ "function 0xc400ffff", 0xc400ffff, 0, -1 },
	{ "standard service, call count", 0x8400ff00, 0, 15 },
	{ "standard service, revision", 0x8400ff03, 0, 0 },
	{ "vendor service, call count", 0x8600ff00, 0, -1 },
	{ "vendor service, UUID", 0x8600ff01, 0, -1 },
	{ "hypervisor service, call count", 0x8500ff00, 0, 3 },
	{ "SiP service", 0x82000000, 0, -1 },
	{ "OEM service", 0x83000000, 0, -1 },
	{ "trusted application", 0xb0000000, 0, -1 },
	{ "trusted OS", 0xb2000000, 0, -1 },
	{ "yielding call 0x00001000", 0x00001000, 0, -1 },
};

static void through_hvc(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		tap_number((int32_t)smccc_hvc(NULL, calls[i].fn, calls[i].arg,
					      0, 0),
			   calls[i].want, "hvc: %s", calls[i].name);
	}
}

/* A call's UUID is what software recognises the giver of a service by. */
static void identity(void)
{
	struct smccc r;

	smccc_hvc(&r, 0x8400ff01, 0, 0, 0);
	tap_note("standard service UUID %08lx %08lx %08lx %08lx", r.x[0],
		 r.x[1], r.x[2], r.x[3]);
	smccc_hvc(&r, 0x8500ff01, 0, 0, 0);
	tap_note("hypervisor service UUID %08lx %08lx %08lx %08lx", r.x[0],
		 r.x[1], r.x[2], r.x[3]);
	smccc_hvc(&r, 0x8500ff03, 0, 0, 0);
	tap_note("hypervisor service revision %lu.%lu", r.x[0], r.x[1]);
}

/* What a workaround answers depends on what the hypervisor knows of a CPU. */
static void workarounds(void)
{
	tap_either(
		(int32_t)smccc_hvc(NULL, SMCCC_ARCH_FEATURES, 0x80008000, 0, 0),
		0, -1, "ARCH_FEATURES of WORKAROUND_1");
	tap_either(
		(int32_t)smccc_hvc(NULL, SMCCC_ARCH_FEATURES, 0x80007fff, 0, 0),
		0, -1, "ARCH_FEATURES of WORKAROUND_2");
}

static void through_smc(void)
{
	struct fault f;

	tap_is((long)smccc_smc(NULL, PSCI_VERSION, 0, 0, 0), 0x10001,
	       "smc: PSCI_VERSION");
	tap_is((long)smccc_smc(NULL, SMCCC_VERSION, 0, 0, 0), 0x10001,
	       "smc: SMCCC_VERSION");
	tap_number((long)smccc_smc(NULL, 0x84000077, 0, 0, 0), -1,
		   "smc: function 0x84000077");
	fault_expect(&f);
	__asm__ volatile("smc #1; nop" : : : "x0", "memory");
	fault_done();
	tap_ok(f.taken && ESR_EC(f.esr) == EC_UNKNOWN, "smc #1: %s",
	       fault_name(&f));
}

static long cpu_on(uint64_t mpidr, uint64_t entry)
{
	return (int32_t)smccc_hvc(NULL, PSCI_CPU_ON64, mpidr, entry,
				  smp_context(1));
}

static long affinity_info(uint64_t mpidr, uint64_t level)
{
	return (int32_t)smccc_hvc(NULL, PSCI_AFFINITY_INFO64, mpidr, level, 0);
}

static uint32_t stage;
static uint32_t release;

static void second(void *arg)
{
	(void)arg;
	flag_set(&stage, stage + 1);
	flag_wait(&release, stage);
}

static void cpu_errors(void)
{
	tap_number(affinity_info(board.mpidr[0], 0), AFFINITY_ON,
		   "AFFINITY_INFO of this CPU");
	tap_number(affinity_info(board.mpidr[1], 0), AFFINITY_OFF,
		   "AFFINITY_INFO of CPU 1");
	tap_either(affinity_info(0x77, 0), AFFINITY_OFF, -2,
		   "AFFINITY_INFO of no CPU");
	tap_number(affinity_info(board.mpidr[0], 1), 0,
		   "AFFINITY_INFO, level 1");
	tap_number(affinity_info(board.mpidr[0], 4), -2,
		   "AFFINITY_INFO, level 4");
	tap_number(cpu_on(0x77, smp_entry()), PSCI_INVALID_PARAMETERS,
		   "CPU_ON of no CPU");
	tap_number(cpu_on(~0UL, smp_entry()), PSCI_INVALID_PARAMETERS,
		   "CPU_ON of ~0");
	tap_number(cpu_on(board.mpidr[0], smp_entry()), PSCI_ALREADY_ON,
		   "CPU_ON of this CPU");
	tap_number(cpu_on(board.mpidr[1], smp_entry() | 1),
		   PSCI_INVALID_ADDRESS, "CPU_ON, odd entry");
}

static void cpu_life(void)
{
	unsigned int round;

	for (round = 1; round <= 3; round++) {
		tap_number(smp_start(1, second, NULL), PSCI_SUCCESS, "CPU_ON");
		flag_wait(&stage, round);
		tap_number(affinity_info(board.mpidr[1], 0), AFFINITY_ON,
			   "AFFINITY_INFO while it runs");
		tap_number(cpu_on(board.mpidr[1], smp_entry()), PSCI_ALREADY_ON,
			   "CPU_ON while it runs");
		flag_set(&release, round);
		smp_join(1);
		tap_number(affinity_info(board.mpidr[1], 0), AFFINITY_OFF,
			   "AFFINITY_INFO after CPU_OFF");
	}
}

void guest_main(void)
{
	through_hvc();
	workarounds();
	identity();
	through_smc();
	cpu_errors();
	cpu_life();
}
