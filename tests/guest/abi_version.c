/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_version: every sub-operation, short buffers, and pointers that are bad.
 *
 * Classes: XSA-98 (output into a page the guest may only read), XSA-122 and
 * XSA-132 (bytes in an output buffer that were not written for this call).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <xen/errno.h>
#include <xen/features.h>
#include <xen/version.h>
#include <xen/xen.h>

#include "arch.h"
#include "badptr.h"
#include "board.h"
#include "hypercall.h"
#include "tap.h"

#define PATTERN 0xa5

static unsigned char buffer[2 * PAGE_SIZE] __attribute__((aligned(4096)));

static const struct query {
	unsigned int op;
	const char *name;
	unsigned int size;
} queries[] = {
	{ XENVER_extraversion, "extraversion", sizeof(xen_extraversion_t) },
	{ XENVER_compile_info, "compile_info", sizeof(xen_compile_info_t) },
	{ XENVER_capabilities, "capabilities",
	  sizeof(xen_capabilities_info_t) },
	{ XENVER_changeset, "changeset", sizeof(xen_changeset_info_t) },
	{ XENVER_platform_parameters, "platform_parameters",
	  sizeof(xen_platform_parameters_t) },
	{ XENVER_guest_handle, "guest_handle", sizeof(xen_domain_handle_t) },
	{ XENVER_commandline, "commandline", sizeof(xen_commandline_t) },
};

static void pattern(void)
{
	memset(buffer, PATTERN, sizeof(buffer));
}

/* Is everything from @size on as pattern() left it? */
static bool untouched_from(unsigned int size)
{
	for (; size < sizeof(buffer); size++) {
		if (buffer[size] != PATTERN) {
			return false;
		}
	}
	return true;
}

/* In a string field, only zeroes follow the terminator. */
static bool clean_string(const unsigned char *s, unsigned int size)
{
	unsigned int i = 0;

	while (i < size && s[i]) {
		i++;
	}
	if (i == size) {
		return false;
	}
	while (i < size && !s[i]) {
		i++;
	}
	return i == size;
}

static bool clean_output(const struct query *q)
{
	const xen_compile_info_t *info = (const void *)buffer;

	switch (q->op) {
	case XENVER_platform_parameters:
	case XENVER_guest_handle:
		return true;
	case XENVER_compile_info:
		return clean_string((void *)info->compiler,
				    sizeof(info->compiler)) &&
		       clean_string((void *)info->compile_by,
				    sizeof(info->compile_by)) &&
		       clean_string((void *)info->compile_domain,
				    sizeof(info->compile_domain)) &&
		       clean_string((void *)info->compile_date,
				    sizeof(info->compile_date));
	default:
		return clean_string(buffer, q->size);
	}
}

static void good_calls(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(queries); i++) {
		const struct query *q = &queries[i];

		pattern();
		tap_is(xen_version(q->op, buffer), 0, "%s", q->name);
		tap_ok(untouched_from(q->size), "%s writes %u bytes at most",
		       q->name, q->size);
		tap_ok(clean_output(q), "%s: nothing after the strings",
		       q->name);
	}
}

static void bad_calls(void)
{
	unsigned int i;
	unsigned int k;

	for (i = 0; i < ARRAY_SIZE(queries); i++) {
		for (k = 0; k < BADPTR_NR; k++) {
			tap_is(xen_version(queries[i].op, badptr[k].addr),
			       -XEN_EFAULT, "%s, %s", queries[i].name,
			       badptr[k].name);
		}
	}
	for (k = 0; k < BADPTR_NR; k++) {
		tap_is(xen_version(XENVER_get_features, badptr[k].addr),
		       k == BADPTR_READONLY ? -XEN_EINVAL : -XEN_EFAULT,
		       "get_features, %s", badptr[k].name);
	}
	tap_ok(badptr_readonly_intact(), "read-only page is unchanged");
}

static void values(void)
{
	xen_platform_parameters_t *platform = (void *)buffer;

	tap_is(xen_version(XENVER_version, NULL), 4 << 16 | 17, "version");
	tap_is(xen_version(XENVER_version, (void *)1), 4 << 16 | 17,
	       "version ignores its argument");
	tap_is(xen_version(XENVER_pagesize, NULL), 4096, "pagesize");
	tap_is(xen_version(XENVER_pagesize, buffer), -XEN_EINVAL,
	       "pagesize with an argument");
	xen_version(XENVER_capabilities, buffer);
	tap_note("capabilities '%s'", (char *)buffer);
	xen_version(XENVER_extraversion, buffer);
	tap_info("extraversion '%s'", (char *)buffer);
	xen_version(XENVER_changeset, buffer);
	tap_info("changeset '%s'", (char *)buffer);
	xen_version(XENVER_commandline, buffer);
	tap_info("commandline '%s'", (char *)buffer);
	xen_version(XENVER_platform_parameters, buffer);
	tap_is((long)platform->virt_start, 0x200000, "virt_start");
	pattern();
	xen_version(XENVER_guest_handle, buffer);
	tap_ok(clean_string(buffer, 16), "guest_handle of dom0 is zero");
}

static void features(void)
{
	xen_feature_info_t *fi = (void *)buffer;
	const uint32_t want =
		1u << XENFEAT_writable_page_tables |
		1u << XENFEAT_auto_translated_physmap | 1u << XENFEAT_dom0 |
		1u << XENFEAT_memory_op_vnode_supported |
		1u << XENFEAT_ARM_SMCCC_supported | 1u << XENFEAT_direct_mapped;
	unsigned int i;

	pattern();
	fi->submap_idx = 0;
	tap_is(xen_version(XENVER_get_features, fi), 0, "get_features, 0");
	tap_ok(fi->submap == want, "submap 0 is 0x%08x", fi->submap);
	tap_ok(untouched_from(sizeof(*fi)), "get_features writes 8 bytes");
	for (i = 1; i < 4; i++) {
		fi->submap_idx = i;
		fi->submap = 0x5a5a5a5a;
		tap_is(xen_version(XENVER_get_features, fi), -XEN_EINVAL,
		       "get_features, submap %u", i);
	}
	fi->submap_idx = ~0u;
	tap_is(xen_version(XENVER_get_features, fi), -XEN_EINVAL,
	       "get_features, submap ~0");
}

/* A hypervisor linked without a build id has no data to give. */
static void build_id(void)
{
	xen_build_id_t *id = (void *)buffer;
	long len = xen_version(XENVER_build_id, NULL);
	bool none = len == -XEN_ENODATA;

	tap_ok(none || (len > 0 && len <= 64),
	       "build_id tells its length, or that there is none");
	tap_info("build_id: %ld", len);
	pattern();
	id->len = 0;
	tap_either(xen_version(XENVER_build_id, id), -XEN_EINVAL,
		   none ? -XEN_ENODATA : -XEN_EINVAL, "build_id into 0 bytes");
	id->len = 1;
	tap_either(xen_version(XENVER_build_id, id), -XEN_ENOBUFS,
		   none ? -XEN_ENODATA : -XEN_ENOBUFS, "build_id into 1 byte");
	tap_ok(untouched_from(sizeof(*id)), "a short buffer is not written");
	pattern();
	id->len = none ? 64 : (uint32_t)len;
	tap_ok(xen_version(XENVER_build_id, id) == len,
	       "build_id into just enough");
	tap_ok(untouched_from((unsigned int)(sizeof(*id) + (none ? 0 : len))),
	       "build_id writes no more than its length");
}

void guest_main(void)
{
	badptr_init();
	values();
	good_calls();
	bad_calls();
	features();
	build_id();
}
