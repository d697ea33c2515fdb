/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of the calling convention (Arm DEN0028) and of PSCI (Arm DEN0022),
 * and what the two files of vpsci/ tell each other.
 */
#ifndef VPSCI_PSCI_H
#define VPSCI_PSCI_H

#include <stdbool.h>
#include <stdint.h>

#include <core/bits.h>

struct vcpu;

/* A function id: fast call, 64-bit arguments, owner, number. */
#define SMCCC_FAST   BIT(31)
#define SMCCC_64     BIT(30)
#define SMCCC_OWNER  GENMASK(29, 24)
#define SMCCC_NUMBER GENMASK(15, 0)

#define SMCCC_OWNER_ARCH       0
#define SMCCC_OWNER_STANDARD   4
#define SMCCC_OWNER_HYPERVISOR 5

/* The version that both answer: major in the upper half. */
#define SMCCC_VERSION_1_1 0x10001
#define PSCI_VERSION_1_1  0x10001

#define SMCCC_NOT_SUPPORTED (-1)

#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	(-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON		(-4)
#define PSCI_INTERNAL_FAILURE	(-6)
#define PSCI_INVALID_ADDRESS	(-9)

#define PSCI_AFFINITY_ON  0
#define PSCI_AFFINITY_OFF 1

/* No trusted OS that would have to be moved between CPUs. */
#define PSCI_TOS_NOT_PRESENT 2

/* Numbers of PSCI functions; bits above come from the calling convention. */
#define PSCI_FN_VERSION		  0
#define PSCI_FN_CPU_SUSPEND	  1
#define PSCI_FN_CPU_OFF		  2
#define PSCI_FN_CPU_ON		  3
#define PSCI_FN_AFFINITY_INFO	  4
#define PSCI_FN_MIGRATE_INFO_TYPE 6
#define PSCI_FN_SYSTEM_OFF	  8
#define PSCI_FN_SYSTEM_RESET	  9
#define PSCI_FN_FEATURES	  10

/* The same in PSCI 0.1, where the device tree gave the numbers. */
#define PSCI_0_1_CPU_OFF 1
#define PSCI_0_1_CPU_ON	 2

/* Answered by SMCCC itself, but PSCI_FEATURES is where one asks for it. */
#define SMCCC_VERSION_FN       0x80000000u
#define SMCCC_ARCH_FEATURES_FN 0x80000001u

/**
 * psci_call() - A PSCI function of @v.
 * @x: function id and arguments; the result goes to x[0].
 *
 * Return: false when there is no such function; @x is unchanged then.
 */
bool psci_call(struct vcpu *v, uint64_t *x);

/* The same of version 0.1, which knows two functions by small numbers. */
bool psci_0_1_call(struct vcpu *v, uint64_t *x);

#endif
