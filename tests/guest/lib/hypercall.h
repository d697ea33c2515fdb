/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls, PSCI and SMCCC calls. Ref: public/arch-arm.h. */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#define ARG(x) ((unsigned long)(x))

/**
 * hypercall5() - Issue the hypercall @nr with five arguments.
 *
 * Return: what the hypervisor left in x0.
 */
static inline long hypercall5(unsigned long nr, unsigned long a0,
			      unsigned long a1, unsigned long a2,
			      unsigned long a3, unsigned long a4)
{
	register unsigned long x0 __asm__("x0") = a0;
	register unsigned long x1 __asm__("x1") = a1;
	register unsigned long x2 __asm__("x2") = a2;
	register unsigned long x3 __asm__("x3") = a3;
	register unsigned long x4 __asm__("x4") = a4;
	register unsigned long x16 __asm__("x16") = nr;

	__asm__ volatile("hvc %[tag]"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4),
			   "+r"(x16)
			 : [tag] "i"(XEN_HYPERCALL_TAG)
			 : "memory");
	return (long)x0;
}

/** hypercall3() - The same with three arguments. */
static inline long hypercall3(unsigned long nr, unsigned long a0,
			      unsigned long a1, unsigned long a2)
{
	register unsigned long x0 __asm__("x0") = a0;
	register unsigned long x1 __asm__("x1") = a1;
	register unsigned long x2 __asm__("x2") = a2;
	register unsigned long x16 __asm__("x16") = nr;

	__asm__ volatile("hvc %[tag]"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x16)
			 : [tag] "i"(XEN_HYPERCALL_TAG)
			 : "memory");
	return (long)x0;
}

/** hypercall2() - The same with two arguments. */
static inline long hypercall2(unsigned long nr, unsigned long a0,
			      unsigned long a1)
{
	register unsigned long x0 __asm__("x0") = a0;
	register unsigned long x1 __asm__("x1") = a1;
	register unsigned long x16 __asm__("x16") = nr;

	__asm__ volatile("hvc %[tag]"
			 : "+r"(x0), "+r"(x1), "+r"(x16)
			 : [tag] "i"(XEN_HYPERCALL_TAG)
			 : "memory");
	return (long)x0;
}

static inline long memory_op(unsigned long op, void *arg)
{
	return hypercall2(__HYPERVISOR_memory_op, op, ARG(arg));
}

static inline long xen_version(unsigned long op, void *arg)
{
	return hypercall2(__HYPERVISOR_xen_version, op, ARG(arg));
}

static inline long event_channel_op(unsigned long op, void *arg)
{
	return hypercall2(__HYPERVISOR_event_channel_op, op, ARG(arg));
}

static inline long sched_op(unsigned long op, void *arg)
{
	return hypercall2(__HYPERVISOR_sched_op, op, ARG(arg));
}

static inline long hvm_op(unsigned long op, void *arg)
{
	return hypercall2(__HYPERVISOR_hvm_op, op, ARG(arg));
}

static inline long physdev_op(unsigned long op, void *arg)
{
	return hypercall2(__HYPERVISOR_physdev_op, op, ARG(arg));
}

static inline long vm_assist(unsigned long cmd, unsigned long type)
{
	return hypercall2(__HYPERVISOR_vm_assist, cmd, type);
}

static inline long vcpu_op(unsigned long op, unsigned long vcpu, void *arg)
{
	return hypercall3(__HYPERVISOR_vcpu_op, op, vcpu, ARG(arg));
}

static inline long grant_table_op(unsigned long op, void *arg,
				  unsigned long count)
{
	return hypercall3(__HYPERVISOR_grant_table_op, op, ARG(arg), count);
}

static inline long console_io(unsigned long op, unsigned long count,
			      const void *buffer)
{
	return hypercall3(__HYPERVISOR_console_io, op, count, ARG(buffer));
}

/** struct smccc - x0 to x3 of a call by the SMC calling convention. */
struct smccc {
	uint64_t x[4];
};

/** smccc_hvc() - Call function @fn through HVC #0; results go to @r. */
static inline uint64_t smccc_hvc(struct smccc *r, uint64_t fn, uint64_t a1,
				 uint64_t a2, uint64_t a3)
{
	register uint64_t x0 __asm__("x0") = fn;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;

	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	if (r) {
		*r = (struct smccc){ { x0, x1, x2, x3 } };
	}
	return x0;
}

/** smccc_smc() - Call function @fn through SMC #0; results go to @r. */
static inline uint64_t smccc_smc(struct smccc *r, uint64_t fn, uint64_t a1,
				 uint64_t a2, uint64_t a3)
{
	register uint64_t x0 __asm__("x0") = fn;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;

	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	if (r) {
		*r = (struct smccc){ { x0, x1, x2, x3 } };
	}
	return x0;
}

/* PSCI function ids, DEN 0022. */
#define PSCI_VERSION	       0x84000000u
#define PSCI_CPU_SUSPEND32     0x84000001u
#define PSCI_CPU_SUSPEND64     0xc4000001u
#define PSCI_CPU_OFF	       0x84000002u
#define PSCI_CPU_ON32	       0x84000003u
#define PSCI_CPU_ON64	       0xc4000003u
#define PSCI_AFFINITY_INFO32   0x84000004u
#define PSCI_AFFINITY_INFO64   0xc4000004u
#define PSCI_MIGRATE32	       0x84000005u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF	       0x84000008u
#define PSCI_SYSTEM_RESET      0x84000009u
#define PSCI_FEATURES	       0x8400000au
#define PSCI_SYSTEM_SUSPEND64  0xc400000eu
#define PSCI_SYSTEM_RESET2     0xc4000012u

#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	(-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED		(-3)
#define PSCI_ALREADY_ON		(-4)
#define PSCI_INVALID_ADDRESS	(-9)

/* SMC calling convention, DEN 0028. */
#define SMCCC_VERSION	    0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u

#endif
