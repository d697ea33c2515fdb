/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test side of <arch/irq.h>: devices that raise physical interrupts, and
 * a guest that acknowledges and ends what is in the list registers. The model
 * fails (host_fail) on list registers that the architecture calls
 * unpredictable: two for one interrupt, a hardware link that is active and
 * pending, a link to a physical interrupt that is not active.
 */
#ifndef HOST_GIC_H
#define HOST_GIC_H

#include <stdbool.h>
#include <stdint.h>

/* What ICC_IAR1_EL1 says when there is nothing. */
#define HOST_SPURIOUS 1023u

/* Everything idle and off, @lrs list registers on each CPU. */
void host_gic_reset(unsigned int lrs);

/* ------------------------------------------------------------- hardware */

/* Whether EL2 has enabled it; its type; the CPU it is routed to. */
bool host_irq_enabled(unsigned int intid);
bool host_irq_edge(unsigned int intid);
unsigned int host_irq_cpu(unsigned int intid);
/* Writes to the physical distributor and redistributors so far. */
unsigned int host_irq_writes(void);

/* A device holds the line of a level-sensitive interrupt, or an edge. */
void host_irq_line(unsigned int intid, bool high);
void host_irq_pulse(unsigned int intid);

/*
 * What this CPU would acknowledge now: an interrupt that is pending, enabled,
 * not active, and (SPI) routed here. It becomes active, as after gic_ack()
 * and gic_eoi(). PPIs count as enabled. Returns HOST_SPURIOUS for none.
 */
unsigned int host_irq_take(void);

/* ------------------------------------------------- the guest of this CPU */

/* Its CPU interface: priority mask, group enables (bits 0 and 1). */
void host_guest_interface(uint8_t mask, unsigned int groups);

/* ICC_IAR1_EL1, for both groups: the best pending list register that passes
 * mask and running priority becomes active. */
unsigned int host_guest_ack(void);

/* ICC_EOIR1_EL1 with EOImode 0: drops the priority and deactivates. */
void host_guest_eoi(unsigned int intid);

/* Whether the maintenance interrupt is asserted: underflow, or an ended
 * list register with its EOI bit. */
bool host_maintenance(void);

#endif
