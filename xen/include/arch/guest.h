/* SPDX-License-Identifier: BSD-2-Clause */
/* The seam: the translation of guest virtual addresses by hardware. */
#ifndef ARCH_GUEST_H
#define ARCH_GUEST_H

#include <stdbool.h>

#include <core/addr.h>

struct vcpu;

enum guest_access {
	GUEST_READ,
	GUEST_WRITE,
};

/**
 * arch_guest_translate() - AT S12E1R or AT S12E1W for the loaded vCPU.
 * @gva:    address in the stage-1 regime of the vCPU that runs on this CPU.
 * @access: GUEST_WRITE asks for write permission at both stages.
 * @pa:     output: machine address of @gva, in RAM or not.
 *
 * Return: true, or false on any fault at either stage (also while a
 * descriptor is being broken). PAR_EL1 of the guest is preserved.
 */
bool arch_guest_translate(gva_t gva, enum guest_access access, paddr_t *pa);

/**
 * arch_guest_translate_s1() - AT S1E1R/W: the stage-1 half alone.
 *
 * For the software walk: the result is looked up in the p2m under its lock.
 * Return: true and @ipa, or false on a stage-1 fault.
 */
bool arch_guest_translate_s1(gva_t gva, enum guest_access access, ipa_t *ipa);

#endif
