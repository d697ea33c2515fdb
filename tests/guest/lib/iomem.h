/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine pages that are no RAM: the calls that map them. */
#ifndef GUEST_IOMEM_H
#define GUEST_IOMEM_H

#include <stdint.h>

#include <xen/xen.h>

/** iomem_permission() - XEN_DOMCTL_iomem_permission. */
long iomem_permission(domid_t domid, uint64_t mfn, uint64_t nr,
		      unsigned int allow);

/**
 * iomem_mapping() - XEN_DOMCTL_memory_mapping.
 * @word: what goes into add_mapping. Padding is filled with garbage.
 */
long iomem_mapping(domid_t domid, uint64_t gfn, uint64_t mfn, uint64_t nr,
		   uint32_t word);

#define DEV_MMIO_MAX 2048

/**
 * dev_mmio() - XENMAPSPACE_dev_mmio, consecutive frames in one batch.
 * @nr: at most DEV_MMIO_MAX; @res0: what goes into u.res0.
 *
 * Return: the call's error, or that of the first item that has one.
 */
long dev_mmio(uint64_t gfn, uint64_t mfn, unsigned int nr, unsigned int res0);

#endif
