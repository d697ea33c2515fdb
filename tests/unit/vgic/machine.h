/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain with a vGIC on the modelled hardware, one vCPU on each fake CPU. */
#ifndef TEST_VGIC_MACHINE_H
#define TEST_VGIC_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <core/bits.h>
#include <core/errno.h>

#include "arch/host/gic.h"
#include "arch/host/host.h"
#include "domain/domain.h"
#include "memmap/memmap.h"
#include "vgic/vgic.h"
#include "vgic/virq.h"

#define NR_VCPUS 4u
#define NR_SPIS	 96u
#define UPCALL	 31u /* a private interrupt without hardware */
#define TIMER	 27u /* one with                            */

#define GICD_CTLR      0x0000u
#define GICD_TYPER     0x0004u
#define GICD_IROUTER   0x6000u
#define GIC_IGROUPR    0x0080u
#define GIC_ISENABLER  0x0100u
#define GIC_ICENABLER  0x0180u
#define GIC_ISPENDR    0x0200u
#define GIC_ICPENDR    0x0280u
#define GIC_ISACTIVER  0x0300u
#define GIC_ICACTIVER  0x0380u
#define GIC_IPRIORITYR 0x0400u
#define GIC_ICFGR      0x0c00u
#define GICR_WAKER     0x0014u
#define GICR_SGI       0x10000u

extern struct domain dom;
extern struct vcpu vcpus[NR_VCPUS];
/* How often each vCPU was woken. */
extern unsigned int wakes[NR_VCPUS];

/*
 * cmocka fixtures. Up: both groups on, vCPU n loaded on CPU n and its
 * interface open, this is CPU 0; hardware has @lrs list registers.
 */
void machine_up(unsigned int lrs);
int machine_setup(void **state); /* four list registers */
int machine_teardown(void **state);

/* Accesses by vCPU @id to distributor and redistributors. */
enum mmio_result gicd(unsigned int id, struct mmio_access *a);
enum mmio_result gicr(unsigned int id, struct mmio_access *a);

/* 32-bit registers, which must not abort. */
uint32_t gicd_read(uint32_t offset);
void gicd_write(uint32_t offset, uint32_t value);
/* Of redistributor @id, offset from its own frames. */
uint32_t gicr_read(unsigned int id, uint32_t offset);
void gicr_write(unsigned int id, uint32_t offset, uint32_t value);

/* The bit of @intid in a bank, in the right frame for vCPU @id. */
bool irq_get(unsigned int id, uint32_t bank, unsigned int intid);
void irq_put(unsigned int id, uint32_t bank, unsigned int intid);
void irq_priority(unsigned int id, unsigned int intid, uint8_t priority);
void irq_route(unsigned int intid, uint64_t affinity);

/* This thread is CPU @cpu, and does the exit work of its vCPU. */
void on_cpu(unsigned int cpu);
/* The guest here takes @intid, and ends it. */
void take(unsigned int intid);
void end(unsigned int intid);
/* An SGI to the vCPUs of the mask, by the vCPU of this CPU. */
void sgi(unsigned int intid, uint32_t targets);
/* Valid list registers of this CPU. */
unsigned int lrs_in_use(void);
/* Exit work for maintenance, if it is asserted; says whether. */
bool maintain(void);
/* What hardware here takes goes to the vGIC; the interrupt. */
unsigned int hardware(void);

#endif
