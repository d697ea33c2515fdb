/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls by the stock libxencall. */
#include <errno.h>
#include <string.h>

#include <xencall.h>

#include "hypervisor.h"

struct below {
	xencall_handle *handle;
	struct entresol_dump *arg;
	void *records;
};

static int64_t call(struct hypervisor *h, unsigned int cmd,
		    struct entresol_dump *arg, void *records)
{
	struct below *b = h->opaque;
	int rc;

	if (arg) {
		*b->arg = *arg;
		b->arg->buffer = (uintptr_t)b->records;
	}
	rc = xencall2(b->handle, ENTRESOL_HYPERCALL, cmd, (uintptr_t)b->arg);
	if (rc < 0) {
		return -errno;
	}
	if (arg) {
		*arg = *b->arg;
		memcpy(records, b->records, HYPERVISOR_BUFFER);
	}
	return rc;
}

static void shut(struct hypervisor *h)
{
	struct below *b = h->opaque;

	if (b->arg) {
		xencall_free_buffer(b->handle, b->arg);
	}
	if (b->records) {
		xencall_free_buffer(b->handle, b->records);
	}
	xencall_close(b->handle);
}

bool hypervisor_open(struct hypervisor *h, struct failure *f)
{
	static struct below b;

	b.handle = xencall_open(NULL, 0);
	if (!b.handle) {
		return errno == EACCES || errno == EPERM
			       ? failed(f, STATUS_DENIED,
					"hypercalls are for root alone")
			       : failed(f, STATUS_NOT_ENTRESOL,
					"there is no hypervisor below: %s",
					strerror(errno));
	}
	*h = (struct hypervisor){ call, shut, &b };
	b.arg = xencall_alloc_buffer(b.handle, sizeof(*b.arg));
	b.records = xencall_alloc_buffer(b.handle, HYPERVISOR_BUFFER);
	if (!b.arg || !b.records) {
		shut(h);
		return failed(f, STATUS_ERROR, "out of memory");
	}
	return true;
}
