/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxen-dev's <xen/arch-arm/smccc.h> includes "public/xen.h", the name that
 * header has inside a hypervisor.
 */
#ifndef PUBLIC_XEN_H
#define PUBLIC_XEN_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#endif /* PUBLIC_XEN_H */
