/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy: which attribute may be asked for which kind of machine page
 * (R3.7). Pure functions of constant tables; docs/attributes.md shows them.
 */
#ifndef IOMEM_POLICY_H
#define IOMEM_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <public/entresol.h>

#include "dt/match.h"
#include "p2m/p2m.h"

/* What a machine page is, as far as attributes are concerned. */
enum iomem_kind {
	IOMEM_UNKNOWN,	   /* no node describes it                        */
	IOMEM_STRICT,	   /* its row says nGnRnE                         */
	IOMEM_DEVICE,	   /* registers, configuration space, PCI windows */
	IOMEM_COMBINING,   /* frame buffers, prefetchable PCI windows     */
	IOMEM_SRAM,	   /* memory                                      */
	IOMEM_SRAM_DEVICE, /* SRAM that is no place for write-combining   */
	IOMEM_RESERVED,	   /* /reserved-memory                            */
	IOMEM_NR_KINDS,
};

/* Who asks: the two columns of the table. */
enum iomem_who {
	IOMEM_HWDOM,
	IOMEM_OTHER,
};

#define IOMEM_NR_SELECTORS (ENTRESOL_ATTR_NORMAL_WB + 1)

const char *iomem_kind_name(enum iomem_kind kind);

/* The kind of a page that dt/ found by @row and that would be of @type. */
enum iomem_kind iomem_kind(const struct dt_row *row, enum p2m_type type);

/* A bit for each selector (ENTRESOL_ATTR_*, not 0) that is allowed. */
uint32_t iomem_policy(enum iomem_kind kind, enum iomem_who who);

/* Known, and without bits that mean nothing. */
bool iomem_selector_ok(uint32_t selector);

/* ENTRESOL_ATTR_* of an attribute: never 0; with READONLY as it is. */
uint32_t iomem_selector(struct s2_attr attr);

/**
 * iomem_choose() - The attribute that a selector means for a page.
 * @row:      the page's row; @type: what is mapped there is of this type.
 * @selector: iomem_selector_ok().
 *
 * Permissions are the row's, less what READONLY and a Device type take away.
 * Return: 0; -XEN_EPERM (the policy says no).
 */
int iomem_choose(const struct dt_row *row, enum p2m_type type,
		 enum iomem_who who, uint32_t selector,
		 struct s2_attr *attr) __must_check;

/* Two mappings of one page may differ, but not in this (XSA-154). */
static inline bool iomem_cached(struct s2_attr attr)
{
	return attr.memtype == S2_NORMAL_WB;
}

#endif
