/* SPDX-License-Identifier: BSD-2-Clause */
/* DOMCTL: x[0] argument. The toolstack's work on domains. */
#include <stddef.h>
#include <stdint.h>

#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"

static_assert(sizeof(struct xen_domctl) == 144, "Xen ABI");

enum domctl_flags {
	ANSWERS = 1,  /* the argument is copied back          */
	ANY_LIFE = 2, /* dying and dead domains are found too */
	IN_TURNS = 4, /* it says, too, how far a round got    */
};

#define COMMAND(name, flags) [XEN_DOMCTL_##name] = { domctl_##name, flags }

static const struct {
	domctl_fn *fn;
	unsigned int flags; /* enum domctl_flags */
} commands[] = {
	COMMAND(cacheflush, IN_TURNS),
	COMMAND(createdomain, ANSWERS),
	COMMAND(destroydomain, ANY_LIFE),
	COMMAND(get_paging_mempool_size, ANSWERS),
	COMMAND(getdomaininfo, ANSWERS | ANY_LIFE),
	COMMAND(getnodeaffinity, 0),
	COMMAND(getvcpuaffinity, 0),
	COMMAND(getvcpucontext, 0),
	COMMAND(getvcpuinfo, ANSWERS),
	COMMAND(iomem_permission, 0),
	COMMAND(max_mem, 0),
	COMMAND(max_vcpus, 0),
	COMMAND(memory_mapping, 0),
	COMMAND(pausedomain, 0),
	COMMAND(resumedomain, 0),
	COMMAND(scheduler_op, ANSWERS),
	COMMAND(set_address_size, 0),
	COMMAND(set_paging_mempool_size, 0),
	COMMAND(setdomainhandle, 0),
	COMMAND(setnodeaffinity, 0),
	COMMAND(setvcpuaffinity, 0),
	COMMAND(setvcpucontext, 0),
	COMMAND(unpausedomain, 0),
};

static bool is_known(uint32_t cmd)
{
	return cmd < ARRAY_SIZE(commands) && commands[cmd].fn;
}

/* The domain it is about, by number; only a new one has none yet. */
static int find_domain(struct vcpu *v, const struct xen_domctl *op,
		       struct domain **d)
{
	*d = NULL;
	if (op->cmd == XEN_DOMCTL_createdomain) {
		return 0;
	}
	if (op->domain == DOMID_SELF) {
		return -XEN_ESRCH;
	}
	*d = is_known(op->cmd) && commands[op->cmd].flags & ANY_LIFE
		     ? domain_of_id(op->domain)
		     : domain_by_id(v->domain, op->domain);
	return *d ? 0 : -XEN_ESRCH;
}

static int64_t perform(struct vcpu *v, struct domain *d, struct xen_domctl *op,
		       gva_t arg)
{
	int64_t rc = commands[op->cmd].fn(v, d, op);
	unsigned int write = rc == 0		     ? ANSWERS
			     : rc == HYPERCALL_AGAIN ? IN_TURNS
						     : 0;

	if ((commands[op->cmd].flags & write) &&
	    guest_write(v, arg, op, sizeof(*op))) {
		return -XEN_EFAULT;
	}
	return rc;
}

int64_t hypercall_domctl(struct vcpu *v, uint64_t *x)
{
	struct xen_domctl op;
	struct domain *d;
	int rc;

	if (guest_read(v, &op, GVA(x[0]), sizeof(op))) {
		return -XEN_EFAULT;
	}
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) {
		return -XEN_EACCES;
	}
	/* Before it may learn which domains there are. */
	rc = right_check(v->domain, RIGHT_CONTROL, NULL);
	if (!rc) {
		rc = find_domain(v, &op, &d);
	}
	if (rc) {
		return rc;
	}
	return is_known(op.cmd) ? perform(v, d, &op, GVA(x[0])) : -XEN_ENOSYS;
}
