/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of machine frames, as sorted ranges that neither overlap nor touch. */
#ifndef IOMEM_SET_H
#define IOMEM_SET_H

#include <stdint.h>

#include <core/compiler.h>

/* Frames [first, end). */
struct iomem_range {
	uint64_t first;
	uint64_t end;
};

/* Zero is the empty set. */
struct iomem_set {
	struct iomem_range *range;
	unsigned int nr;
	unsigned int room;
};

/* 0, or -XEN_ENOMEM with the set as it was. @first < @end. */
int iomem_set_add(struct iomem_set *set, struct iomem_range r) __must_check;
int iomem_set_remove(struct iomem_set *set, struct iomem_range r) __must_check;

/* Frames from @frame on that are in the set; 0: @frame is not. */
uint64_t iomem_set_run(const struct iomem_set *set, uint64_t frame);
/* Frames from @frame on that are not; UINT64_MAX: no further one is. */
uint64_t iomem_set_gap(const struct iomem_set *set, uint64_t frame);

void iomem_set_free(struct iomem_set *set);

#endif
