/* SPDX-License-Identifier: BSD-2-Clause */
/* XEN_VERSION: x[0] command, x[1] argument. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/features.h>
#include <xen/version.h>

#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/policy.h"
#include "hypercall/hypercall.h"
#include "lib/format.h"

#define MAJOR 4
#define MINOR 17
/* Where the Xen whose ABI this is has its own text; tools print it. */
#define VIRT_START UINT64_C(0x200000)

static_assert(sizeof(struct xen_compile_info) == 144, "Xen ABI");
static_assert(sizeof(struct xen_feature_info) == 8, "Xen ABI");

/*
 * A text in a buffer of fixed size: every byte of it is written, so that
 * nothing else of the stack reaches the guest (XSA-122).
 */
static int64_t give_text(struct vcpu *v, gva_t arg, char *buf, size_t size,
			 const char *text)
{
	memset(buf, 0, size);
	fmt_str(buf, size, "%s", text);
	return guest_write(v, arg, buf, size);
}

static int64_t version_op(struct vcpu *v, gva_t arg)
{
	(void)v;
	(void)arg;
	return MAJOR << 16 | MINOR;
}

static int64_t extraversion(struct vcpu *v, gva_t arg)
{
	xen_extraversion_t buf;

	return give_text(v, arg, buf, sizeof(buf), ".0-entresol");
}

static int64_t compile_info(struct vcpu *v, gva_t arg)
{
	/* The rest of each field is zero, by the rules of initialisers. */
	static const struct xen_compile_info info = {
		.compiler = "gcc " __VERSION__,
		.compile_by = "entresol",
		.compile_domain = "",
		.compile_date = "",
	};

	return guest_write(v, arg, &info, sizeof(info));
}

static int64_t capabilities(struct vcpu *v, gva_t arg)
{
	xen_capabilities_info_t buf;

	return give_text(v, arg, buf, sizeof(buf), "xen-3.0-aarch64 ");
}

static int64_t changeset(struct vcpu *v, gva_t arg)
{
	xen_changeset_info_t buf;

	return give_text(v, arg, buf, sizeof(buf), "unavailable");
}

static int64_t platform_parameters(struct vcpu *v, gva_t arg)
{
	static const struct xen_platform_parameters info = {
		.virt_start = VIRT_START,
	};

	return guest_write(v, arg, &info, sizeof(info));
}

#define FEATURES                                  \
	(BIT(XENFEAT_writable_page_tables) |      \
	 BIT(XENFEAT_auto_translated_physmap) |   \
	 BIT(XENFEAT_memory_op_vnode_supported) | \
	 BIT(XENFEAT_ARM_SMCCC_supported))

/* By what a domain is: the hardware domain; direct-mapped. */
static const uint32_t features[2][2] = {
	{ FEATURES | BIT(XENFEAT_not_direct_mapped),
	  FEATURES | BIT(XENFEAT_direct_mapped) },
	{ FEATURES | BIT(XENFEAT_dom0) | BIT(XENFEAT_not_direct_mapped),
	  FEATURES | BIT(XENFEAT_dom0) | BIT(XENFEAT_direct_mapped) },
};

static int64_t get_features(struct vcpu *v, gva_t arg)
{
	struct xen_feature_info info;

	if (guest_read(v, &info, arg, sizeof(info))) {
		return -XEN_EFAULT;
	}
	if (info.submap_idx >= XENFEAT_NR_SUBMAPS) {
		return -XEN_EINVAL;
	}
	info.submap = features[v->domain->hwdom][v->domain->direct];
	return guest_write(v, arg, &info, sizeof(info));
}

static int64_t pagesize(struct vcpu *v, gva_t arg)
{
	(void)v;
	return arg.v ? -XEN_EINVAL : (int64_t)PAGE_SIZE;
}

static int64_t guest_handle(struct vcpu *v, gva_t arg)
{
	return guest_write(v, arg, v->domain->handle,
			   sizeof(v->domain->handle));
}

static int64_t commandline(struct vcpu *v, gva_t arg)
{
	xen_commandline_t buf;

	return give_text(v, arg, buf, sizeof(buf), domain_policy.cmdline);
}

/* x1 0: the length alone. The argument: room in bytes, then the bytes. */
static int64_t build_id(struct vcpu *v, gva_t arg)
{
	uint32_t len = domain_policy.build_id_len;
	uint32_t room;

	if (!len) {
		return -XEN_ENODATA;
	}
	if (!arg.v) {
		return len;
	}
	if (guest_read(v, &room, arg, sizeof(room))) {
		return -XEN_EFAULT;
	}
	if (room < len) {
		return room ? -XEN_ENOBUFS : -XEN_EINVAL;
	}
	if (guest_write(v, arg, &len, sizeof(len)) ||
	    guest_write(v, GVA(arg.v + offsetof(struct xen_build_id, buf)),
			domain_policy.build_id, len)) {
		return -XEN_EFAULT;
	}
	return len;
}

static int64_t (*const table[])(struct vcpu *v, gva_t arg) = {
	[XENVER_version] = version_op,
	[XENVER_extraversion] = extraversion,
	[XENVER_compile_info] = compile_info,
	[XENVER_capabilities] = capabilities,
	[XENVER_changeset] = changeset,
	[XENVER_platform_parameters] = platform_parameters,
	[XENVER_get_features] = get_features,
	[XENVER_pagesize] = pagesize,
	[XENVER_guest_handle] = guest_handle,
	[XENVER_commandline] = commandline,
	[XENVER_build_id] = build_id,
};

int64_t hypercall_xen_version(struct vcpu *v, uint64_t *x)
{
	uint32_t cmd = x[0];

	if (cmd >= ARRAY_SIZE(table)) {
		return -XEN_ENOSYS;
	}
	return table[cmd](v, GVA(x[1]));
}
