/* SPDX-License-Identifier: BSD-2-Clause */
/* XENMAPSPACE_dev_mmio: the hardware domain's devices at other addresses. */
#include <stddef.h>
#include <stdint.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "hypercall/memory_op.h"
#include "iomem/iomem.h"

/* No more under one lock; a block is as much. */
#define MAX_RUN UINT64_C(512)

/*
 * Items of a batch that continue each other, and are mapped as one when the
 * run ends. Their errors are the same, and written then.
 */
struct run {
	struct vcpu *v;
	const struct memory_devices *batch;
	struct iomem_dev dev; /* dev.nr 0: empty */
	uint64_t first;	      /* its first item  */
};

int memory_add_device(struct vcpu *v, uint64_t idx, gfn_t gfn)
{
	struct iomem_dev dev = { .gfn = gfn, .mfn = MFN(idx), .nr = 1 };
	int rc = iomem_dev_mmio(v, &dev);

	return rc ? rc : dev.err;
}

/* Items [first, first + nr) got @value. */
static int write_errors(const struct run *r, uint64_t nr, int value)
{
	int err[MEMOP_CHUNK];
	uint64_t at = r->batch->errs.v + r->first * sizeof(*err);
	unsigned int fill = (unsigned int)min_u64(nr, MEMOP_CHUNK);

	for (unsigned int i = 0; i < fill; i++) {
		err[i] = value;
	}
	while (nr) {
		uint64_t some = min_u64(nr, MEMOP_CHUNK);

		if (guest_write(r->v, GVA(at), err, some * sizeof(*err))) {
			return -XEN_EFAULT;
		}
		at += some * sizeof(*err);
		nr -= some;
	}
	return 0;
}

/* Map the run. What could not be done yet because of -XEN_ERESTART stays. */
static int flush(struct run *r)
{
	while (r->dev.nr) {
		struct iomem_dev some = r->dev;
		int rc = iomem_dev_mmio(r->v, &some);

		if (!rc) {
			rc = write_errors(r, some.nr, some.err);
		}
		if (rc) {
			return rc;
		}
		r->dev.nr -= some.nr;
		r->dev.gfn.v += some.nr;
		r->dev.mfn.v += some.nr;
		r->first += some.nr;
	}
	return 0;
}

/* Whether one more item can join: not beyond what a block may cover. */
static bool continues(const struct run *r, uint64_t idx, uint64_t gfn)
{
	return r->dev.nr && idx == r->dev.mfn.v + r->dev.nr &&
	       gfn == r->dev.gfn.v + r->dev.nr && gfn % MAX_RUN;
}

static int take_items(struct run *r, const uint64_t *idx, const uint64_t *gfn,
		      uint64_t first, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		int rc;

		if (gfn_eq(GFN(gfn[i]), GFN_INVALID)) {
			rc = flush(r);
			return rc ? rc : -XEN_EINVAL;
		}
		if (continues(r, idx[i], gfn[i])) {
			r->dev.nr++;
			continue;
		}
		rc = flush(r);
		if (rc) {
			return rc;
		}
		r->first = first + i;
		r->dev.gfn = GFN(gfn[i]);
		r->dev.mfn = MFN(idx[i]);
		r->dev.nr = 1;
	}
	return 0;
}

static int take_chunk(struct run *r, uint64_t first, unsigned int nr)
{
	uint64_t idx[MEMOP_CHUNK], gfn[MEMOP_CHUNK];
	const struct memory_devices *b = r->batch;

	if (guest_read(r->v, idx, GVA(b->idxs.v + first * sizeof(*idx)),
		       nr * sizeof(*idx)) ||
	    guest_read(r->v, gfn, GVA(b->gpfns.v + first * sizeof(*gfn)),
		       nr * sizeof(*gfn))) {
		int rc = flush(r);

		return rc ? rc : -XEN_EFAULT;
	}
	return take_items(r, idx, gfn, first, nr);
}

int64_t memory_add_devices(struct vcpu *v, uint64_t *x,
			   const struct memory_devices *b)
{
	struct run r = { .v = v,
			 .batch = b,
			 .dev = { .selector = b->selector } };
	uint64_t done = MEMOP_START(x[0]);
	int rc = 0;

	r.first = done;
	while (done < b->size && !rc) {
		uint64_t nr = min_u64(MEMOP_CHUNK, b->size - done);

		rc = take_chunk(&r, done, (unsigned int)nr);
		done += nr;
		if (done < b->size && arch_irq_waiting()) {
			break;
		}
	}
	if (!rc) {
		rc = flush(&r);
	}
	if (rc == -XEN_ERESTART) {
		return memop_again(x, r.first);
	}
	return rc || done >= b->size ? rc : memop_again(x, done);
}
