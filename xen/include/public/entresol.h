/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Entresol has and Xen's ABI does not. For guests, tools and the
 * hypervisor alike; needs <stdint.h> alone.
 *
 * One hypercall of the numbers that Xen keeps for architectures: x0 (of a
 * library call: the first argument) is a command, x1 the address of its
 * structure. Xen, and an older Entresol that does not know a command, answer
 * -ENOSYS: a clean probe. Reserved fields are zero, or -EINVAL.
 */
#ifndef ENTRESOL_H
#define ENTRESOL_H

#include <stdint.h>

#define ENTRESOL_HYPERCALL 55 /* __HYPERVISOR_arch_7 */

/* Commands; 0 is none. ENTRESOL_version returns ENTRESOL_VERSION. */
#define ENTRESOL_version   1
#define ENTRESOL_attribute 2
#define ENTRESOL_regions   3
#define ENTRESOL_view	   4
#define ENTRESOL_table	   5
#define ENTRESOL_dirty	   6

#define ENTRESOL_VERSION 1

/* ------------------------------------------------------------- attributes */

/*
 * The memory attribute of a mapping, where Xen's ABI has bits to spare:
 *
 * - XEN_DOMCTL_memory_mapping: bits 31:8 of add_mapping are the selector, bit
 *   0 is "add" as ever, bits 7:1 are zero (the stock library passes the word
 *   through: add_mapping = DPCI_ADD_MAPPING | selector << 8).
 * - XENMEM_add_to_physmap_batch, XENMAPSPACE_dev_mmio: u.res0 is the selector.
 *   Xen answers -EOPNOTSUPP to all but 0.
 *
 * A selector that is not listed here is an error (-EINVAL), never a default;
 * one that policy does not allow for the page or the domain is -EPERM; one
 * in conflict with how another domain has the page mapped is -EBUSY, and the
 * log names the owner.
 */
#define ENTRESOL_ATTR_DEFAULT	    0u /* as the device tree has the page */
#define ENTRESOL_ATTR_DEVICE_NGNRNE 1u
#define ENTRESOL_ATTR_DEVICE_NGNRE  2u
#define ENTRESOL_ATTR_DEVICE_NGRE   3u
#define ENTRESOL_ATTR_DEVICE_GRE    4u
#define ENTRESOL_ATTR_NORMAL_NC	    5u
#define ENTRESOL_ATTR_NORMAL_WB	    6u
#define ENTRESOL_ATTR_MASK	    0x00ffu
#define ENTRESOL_ATTR_READONLY	    0x0100u /* with any of these */

/*
 * ENTRESOL_attribute: what @domid may have of machine frame @mfn on. By the
 * hardware domain for any domain, by others for themselves (0x7ff0).
 * Errors: -ESRCH, -EPERM, -EFAULT, -EINVAL (empty, or beyond the CPU's
 * physical addresses).
 */
struct entresol_attribute {
	uint16_t domid;	   /* in                                            */
	uint16_t reserved; /* 0                                             */
	uint32_t allowed;  /* out: bit n: selector n, bit 0: default; 0: none */
	uint64_t mfn;	   /* in                                            */
	uint64_t nr;	   /* in: frames; out: those the answer is true for */
	uint16_t selector; /* out: what the default means here              */
	uint16_t holder;   /* out: a domain that has a part of it mapped and */
			   /* rules other selectors out, or 0x7ff4 (nobody) */
	uint32_t reserved2;
	char node[64]; /* out: device-tree node, "" if unknown          */
};

#endif
