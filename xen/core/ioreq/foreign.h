/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many frames of which domain a domain has mapped. A number that is too
 * high costs a device model an invalidation that it would not need; it is
 * never too low: it rises under the p2m lock of the domain whose frames they
 * are, before they are looked up, and falls when the mapping is gone.
 */
#ifndef IOREQ_FOREIGN_H
#define IOREQ_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <core/compiler.h>

struct domain;

/**
 * foreign_begin() - @d may map frames of others from now on.
 *
 * Takes the p2m lock of @d. Once more does nothing.
 * Return: 0, -XEN_ENOMEM.
 */
int foreign_begin(struct domain *d) __must_check;
/* After its p2m is empty. */
void foreign_end(struct domain *d);

/* @d is about to map @nr frames of @of; or did not in the end. */
void foreign_add(struct domain *d, domid_t of, uint32_t nr);
void foreign_sub(struct domain *d, domid_t of, uint32_t nr);

/* Whether @d has any of @of mapped. The p2m lock of @of is held. */
bool foreign_held(const struct domain *d, domid_t of);

#endif
