/* SPDX-License-Identifier: BSD-2-Clause */
/* Working off an array of arguments in the guest. */
#include <arch/cpu.h>
#include <core/bits.h>

#include "domain/guestcopy.h"
#include "gnttab/internal.h"

/* When the batch cannot be read as a whole, its first element may. */
int batch_read(struct batch *b, void *buf)
{
	b->nr = min_u64(b->x[2], BATCH_MAX);
	if (!guest_read(b->v, buf, GVA(b->x[1]), (size_t)b->nr * b->size)) {
		return 0;
	}
	if (b->nr == 1) {
		return -XEN_EFAULT;
	}
	b->nr = 1;
	return guest_read(b->v, buf, GVA(b->x[1]), b->size);
}

int batch_write(struct batch *b, const void *buf)
{
	size_t bytes = (size_t)b->nr * b->size;

	if (guest_write(b->v, GVA(b->x[1]), buf, bytes)) {
		return -XEN_EFAULT;
	}
	b->x[1] += bytes;
	b->x[2] -= b->nr;
	return 0;
}

bool batch_preempt(const struct batch *b)
{
	return b->x[2] && arch_irq_waiting();
}
