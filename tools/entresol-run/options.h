/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asks for. */
#ifndef RUN_OPTIONS_H
#define RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* How entresol-run ends. Documented in the help and in docs/guests.md. */
enum status {
	STATUS_POWEROFF = 0,
	STATUS_ERROR = 1,
	STATUS_USAGE = 2,
	STATUS_CRASH = 10,
	STATUS_REBOOT = 11,
	STATUS_WATCHDOG = 12,
	STATUS_SUSPEND = 13,
	STATUS_OTHER = 14,     /* a reason that Xen's ABI does not name */
	STATUS_DESTROYED = 15, /* by somebody else                      */
	STATUS_SIGNAL = 128,   /* and the number of the signal          */
};

#define MAX_IOMEM	16
#define MAX_GUEST_VCPUS 128
#define MAX_NAME	63

/* Machine pages for the guest. */
struct iomem {
	uint64_t gfn;
	uint64_t mfn;
	uint64_t nr;
	uint32_t selector; /* ENTRESOL_ATTR_* */
};

struct options {
	const char *kernel;
	const char *ramdisk;
	const char *dtb;
	const char *append;
	const char *name;
	uint64_t memory; /* bytes */
	unsigned int nr_vcpus;
	bool console; /* feed it from standard input */
	bool quiet;
	struct iomem iomem[MAX_IOMEM];
	unsigned int nr_iomem;
};

/**
 * options_parse() - Read the command line.
 *
 * Ends the program itself for --help (status 0) and for bad usage (status 2,
 * with a line that names the culprit).
 */
void options_parse(struct options *o, int argc, char **argv);

#endif
