/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine pages by the stock libxenctrl, for the checks in dom0:
 *
 *   iomem map DOMID GFN MFN NR SELECTOR     the attribute goes into the word
 *   iomem unmap DOMID GFN MFN NR            that the library passes through
 *   iomem permit DOMID MFN NR ALLOW
 *   iomem query DOMID MFN NR                ENTRESOL_attribute
 *   iomem by-library DOMID                  "yes" or "no", see change()
 *
 * Prints "done", what the query tells, or the name of the error; ends with 0
 * if the call was made.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xentoollog.h>

#include <public/entresol.h>

static int done(int rc)
{
	puts(rc < 0 ? strerrorname_np(errno) : "done");
	return 0;
}

/* The same domctl as the library's, by hand. */
static int memory_mapping(const uint64_t *arg, uint32_t word)
{
	xencall_handle *call = xencall_open(NULL, 0);
	struct xen_domctl *op;
	int rc = -1;

	op = call ? xencall_alloc_buffer(call, sizeof(*op)) : NULL;
	if (op) {
		memset(op, 0xa5, sizeof(*op));
		op->cmd = XEN_DOMCTL_memory_mapping;
		op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
		op->domain = (domid_t)arg[0];
		op->u.memory_mapping.first_gfn = arg[1];
		op->u.memory_mapping.first_mfn = arg[2];
		op->u.memory_mapping.nr_mfns = arg[3];
		op->u.memory_mapping.add_mapping = word;
		rc = xencall1(call, __HYPERVISOR_domctl, (uintptr_t)op);
	}
	return rc;
}

/*
 * The library asks what kind of domain it is first. Where the hypervisor does
 * not tell (it has no getdomaininfo), the same is done without it.
 */
static int change(xc_interface *xch, const uint64_t *arg, uint32_t word)
{
	int rc = xc_domain_memory_mapping(xch, (uint32_t)arg[0], arg[1], arg[2],
					  arg[3], word);

	return done(rc < 0 && errno == ENOSYS ? memory_mapping(arg, word) : rc);
}

static int map(xc_interface *xch, const uint64_t *arg)
{
	return change(xch, arg, DPCI_ADD_MAPPING | (uint32_t)arg[4] << 8);
}

static int unmap(xc_interface *xch, const uint64_t *arg)
{
	return change(xch, arg, DPCI_REMOVE_MAPPING);
}

/* Whether it is the library that maps. */
static int by_library(xc_interface *xch, const uint64_t *arg)
{
	xc_dominfo_t info;

	puts(xc_domain_getinfo(xch, (uint32_t)arg[0], 1, &info) == 1 ? "yes"
								     : "no");
	return 0;
}

static int permit(xc_interface *xch, const uint64_t *arg)
{
	return done(xc_domain_iomem_permission(xch, (uint32_t)arg[0], arg[1],
					       arg[2], (uint8_t)arg[3]));
}

/* The library has no call for it, but one for any hypercall. */
static int query(xc_interface *xch, const uint64_t *arg)
{
	xencall_handle *call = xencall_open(NULL, 0);
	struct entresol_attribute *q;
	int rc = -1;

	(void)xch;
	q = call ? xencall_alloc_buffer(call, sizeof(*q)) : NULL;
	if (q) {
		*q = (struct entresol_attribute){
			.domid = (uint16_t)arg[0],
			.mfn = arg[1],
			.nr = arg[2],
		};
		rc = xencall2(call, ENTRESOL_HYPERCALL, ENTRESOL_attribute,
			      (uintptr_t)q);
	}
	if (rc < 0) {
		return done(rc);
	}
	printf("nr %" PRIu64 " allowed %#x in_place %#x default %#x "
	       "holder %#x node %s\n",
	       q->nr, q->allowed, q->in_place, q->selector, q->holder, q->node);
	xencall_free_buffer(call, q);
	xencall_close(call);
	return 0;
}

static const struct {
	const char *name;
	int nr; /* of arguments */
	int (*run)(xc_interface *xch, const uint64_t *arg);
} commands[] = {
	{ "map", 5, map },
	{ "unmap", 4, unmap },
	{ "permit", 4, permit },
	{ "query", 3, query },
	{ "by-library", 1, by_library },
};

int main(int argc, char **argv)
{
	xentoollog_logger *quiet =
		(xentoollog_logger *)xtl_createlogger_stdiostream(
			stderr, XTL_CRITICAL, 0);
	xc_interface *xch = xc_interface_open(quiet, quiet, 0);
	uint64_t arg[5];

	if (!xch) {
		perror("xc_interface_open");
		return 1;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (argc != commands[i].nr + 2 ||
		    strcmp(argv[1], commands[i].name)) {
			continue;
		}
		for (int n = 0; n < commands[i].nr; n++) {
			arg[n] = strtoull(argv[n + 2], NULL, 0);
		}
		return commands[i].run(xch, arg);
	}
	fputs("iomem: see the source\n", stderr);
	return 2;
}
