/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside memmap/: accesses that take more than a call. */
#ifndef MEMMAP_ACCESS_H
#define MEMMAP_ACCESS_H

#include <core/compiler.h>

#include "memmap/span.h"

/**
 * access_layers() - An access to a stretch, by the layers of it.
 * @s:       its uppermost layer; @in_span: where in the stretch.
 *
 * Return: MMIO_NOTHING when @v finds no emulated region there.
 */
__cold_fn enum mmio_result access_layers(struct vcpu *v, const struct span *s,
					 uint64_t in_span,
					 struct mmio_access *a);

/* The first layer from @s on that @v sees, or NULL. */
const struct span *span_seen_by(const struct vcpu *v, const struct span *s);

#endif
