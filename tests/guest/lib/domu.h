/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other domains, made by raw hypercalls as the toolstack makes them, with the
 * agent (agent.h) running in each.
 */
#ifndef GUEST_DOMU_H
#define GUEST_DOMU_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/domctl.h>
#include <xen/xen.h>

#include "agent.h"

#define DOMU_MIB    8
#define DOMU_FRAMES (DOMU_MIB * 256u)
#define ANY_CPU	    (~0u)

struct domu {
	domid_t id;
	unsigned int nr_vcpus;
	unsigned int slot; /* of windows in our own address space */
	struct agent_page *page;
};

/**
 * domctl() - XEN_DOMCTL_* @cmd on domain @id; version and head are filled in.
 */
long domctl(domid_t id, uint32_t cmd, struct xen_domctl *op);
/* Those without an argument. */
long domctl_simple(domid_t id, uint32_t cmd);

/** domu_info() - XEN_DOMCTL_getdomaininfo. Return: its error. */
long domu_info(domid_t id, struct xen_domctl_getdomaininfo *info);

/** free_frames() - What sysctl physinfo says. */
uint64_t free_frames(void);

/* ----------------------------------------------------------------- windows */

/**
 * window() - A free page of our address space, of @slot (0 .. 15), numbered.
 *
 * Nothing is there until something is mapped; stage 1 has it as Normal.
 */
void *window(unsigned int slot, unsigned int nr);

/** foreign_map() - Frame @gfn of domain @id at @at, a window. */
long foreign_map(domid_t id, uint64_t gfn, void *at);
long foreign_unmap(void *at);

/** populate() - XENMEM_populate_physmap of one extent. Return: 1 when done. */
long populate(domid_t id, uint64_t gfn, unsigned int order);
/** decrease() - XENMEM_decrease_reservation of one frame. */
long decrease(domid_t id, uint64_t gfn);

/* -------------------------------------------------------------------- life */

/**
 * domu_make() - A paused domain with memory, the agent, and vCPU 0 ready.
 * @slot: 0 .. 7, of its own for each that lives.
 *
 * Bails out when something fails.
 */
void domu_make(struct domu *u, unsigned int slot, unsigned int nr_vcpus);

/** domu_start() - Unpause it and wait until the agent runs. */
void domu_start(struct domu *u);

/** domu_pin() - Let vCPU @vcpu run on @cpu alone. */
void domu_pin(const struct domu *u, unsigned int vcpu, unsigned int cpu);

/** domu_destroy() - Unmap the shared page, destroy, and wait until nobody
 * can be asked about it any more. */
void domu_destroy(struct domu *u);
/** domu_kill() - XEN_DOMCTL_destroydomain until it is done; no more. */
void domu_kill(const struct domu *u);

/* -------------------------------------------------------------------- jobs */

/** job_post() - Give a job to @vcpu; @args as agent.h has them. */
struct agent_job *job_post(const struct domu *u, unsigned int vcpu,
			   enum agent_op op, const uint64_t *args,
			   unsigned int nr_args);
#define JOB_ARGS(...)                      \
	(const uint64_t[]){ __VA_ARGS__ }, \
		sizeof((uint64_t[]){ __VA_ARGS__ }) / 8

bool job_is_done(const struct agent_job *job);
/** job_wait() - Until it is done; bails out after some seconds. */
void job_wait(const struct agent_job *job);

/** DO_JOB() - Post and wait. Return: the first result. */
#define DO_JOB(u, vcpu, op, ...) \
	job_result(job_post(u, vcpu, op, JOB_ARGS(__VA_ARGS__)))
uint64_t job_result(const struct agent_job *job);

/** give_way() - Let others run on this CPU. */
void give_way(void);

/** rest() - Give way for @ms milliseconds. */
void rest(unsigned int ms);

/** wait_for() - Until @done(@arg). Return: false after @ms milliseconds. */
bool wait_for(bool (*done)(void *arg), void *arg, unsigned int ms);

#endif
