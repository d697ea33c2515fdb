/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs without registers of their own, and a machine that can end. */
#include <arch/vcpu.h>

#include <stdlib.h>
#include <string.h>

#include <core/errno.h>

#include "arch/host/guest.h"
#include "arch/host/host.h"
#include "domain/domain.h"
#include "frame/heap.h"

struct arch_vcpu {
	unsigned int resets;
};

int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	if (!arch_vcpu_mode_ok(c->user_regs.cpsr)) {
		return -XEN_EINVAL;
	}
	arch_vcpu_reset(v, c->user_regs.pc64, 0);
	memcpy(v->regs.x, &c->user_regs.x0, sizeof(v->regs.x));
	v->regs.cpsr = c->user_regs.cpsr;
	return 0;
}

void arch_vcpu_get_context(const struct vcpu *v, struct vcpu_guest_context *c)
{
	memset(c, 0, sizeof(*c));
	memcpy(&c->user_regs.x0, v->regs.x, sizeof(v->regs.x));
	c->user_regs.pc64 = v->regs.pc;
	c->user_regs.cpsr = v->regs.cpsr;
}

static jmp_buf jump;
static bool expected;
static enum host_machine machine;

int arch_vcpu_create(struct vcpu *v)
{
	v->arch = heap_alloc(sizeof(*v->arch));
	return v->arch ? 0 : -XEN_ENOMEM;
}

void arch_vcpu_destroy(struct vcpu *v)
{
	heap_free(v->arch);
	v->arch = NULL;
}

void arch_vcpu_reset(struct vcpu *v, uint64_t entry, uint64_t context)
{
	if (v->running) {
		host_fail("vCPU %u is reset while it is loaded", v->id);
	}
	memset(&v->regs, 0, sizeof(v->regs));
	v->regs.pc = entry;
	v->regs.x[0] = context;
	v->arch->resets++;
}

unsigned int host_vcpu_resets(const struct vcpu *v)
{
	return v->arch->resets;
}

jmp_buf *host_machine_expect(void)
{
	expected = true;
	machine = HOST_MACHINE_RUNS;
	return &jump;
}

enum host_machine host_machine_ended(void)
{
	expected = false;
	return machine;
}

static void end(enum host_machine how) __noreturn_fn;
static void end(enum host_machine how)
{
	machine = how;
	if (!expected) {
		host_fail("the machine ended");
		abort();
	}
	longjmp(jump, 1);
}

void arch_machine_off(void)
{
	end(HOST_MACHINE_OFF);
}

void arch_machine_reset(void)
{
	end(HOST_MACHINE_RESET);
}
