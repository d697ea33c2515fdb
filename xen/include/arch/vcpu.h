/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam: vCPU state that only the architecture knows. */
#ifndef ARCH_VCPU_H
#define ARCH_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

struct domain;
struct vcpu;
struct vcpu_guest_context;

/* System registers of @v in their reset state. -XEN_ENOMEM. */
int arch_vcpu_create(struct vcpu *v) __must_check;
void arch_vcpu_destroy(struct vcpu *v);

/* The state after CPU_ON: EL1h, interrupts masked, MMU off, at @entry with
 * @context in x0. @v is not running. */
void arch_vcpu_reset(struct vcpu *v, uint64_t entry, uint64_t context);

/* The registers as the toolstack sets and reads them; @v is loaded nowhere.
 * -XEN_EINVAL: not a state that a guest may be in (nothing has changed). */
int arch_vcpu_set_context(struct vcpu *v,
			  const struct vcpu_guest_context *c) __must_check;
/* All but its flags. */
void arch_vcpu_get_context(const struct vcpu *v, struct vcpu_guest_context *c);

/* Whether SPSR @cpsr leads to EL0 or EL1 in AArch64, with nothing else in it
 * than flags and masks. */
static inline bool arch_vcpu_mode_ok(uint64_t cpsr)
{
	uint64_t mode = cpsr & 0x1f;

	return !(cpsr & ~UINT64_C(0xf00003df)) &&
	       (mode == 0 || mode == 4 || mode == 5);
}

/* MPIDR_EL1 affinity fields of vCPU @id, and back (-1: no vCPU's). */
uint64_t arch_vcpu_mpidr(unsigned int id);
int arch_vcpu_from_mpidr(uint64_t mpidr);

/* The machine stops or restarts; called when the hardware domain asked. */
void arch_machine_off(void) __noreturn_fn;
void arch_machine_reset(void) __noreturn_fn;

#endif
