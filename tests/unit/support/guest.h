/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole domains for tests: RAM, vGIC, vCPUs in the scheduler, and hypercalls
 * made as a guest makes them. Guest addresses are physical ones unless a test
 * says otherwise with host_s1_map().
 */
#ifndef TEST_GUEST_H
#define TEST_GUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arch/stage2.h>
#include <core/addr.h>
#include <core/errno.h>

#include "arch/host/guest.h"
#include "arch/host/host.h"
#include "domain/domain.h"

#define MIB		 UINT64_C(0x100000)
#define TEST_IPA_BITS	 36
#define TEST_MACHINE_MIB 128
/* RAM of each guest, and where: the hardware domain has it 1:1. */
#define TEST_RAM_SIZE (16 * MIB)
#define HWDOM_RAM     (HOST_RAM_BASE + 32 * MIB)
#define DOMU_RAM      UINT64_C(0x80000000)
/* An address that is RAM of no machine and no guest. */
#define NO_RAM UINT64_C(0x500000000)

struct guest {
	struct domain *d;
	struct s2_root root;
	uint64_t ram; /* ipa */
};

/* What guests made from now on get: a multiple of 2 MiB. */
extern uint64_t guest_ram_size;

/* A machine without domains; and nothing may be left of them at the end. */
void machine_start(void);
void machine_stop(void);

/* Up and with vCPU 0 online, but nobody's vCPU is loaded. */
struct guest guest_make(domid_t id, bool hwdom, unsigned int nr_vcpus);
void guest_end(struct guest *g);

/* Where @ipa of @g is in the test's memory; fails when it is not mapped. */
void *guest_at(const struct guest *g, uint64_t ipa);
/* A page of its RAM, counted from the start. */
uint64_t guest_page(const struct guest *g, unsigned int n);

/* What the p2m says of @gfn; P2M_INVALID when nothing is there. */
struct p2m_entry guest_entry(const struct guest *g, uint64_t gfn);

/**
 * hcall() - One hypercall of @v, repeated as often as it asks for.
 *
 * Return: what the guest finds in x0. hcall_rounds() - how often it ran.
 */
int64_t hcall(struct vcpu *v, uint64_t nr, uint64_t a0, uint64_t a1,
	      uint64_t a2);
unsigned int hcall_rounds(void);

/* What others do between two rounds, or NULL; until the test is over. */
extern void (*hcall_between)(void);

/*
 * cmocka fixtures: dom0 with two vCPUs in `dom0`, its vCPU 0 loaded as `self`;
 * `domu` is another domain, of one vCPU.
 */
extern struct guest dom0, domu;
extern struct vcpu *self;
int dom0_setup(void **state);
int dom0_teardown(void **state);

/* An argument structure at the start of dom0's RAM, and its address. */
#define ARG_AT(g, offset) guest_at(&(g), (g).ram + (offset))

#endif
