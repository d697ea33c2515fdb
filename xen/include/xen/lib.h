/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxen-dev's <xen/hvm/save.h> includes <xen/lib.h> for BUG() when it is
 * compiled into a hypervisor.  Nothing of ours uses this file.
 */
#ifndef XEN_LIB_H
#define XEN_LIB_H

#ifndef BUG
#define BUG() __builtin_trap()
#endif

#endif /* XEN_LIB_H */
