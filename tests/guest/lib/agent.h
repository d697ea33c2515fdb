/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that a test in domain 0 and the agent in another domain share: a
 * job for each vCPU, done one after the other.
 */
#ifndef GUEST_AGENT_H
#define GUEST_AGENT_H

#include <stdint.h>

#include <xen/arch-arm.h>

#include "layout.h"

/* Where things are in the domain. */
#define AGENT_PAGE  GUEST_RAM0_BASE
#define AGENT_FDT   (GUEST_RAM0_BASE + 0x10000)
#define AGENT_IMAGE (GUEST_RAM0_BASE + 0x200000)
/* From here on, nothing is in use. */
#define AGENT_FREE (GUEST_RAM0_BASE + 0x400000)
/* VA of a second view of a page of devices, Normal and not cached. */
#define AGENT_NC_VIEW 0x5000000000UL

#define AGENT_ARGS    6
#define AGENT_RESULTS 4
#define AGENT_DATA    128

enum agent_op {
	AGENT_NONE,
	AGENT_HYPERCALL, /* number, five arguments; result: x0             */
	AGENT_SMCCC,	 /* function, three arguments; results: x0 to x3   */
	AGENT_READ,	 /* address, bytes; result: the value              */
	AGENT_WRITE,	 /* address, bytes, value                          */
	AGENT_EXEC,	 /* address of a function                          */
	AGENT_CPU_ON,	 /* vCPU; result: what PSCI says                   */
	AGENT_CPU_OFF,	 /* never done                                     */
	AGENT_SPIN,	 /* count beats until told to stop                 */
	AGENT_TIMER,	 /* microseconds; sleeps; result: ticks too late   */
	AGENT_GIC,	 /* turn the interrupt controller on               */
	AGENT_ENABLE,	 /* interrupt                                      */
	AGENT_SLEEP,	 /* until an interrupt comes; result: which        */
	AGENT_VCPU_INFO, /* address of a page: 2-level events go there     */
	AGENT_SGI,	 /* interrupt, vCPU                                */
	AGENT_NC_MAP,	 /* address of a page, seen at AGENT_NC_VIEW       */
	AGENT_FORM,	 /* which, base, index; values in data; see forms  */
	AGENT_EXCLUSIVE, /* address: LDXR                                  */
	AGENT_ID,	 /* results: MPIDR_EL1, CNTFRQ_EL0, CurrentEL      */
	AGENT_MANY,	 /* address, times: reads it; result: ticks        */
	AGENT_CALLS,	 /* times: a null hypercall; result: ticks         */
	AGENT_BALLOONS,	 /* address, pages: given away; result: ticks      */
	AGENT_FILL,	 /* address, bytes, value                          */
	AGENT_COUNT,	 /* address, bytes; result: words that are not 0   */
	AGENT_BALLOON,	 /* decrease, then a store to the flag: see agent.c */
};

struct agent_job {
	uint32_t posted; /* raised by the test when a job is there */
	uint32_t done;	 /* follows it                             */
	uint32_t op;
	uint32_t stop; /* set by the test */
	uint64_t arg[AGENT_ARGS];
	uint64_t result[AGENT_RESULTS];
	uint64_t beats; /* of AGENT_SPIN */
	uint64_t far;
	uint32_t esr;
	uint32_t fault;		       /* an exception was taken    */
	uint64_t data[AGENT_DATA / 8]; /* for arguments of hypercalls */
};

struct agent_page {
	struct agent_job job[MAX_CPUS];
	uint32_t ready; /* the agent runs */
	uint32_t flag;	/* for tests      */
};

/* Where the domain sees the data of a vCPU's job. */
#define AGENT_DATA_AT(vcpu)                               \
	(AGENT_PAGE + (vcpu) * sizeof(struct agent_job) + \
	 __builtin_offsetof(struct agent_job, data))

_Static_assert(sizeof(struct agent_page) <= 4096, "one page");

#endif
