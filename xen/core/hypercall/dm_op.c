/* SPDX-License-Identifier: BSD-2-Clause */
/* DM_OP: x[0] domain, x[1] number of buffers, x[2] buffers. What a device
 * model asks for. */
#include <stddef.h>
#include <stdint.h>

#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>

#include <arch/cpu.h>
#include <core/bits.h>
#include <core/compiler.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "frame/frame.h"
#include "hypercall/hypercall.h"
#include "hypercall/target.h"
#include "ioreq/ioreq.h"
#include "p2m/p2m.h"
#include "vgic/vgic.h"

static_assert(sizeof(struct xen_dm_op) == 32, "Xen ABI: public/hvm/dm_op.h");
static_assert(offsetof(struct xen_dm_op, u) == 8, "Xen ABI");
static_assert(sizeof(struct xen_dm_op_buf) == 16, "Xen ABI");

#define MAX_BUFS 2
/* Pages whose type is changed between two looks at the interrupts. */
#define TYPE_CHUNK 64

static struct ioreq_name name_of(struct vcpu *v, struct domain *d, uint16_t id)
{
	return (struct ioreq_name){ d, v->domain, id };
}

static int64_t create(struct vcpu *v, struct domain *d, struct xen_dm_op *op)
{
	struct xen_dm_op_create_ioreq_server *arg = &op->u.create_ioreq_server;
	struct ioreq_name name = name_of(v, d, 0);
	int rc;

	if (arg->pad[0] || arg->pad[1] || arg->pad[2]) {
		return -XEN_EINVAL;
	}
	/* As Xen on Arm has none; ENTRESOL_ioreq asks for ours. */
	if (arg->handle_bufioreq != HVM_IOREQSRV_BUFIOREQ_OFF) {
		return -XEN_EINVAL;
	}
	rc = ioreq_create(&name);
	arg->id = name.id;
	return rc;
}

static int64_t get_info(struct vcpu *v, struct domain *d, struct xen_dm_op *op)
{
	struct xen_dm_op_get_ioreq_server_info *arg =
		&op->u.get_ioreq_server_info;
	struct ioreq_name name = name_of(v, d, arg->id);
	int rc;

	if (arg->flags & ~XEN_DMOP_no_gfns) {
		return -XEN_EINVAL;
	}
	rc = ioreq_info(&name, &arg->bufioreq_port);
	/* Its pages are a resource, and in nobody's map. */
	if (!rc && !(arg->flags & XEN_DMOP_no_gfns)) {
		rc = -XEN_EOPNOTSUPP;
	}
	return rc;
}

static int64_t map_range(struct vcpu *v, struct domain *d, struct xen_dm_op *op)
{
	const struct xen_dm_op_ioreq_server_range *arg =
		&op->u.map_io_range_to_ioreq_server;
	struct ioreq_name name = name_of(v, d, arg->id);
	struct ioreq_range range = { arg->type, arg->start, arg->end };

	return arg->pad ? -XEN_EINVAL : ioreq_map(&name, &range);
}

static int64_t unmap_range(struct vcpu *v, struct domain *d,
			   struct xen_dm_op *op)
{
	const struct xen_dm_op_ioreq_server_range *arg =
		&op->u.unmap_io_range_from_ioreq_server;
	struct ioreq_name name = name_of(v, d, arg->id);
	struct ioreq_range range = { arg->type, arg->start, arg->end };

	return arg->pad ? -XEN_EINVAL : ioreq_unmap(&name, &range);
}

static int64_t set_state(struct vcpu *v, struct domain *d, struct xen_dm_op *op)
{
	const struct xen_dm_op_set_ioreq_server_state *arg =
		&op->u.set_ioreq_server_state;
	struct ioreq_name name = name_of(v, d, arg->id);

	return arg->pad ? -XEN_EINVAL : ioreq_enable(&name, arg->enabled);
}

static int64_t destroy(struct vcpu *v, struct domain *d, struct xen_dm_op *op)
{
	const struct xen_dm_op_destroy_ioreq_server *arg =
		&op->u.destroy_ioreq_server;
	struct ioreq_name name = name_of(v, d, arg->id);

	return arg->pad ? -XEN_EINVAL : ioreq_destroy(&name);
}

/* Lines of emulated devices: not of what physical interrupts come in by. */
static int64_t set_irq_level(struct vcpu *v, struct domain *d,
			     struct xen_dm_op *op)
{
	const struct xen_dm_op_set_irq_level *arg = &op->u.set_irq_level;

	(void)v;
	if (arg->level > 1 || arg->pad[0] || arg->pad[1] || arg->pad[2] ||
	    !d->vgic || !vgic_is_free_spi(d, arg->irq)) {
		return -XEN_EINVAL;
	}
	vgic_set_level(d, NULL, arg->irq, arg->level);
	return 0;
}

static int64_t nr_vcpus(struct vcpu *v, struct domain *d, struct xen_dm_op *op)
{
	(void)v;
	op->u.nr_vcpus.vcpus = d->nr_vcpus;
	return 0;
}

static int64_t remote_shutdown(struct vcpu *v, struct domain *d,
			       struct xen_dm_op *op)
{
	(void)v;
	domain_shutdown(d, (uint8_t)op->u.remote_shutdown.reason);
	return 0;
}

/* The p2m takes over a reference on each frame of RAM, the same ones too. */
static int retype_page(struct domain *d, struct p2m_locked l, gfn_t gfn,
		       enum p2m_type type)
{
	struct p2m_entry e = p2m_lookup(l, gfn);
	bool counted = p2m_counts(d->p2m, type);
	int rc;

	if (!p2m_is_ram(e.type)) {
		return -XEN_EINVAL;
	}
	if (e.type == type) {
		return 0;
	}
	rc = counted ? frame_get(e.mfn, d->id) : 0;
	if (!rc) {
		rc = p2m_map(l, gfn, e.mfn, 1, p2m_as(type));
		if (rc && counted) {
			frame_put(e.mfn);
		}
	}
	return rc;
}

/* RAM becomes read-only, or writable again; other kinds are not for Arm. */
static int64_t set_mem_type(struct vcpu *v, struct domain *d,
			    struct xen_dm_op *op)
{
	struct xen_dm_op_set_mem_type *arg = &op->u.set_mem_type;
	uint64_t last = arg->first_pfn + arg->nr - 1;
	enum p2m_type type = arg->mem_type == HVMMEM_ram_ro ? P2M_RAM_RO
							    : P2M_RAM_RW;
	int rc = 0;

	(void)v;
	if (arg->pad || arg->first_pfn > last ||
	    last > p2m_max_mapped(d->p2m).v ||
	    (arg->mem_type != HVMMEM_ram_rw &&
	     arg->mem_type != HVMMEM_ram_ro)) {
		return -XEN_EINVAL;
	}
	while (arg->nr && !rc) {
		uint32_t nr = (uint32_t)min_u64(arg->nr, TYPE_CHUNK);
		struct p2m_locked l;

		if (!target_lock(d, &l)) {
			return HYPERCALL_AGAIN;
		}
		for (; nr && !rc; nr--) {
			rc = retype_page(d, l, GFN(arg->first_pfn), type);
			arg->first_pfn += !rc;
			arg->nr -= !rc;
		}
		p2m_unlock(l);
		if (arg->nr && !rc && arch_irq_waiting()) {
			return HYPERCALL_AGAIN;
		}
	}
	return rc;
}

static const struct {
	int64_t (*perform)(struct vcpu *v, struct domain *d,
			   struct xen_dm_op *op);
	uint8_t size; /* of its member of the union */
	bool answers;
} ops[] = {
	[XEN_DMOP_create_ioreq_server] = { create,
					   sizeof(struct xen_dm_op_create_ioreq_server),
					   true },
	[XEN_DMOP_get_ioreq_server_info] = { get_info,
					     sizeof(struct xen_dm_op_get_ioreq_server_info),
					     true },
	[XEN_DMOP_map_io_range_to_ioreq_server] = { map_range,
						    sizeof(struct xen_dm_op_ioreq_server_range),
						    false },
	[XEN_DMOP_unmap_io_range_from_ioreq_server] = { unmap_range,
							sizeof(struct xen_dm_op_ioreq_server_range),
							false },
	[XEN_DMOP_set_ioreq_server_state] = { set_state,
					      sizeof(struct xen_dm_op_set_ioreq_server_state),
					      false },
	[XEN_DMOP_destroy_ioreq_server] = { destroy,
					    sizeof(struct xen_dm_op_destroy_ioreq_server),
					    false },
	[XEN_DMOP_set_mem_type] = { set_mem_type,
				    sizeof(struct xen_dm_op_set_mem_type),
				    true },
	[XEN_DMOP_remote_shutdown] = { remote_shutdown,
				       sizeof(struct xen_dm_op_remote_shutdown),
				       false },
	[XEN_DMOP_set_irq_level] = { set_irq_level,
				     sizeof(struct xen_dm_op_set_irq_level),
				     false },
	[XEN_DMOP_nr_vcpus] = { nr_vcpus, sizeof(struct xen_dm_op_nr_vcpus),
				true },
};

/* Each part is read once, and only as far as the buffer says it goes; the
 * rest of @op is zero (XSA-506). */
static int read_op(struct vcpu *v, const struct xen_dm_op_buf *buf,
		   struct xen_dm_op *op)
{
	const size_t head = offsetof(struct xen_dm_op, u);
	gva_t at = GVA((uint64_t)(uintptr_t)buf->h.p);
	size_t size;

	*op = (struct xen_dm_op){ 0 };
	if (buf->size < head || guest_read(v, op, at, head)) {
		return -XEN_EFAULT;
	}
	if (op->op >= ARRAY_SIZE(ops)) {
		return -XEN_EOPNOTSUPP;
	}
	size = ops[op->op].size;
	if (buf->size < head + size ||
	    (size && guest_read(v, &op->u, GVA(at.v + head), size))) {
		return -XEN_EFAULT;
	}
	if (op->pad) {
		return -XEN_EINVAL;
	}
	return ops[op->op].perform ? 0 : -XEN_EOPNOTSUPP;
}

static int target(struct vcpu *v, uint64_t id, struct domain **d)
{
	*d = id <= DOMID_MASK && id != DOMID_SELF
		     ? domain_by_id(v->domain, (domid_t)id)
		     : NULL;
	if (!*d) {
		return -XEN_ESRCH;
	}
	/* Nobody is the device model of itself. */
	return *d == v->domain ? -XEN_EPERM
			       : right_check(v->domain, RIGHT_CONTROL, *d);
}

int64_t hypercall_dm_op(struct vcpu *v, uint64_t *x)
{
	struct xen_dm_op_buf buf[MAX_BUFS] = { { .size = 0 } };
	uint32_t nr = (uint32_t)x[1];
	struct xen_dm_op op;
	struct domain *d;
	int64_t rc;
	gva_t back;

	if (nr > MAX_BUFS) {
		return -XEN_E2BIG;
	}
	if (nr && guest_read(v, buf, GVA(x[2]), nr * sizeof(buf[0]))) {
		return -XEN_EFAULT;
	}
	rc = target(v, (domid_t)x[0], &d);
	if (!rc) {
		rc = read_op(v, &buf[0], &op);
	}
	if (rc) {
		return rc;
	}
	rc = ops[op.op].perform(v, d, &op);
	back = GVA((uint64_t)(uintptr_t)buf[0].h.p +
		   offsetof(struct xen_dm_op, u));
	if ((!rc || rc == HYPERCALL_AGAIN) && ops[op.op].answers &&
	    guest_write(v, back, &op.u, ops[op.op].size)) {
		return -XEN_EFAULT;
	}
	return rc;
}
