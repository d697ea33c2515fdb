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

int evtchn_domain_init(struct domain *d) __must_check;
/* Close every port. */
void evtchn_domain_destroy(struct domain *d);

/* EVENT_CHANNEL_OP: x[0] sub-op, x[1] argument address. */
int64_t hypercall_event_channel_op(struct vcpu *v, uint64_t *x);

/**
 * evtchn_send_virq() - Raise @virq.
 * @v: per-vCPU virqs: the target; global ones: any vCPU of the domain that
 *     bound it (the handler decides).
 */
void evtchn_send_virq(struct domain *d, struct vcpu *v, unsigned int virq);

/**
 * evtchn_pending() - Whether an upcall waits for @v: upcall_pending is set
 * in its vcpu_info. evtchn_masked() - whether it is masked there.
 */
bool evtchn_upcall_pending(const struct vcpu *v);

/* The vcpu_info of @v moved to another page: pending bits went along; look
 * whether an upcall is due. */
void evtchn_info_moved(struct vcpu *v);

/* For SCHEDOP_poll: whether one of @nr ports is pending; -XEN_EINVAL for a
 * port out of range. */
int evtchn_poll(struct vcpu *v, const evtchn_port_t *ports, unsigned int nr);

/* For the console key 'e'. */
void evtchn_dump(struct domain *d, void (*line)(const char *text));

#endif
