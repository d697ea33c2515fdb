/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program that runs in the domains that tests make: it does what the test
 * in domain 0 asks for (lib/agent.h), on each of its vCPUs. Linked into those
 * tests, never booted by itself.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "agent.h"
#include "arch.h"
#include "balloon.h"
#include "board.h"
#include "exception.h"
#include "forms.h"
#include "gic.h"
#include "hypercall.h"
#include "mmu.h"
#include "smp.h"
#include "tap.h"

#define TIMER_ON  1
#define FIRST_SPI 32

static struct agent_page *const page = (struct agent_page *)AGENT_PAGE;

/* By vCPU: what the last interrupt was, and when. */
static volatile uint32_t interrupt[MAX_CPUS];
static volatile uint64_t came_at[MAX_CPUS];

static vcpu_info_t *info[MAX_CPUS];

/* A timer and an event stay asserted until what they are about is gone; the
 * device behind an SPI is not known here: once is enough. */
void irq_handler(struct regs *regs)
{
	unsigned int intid = gic_ack();
	unsigned int id = this_cpu()->id;

	(void)regs;
	if (intid == GIC_SPURIOUS) {
		return;
	}
	came_at[id] = read_sysreg(cntvct_el0);
	if (intid == board.vtimer_intid) {
		write_sysreg(0, cntv_ctl_el0);
		isb();
	} else if (intid == board.evtchn_intid && info[id]) {
		__atomic_store_n(&info[id]->evtchn_upcall_pending, 0,
				 __ATOMIC_SEQ_CST);
		__atomic_store_n(&info[id]->evtchn_pending_sel, 0,
				 __ATOMIC_SEQ_CST);
	} else if (intid >= FIRST_SPI) {
		gic_bit(GIC_ICENABLER, intid);
	}
	interrupt[id] = intid;
	gic_eoi(intid);
}

/* ------------------------------------------------------------------- jobs */

/* Masked, WFI ends without the interrupt being taken: none is lost between
 * the look and the sleep. */
static uint32_t sleep(void)
{
	unsigned int id = this_cpu()->id;
	uint32_t came;

	while (!interrupt[id]) {
		wfi();
		irq_enable();
		isb();
		irq_disable();
	}
	came = interrupt[id];
	interrupt[id] = 0;
	return came;
}

static void do_timer(struct agent_job *job)
{
	unsigned int id = this_cpu()->id;
	uint64_t due =
		counter() + job->arg[0] * (read_sysreg(cntfrq_el0) / 1000000);

	write_sysreg(due, cntv_cval_el0);
	write_sysreg(TIMER_ON, cntv_ctl_el0);
	isb();
	job->result[1] = sleep();
	job->result[0] = came_at[id] - due;
}

static void do_spin(struct agent_job *job)
{
	while (!__atomic_load_n(&job->stop, __ATOMIC_RELAXED)) {
		__atomic_store_n(&job->beats, job->beats + 1, __ATOMIC_RELAXED);
	}
}

static void do_vcpu_info(struct agent_job *job)
{
	struct vcpu_register_vcpu_info arg = {
		.mfn = job->arg[0] >> PAGE_SHIFT,
	};
	unsigned int id = this_cpu()->id;

	info[id] = (vcpu_info_t *)job->arg[0];
	job->result[0] = (uint64_t)vcpu_op(VCPUOP_register_vcpu_info, id, &arg);
}

static void record(struct agent_job *job, const struct fault *f)
{
	job->fault = f->taken;
	job->esr = f->esr;
	job->far = f->far;
}

static void serve(void *arg);

static void do_form(struct agent_job *job);

/* The last value that was read is a result, too. */
static void do_many(struct agent_job *job)
{
	uint64_t start = counter();

	for (uint64_t i = 0; i < job->arg[1]; i++) {
		job->result[1] = mmio_read32(job->arg[0]);
	}
	job->result[0] = counter() - start;
}

/*
 * Give a page back, and say so in the shared page at once: the test sees by
 * the flag whether this vCPU has run.
 */
static void do_balloon(struct agent_job *job)
{
	xen_pfn_t gfn = job->arg[0] >> PAGE_SHIFT;

	job->result[0] =
		(uint64_t)reservation((unsigned int)job->arg[1], &gfn, 1, 0);
	__atomic_store_n(&page->flag, page->flag + 1, __ATOMIC_SEQ_CST);
}

static struct fault load_exclusive(uint64_t at)
{
	struct fault f;
	uint32_t value;

	fault_expect(&f);
	__asm__ volatile("ldxr %w0, [%1]\n\tclrex"
			 : "=&r"(value)
			 : "r"(at)
			 : "memory");
	fault_done();
	return f;
}

static uint64_t count_words(const uint64_t *at, uint64_t bytes)
{
	uint64_t nr = 0;

	for (uint64_t i = 0; i < bytes / 8; i++) {
		nr += at[i] != 0;
	}
	return nr;
}

/* Null hypercalls, or pages given away one by one. */
static uint64_t do_repeated(const struct agent_job *job)
{
	bool calls = job->op == AGENT_CALLS;
	uint64_t nr = job->arg[calls ? 0 : 1];
	uint64_t start = counter();

	for (uint64_t i = 0; i < nr; i++) {
		xen_pfn_t gfn = (job->arg[0] >> PAGE_SHIFT) + i;

		if (calls) {
			xen_version(0, NULL);
		} else {
			reservation(XENMEM_decrease_reservation, &gfn, 1, 0);
		}
	}
	return counter() - start;
}

static uint64_t do_hypercall(const uint64_t *a)
{
	return (uint64_t)hypercall5(a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void do_machine(struct agent_job *job)
{
	uint64_t *a = job->arg;

	switch (job->op) {
	case AGENT_GIC:
		gic_init();
		break;
	case AGENT_ENABLE:
		gic_enable((unsigned int)a[0], 0x80);
		break;
	case AGENT_SLEEP:
		job->result[0] = sleep();
		break;
	case AGENT_SGI:
		gic_sgi((unsigned int)a[0], board.mpidr[a[1]]);
		break;
	case AGENT_NC_MAP:
		mmu_map(AGENT_NC_VIEW, a[0], 2 * PAGE_SIZE, MMU_NORMAL_NC);
		break;
	case AGENT_ID:
		job->result[0] = read_sysreg(mpidr_el1);
		job->result[1] = read_sysreg(cntfrq_el0);
		job->result[2] = read_sysreg(CurrentEL);
		break;
	case AGENT_CALLS:
	case AGENT_BALLOONS:
		job->result[0] = do_repeated(job);
		break;
	case AGENT_COUNT:
		job->result[0] = count_words((const uint64_t *)a[0], a[1]);
		break;
	case AGENT_FILL:
		memset((void *)a[0], (int)a[2], a[1]);
		break;
	default:
		tap_bail("agent: job %u", job->op);
	}
}

static void perform(struct agent_job *job)
{
	uint64_t *a = job->arg;
	struct fault f = { 0 };

	switch (job->op) {
	case AGENT_HYPERCALL:
		job->result[0] = do_hypercall(a);
		break;
	case AGENT_SMCCC:
		smccc_hvc((struct smccc *)job->result, a[0], a[1], a[2], a[3]);
		break;
	case AGENT_READ:
		f = probe_read(a[0], (unsigned int)a[1], &job->result[0]);
		break;
	case AGENT_WRITE:
		f = probe_write(a[0], (unsigned int)a[1], a[2]);
		break;
	case AGENT_EXEC:
		f = probe_exec(a[0]);
		break;
	case AGENT_EXCLUSIVE:
		f = load_exclusive(a[0]);
		break;
	case AGENT_CPU_ON:
		job->result[0] = (uint64_t)smp_start((unsigned int)a[0], serve,
						     &page->job[a[0]]);
		break;
	case AGENT_CPU_OFF:
		smccc_hvc(NULL, PSCI_CPU_OFF, 0, 0, 0);
		break;
	case AGENT_SPIN:
		do_spin(job);
		break;
	case AGENT_TIMER:
		do_timer(job);
		break;
	case AGENT_VCPU_INFO:
		do_vcpu_info(job);
		break;
	case AGENT_FORM:
		do_form(job);
		return;
	case AGENT_MANY:
		do_many(job);
		break;
	case AGENT_BALLOON:
		do_balloon(job);
		break;
	default:
		do_machine(job);
		break;
	}
	record(job, &f);
}

/* ------------------------------------------------------------------ forms */

#define FORM(requests, text)                                    \
	case __COUNTER__ - FIRST_FORM:                          \
		__asm__ volatile("ldp q0, q1, [%4]\n\t" text    \
				 "\n\tstp q0, q1, [%4]"         \
				 : "+r"(x2), "+r"(x3), "+r"(x4) \
				 : "r"(x5), "r"(q)              \
				 : "v0", "v1", "memory");       \
		break;

enum { FIRST_FORM = __COUNTER__ + 1 };

/* Form @n with the base @base; not more between the loads of the operands and
 * what they are for. */
static void run_form(uint64_t n, uint64_t base, struct form_regs *r)
{
	register uint64_t x2 __asm__("x2") = r->x2;
	register uint64_t x3 __asm__("x3") = r->x3;
	register uint64_t x4 __asm__("x4") = base;
	register uint64_t x5 __asm__("x5") = r->x5;
	register uint64_t *q __asm__("x6") = r->q0;

	switch (n) {
		FORMS
	default:
		tap_bail("agent: form %lu", n);
	}
	r->x2 = x2;
	r->x3 = x3;
	r->x4 = x4;
}

static void do_form(struct agent_job *job)
{
	struct fault f;

	fault_expect(&f);
	run_form(job->arg[0], job->arg[1], (struct form_regs *)job->data);
	fault_done();
	record(job, &f);
}

/* ------------------------------------------------------------------- loop */

/* One CPU may be all there is: the test gets it while there is nothing to do. */
static void serve(void *arg)
{
	struct agent_job *job = arg;

	if (this_cpu()->id) {
		gic_init_cpu();
	}
	for (;;) {
		uint32_t posted =
			__atomic_load_n(&job->posted, __ATOMIC_ACQUIRE);

		if (posted == job->done) {
			sched_op(SCHEDOP_yield, NULL);
			continue;
		}
		perform(job);
		__atomic_store_n(&job->done, posted, __ATOMIC_RELEASE);
	}
}

void guest_main(void)
{
	irq_disable();
	__atomic_store_n(&page->ready, 1, __ATOMIC_RELEASE);
	serve(&page->job[0]);
}
