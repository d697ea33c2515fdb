/* SPDX-License-Identifier: BSD-2-Clause */
/* Off and reset, by the machine's firmware. */
#include <arch/vcpu.h>

#include <core/bug.h>
#include <core/log.h>

#include "arch/arm64/psci.h"
#include "arch/arm64/smp.h"

static void __noreturn_fn stop_here(void)
{
	for (;;) {
		__asm__ volatile("wfi");
	}
}

void arch_machine_off(void)
{
	smp_stop_others(SMP_STOP_ORDERLY);
	smc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	log_err("firmware did not power off");
	stop_here();
}

void arch_machine_reset(void)
{
	smp_stop_others(SMP_STOP_ORDERLY);
	smc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	log_err("firmware did not reset");
	stop_here();
}
