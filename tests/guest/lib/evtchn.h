/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages and ports that every test of event channels needs. */
#ifndef GUEST_EVTCHN_H
#define GUEST_EVTCHN_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/event_channel.h>
#include <xen/xen.h>

/** shared_info_map() - The shared_info page, mapped on first use. */
shared_info_t *shared_info_map(void);

/** vcpu_info_register() - A vcpu_info in a page of its own for vCPU @vcpu. */
vcpu_info_t *vcpu_info_register(unsigned int vcpu);

/**
 * loopback() - Two ports of this domain, bound to each other.
 * @far: gets the port that sees what is sent on the returned one.
 */
evtchn_port_t loopback(evtchn_port_t *far);

/** event_take() - Whether @port is pending (2-level); it is not any more. */
bool event_take(evtchn_port_t port);

/** virq_bind() - A port for @virq, of vCPU 0. */
evtchn_port_t virq_bind(uint32_t virq);

#endif
