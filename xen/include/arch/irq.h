/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seam: the physical interrupt controller and the list registers of the
 * virtual one. Private interrupts (below 32) are those of the calling CPU.
 */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#define MAX_LRS 16

/**
 * arch_irq_cpu_init() - Make private interrupts of the calling CPU usable.
 * @cpu:   its logical number.
 * @mpidr: its MPIDR_EL1; the other bits than affinity are ignored.
 *
 * They end up disabled, inactive and not pending. Before anything else of
 * this header on this CPU.
 * Return: 0; -XEN_ENODEV (no redistributor for @mpidr); -XEN_EIO (it does
 * not answer in time).
 */
int arch_irq_cpu_init(unsigned int cpu, uint64_t mpidr) __must_check;

/* Physical distributor and redistributor. */
void arch_irq_enable(unsigned int intid);
void arch_irq_disable(unsigned int intid);
/* Edge (true) or level (false) for an SPI or PPI. */
void arch_irq_set_edge(unsigned int intid, bool edge);
/* Route an SPI to logical CPU @cpu. */
void arch_irq_route(unsigned int intid, unsigned int cpu);
/* Deactivate @intid (ICC_DIR): the guest will not do it any more. */
void arch_irq_deactivate(unsigned int intid);
/* SPI @intid belongs to no domain any more: disabled, not pending, not active.
 * A CPU that is just taking it may still tell the domain: see grace.h. */
void arch_irq_forget(unsigned int intid);
/* Read, set and clear the physical pending and active states. */
bool arch_irq_is_active(unsigned int intid);
void arch_irq_set_active(unsigned int intid, bool active);
bool arch_irq_is_pending(unsigned int intid);
void arch_irq_set_pending(unsigned int intid, bool pending);

/*
 * List registers of the vCPU loaded on this CPU, in the GICv3 layout
 * (ICH_LR<n>_EL2). @n is below arch_lr_count().
 */
unsigned int arch_lr_count(void);
uint64_t arch_lr_read(unsigned int n);
void arch_lr_write(unsigned int n, uint64_t lr);
/* One bit for each list register that holds no interrupt (ICH_ELRSR_EL2). */
uint32_t arch_lr_empty(void);
/* Underflow maintenance interrupt (ICH_HCR_EL2.UIE) on or off. */
void arch_lr_underflow_irq(bool on);
/* The virtual CPU interface's VMCR (ICH_VMCR_EL2) of the loaded vCPU. */
uint64_t arch_vmcr_read(void);

/*
 * The virtual CPU interface of a vCPU, besides its list registers. All zero
 * is the state after reset: priority mask 0, both groups off, none active.
 */
struct irq_cpu_state {
	uint64_t vmcr;	    /* ICH_VMCR_EL2                       */
	uint32_t apr[2][4]; /* ICH_AP0R<n>_EL2, ICH_AP1R<n>_EL2 */
};

/* Read it from the hardware, and write it there (vCPU switch). */
void arch_irq_cpu_save(struct irq_cpu_state *state);
void arch_irq_cpu_load(const struct irq_cpu_state *state);

#endif
