/* SPDX-License-Identifier: BSD-2-Clause */
/* IOREQ servers: device models in other domains (docs/design/16-*.md). */
#ifndef IOREQ_IOREQ_H
#define IOREQ_IOREQ_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <core/addr.h>
#include <core/compiler.h>

struct domain;
struct mmio_run;
struct vcpu;

/* ------------------------------------------------------ device-model calls */

/* A server of @d as its device model @dm names it. For all calls with it:
 * -XEN_ENOENT (no such server), -XEN_EPERM (another domain's). */
struct ioreq_name {
	struct domain *d;
	struct domain *dm;
	uint16_t id;
};

/* First and last byte, of XEN_DMOP_IO_RANGE_*. */
struct ioreq_range {
	uint32_t type;
	uint64_t first;
	uint64_t last;
};

struct ioreq_options {
	bool exact;	      /* invalidations name what has left        */
	uint64_t window;      /* writes to this window are buffered ...  */
	uint64_t window_size; /* ... 0: none; at most 1 MiB              */
};

/**
 * ioreq_create() - A new server of @name.d, disabled; sets @name.id.
 *
 * Return: 0; -XEN_ENOSPC (too many servers, or no port); -XEN_ENOMEM.
 */
int ioreq_create(struct ioreq_name *name) __must_check;
int ioreq_destroy(const struct ioreq_name *name) __must_check;
int ioreq_enable(const struct ioreq_name *name, bool enable) __must_check;

/* -XEN_EINVAL (ends before it begins, unknown type); -XEN_EEXIST (some of it
 * is the server's); -XEN_ENOSPC; -XEN_ENOMEM. */
int ioreq_map(const struct ioreq_name *name,
	      const struct ioreq_range *range) __must_check;
/* -XEN_EINVAL; -XEN_ENOENT (not all of it is); -XEN_ENOSPC; -XEN_ENOMEM. */
int ioreq_unmap(const struct ioreq_name *name,
		const struct ioreq_range *range) __must_check;

/* @ring_port: of the ring, or 0. */
int ioreq_info(const struct ioreq_name *name, uint32_t *ring_port) __must_check;

/* -XEN_EBUSY (it is enabled, or has a ring already); -XEN_EINVAL (window);
 * -XEN_ENOSPC; -XEN_ENOMEM. */
int ioreq_set_options(const struct ioreq_name *name,
		      const struct ioreq_options *options) __must_check;

#define IOREQ_FRAMES 2 /* as XENMEM_resource_ioreq_server counts them */

/* Frame @nr of it, with a reference for the caller. -XEN_EINVAL (no such
 * frame); -XEN_ENOENT (no ring, too). */
int ioreq_frame(const struct ioreq_name *name, uint64_t nr,
		mfn_t *mfn) __must_check;

/* ------------------------------------------------------------ the guest's */

/* @v, loaded here, has made an access that was answered by MMIO_WAIT. */
void ioreq_wait(struct vcpu *v, const struct mmio_run *run);

enum ioreq_result {
	IOREQ_GO,   /* nothing keeps it out of the guest       */
	IOREQ_STAY, /* block, and ask once more                */
	IOREQ_FAIL, /* its access was no good: an abort; then ask again */
};

/**
 * ioreq_work() - Exit work (WORK_IOREQ) of @v, which is loaded here.
 * @va: output for IOREQ_FAIL: the address of the access, and whether it wrote.
 */
enum ioreq_result ioreq_work(struct vcpu *v, gva_t *va, bool *write);

/* A device model has sent an event for slot @vcpu of a server of @d. An event
 * lock of another domain is held. */
void ioreq_notified(struct domain *d, unsigned int vcpu);

/* ------------------------------------------------------------ beginnings, ends */

/* @d ends: its servers do, first of all. No vCPU of it runs. */
void ioreq_domain_end(struct domain *d);
/* And the memory, once nobody can be on the way to it. After its ports
 * and the p2m. */
void ioreq_domain_free(struct domain *d);
/* @dm ends: so do its servers of other domains. */
void ioreq_emulator_end(struct domain *dm);

#endif
