/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels: ports, 2-level and FIFO delivery. */
#ifndef EVTCHN_EVTCHN_H
#define EVTCHN_EVTCHN_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event_channel.h>

#include <core/compiler.h>

struct domain;
struct vcpu;

/* No ports, 2-level delivery. After the vCPUs were made. -XEN_ENOMEM. */
int evtchn_domain_init(struct domain *d) __must_check;
/* Close the ports of up to @nr numbers from @next on, on both ends; true when
 * all are. For a domain that ends: nobody opens any. */
bool evtchn_close_some(struct domain *d, uint64_t *next, uint32_t nr);
/* Close every port and forget. The vCPUs of @d do not run any more, but still
 * exist. */
void evtchn_domain_destroy(struct domain *d);

/* EVENT_CHANNEL_OP: x[0] sub-op, x[1] argument address. */
int64_t hypercall_event_channel_op(struct vcpu *v, uint64_t *x);

/**
 * evtchn_send_virq() - Raise @virq.
 * @v: per-vCPU virqs: the target; global ones: any vCPU of the domain that
 *     bound it, or NULL (the channel decides).
 *
 * Takes the event lock of @d. Nothing happens when nobody bound it.
 */
void evtchn_send_virq(struct domain *d, struct vcpu *v, unsigned int virq);

/**
 * evtchn_xen_open() - A port of @d whose end is the hypervisor's.
 * @remote: who may bind to it; @vcpu: what ioreq_notified() is told when the
 *          other end sends.
 *
 * Return: the port, -XEN_ENOSPC or -XEN_ENOMEM.
 */
int evtchn_xen_open(struct domain *d, const struct domain *remote,
		    uint16_t vcpu) __must_check;
/* The other end can be bound no more. */
void evtchn_xen_close(struct domain *d, uint32_t port);
/* An event for the other end, if somebody has bound it. A number that is no
 * such port any more is harmless. */
void evtchn_xen_send(struct domain *d, uint32_t port);

/* Whether evtchn_upcall_pending is set in the vcpu_info of @v. */
bool evtchn_upcall_pending(const struct vcpu *v);

/* The vcpu_info of @v is at another place now: events may have been marked
 * in the old one, so everything is marked and an upcall made. */
void evtchn_info_moved(struct vcpu *v);

/**
 * evtchn_poll() - For SCHEDOP_poll: look at @nr ports of @v's domain.
 *
 * Whoever waits registers first (d->polling) and looks then: a port that is
 * made pending later ends in vcpu_poll_notify(), masked or not.
 *
 * Return: 1 when a port is pending, 0 when none is; -XEN_EINVAL for a port
 * out of range.
 */
int evtchn_poll(struct vcpu *v, const evtchn_port_t *ports, unsigned int nr);

/* For the console key 'e'. */
void evtchn_dump(struct domain *d, void (*line)(const char *text));

#endif
