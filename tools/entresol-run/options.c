/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of entresol-run. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <public/entresol.h>

#include "options.h"
#include "report.h"

static const char help[] =
	"usage: entresol-run --kernel FILE [OPTION...]\n"
	"\n"
	"Run a guest beside this domain: create it, load it, show its console, and\n"
	"take it away when it has ended. FILE may be a block device as well.\n"
	"\n"
	"  -k, --kernel FILE    arm64 Image (not compressed), or ELF for AArch64\n"
	"  -r, --ramdisk FILE   its initial ramdisk\n"
	"  -m, --memory MIB     its memory (256)\n"
	"  -v, --vcpus N        its virtual CPUs, 1 to 128 (1)\n"
	"  -a, --append STRING  its command line (console=hvc0)\n"
	"  -i, --iomem GFN:MFN:NR[:ATTR]\n"
	"                       NR machine pages from MFN on, at guest page GFN; up to\n"
	"                       16 times. Page numbers are hexadecimal, as in xl's\n"
	"                       iomem=, NR too. SRAM gets a node in the device tree.\n"
	"                       ATTR: ngnrne ngnre ngre gre nc wb, with ,ro appended\n"
	"                       for read-only; without it what the hypervisor's\n"
	"                       table says for the device\n"
	"  -d, --dtb FILE       its device tree, instead of one made here; memory,\n"
	"                       command line and ramdisk are still put into it\n"
	"  -n, --name NAME      what messages call it (guest)\n"
	"  -c, --console        standard input goes to the guest's console; from a\n"
	"                       terminal Ctrl-] ends the guest\n"
	"  -q, --quiet          no messages but errors\n"
	"  -h, --help           this text\n"
	"\n"
	"The console's output is standard output, messages are on standard error.\n"
	"SIGINT, SIGTERM and SIGHUP destroy the guest.\n"
	"\n"
	"Status: 0 the guest has powered off, 1 an error, 2 bad usage; the guest has\n"
	"10 crashed, 11 asked for a reboot, 12 been ended by its watchdog, 13\n"
	"suspended, 14 ended for another reason, 15 been destroyed by somebody else;\n"
	"128 + N: signal N came.\n"
	"\n"
	"examples:\n"
	"  entresol-run -k Image -r initrd.gz -m 512 -v 2 -c\n"
	"  entresol-run -k Image -r initrd.gz -i 7fe00:7fe00:10:wb\n";

/* --------------------------------------------------------------- numbers */

/* A number in @base up to @end, which is skipped. */
static bool number(const char **text, int base, const char *ends, uint64_t *v,
		   char *end)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF"
					: "0123456789";
	char *at;

	if (base == 16 && (*text)[0] == '0' && (*text)[1] == 'x') {
		*text += 2;
	}
	if (!**text || !strchr(digits, **text)) {
		return false;
	}
	errno = 0;
	*v = strtoull(*text, &at, base);
	*end = *at;
	*text = *at ? at + 1 : at;
	return !errno && (!*end || strchr(ends, *end));
}

static bool whole_number(const char *text, uint64_t least, uint64_t most,
			 uint64_t *v)
{
	char end;

	return number(&text, 10, "", v, &end) && *v >= least && *v <= most;
}

static bool parse_selector(const char *text, uint32_t *selector)
{
	static const char *const names[] = {
		[ENTRESOL_ATTR_DEVICE_NGNRNE] = "ngnrne",
		[ENTRESOL_ATTR_DEVICE_NGNRE] = "ngnre",
		[ENTRESOL_ATTR_DEVICE_NGRE] = "ngre",
		[ENTRESOL_ATTR_DEVICE_GRE] = "gre",
		[ENTRESOL_ATTR_NORMAL_NC] = "nc",
		[ENTRESOL_ATTR_NORMAL_WB] = "wb",
	};
	size_t len = strcspn(text, ",");

	*selector = 0;
	if (text[len] && strcmp(text + len, ",ro")) {
		return false;
	}
	if (text[len]) {
		*selector = ENTRESOL_ATTR_READONLY;
	}
	for (uint32_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && !strncmp(text, names[i], len)) {
			*selector |= i;
			return true;
		}
	}
	return false;
}

static bool parse_iomem(struct options *o, const char *text)
{
	struct iomem *io = &o->iomem[o->nr_iomem];
	char end;

	if (o->nr_iomem == MAX_IOMEM) {
		return false;
	}
	if (!number(&text, 16, ":", &io->gfn, &end) || !end ||
	    !number(&text, 16, ":", &io->mfn, &end) || !end ||
	    !number(&text, 16, ":", &io->nr, &end) || !io->nr) {
		return false;
	}
	if (io->gfn + io->nr < io->gfn || io->mfn + io->nr < io->mfn) {
		return false;
	}
	o->nr_iomem++;
	return !end || parse_selector(text, &io->selector);
}

/* --------------------------------------------------------------- options */

static const struct option long_options[] = {
	{ "kernel", required_argument, NULL, 'k' },
	{ "ramdisk", required_argument, NULL, 'r' },
	{ "memory", required_argument, NULL, 'm' },
	{ "vcpus", required_argument, NULL, 'v' },
	{ "append", required_argument, NULL, 'a' },
	{ "iomem", required_argument, NULL, 'i' },
	{ "dtb", required_argument, NULL, 'd' },
	{ "name", required_argument, NULL, 'n' },
	{ "console", no_argument, NULL, 'c' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

__attribute__((noreturn)) static void usage(const char *what, const char *text)
{
	report("'%s' is no %s (--help tells more)", text, what);
	exit(STATUS_USAGE);
}

/* Options with a value that is read. */
static void take_value(struct options *o, int option)
{
	uint64_t v;

	switch (option) {
	case 'm':
		if (!whole_number(optarg, 1, 1 << 20, &v)) {
			usage("number of MiB", optarg);
		}
		o->memory = v << 20;
		return;
	case 'v':
		if (!whole_number(optarg, 1, MAX_GUEST_VCPUS, &v)) {
			usage("number of CPUs from 1 to 128", optarg);
		}
		o->nr_vcpus = v;
		return;
	default:
		if (!parse_iomem(o, optarg)) {
			usage("GFN:MFN:NR[:ATTR], or one too many", optarg);
		}
	}
}

static void take_option(struct options *o, int option)
{
	switch (option) {
	case 'k':
		o->kernel = optarg;
		return;
	case 'r':
		o->ramdisk = optarg;
		return;
	case 'a':
		o->append = optarg;
		return;
	case 'd':
		o->dtb = optarg;
		return;
	case 'n':
		o->name = optarg;
		return;
	case 'c':
		o->console = true;
		return;
	case 'q':
		o->quiet = true;
		return;
	case 'h':
		fputs(help, stdout);
		exit(0);
	case '?':
		/* getopt has said which. */
		exit(STATUS_USAGE);
	default:
		take_value(o, option);
	}
}

void options_parse(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){
		.append = "console=hvc0",
		.name = "guest",
		.memory = 256ull << 20,
		.nr_vcpus = 1,
	};
	while ((option = getopt_long(argc, argv, "k:r:m:v:a:i:d:n:cqh",
				     long_options, NULL)) != -1) {
		take_option(o, option);
	}
	if (optind != argc) {
		usage("option", argv[optind]);
	}
	if (strlen(o->name) > MAX_NAME) {
		usage("name of up to 63 bytes", o->name);
	}
	if (!o->kernel) {
		report("--kernel is missing (--help tells more)");
		exit(STATUS_USAGE);
	}
}
