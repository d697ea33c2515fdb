/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains by the stock libxenctrl, for the checks in dom0:
 *
 *   domain free             pages of the machine that nobody has
 *   domain count            domains that there are, dying ones too
 *   domain newest           the id of the one with the highest
 *   domain vcpus DOMID      vCPUs that are online
 *   domain pages DOMID      pages of RAM it has
 *   domain cpu-ms DOMID     milliseconds that it has run
 *   domain pause DOMID, unpause DOMID, destroy DOMID
 *
 * Prints a number, "done", or the name of the error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>
#include <xentoollog.h>

#define MOST 64

static int done(int rc)
{
	puts(rc < 0 ? strerrorname_np(errno) : "done");
	return 0;
}

static int number(int rc, uint64_t value)
{
	if (rc < 0) {
		return done(rc);
	}
	printf("%" PRIu64 "\n", value);
	return 0;
}

static int free_pages(xc_interface *xch, uint32_t domid)
{
	xc_physinfo_t info = { 0 };
	int rc = xc_physinfo(xch, &info);

	(void)domid;
	return number(rc, info.free_pages);
}

static int count(xc_interface *xch, uint32_t domid)
{
	xc_domaininfo_t info[MOST];
	int rc = xc_domain_getinfolist(xch, domid, MOST, info);

	return number(rc, (uint64_t)rc);
}

static int newest(xc_interface *xch, uint32_t domid)
{
	xc_domaininfo_t info[MOST];
	int rc = xc_domain_getinfolist(xch, domid, MOST, info);

	return number(rc, rc > 0 ? info[rc - 1].domain : 0);
}

/* What is known about the one domain, or an error. */
static int about(xc_interface *xch, uint32_t domid, xc_domaininfo_t *info)
{
	int rc = xc_domain_getinfolist(xch, domid, 1, info);

	if (rc == 1 && info->domain == domid) {
		return 0;
	}
	errno = rc < 0 ? errno : ESRCH;
	return -1;
}

static int vcpus(xc_interface *xch, uint32_t domid)
{
	xc_domaininfo_t info;

	return number(about(xch, domid, &info), info.nr_online_vcpus);
}

static int pages(xc_interface *xch, uint32_t domid)
{
	xc_domaininfo_t info;

	return number(about(xch, domid, &info), info.tot_pages);
}

static int cpu_ms(xc_interface *xch, uint32_t domid)
{
	xc_domaininfo_t info;

	return number(about(xch, domid, &info), info.cpu_time / 1000000);
}

static int pause_it(xc_interface *xch, uint32_t domid)
{
	return done(xc_domain_pause(xch, domid));
}

static int unpause_it(xc_interface *xch, uint32_t domid)
{
	return done(xc_domain_unpause(xch, domid));
}

static int destroy_it(xc_interface *xch, uint32_t domid)
{
	return done(xc_domain_destroy(xch, domid));
}

static const struct {
	const char *name;
	int (*run)(xc_interface *xch, uint32_t domid);
} commands[] = {
	{ "free", free_pages },	   { "count", count },
	{ "newest", newest },	   { "vcpus", vcpus },
	{ "pages", pages },	   { "cpu-ms", cpu_ms },
	{ "pause", pause_it },	   { "unpause", unpause_it },
	{ "destroy", destroy_it },
};

int main(int argc, char **argv)
{
	xentoollog_logger *quiet =
		(xentoollog_logger *)xtl_createlogger_stdiostream(
			stderr, XTL_CRITICAL, 0);
	xc_interface *xch = xc_interface_open(quiet, quiet, 0);

	if (!xch) {
		perror("xc_interface_open");
		return 1;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (argc > 1 && !strcmp(argv[1], commands[i].name)) {
			return commands[i].run(
				xch, argc > 2 ? strtoul(argv[2], NULL, 0) : 0);
		}
	}
	fputs("domain: see the source\n", stderr);
	return 2;
}
